-- People who were erased, or are being: how far the log was looked through for their messages (looked = 1: once to its end), and what was removed. messages and so on
-- count exactly, whatever was interrupted.
CREATE TABLE erasures (
  user_id TEXT PRIMARY KEY,
  scanned INTEGER NOT NULL DEFAULT 0,
  looked INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  reactions INTEGER NOT NULL DEFAULT 0,
  scheduled INTEGER NOT NULL DEFAULT 0,
  invites INTEGER NOT NULL DEFAULT 0,
  thread_reads INTEGER NOT NULL DEFAULT 0,
  memberships INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
