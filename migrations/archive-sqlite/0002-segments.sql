-- Files of entries that are in no table any more, or soon: one per conversation and month, or several.
CREATE TABLE segments (
  conversation_id TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  -- writing, open, cold or leaving: core/archive/segmented-store.ts.
  state TEXT NOT NULL,
  blob_key TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sealed_at INTEGER NOT NULL,
  threads TEXT,
  PRIMARY KEY (conversation_id, first_seq)
) WITHOUT ROWID;
