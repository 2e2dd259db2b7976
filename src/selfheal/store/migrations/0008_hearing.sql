-- What a person has answered on a route, once each, and how far a route's answers were read. `deaf`: why it is
-- not listened to any more by the door that it had then.

CREATE TABLE heard (
    route TEXT NOT NULL,
    mark TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (route, mark)
) WITHOUT ROWID;

CREATE TABLE ear (
    route TEXT PRIMARY KEY,
    door TEXT NOT NULL,
    place INTEGER,
    deaf TEXT
) WITHOUT ROWID;
