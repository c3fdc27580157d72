-- For how long messages of a kind are kept, in a region. Empty: of all kinds, in all regions.
CREATE TABLE policies (
  type TEXT NOT NULL,
  region TEXT NOT NULL,
  days INTEGER NOT NULL,
  reason TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  PRIMARY KEY (type, region)
) WITHOUT ROWID;

-- Legal holds (JSON). state: placing, standing or releasing; what is not standing its conversation or user may not know yet.
CREATE TABLE holds (
  hold_id TEXT PRIMARY KEY,
  hold TEXT NOT NULL,
  state TEXT NOT NULL
) WITHOUT ROWID;

-- Conversations that are being restored, and under which epoch they come back.
CREATE TABLE restores (
  conversation_id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  head INTEGER NOT NULL,
  holds TEXT NOT NULL,
  state TEXT NOT NULL
) WITHOUT ROWID;
