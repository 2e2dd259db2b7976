-- name: name_installation
INSERT INTO about (key, value) VALUES ('installation', :value) ON CONFLICT (key) DO NOTHING

-- name: know_route
-- Since when it is there: what was over by then is not told on it.
INSERT INTO route (name, door, kinds, since) VALUES (:route, :door, :kinds, :now)
-- What failed by another door is to be proved anew.
ON CONFLICT (name) DO UPDATE SET
    door = excluded.door, kinds = excluded.kinds,
    final = iif(door = excluded.door, final, 0),
    ready = iif(door = excluded.door, ready, NULL),
    held = iif(door = excluded.door, held, NULL)

-- name: expect_route
-- Without a door: no delivery has met it yet.
INSERT INTO route (name, door, since) VALUES (:route, '', :now) ON CONFLICT (name) DO NOTHING

-- name: route_door
SELECT door, here, left_s FROM route WHERE name = :route

-- name: routes_here
UPDATE route SET here = 1, left_s = NULL WHERE name IN (SELECT value FROM json_each(:names))

-- name: routes_left
UPDATE route SET here = 0, left_s = coalesce(left_s, :seen_s) WHERE name NOT IN (SELECT value FROM json_each(:names))

-- name: routes_lacked
-- Those that the settings do not name, and that were not removed, as far as anybody can tell.
SELECT name, kinds FROM route
WHERE name NOT IN (SELECT value FROM json_each(:names)) AND (here = 1 OR left_s > :seen_s - :away_s)

-- name: any_waits
SELECT EXISTS (
    SELECT 1 FROM delivery WHERE status = 'waiting' AND route IN (SELECT value FROM json_each(:names))
)

-- name: drop_backlog
-- What has waited for a route that was away: it hears what lasts, and what has just come.
UPDATE delivery SET status = 'expired', ended = :now
WHERE route = :route AND status = 'waiting'
AND outbox NOT IN (SELECT id FROM lasting)
AND outbox NOT IN (SELECT id FROM told_end WHERE route = :route)
AND outbox NOT IN (
    SELECT id FROM outbox WHERE ordered >= CASE kind WHEN 'recovery' THEN :asking ELSE :fresh END
)

-- name: last_look
SELECT seen_s, mono, wall, boot_id, newest FROM look

-- name: note_look
UPDATE look SET
    seen_s = :seen_s, mono = :mono, wall = :wall, boot_id = :boot_id,
    newest = max(newest, (SELECT coalesce(max(id), 0) FROM outbox))

-- name: open_again
-- What it refused by a door that is another one now. It may go together, except what a part has.
UPDATE delivery SET
    status = 'waiting', attempts = attempts + 1, ready = NULL, leased = 0, ended = NULL, complaint = NULL,
    parcel = iif(receipt IS NULL, NULL, parcel), alone = 0, refusals = 0
WHERE route = :route AND status = 'refused' AND since_s > (SELECT seen_s FROM look) - :kept_s

-- name: tell_again
-- What it refused before it took something: as far as it lasts, or has no end that we would know of, and the
-- end of what was told on it. What it has just refused of an incident that is open is tried once more: it shows
-- whose the fault was.
UPDATE delivery SET
    status = 'waiting', attempts = attempts + 1, ready = NULL, leased = 0, ended = NULL, complaint = NULL,
    parcel = iif(receipt IS NULL, NULL, parcel), alone = 0, since_s = (SELECT seen_s FROM look)
WHERE route = :route AND status = 'refused' AND refusals < :most
AND (
    outbox IN (SELECT id FROM lasting)
    OR (
        ended >= :fresh AND refusals = 1
        AND outbox IN (
            SELECT o.id FROM outbox AS o JOIN incident AS i ON i.target = o.target AND i.id = o.incident
            WHERE i.closed IS NULL AND o.kind <> 'distrust'
        )
    )
    OR (
        since_s > (SELECT seen_s FROM look) - :kept_s
        AND (
            outbox IN (SELECT id FROM outbox WHERE kind = 'recovery')
            OR outbox IN (SELECT id FROM told_end WHERE route = :route)
        )
    )
)

-- name: address
-- Nobody is told any more that a route fails that is not set.
INSERT INTO delivery (outbox, route, since_s)
SELECT o.id, :route, :seen_s FROM outbox AS o
WHERE o.kind IN (SELECT value FROM json_each(:kinds)) AND o.target <> :itself
AND NOT (
    o.kind = 'route_fails' AND EXISTS (SELECT 1 FROM route AS r WHERE '@route ' || r.name = o.target AND r.here = 0)
)
AND (
    (:steady AND o.id > :newest AND o.ordered >= :since)
    OR (:is_new AND o.ordered >= CASE o.kind WHEN 'recovery' THEN :asking ELSE :fresh END)
    OR (:is_new AND o.ordered >= :oldest AND o.id IN (SELECT id FROM told_end WHERE route = :route))
    OR o.id IN (SELECT id FROM lasting)
)
ORDER BY o.id
ON CONFLICT (outbox, route) DO NOTHING

-- name: open_before_reminders
-- What the route has refused while it failed, and is to be reminded of: that it hears of first. This is no further
-- try by which it would be given up.
UPDATE delivery SET
    status = 'waiting', attempts = attempts + 1, ready = NULL, leased = 0, ended = NULL, complaint = NULL,
    parcel = iif(receipt IS NULL, NULL, parcel), refusals = refusals - 1, since_s = :seen_s
WHERE route = :route AND status = 'refused' AND alone = 0
AND outbox IN (
    SELECT begun.id FROM outbox AS begun
    JOIN outbox AS o ON o.target = begun.target AND o.incident = begun.incident AND o.kind = 'reminder'
    JOIN delivery AS d ON d.outbox = o.id AND d.route = :route AND d.status = 'waiting' AND d.attempts = 0
    WHERE begun.kind IN ('opened', 'changed') AND begun.id IN (SELECT id FROM lasting)
)

-- name: resumed
-- The last alert of each target that a rule of ours is broken, told on the route, while that is so no more.
SELECT max(o.id), o.target, o.incident, o.detail, o.ordered, d.receipt, d.url
FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.route = :route AND d.status = 'sent' AND o.kind = 'distrust'
AND EXISTS (
    SELECT 1 FROM state AS s
    WHERE s.target = o.target AND json_valid(s.body) AND coalesce(json_extract(s.body, '$.distrust'), '') = ''
)
AND NOT EXISTS (
    SELECT 1 FROM about AS a
    WHERE a.key = 'closed ' || d.route || ' ' || o.target AND CAST(a.value AS INTEGER) >= o.id
)
GROUP BY o.target

-- name: pass_on
INSERT INTO delivery (outbox, route, since_s) SELECT :outbox, :route, seen_s FROM look WHERE true
ON CONFLICT (outbox, route) DO NOTHING

-- name: expire_deliveries
UPDATE delivery SET status = 'expired', ended = :now
WHERE status = 'waiting' AND since_s <= :oldest_s

-- name: drop_old_news
-- That a level was passed, or a reminder, of an incident that is over, and a reminder of one that a person has
-- acknowledged, as long as nobody is at it. What went into a message with others goes again with them.
UPDATE delivery SET status = 'expired', ended = :now
WHERE status = 'waiting' AND (leased = 0 OR ready IS NULL OR json_extract(ready, '$[1]') < :now)
AND outbox IN (
    SELECT o.id FROM outbox AS o JOIN incident AS i ON i.target = o.target AND i.id = o.incident
    WHERE o.kind IN ('level_passed', 'reminder') AND i.closed IS NOT NULL
    UNION ALL
    SELECT o.id FROM outbox AS o JOIN state AS s ON s.target = o.target
    WHERE o.kind = 'reminder' AND json_valid(s.body)
    AND json_extract(s.body, '$.alerting.acknowledged.incident') = o.incident
)
AND NOT EXISTS (
    SELECT 1 FROM delivery AS other
    WHERE other.route = delivery.route AND other.parcel = delivery.parcel AND other.outbox <> delivery.outbox
)

-- name: deliveries_waiting
SELECT
    o.id, o.target, o.incident, o.kind, o.failed_levels, o.cause, o.detail, o.number, o.ordered,
    d.attempts, d.ready, d.leased, d.unsure, d.parcel, d.lacks, d.alone, d.refusals
FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.route = :route AND d.status = 'waiting' ORDER BY d.outbox LIMIT :limit

-- name: left_routes
SELECT
    name, door, here, left_s, kinds, troubles,
    since, taken, failing, final, complaint, ready, tries, told, held
FROM route

-- name: left_alerts
-- What may have to be told on a route, and what is about the same: it waits, was put since the last look or so
-- shortly before that it is fresh to a new one, was refused lately, lasts, or would if its route were back, or
-- ends what was told on a route that was away. Besides what else decides whether it lasts. The newest where
-- there are too many.
SELECT
    o.id, o.target, o.incident, o.kind, o.failed_levels, o.cause, o.detail, o.number, o.ordered,
    0, NULL, 0, 0, NULL, NULL, 0, 0
FROM outbox AS o
WHERE (o.target, o.incident, iif(o.incident = 0, o.number, 0)) IN (
    SELECT x.target, x.incident, iif(x.incident = 0, x.number, 0) FROM outbox AS x WHERE x.id IN (
        SELECT n.id FROM outbox AS n, look AS l WHERE n.id > l.newest OR n.ordered >= l.wall - :asking_s
        UNION SELECT d.outbox FROM delivery AS d, look AS l
        WHERE d.status = 'waiting' OR (d.status = 'refused' AND d.since_s > l.seen_s - :kept_s)
        UNION SELECT id FROM lasting
        UNION SELECT f.id FROM outbox AS f JOIN route AS r ON '@route ' || r.name = f.target
        WHERE f.kind = 'route_fails' AND r.told = 1
        UNION SELECT e.id FROM told_end AS e JOIN outbox AS n ON n.id = e.id JOIN look AS l
        WHERE n.ordered >= l.wall - :kept_s
        AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.outbox = e.id AND d.route = e.route)
        UNION SELECT max(id) FROM outbox WHERE kind IN ('watched', 'distrust') GROUP BY target, kind
    )
)
ORDER BY o.id DESC LIMIT :limit

-- name: left_deliveries
SELECT
    o.id, o.target, o.incident, o.kind, o.failed_levels, o.cause, o.detail, o.number, o.ordered,
    d.attempts, d.ready, d.leased, d.unsure, d.parcel, d.lacks, d.alone, d.refusals,
    d.route, d.status, d.since_s, d.owner, d.ended, d.receipt, d.url
FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.outbox IN (SELECT value FROM json_each(:alerts))

-- name: left_receipts
-- Of one alert; a row without a route if no route has taken it.
SELECT d.route, d.receipt, d.url, d.lacks
FROM outbox AS o LEFT JOIN delivery AS d ON d.outbox = o.id AND d.status = 'sent'
WHERE o.target = :target AND o.incident = :incident AND o.kind = :kind AND o.number = :number

-- name: left_over
-- Of their incidents.
SELECT DISTINCT o.target, o.incident FROM outbox AS o
WHERE o.id IN (SELECT value FROM json_each(:alerts)) AND NOT EXISTS (
    SELECT 1 FROM incident AS i WHERE i.target = o.target AND i.id = o.incident AND i.closed IS NULL
)

-- name: left_trusted
-- As in the view `lasting`.
SELECT DISTINCT o.target FROM outbox AS o
WHERE o.id IN (SELECT value FROM json_each(:alerts)) AND o.kind = 'distrust' AND NOT EXISTS (
    SELECT 1 FROM state AS s
    WHERE s.target = o.target
    AND CASE WHEN json_valid(s.body) THEN coalesce(json_extract(s.body, '$.distrust'), '') <> '' ELSE 1 END
)

-- name: left_acknowledged
SELECT target, json_extract(body, '$.alerting.acknowledged.incident') FROM state
WHERE json_valid(body) AND json_extract(body, '$.alerting.acknowledged.incident') IS NOT NULL

-- name: deliveries_that_last
-- Of what waits, what is about something that goes on: also a reminder of it, which nobody is owed.
SELECT d.outbox FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.route = :route AND d.status = 'waiting' AND o.kind <> 'over'
AND (
    d.outbox IN (SELECT id FROM lasting)
    OR (
        o.kind IN ('reminder', 'level_passed')
        AND EXISTS (SELECT 1 FROM incident AS i WHERE i.target = o.target AND i.id = o.incident AND i.closed IS NULL)
    )
)

-- name: deliveries_lost
SELECT
    o.id, o.target, o.incident, o.kind, o.failed_levels, o.cause, o.detail, o.number, o.ordered,
    d.attempts, d.ready, d.leased, d.unsure, d.parcel, d.lacks, d.alone, d.refusals
FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.route = :route AND d.alone = 1 AND (
    d.status = 'waiting'
    OR (d.status = 'refused' AND (d.ended >= :fresh OR d.outbox IN (SELECT id FROM lasting)))
)
ORDER BY d.outbox LIMIT :limit

-- name: claim_delivery
-- One whose claim has run out may have been sent by who died with it.
UPDATE delivery SET
    attempts = attempts + 1, ready = :ready, unsure = unsure OR leased, leased = 1, parcel = :parcel, owner = :owner
WHERE outbox = :outbox AND route = :route AND status = 'waiting' AND attempts = :attempts

-- name: owners
-- Who is at something, as they name themselves.
SELECT DISTINCT owner FROM delivery WHERE status = 'waiting' AND leased = 1 AND ready IS NOT NULL AND owner <> ''

-- name: free_claims
-- Still `leased`: what its owner died over may have been sent.
UPDATE delivery SET ready = NULL WHERE status = 'waiting' AND leased = 1 AND owner = :owner

-- name: put_off_delivery
UPDATE delivery SET ready = :ready, leased = 0, unsure = unsure OR :unsure, alone = :alone, complaint = :why
WHERE outbox = :outbox AND route = :route AND status = 'waiting' AND attempts = :attempts

-- name: wake_deliveries
-- What waits because its route has failed; not what is at fault itself, or what one of many addresses lacks.
UPDATE delivery SET ready = NULL
WHERE route = :route AND status = 'waiting' AND leased = 0 AND alone = 0 AND coalesce(lacks, '[]') = '[]'

-- name: take_delivery_in_part
UPDATE delivery SET ready = :ready, leased = 0, receipt = :receipt, url = :url, lacks = :lacks, complaint = :why
WHERE outbox = :outbox AND route = :route AND status = 'waiting' AND attempts = :attempts

-- name: end_delivery
UPDATE delivery SET
    status = :status, ended = :now, leased = 0, ready = NULL,
    receipt = :receipt, url = :url, lacks = :lacks, complaint = :why
WHERE outbox = :outbox AND route = :route AND status = 'waiting' AND attempts = :attempts

-- name: refuse_delivery
-- What a part of its addresses has taken before stays theirs.
UPDATE delivery SET
    status = 'refused', ended = :now, leased = 0, ready = NULL, alone = :alone, refusals = refusals + 1,
    complaint = :why
WHERE outbox = :outbox AND route = :route AND status = 'waiting' AND attempts = :attempts

-- name: note_delivery
INSERT INTO delivery (outbox, route, status, attempts, parcel, ended, receipt, url, lacks)
SELECT id, :route, 'sent', 1, id, :now, :receipt, :url, :lacks FROM outbox
WHERE target = :target AND incident = :incident AND kind = :kind AND number = :number
ON CONFLICT (outbox, route) DO UPDATE SET
    status = 'sent', attempts = attempts + 1, leased = 0, ready = NULL, ended = excluded.ended,
    receipt = excluded.receipt, url = excluded.url, lacks = excluded.lacks
WHERE status <> 'sent'

-- name: doubt_delivery
UPDATE delivery SET unsure = 1
WHERE route = :route AND status = 'waiting' AND outbox IN (
    SELECT id FROM outbox
    WHERE target = :target AND incident = :incident AND kind = :kind AND number = :number
)

-- name: route_took
UPDATE route SET taken = :now, proof = :proof, complaint = NULL, failing = NULL, final = 0, ready = NULL, held = NULL
WHERE name = :route

-- name: route_failed
UPDATE route SET
    failed = :now, complaint = :why, failing = coalesce(failing, :now), final = final OR :final, ready = :ready
WHERE name = :route

-- name: hold_route
UPDATE route SET held = :held WHERE name = :route

-- name: route_complained
UPDATE route SET failed = :now, complaint = :why, failing = coalesce(failing, :now) WHERE name = :route

-- name: standing
SELECT since, taken, failing, final, complaint, ready, tries, told, held FROM route WHERE name = :route

-- name: warn_of_route
UPDATE route SET told = 1, troubles = troubles + 1 WHERE name = :route AND told = 0 AND failing IS NOT NULL
RETURNING troubles, complaint, failing

-- name: relieve_of_route
UPDATE route SET told = 0 WHERE name = :route AND told = 1 AND failing IS NULL
RETURNING troubles, '', taken

-- name: last_number
SELECT max(number) FROM outbox WHERE target = :target AND kind = :kind

-- name: end_spell
-- Of the last one, if that has no end.
INSERT INTO outbox (target, incident, kind, number, action_id, failed_levels, ordered, cause, detail)
SELECT :target, 0, 'watched', max(number), 0, :levels, :now, NULL, '' FROM outbox
WHERE target = :target AND kind = 'unwatched' HAVING max(number) IS NOT NULL
ON CONFLICT (target, incident, kind, number) DO NOTHING

-- name: claim_proof
UPDATE route SET tries = tries + 1, ready = :lease WHERE name = :route AND tries = :tries

-- name: said_since
-- When each of its last messages went out.
SELECT max(ended) FROM delivery
WHERE route = :route AND status = 'sent' AND ended > :since GROUP BY parcel ORDER BY 1

-- name: first_receipt
-- Of the first message about a subject on a route.
SELECT d.receipt, d.url, d.lacks FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE d.route = :route AND d.status = 'sent' AND o.target = :target AND o.incident = :incident
AND CASE WHEN o.kind IN ('recovery', 'unwatched', 'watched') THEN o.number ELSE 0 END = :number
ORDER BY d.ended LIMIT 1

-- name: delivered
SELECT o.target, o.incident, o.kind, d.route, d.status, d.attempts, d.ended, d.receipt, d.url, d.complaint
FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox
WHERE (:target IS NULL OR o.target = :target) AND (:incident IS NULL OR o.incident = :incident)
ORDER BY d.outbox DESC, d.route LIMIT :limit

-- name: routes
SELECT name, taken, failed, complaint, proof, failing, final FROM route ORDER BY name
