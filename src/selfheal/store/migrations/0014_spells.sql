-- An end of a spell in which nobody watched is told where that spell was: all are of incident 0, each of a number.
DROP VIEW told_end;

CREATE VIEW told_end AS
SELECT told.route, o.id FROM outbox AS o
JOIN outbox AS begun ON begun.target = o.target AND begun.incident = o.incident AND begun.id < o.id
AND (o.kind <> 'watched' OR begun.number = o.number)
JOIN delivery AS told ON told.outbox = begun.id AND told.status = 'sent'
WHERE o.kind IN ('over', 'watched', 'route_works');
