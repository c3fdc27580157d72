-- The erasure of a person: one row, or none. stage: what is done next; next_at: when. removed: of his account, as JSON.
CREATE TABLE erasure (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  erasure_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  stage TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  removed TEXT,
  certificate TEXT
);
-- A conversation of his: what was removed from it and what remains, as JSON; done = 1: that is all. tried:
-- those that were asked least often come first.
CREATE TABLE erasure_conversations (
  place INTEGER PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  tried INTEGER NOT NULL DEFAULT 0,
  outcome TEXT
);
