-- What is known of a route's working. `proof`: what it was that it took last. `failing`: since when it has taken
-- nothing of what it was given; `final`: it refused for good. `ready`: no proof is to be asked of it before;
-- `tries`: proofs begun, also the version by which one is claimed.

ALTER TABLE route ADD COLUMN proof TEXT;
ALTER TABLE route ADD COLUMN failing REAL;
ALTER TABLE route ADD COLUMN final INTEGER NOT NULL DEFAULT 0;
ALTER TABLE route ADD COLUMN ready REAL;
ALTER TABLE route ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
