-- A live view asks twice a second for the last entries that say something, among many that do not.

CREATE INDEX journal_telling ON journal (seq) WHERE notes <> '[]';

-- How many entries an incident has: to count them for each new one would cost more the longer it is open.

ALTER TABLE incident ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;

UPDATE incident SET entries = (
    SELECT count(*) FROM journal WHERE journal.target = incident.target AND journal.incident = incident.id
);

CREATE TRIGGER journal_counted AFTER INSERT ON journal WHEN NEW.incident IS NOT NULL
BEGIN
    UPDATE incident SET entries = entries + 1 WHERE target = NEW.target AND id = NEW.incident;
END;
