-- A conversation: one row that says what it is.
CREATE TABLE conversation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  conversation_id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  avatar TEXT,
  region TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

-- Who is in it. read_up_to is written when it moves, read_moves with it: [[up_to, ms], …].
CREATE TABLE members (
  user_id TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  read_up_to INTEGER NOT NULL DEFAULT 0,
  read_moves TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;

-- The log. One row and no index per entry: what else is looked up is found by its time (see dedupe.ts).
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  sender_id TEXT NOT NULL,
  client_id TEXT,
  kind TEXT NOT NULL,
  mentions TEXT,
  body TEXT NOT NULL
);

-- Client ids that cannot be found by their own time: made long before they were sent, or not of version 7.
CREATE TABLE seen (
  sender_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (sender_id, client_id)
) WITHOUT ROWID;

-- How far each member's inbox is known to be durable, and delivered watermarks. One row for all members,
-- written behind: what is lost of it in a crash is delivered once more, and is harmless.
CREATE TABLE cursors (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  positions TEXT NOT NULL
);
