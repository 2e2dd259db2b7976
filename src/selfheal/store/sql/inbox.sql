-- name: waiting
SELECT id, target, body FROM inbox WHERE taken IS NULL AND refused IS NULL ORDER BY id LIMIT :limit

-- name: requests
SELECT target, body, asked FROM inbox WHERE taken IS NULL AND refused IS NULL ORDER BY id LIMIT :limit

-- name: refuse
UPDATE inbox SET refused = :why WHERE id = :id

-- name: ask
-- Nothing is inserted when too many wait already.
INSERT INTO inbox (target, body)
SELECT :target, :body
WHERE (SELECT count(*) FROM inbox WHERE taken IS NULL AND refused IS NULL) < :limit
