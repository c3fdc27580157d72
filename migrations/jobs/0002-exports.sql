-- The export of a person's data: one row, or none. place: 0 of himself, then the conversation that is read, from stage and cursor on;
-- next_at: when it goes on.
CREATE TABLE export (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  export_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  include TEXT NOT NULL,
  reason TEXT,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  place INTEGER NOT NULL DEFAULT 0,
  stage TEXT,
  cursor TEXT,
  lines INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  finished_at INTEGER,
  sha256 TEXT
);
CREATE TABLE export_conversations (
  place INTEGER PRIMARY KEY,
  conversation_id TEXT NOT NULL
);
-- Parts of the file: each is a gzip file of its own, and so are all of them behind each other.
CREATE TABLE export_parts (
  part INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL
);
