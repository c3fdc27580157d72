-- Entries of conversations as they stood when they were archived last. Every statement names the conversation.
CREATE TABLE entries (
  conversation_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- Of two writes of one entry the higher one stays.
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  sender_id TEXT NOT NULL,
  client_id TEXT,
  kind TEXT NOT NULL,
  mentions TEXT,
  body TEXT NOT NULL,
  edited TEXT,
  deleted_seq INTEGER,
  deleted_at INTEGER,
  thread INTEGER,
  expires_at INTEGER,
  hidden_from TEXT,
  PRIMARY KEY (conversation_id, seq)
) WITHOUT ROWID;

CREATE INDEX entries_by_thread ON entries (conversation_id, thread, seq) WHERE thread IS NOT NULL;
