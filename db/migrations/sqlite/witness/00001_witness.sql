-- What a witness of logs must not forget. Times are unix seconds.

-- +goose Up
-- Its key, in one file with what it cosigned: neither is ever there without the other.
CREATE TABLE witness (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    name TEXT    NOT NULL,
    key  BLOB    NOT NULL CHECK (length(key) = 32) -- the seed of an Ed25519 key
) STRICT;

-- The head of each log that it cosigned last.
CREATE TABLE cosigned (
    origin TEXT    NOT NULL PRIMARY KEY,
    size   INTEGER NOT NULL CHECK (size >= 0),
    root   BLOB    NOT NULL CHECK (length(root) = 32),
    note   TEXT    NOT NULL,              -- as its log signed it
    at     INTEGER NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER cosigned_goes_forward BEFORE UPDATE ON cosigned
WHEN new.origin <> old.origin OR new.size < old.size OR (new.size = old.size AND new.root <> old.root) BEGIN
    SELECT RAISE(ABORT, 'a witness does not go back');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cosigned_stays BEFORE DELETE ON cosigned BEGIN
    SELECT RAISE(ABORT, 'a witness does not go back');
END;
-- +goose StatementEnd

-- A head that a log signed beside another one of the same size.
CREATE TABLE contradiction (
    origin TEXT    NOT NULL,
    seen   TEXT    NOT NULL,              -- as it was signed
    before TEXT    NOT NULL,              -- the one that was cosigned last
    at     INTEGER NOT NULL,
    PRIMARY KEY (origin, seen)
) STRICT;

-- The keys of a broker whose log is witnessed, as far as their chain was followed.
CREATE TABLE followed (
    broker TEXT NOT NULL PRIMARY KEY,     -- base URL
    chain  TEXT NOT NULL                  -- JSON of scrip.Chain
) STRICT;
