-- The first schema. Times are unix seconds (UTC); records are JSON, as `codec` writes them.

CREATE TABLE about (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE state (
    target TEXT PRIMARY KEY,
    wall REAL NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    wall REAL NOT NULL,
    mono REAL NOT NULL,
    boot_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    observation TEXT NOT NULL,
    notes TEXT NOT NULL,
    actions TEXT NOT NULL,
    incident INTEGER
);

CREATE INDEX journal_incident ON journal (target, incident, seq) WHERE incident IS NOT NULL;

CREATE TABLE incident (
    target TEXT NOT NULL,
    id INTEGER NOT NULL,
    cause TEXT NOT NULL,
    level TEXT NOT NULL,
    opened REAL NOT NULL,
    closed REAL,
    outcome TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (target, id)
);

CREATE INDEX incident_opened ON incident (opened);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    incident INTEGER NOT NULL,
    kind TEXT NOT NULL,
    action_id INTEGER NOT NULL,
    failed_levels TEXT NOT NULL,
    ordered REAL NOT NULL,
    UNIQUE (target, incident, kind)
);

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    asked REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
    taken REAL,
    refused TEXT
);

CREATE INDEX inbox_waiting ON inbox (id) WHERE taken IS NULL AND refused IS NULL;
