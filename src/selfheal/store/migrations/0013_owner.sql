-- `owner`: the process that has claimed it, as that names itself. The claim of one that is dead is free at once.
ALTER TABLE delivery ADD COLUMN owner TEXT;
