-- `kinds`: what is told on it, as JSON, by the last settings that named it. `left_s`: since when the settings do not
-- name it any more, by the watch of the outbox; NULL: they do, or nobody can tell what they name.
ALTER TABLE route ADD COLUMN kinds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE route ADD COLUMN left_s REAL;

UPDATE route SET left_s = -604800 WHERE here = 0;
