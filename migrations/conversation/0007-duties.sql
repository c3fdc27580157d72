-- Legal holds that are in force here (JSON).
CREATE TABLE holds (
  hold_id TEXT PRIMARY KEY,
  hold TEXT NOT NULL
) WITHOUT ROWID;

-- What a hold kept: what a message said before it was deleted or edited. version: the entry that said it, which is the message
-- itself or an edit of it. by_seq: the entry that took it away.
CREATE TABLE held (
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  sender_id TEXT NOT NULL,
  body TEXT NOT NULL,
  why TEXT NOT NULL,
  removed_at INTEGER NOT NULL,
  removed_by TEXT,
  by_seq INTEGER,
  PRIMARY KEY (seq, version)
) WITHOUT ROWID;

-- How long messages are kept: one row, or none. own_days: as said for this conversation; policy_days: as the deployment's policies say,
-- asked at asked_at. retained_from: the first place that is left to members, since raised_at; forgotten: what lies before it is gone here.
CREATE TABLE retention (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  own_days INTEGER,
  policy_days INTEGER,
  watched INTEGER NOT NULL DEFAULT 0,
  asked_at INTEGER NOT NULL DEFAULT 0,
  retained_from INTEGER NOT NULL DEFAULT 1,
  raised_at INTEGER NOT NULL DEFAULT 0,
  forgotten INTEGER NOT NULL DEFAULT 1
);
