-- The log in two generations of the same shape: the newer one takes what is new, the older one goes as a whole when
-- everything in it is archived, and the two change places (generations.ts). Dropping a table costs no rows; deleting what is in it would.
ALTER TABLE log RENAME TO log_0;
DROP INDEX log_thread;
DROP INDEX log_expiry;
CREATE INDEX log_0_thread ON log_0 (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX log_0_expiry ON log_0 (expires_at) WHERE expires_at IS NOT NULL AND deleted_seq IS NULL;

CREATE TABLE log_1 (
  seq INTEGER PRIMARY KEY,
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
  hidden_from TEXT
);
CREATE INDEX log_1_thread ON log_1 (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX log_1_expiry ON log_1 (expires_at) WHERE expires_at IS NOT NULL AND deleted_seq IS NULL;

-- Single entries that lie further back and are needed here: changed since they were archived, or waiting to expire.
CREATE TABLE kept (
  seq INTEGER PRIMARY KEY,
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
  hidden_from TEXT
);
CREATE INDEX kept_thread ON kept (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX kept_expiry ON kept (expires_at) WHERE expires_at IS NOT NULL AND deleted_seq IS NULL;

-- The log as far as it is here.
CREATE VIEW log AS
  SELECT seq, at, sender_id, client_id, kind, mentions, body, edited, deleted_seq, deleted_at, thread, expires_at, hidden_from FROM log_0
  UNION ALL
  SELECT seq, at, sender_id, client_id, kind, mentions, body, edited, deleted_seq, deleted_at, thread, expires_at, hidden_from FROM log_1
  UNION ALL
  SELECT seq, at, sender_id, client_id, kind, mentions, body, edited, deleted_seq, deleted_at, thread, expires_at, hidden_from FROM kept;

-- generation: which of the two is the newer one (its lowest bit). pruned: up to here the log is in the archive only, but for what is
-- kept. archived: up to here it is in the archive.
ALTER TABLE conversation ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;

-- Entries that are to be archived again: they changed after they were.
CREATE TABLE stale (
  seq INTEGER PRIMARY KEY
);

-- What is known here of entries that are pruned, or about to be: one row per some hundreds of them (block.ts). at: the stamp of
-- the first; counts: standing messages by sender; body: the rest.
CREATE TABLE blocks (
  last INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  at INTEGER NOT NULL,
  counts TEXT NOT NULL,
  body TEXT NOT NULL
);

-- Replies that are in blocks, by the message that their thread hangs on, some hundreds in a row. part: the place of the first; last: of the
-- newest that stands and that everybody sees; veiled: those that somebody does not see.
CREATE TABLE thread_blocks (
  root INTEGER NOT NULL,
  part INTEGER NOT NULL,
  last INTEGER NOT NULL,
  veiled TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (root, part)
) WITHOUT ROWID;
