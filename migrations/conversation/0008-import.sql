-- Brought in from another system: importing = 1 as long as it is, and nobody sees it; imported: up to here lists begin
-- with how things stand, and no entry is brought to anybody.
ALTER TABLE conversation ADD COLUMN importing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;

-- Where it was brought in from: one row, or none.
CREATE TABLE import_source (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  source TEXT NOT NULL,
  foreign_id TEXT NOT NULL
);
