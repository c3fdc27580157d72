-- What a member of a large conversation is to be brought although he is away ({what, until}, JSON). Null for everybody else.
ALTER TABLE members ADD COLUMN wants TEXT;

-- Mentions up to here were handed on to those of them who were away. Nobody wanted that before.
ALTER TABLE conversation ADD COLUMN mentioned INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET mentioned = (SELECT COALESCE(MAX(seq), 0) FROM log);
