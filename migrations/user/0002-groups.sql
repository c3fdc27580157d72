-- away: the conversation was told that the user is not there, and brings nothing any more until he asks.
ALTER TABLE inbox ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
-- What the user has begun to write: {content, reply_to?, at}.
ALTER TABLE inbox ADD COLUMN draft TEXT;

-- The user's profile: {display_name?, avatar?, privacy?}.
CREATE TABLE profile (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  profile TEXT NOT NULL
);
