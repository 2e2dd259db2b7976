-- The settings that the state was last stepped with. NULL: an older version's step, or nobody has stepped it.

ALTER TABLE state ADD COLUMN policy INTEGER;
