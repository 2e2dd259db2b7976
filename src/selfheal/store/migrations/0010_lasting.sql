-- The alerts of what still lasts: a person who hears of it late has still to act.

CREATE VIEW lasting AS
SELECT o.id FROM outbox AS o
WHERE (
    o.kind NOT IN ('reminder', 'level_passed')
    AND EXISTS (SELECT 1 FROM incident AS i WHERE i.target = o.target AND i.id = o.incident AND i.closed IS NULL)
)
OR (
    o.kind = 'unwatched'
    AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.target = o.target AND later.kind = 'watched' AND later.id > o.id)
)
OR (
    o.kind = 'route_fails'
    AND EXISTS (SELECT 1 FROM route AS r WHERE '@route ' || r.name = o.target AND r.troubles = o.incident AND r.told = 1)
);
