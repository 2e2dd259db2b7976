-- `alone`: it fails, or is refused, while its route works: the fault is its own. `refusals`: how often it was
-- refused by the door that the route has.
ALTER TABLE delivery ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;

-- `held`: its service asked to be left alone until then.
ALTER TABLE route ADD COLUMN held TEXT;
