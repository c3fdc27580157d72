-- Of a direct conversation: whether this member blocks the other. Null: he never did, and nothing is hidden from him.
ALTER TABLE members ADD COLUMN blocks INTEGER;

-- Who never sees it: he blocked the one who made it, then. Null for nearly all, and no index has a row for it.
ALTER TABLE log ADD COLUMN hidden_from TEXT;
ALTER TABLE reactions ADD COLUMN hidden_from TEXT;
ALTER TABLE pins ADD COLUMN hidden_from TEXT;
