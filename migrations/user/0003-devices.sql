-- Devices of the user. since: when it first acknowledged something; 0: never yet, so that it is given the newest
-- entries only. registered_at: null when it was removed. refused_until: tokens that were issued until then are refused.
ALTER TABLE devices ADD COLUMN registered_at INTEGER;
ALTER TABLE devices ADD COLUMN name TEXT;
ALTER TABLE devices ADD COLUMN platform TEXT;
ALTER TABLE devices ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN refused_until INTEGER NOT NULL DEFAULT -1;
UPDATE devices SET registered_at = since, last_seen = since;

-- What the user wants of a conversation: {muted_until?, archived?, pinned?, notify?}.
ALTER TABLE inbox ADD COLUMN preferences TEXT;

-- Whose devices want to know whether the user is there, and until when.
CREATE TABLE watchers (
  user_id TEXT PRIMARY KEY,
  until INTEGER NOT NULL
) WITHOUT ROWID;

-- Whether they were told that he is: they have to be told that he is not any more, whatever comes in between.
CREATE TABLE presence (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  told INTEGER NOT NULL
);
