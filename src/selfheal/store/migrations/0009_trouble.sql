-- `told`: the other routes were told that this one does not work. `troubles`: how often they were.

ALTER TABLE route ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE route ADD COLUMN troubles INTEGER NOT NULL DEFAULT 0;
