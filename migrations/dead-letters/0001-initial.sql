-- Notifications of one kind of push service that were given up: no content, no address.
CREATE TABLE letters (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  -- NULL: of a test.
  conversation_id TEXT,
  type TEXT NOT NULL,
  seq INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  reason TEXT NOT NULL,
  failed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX letters_by_time ON letters (failed_at, id);
