-- Of an import: which conversation of the other system is which of ours.
CREATE TABLE imports (
  foreign_id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL
) WITHOUT ROWID;
