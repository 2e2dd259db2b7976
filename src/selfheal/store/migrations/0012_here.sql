-- `here`: it was among the routes when the outbox was last looked into.
ALTER TABLE route ADD COLUMN here INTEGER NOT NULL DEFAULT 1;

-- The ends of what was told on a route: whoever heard of the trouble is to hear of them.
CREATE VIEW told_end AS
SELECT told.route, o.id FROM outbox AS o
JOIN outbox AS begun ON begun.target = o.target AND begun.incident = o.incident AND begun.id < o.id
JOIN delivery AS told ON told.outbox = begun.id AND told.status = 'sent'
WHERE o.kind IN ('over', 'watched', 'route_works');
