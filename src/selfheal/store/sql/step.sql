-- name: get_state
SELECT body FROM state WHERE target = :target

-- name: keep_state
-- Whatever it holds, byte for byte: it may be no text.
INSERT INTO about (key, value) SELECT :key, body FROM state WHERE target = :target
ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: state_bytes
SELECT CAST(body AS BLOB) FROM state WHERE target = :target

-- name: next_incident
-- The first number that no incident and no alert of the target has.
SELECT 1 + max(
    coalesce((SELECT max(id) FROM incident WHERE target = :target), 0),
    coalesce((SELECT max(incident) FROM outbox WHERE target = :target), 0)
)

-- name: put_state
INSERT INTO state (target, wall, body) VALUES (:target, :wall, :body)
ON CONFLICT (target) DO UPDATE SET wall = excluded.wall, body = excluded.body

-- name: put_stepped_state
INSERT INTO state (target, wall, body, policy)
VALUES (:target, :wall, :body, (SELECT id FROM policy WHERE body = :policy))
ON CONFLICT (target) DO UPDATE SET wall = excluded.wall, body = excluded.body, policy = excluded.policy

-- name: add_policy
-- Before the state and the entry that were decided with it.
INSERT INTO policy (body) VALUES (:body) ON CONFLICT (body) DO NOTHING

-- name: add_entry
INSERT INTO journal (target, wall, mono, boot_id, kind, observation, notes, actions, incident, policy)
VALUES (
    :target, :wall, :mono, :boot_id, :kind, :observation, :notes, :actions, :incident,
    (SELECT id FROM policy WHERE body = :policy)
)

-- name: add_quiet_entry
-- Not past what a timeline shows of an incident: it may stay open for weeks.
INSERT INTO journal (target, wall, mono, boot_id, kind, observation, notes, actions, incident, policy)
SELECT
    :target, :wall, :mono, :boot_id, :kind, :observation, :notes, :actions, :incident,
    (SELECT id FROM policy WHERE body = :policy)
WHERE coalesce((SELECT entries FROM incident WHERE target = :target AND id = :incident), 0) < :most

-- name: put_incident
-- Before the state of the same step is put: the one that is there is what the incident began in.
INSERT INTO incident (target, id, cause, level, opened, detail, before)
VALUES (
    :target, :id, :cause, :level, :opened, :detail,
    (SELECT body FROM state WHERE target = :target)
)
ON CONFLICT (target, id) DO UPDATE SET cause = excluded.cause, level = excluded.level, detail = excluded.detail

-- name: close_incident
-- Without an id, every open one of the target.
UPDATE incident SET closed = :closed, outcome = :outcome
WHERE target = :target AND id = coalesce(:id, id) AND closed IS NULL

-- name: add_to_outbox
INSERT INTO outbox (target, incident, kind, number, action_id, failed_levels, ordered, cause, detail)
VALUES (:target, :incident, :kind, :number, :action_id, :failed_levels, :ordered, :cause, :detail)
ON CONFLICT (target, incident, kind, number) DO NOTHING

-- name: take_from_inbox
UPDATE inbox SET taken = :wall WHERE id = :id
