-- Whom the user blocks. told: whether their direct conversation knows how that stands; who was unblocked is kept until
-- it does (blocked = 0).
CREATE TABLE blocks (
  user_id TEXT PRIMARY KEY,
  blocked INTEGER NOT NULL,
  told INTEGER NOT NULL
) WITHOUT ROWID;
