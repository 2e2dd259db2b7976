-- name: find_look
-- Where the last look could not be read: what no route was to be told yet is news, and nothing is too old.
UPDATE look SET
    newest = coalesce((SELECT max(outbox) FROM delivery), 0),
    seen_s = coalesce((SELECT max(since_s) FROM delivery), 0)
WHERE boot_id IS NULL

-- name: forget_numbers
DELETE FROM sqlite_sequence WHERE name = 'outbox'

-- name: number_alerts
-- Also of an alert that could not be read a route may have been told.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'outbox', max(
    coalesce((SELECT max(id) FROM outbox), 0),
    coalesce((SELECT max(outbox) FROM delivery), 0),
    (SELECT newest FROM look)
)

-- name: find_routes
-- Those that could not be read and were to be told something: what waits for them stays theirs.
INSERT INTO route (name, door, since)
SELECT DISTINCT route, '', (julianday('now') - 2440587.5) * 86400.0 FROM delivery WHERE true
ON CONFLICT (name) DO NOTHING

-- name: numbered_targets
-- Gateways of which there was an incident.
SELECT target FROM incident UNION
SELECT target FROM outbox WHERE incident > 0 AND target NOT LIKE '@%'
