-- Where devices are pushed to. name: of the address's object. take: the number under which it was taken there, so that
-- a word of an earlier time takes nothing away.
CREATE TABLE push_addresses (
  device_id TEXT PRIMARY KEY,
  address TEXT NOT NULL,
  name TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  take INTEGER NOT NULL
) WITHOUT ROWID;

-- What devices are to be notified of, and were: see src/core/push/notice.ts.
ALTER TABLE inbox ADD COLUMN notice TEXT;
