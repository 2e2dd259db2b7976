-- What became of each alert on each route to a person. `ready` is JSON: not to be tried before; while `leased`,
-- somebody is at it until then. `attempts` is also the version by which it is claimed.

-- `number`: of a reminder.
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    incident INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL DEFAULT 0,
    action_id INTEGER NOT NULL,
    failed_levels TEXT NOT NULL,
    ordered REAL NOT NULL,
    cause TEXT,
    detail TEXT NOT NULL DEFAULT '',
    UNIQUE (target, incident, kind, number)
);

INSERT INTO alerts (id, target, incident, kind, action_id, failed_levels, ordered)
SELECT id, target, incident, kind, action_id, failed_levels, ordered FROM outbox;

DROP TABLE outbox;

ALTER TABLE alerts RENAME TO outbox;

CREATE TABLE route (
    name TEXT PRIMARY KEY,
    door TEXT NOT NULL,
    since REAL NOT NULL,
    taken REAL,
    failed REAL,
    complaint TEXT
) WITHOUT ROWID;

CREATE TABLE delivery (
    outbox INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    route TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    ready TEXT,
    leased INTEGER NOT NULL DEFAULT 0,
    unsure INTEGER NOT NULL DEFAULT 0,
    parcel INTEGER,
    ended REAL,
    receipt TEXT,
    url TEXT,
    lacks TEXT,
    complaint TEXT,
    PRIMARY KEY (outbox, route)
) WITHOUT ROWID;

CREATE INDEX delivery_waiting ON delivery (route, outbox) WHERE status = 'waiting';
CREATE INDEX delivery_sent ON delivery (route, ended) WHERE status = 'sent';
