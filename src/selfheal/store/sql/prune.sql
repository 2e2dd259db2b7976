-- name: prune_journal
-- The oldest `:rows` rows, as far as they are too old or too many; the newest `:always` are never touched.
DELETE FROM journal
WHERE seq IN (
    SELECT seq FROM journal WHERE seq <= (SELECT max(seq) FROM journal) - :always ORDER BY seq LIMIT :rows
)
AND (wall < :before OR seq <= (SELECT max(seq) FROM journal) - :most)

-- name: prune_policies
-- The oldest but the newest `:most`. What was decided with one of them is then replayed with those of today.
-- One that is in force stays, however long ago it was new.
DELETE FROM policy
WHERE id <= (SELECT max(id) FROM policy) - :most
AND id NOT IN (SELECT policy FROM state WHERE policy IS NOT NULL)

-- name: prune_before
-- An incident whose first entry has gone cannot be replayed, and needs no beginning.
UPDATE incident SET before = NULL
WHERE before IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM journal AS j
    WHERE j.target = incident.target AND j.incident = incident.id AND j.wall <= incident.opened
)

-- name: prune_incidents
DELETE FROM incident
WHERE (target, id) IN (SELECT target, id FROM incident WHERE closed < :before ORDER BY opened LIMIT :rows)

-- name: prune_outbox
-- What waits is not as old as a clock that was set may say: the delivery gives it up in its time.
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox AS o WHERE ordered < :before AND NOT EXISTS (
        SELECT 1 FROM incident AS i WHERE i.target = o.target AND i.id = o.incident
    ) AND NOT EXISTS (
        SELECT 1 FROM delivery AS d WHERE d.outbox = o.id AND d.status = 'waiting'
    ) ORDER BY id LIMIT :rows
)

-- name: prune_deliveries
DELETE FROM delivery WHERE outbox NOT IN (SELECT id FROM outbox)

-- name: refuse_old_checks
-- A pause is not forgotten, however long nobody watches: it would start a gateway that a person wants stopped.
UPDATE inbox SET refused = :why WHERE id IN (
    SELECT id FROM inbox
    WHERE asked < :before AND taken IS NULL AND refused IS NULL
    AND CASE WHEN json_valid(body) THEN json_extract(body, '$.request') END = 'check'
    ORDER BY id LIMIT :rows
)

-- name: prune_inbox
DELETE FROM inbox WHERE id IN (
    SELECT id FROM inbox WHERE asked < :before AND (taken IS NOT NULL OR refused IS NOT NULL) ORDER BY id LIMIT :rows
)
