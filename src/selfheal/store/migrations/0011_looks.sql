-- How long the outbox has been looked after, by its own watch: no clock that is set makes an alert old.
-- `seen_s`: seconds that have passed for it by the last look, whose clocks the others are (`boot_id` NULL: there
-- was none). `newest`: the last alert that was there then; what comes after it is news.

CREATE TABLE look (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seen_s REAL NOT NULL,
    mono REAL NOT NULL,
    wall REAL NOT NULL,
    boot_id TEXT,
    newest INTEGER NOT NULL
);

INSERT INTO look (one, seen_s, mono, wall, boot_id, newest)
VALUES (1, 0, 0, 0, NULL, coalesce((SELECT max(outbox) FROM delivery), (SELECT max(id) FROM outbox), 0));

-- `since_s`: from when on it waits, by that watch.
ALTER TABLE delivery ADD COLUMN since_s REAL NOT NULL DEFAULT 0;
