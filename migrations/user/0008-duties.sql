-- The account is suspended, by whom and why: one row, or none.
CREATE TABLE suspension (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  reason TEXT NOT NULL
);

-- Legal holds on everything that he takes part in (JSON). released: conversations are being told that it is over.
CREATE TABLE holds (
  hold_id TEXT PRIMARY KEY,
  hold TEXT NOT NULL,
  released INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Conversations that know of a hold.
CREATE TABLE holds_told (
  hold_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  PRIMARY KEY (hold_id, conversation_id)
) WITHOUT ROWID;
