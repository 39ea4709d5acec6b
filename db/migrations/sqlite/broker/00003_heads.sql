-- The log in public: entries that show digests alone, and the signed heads.

-- +goose Up

-- What the tree holds of a record is its entry (services/tree), which commits
-- to the leaf under this salt of 16 bytes. Records without one are of before:
-- the tree holds their leaf itself, and nothing of them is ever shown.
ALTER TABLE log ADD COLUMN salt BLOB CHECK (salt IS NULL OR length(salt) = 16);

-- Which records keep a signed message: its digest, in base64url.
CREATE TABLE log_message (
    digest TEXT    NOT NULL,
    seq    INTEGER NOT NULL REFERENCES log (seq),
    PRIMARY KEY (digest, seq)
) STRICT, WITHOUT ROWID;

-- Every head that was signed, so that what the world was told can be held
-- against the log.
CREATE TABLE log_head (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    at   INTEGER NOT NULL,
    note TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER log_message_no_update BEFORE UPDATE ON log_message BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_message_no_delete BEFORE DELETE ON log_message BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_head_no_update BEFORE UPDATE ON log_head BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_head_no_delete BEFORE DELETE ON log_head BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
