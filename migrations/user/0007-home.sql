-- Where the user is at home; null until that is fixed. Whoever was heard of before there were several regions has no row.
CREATE TABLE home (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  region TEXT
);
