-- To whom the username was given last; no row: it is free.
CREATE TABLE holder (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  user_id TEXT NOT NULL
);
