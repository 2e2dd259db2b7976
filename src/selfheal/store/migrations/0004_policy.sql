-- The settings that each step was decided with, kept once: they rarely change. NULL: an older version's step.

CREATE TABLE policy (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL UNIQUE
);

ALTER TABLE journal ADD COLUMN policy INTEGER;
