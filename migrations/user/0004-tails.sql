-- The newest entries that some device of the user has not acknowledged: JSON, one a line, the last one at `head`.
ALTER TABLE inbox ADD COLUMN tail TEXT;
