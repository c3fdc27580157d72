-- Of a conversation that was restored to an earlier time: one row, or none. head: up to where its log was then; what lists have of before
-- is of another epoch. leaving: it is about to go back, and comes back under this epoch; 0: it is not.
CREATE TABLE restored (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  head INTEGER NOT NULL DEFAULT 0,
  leaving INTEGER NOT NULL DEFAULT 0
);
