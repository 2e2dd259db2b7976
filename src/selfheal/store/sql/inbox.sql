-- name: waiting
-- `:targets` is a JSON array of names.
SELECT id, target, body FROM inbox
WHERE taken IS NULL AND refused IS NULL AND target IN (SELECT value FROM json_each(:targets))
ORDER BY id LIMIT :limit

-- name: requests
-- As many of each kind as may wait for each target.
SELECT target, body, asked FROM (
    SELECT id, target, body, asked, row_number() OVER (
        PARTITION BY target, CASE WHEN json_valid(body) THEN json_extract(body, '$.request') END
        ORDER BY id
    ) AS place
    FROM inbox WHERE taken IS NULL AND refused IS NULL
) WHERE place <= :limit ORDER BY id

-- name: refuse
UPDATE inbox SET refused = :why WHERE id = :id

-- name: ask
-- Nothing is inserted when too many of the kind wait for the same target already.
INSERT INTO inbox (target, body)
SELECT :target, :body
WHERE (
    SELECT count(*) FROM inbox
    WHERE target = :target AND taken IS NULL AND refused IS NULL
    AND CASE WHEN json_valid(body) THEN json_extract(body, '$.request') END
        = json_extract(:body, '$.request')
) < :limit

-- name: take_along
-- Under its old number: a step that is still to be written may have taken it.
INSERT OR IGNORE INTO inbox (id, target, body, asked) VALUES (:id, :target, :body, :asked)
