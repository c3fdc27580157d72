-- A row per conversation of the user. Written behind the log, which is the truth (docs/storage.md).
CREATE TABLE inbox (
  conversation_id TEXT PRIMARY KEY,
  rev INTEGER NOT NULL,
  activity INTEGER NOT NULL,
  head INTEGER NOT NULL,
  others_head INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  mentions INTEGER NOT NULL,
  read_up_to INTEGER NOT NULL,
  delivered_up_to INTEGER NOT NULL,
  devices TEXT NOT NULL,
  receipts TEXT,
  meta TEXT NOT NULL,
  last_message TEXT
) WITHOUT ROWID;

-- Devices that have acknowledged something: any other is new and is given the newest entries only.
CREATE TABLE devices (
  device_id TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) WITHOUT ROWID;
