-- name: states
SELECT target, body FROM state ORDER BY target

-- name: policies
SELECT state.target, policy.body FROM state JOIN policy ON policy.id = state.policy ORDER BY state.target

-- name: incidents
SELECT target, id, cause, level, opened, closed, outcome, detail FROM incident
WHERE :target IS NULL OR target = :target
ORDER BY opened DESC, id DESC LIMIT :limit

-- name: before
SELECT before FROM incident WHERE target = :target AND id = :incident AND before IS NOT NULL

-- name: timeline
SELECT
    seq, target, wall, kind, observation, notes, actions, incident, mono, boot_id,
    (SELECT body FROM policy WHERE id = journal.policy)
FROM journal
WHERE target = :target AND incident = :incident ORDER BY seq LIMIT :limit

-- name: recent
SELECT * FROM (
    SELECT
        seq, target, wall, kind, observation, notes, actions, incident, mono, boot_id,
        (SELECT body FROM policy WHERE id = journal.policy)
    FROM journal
    WHERE :target IS NULL OR target = :target
    ORDER BY seq DESC LIMIT :limit
) ORDER BY seq

-- name: recent_telling
-- By the index, or not at all: the condition stands here as it stands there.
SELECT * FROM (
    SELECT
        seq, target, wall, kind, observation, notes, actions, incident, mono, boot_id,
        (SELECT body FROM policy WHERE id = journal.policy)
    FROM journal INDEXED BY journal_telling
    WHERE notes <> '[]' AND (:target IS NULL OR target = :target)
    ORDER BY seq DESC LIMIT :limit
) ORDER BY seq

-- name: lead_up
SELECT * FROM (
    SELECT
        seq, target, wall, kind, observation, notes, actions, incident, mono, boot_id,
        (SELECT body FROM policy WHERE id = journal.policy)
    FROM journal INDEXED BY journal_telling
    WHERE notes <> '[]' AND target = :target AND seq < :seq
    ORDER BY seq DESC LIMIT :limit
) ORDER BY seq

-- name: outbox
SELECT target, incident, kind, action_id, failed_levels, ordered, cause, detail, number FROM outbox ORDER BY id LIMIT :limit

-- name: told
-- Incidents that a person was to hear of. That a level was passed is news, and not all routes have it.
SELECT DISTINCT incident FROM outbox WHERE target = :target AND kind <> 'level_passed'

-- name: opening_causes
-- What each incident was told as when a person heard of it first.
SELECT target, incident, cause FROM outbox
WHERE kind = 'opened' AND cause IS NOT NULL ORDER BY id DESC LIMIT :limit

-- name: has_alert
SELECT 1 FROM outbox WHERE target = :target AND incident = 0 AND kind = :kind AND number = :number

-- name: routes_of_alert
SELECT d.route, d.status FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE o.target = :target AND o.incident = 0 AND o.kind = :kind AND o.number = :number

-- name: get_about
SELECT value FROM about WHERE key = :key

-- name: forget_about
DELETE FROM about WHERE key = :key

-- name: put_about
INSERT INTO about (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value
