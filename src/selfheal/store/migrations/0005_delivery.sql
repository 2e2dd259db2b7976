-- What became of each alert on each route to a person. `ready` is JSON: not to be tried before; while `leased`,
-- somebody is at it until then. `attempts` is also the version by which it is claimed.

ALTER TABLE outbox ADD COLUMN cause TEXT;
ALTER TABLE outbox ADD COLUMN detail TEXT NOT NULL DEFAULT '';

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
