-- What operators did, each entry as canonical JSON that holds the hash of the one before it (src/shared/audit-chain.ts).
CREATE TABLE entries (
  place INTEGER PRIMARY KEY,
  entry TEXT NOT NULL
);

-- Nothing is ever changed, taken away or put in between. Whoever gets past this is found by the hashes.
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN
  SELECT RAISE(ABORT, 'the audit log is not changed');
END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN
  SELECT RAISE(ABORT, 'the audit log is not shortened');
END;
CREATE TRIGGER entries_follow BEFORE INSERT ON entries
WHEN NEW.place <> (SELECT COALESCE(MAX(place), 0) + 1 FROM entries) BEGIN
  SELECT RAISE(ABORT, 'an entry of the audit log follows the last one');
END;
