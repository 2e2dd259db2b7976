-- The state before the step that opened the incident, so that its journal can be replayed. NULL: not known.

ALTER TABLE incident ADD COLUMN before TEXT;
