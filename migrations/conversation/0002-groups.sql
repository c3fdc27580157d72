-- The conversation's own rules, as far as they differ from those of its type (JSON), and whether it ever outgrew
-- being brought to every member: then it is brought to those who are there.
ALTER TABLE conversation ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE conversation ADD COLUMN large INTEGER NOT NULL DEFAULT 0;

-- Who left stays, with the entry that ended it: up to there he may read. leaving: that entry is not yet known to be
-- in his list; left_meta: what the conversation was then, as JSON. away: of a large conversation, who is not there; what he misses he asks for when he comes.
ALTER TABLE members ADD COLUMN joined_seq INTEGER NOT NULL DEFAULT 1;
ALTER TABLE members ADD COLUMN left_seq INTEGER;
ALTER TABLE members ADD COLUMN left_at INTEGER;
ALTER TABLE members ADD COLUMN removed_by TEXT;
ALTER TABLE members ADD COLUMN left_meta TEXT;
ALTER TABLE members ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN hides_reads INTEGER NOT NULL DEFAULT 0;

-- Of a message as it stands: its last edit ({content, at, entries}), the entry that deleted it and when, the message
-- that its thread hangs on, when it is removed. Null costs nothing, and neither index has a row for it.
ALTER TABLE log ADD COLUMN edited TEXT;
ALTER TABLE log ADD COLUMN deleted_seq INTEGER;
ALTER TABLE log ADD COLUMN deleted_at INTEGER;
ALTER TABLE log ADD COLUMN thread INTEGER;
ALTER TABLE log ADD COLUMN expires_at INTEGER;
CREATE INDEX log_thread ON log (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX log_expiry ON log (expires_at) WHERE expires_at IS NOT NULL AND deleted_seq IS NULL;

-- One row per person and emoji; entry is the one that added it.
CREATE TABLE reactions (
  seq INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  emoji TEXT NOT NULL,
  entry INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (seq, user_id, emoji)
) WITHOUT ROWID;

CREATE TABLE pins (
  seq INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL
);

-- How far a member has read a thread; root is the seq of the message that it hangs on.
CREATE TABLE thread_reads (
  user_id TEXT NOT NULL,
  root INTEGER NOT NULL,
  up_to INTEGER NOT NULL,
  PRIMARY KEY (user_id, root)
) WITHOUT ROWID;

CREATE TABLE invites (
  secret TEXT PRIMARY KEY,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  max_uses INTEGER,
  uses INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Messages that wait for their time. refused: the code with which sending failed then.
CREATE TABLE scheduled (
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  send_at INTEGER NOT NULL,
  draft TEXT NOT NULL,
  refused TEXT,
  PRIMARY KEY (user_id, client_id)
) WITHOUT ROWID;
CREATE INDEX scheduled_time ON scheduled (send_at) WHERE refused IS NULL;

-- As `cursors`, in several rows: of a large conversation only the parts that moved are written.
CREATE TABLE positions (
  part INTEGER PRIMARY KEY,
  positions TEXT NOT NULL
);
INSERT INTO positions (part, positions) SELECT 0, positions FROM cursors;
DROP TABLE cursors;
