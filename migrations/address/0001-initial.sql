-- Whose push address it is, and the number of the take that made it his; no row: nobody registered it.
CREATE TABLE holder (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  user_id TEXT NOT NULL,
  number INTEGER NOT NULL
);

-- Who had it before and has not said yet that he forgot it: what he registered before this number.
CREATE TABLE former (
  user_id TEXT PRIMARY KEY,
  before_number INTEGER NOT NULL
) WITHOUT ROWID;
