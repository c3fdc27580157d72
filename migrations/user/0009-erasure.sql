-- The account was erased: one row, or none. removed: how much of what, as JSON; username: whose object is yet to let go of it.
CREATE TABLE erased (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  erasure_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  removed TEXT NOT NULL,
  username TEXT
);

-- Push addresses that were his, by the names of their objects, which name him still.
CREATE TABLE former_addresses (
  name TEXT PRIMARY KEY
) WITHOUT ROWID;
