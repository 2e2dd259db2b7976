-- name: know_ear
INSERT INTO ear (route, door) VALUES (:route, :door)
ON CONFLICT (route) DO UPDATE SET door = excluded.door, place = NULL, deaf = NULL WHERE door <> excluded.door

-- name: ear
SELECT place, deaf FROM ear WHERE route = :route AND door = :door

-- name: move_ear
UPDATE ear SET place = :place WHERE route = :route AND (place IS NULL OR place < :place)

-- name: deafen
UPDATE ear SET deaf = :why WHERE route = :route AND door = :door

-- name: note_heard
INSERT INTO heard (route, mark, at) VALUES (:route, :mark, :at) ON CONFLICT (route, mark) DO NOTHING

-- name: shown
-- What a route shows of incidents, newest first, but for what was settled there.
SELECT o.target, o.incident, d.receipt FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.route = :route AND d.status = 'sent' AND d.ended > :since AND d.receipt <> ''
AND o.kind IN ('opened', 'changed', 'reminder')
AND NOT EXISTS (SELECT 1 FROM heard AS h WHERE h.route = d.route AND h.mark = 'settled ' || d.receipt)
GROUP BY o.target, o.incident, d.receipt ORDER BY max(d.ended) DESC LIMIT :limit

-- name: heard_on
SELECT mark FROM heard WHERE route = :route AND at > :since

-- name: prune_heard
DELETE FROM heard WHERE (route, mark) IN (SELECT route, mark FROM heard WHERE at < :before ORDER BY at LIMIT :rows)
