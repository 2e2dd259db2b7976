-- That we only watch lasts until a person resumes, whatever becomes of the incident in which it began; what cannot
-- be read only watches. A route fails nobody that is not set any more.
DROP VIEW lasting;

CREATE VIEW lasting AS
SELECT o.id FROM outbox AS o
WHERE (
    o.kind NOT IN ('reminder', 'level_passed', 'distrust')
    AND EXISTS (SELECT 1 FROM incident AS i WHERE i.target = o.target AND i.id = o.incident AND i.closed IS NULL)
)
OR (
    o.kind = 'distrust'
    AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.target = o.target AND later.kind = 'distrust' AND later.id > o.id)
    AND EXISTS (
        SELECT 1 FROM state AS s
        WHERE s.target = o.target
        AND CASE WHEN json_valid(s.body) THEN coalesce(json_extract(s.body, '$.distrust'), '') <> '' ELSE 1 END
    )
)
OR (
    o.kind = 'unwatched'
    AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.target = o.target AND later.kind = 'watched' AND later.id > o.id)
)
OR (
    o.kind = 'route_fails'
    AND EXISTS (
        SELECT 1 FROM route AS r
        WHERE '@route ' || r.name = o.target AND r.troubles = o.incident AND r.told = 1 AND r.here = 1
    )
);
