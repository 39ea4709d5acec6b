-- The books of a broker. Times are unix seconds, amounts minor units of its one
-- currency, digests and thumbprints SHA-256 in unpadded base64url.

-- +goose Up

-- Secrets stand apart, in slots of one size that never move: a b-tree that
-- splits or merges pages leaves copies of moved rows behind, which
-- secure_delete does not know of. A slot is overwritten in place when what it
-- belongs to dies, and used again.
CREATE TABLE vault (
    slot   INTEGER PRIMARY KEY,
    used   INTEGER NOT NULL CHECK (used IN (0, 1)),
    secret BLOB    NOT NULL CHECK (length(secret) = 64)
) STRICT;
CREATE INDEX vault_free ON vault (slot) WHERE used = 0;

CREATE TABLE account (
    id         TEXT    NOT NULL PRIMARY KEY,
    thumbprint TEXT    NOT NULL UNIQUE,  -- of key
    key        TEXT    NOT NULL,         -- JWK; signs for the account
    bank       TEXT    NOT NULL,         -- the bank's reference
    name       TEXT    NOT NULL,
    counter    INTEGER NOT NULL,         -- the last T1's
    opened     INTEGER NOT NULL
) STRICT;

CREATE TABLE stall (
    vendor      TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES account (id),
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL UNIQUE, -- the same for names that look the same
    thumbprint  TEXT    NOT NULL UNIQUE, -- of signing
    signing     TEXT    NOT NULL,        -- JWK
    envelope    TEXT    NOT NULL,        -- JWK
    base_url    TEXT    NOT NULL,
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    jws         TEXT    NOT NULL,        -- the certificate as signed
    revoked     INTEGER NOT NULL CHECK (revoked IN (0, 1))
) STRICT;

-- Who a pseudonym is. Nobody but the broker knows.
CREATE TABLE alias (
    pseudonym TEXT NOT NULL,
    vendor    TEXT NOT NULL REFERENCES stall (vendor),
    account   TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (pseudonym, vendor)
) STRICT, WITHOUT ROWID;

-- Live scrip, and no other. slot: MasterScripSecret, MasterCustomerSecret.
CREATE TABLE scrip (
    scrip_id   TEXT    NOT NULL PRIMARY KEY,
    cust_id    TEXT    NOT NULL UNIQUE,
    value      INTEGER NOT NULL CHECK (value > 0),
    expires    INTEGER NOT NULL,
    currency   TEXT    NOT NULL CHECK (length(currency) = 3),
    holder     TEXT    NOT NULL CHECK (holder <> '') UNIQUE REFERENCES account (id),
    holder_key TEXT,                     -- JWK; the pseudonym's
    slot       INTEGER NOT NULL UNIQUE REFERENCES vault (slot),
    lock_tx    TEXT,
    lock_until INTEGER,                  -- unix seconds
    CHECK ((lock_tx IS NULL) = (lock_until IS NULL))
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER scrip_erase AFTER DELETE ON scrip BEGIN
    UPDATE vault SET used = 0, secret = x'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

-- What the same request is answered again. It dies with the scrip it brought.
CREATE TABLE stored_reply (
    sender   TEXT NOT NULL,
    typ      TEXT NOT NULL,
    tx       TEXT NOT NULL,
    digest   TEXT NOT NULL,              -- of the request's signed payload
    reply    TEXT NOT NULL,              -- JSON of scrip.Sealed
    scrip_id TEXT REFERENCES scrip (scrip_id) ON DELETE CASCADE,
    PRIMARY KEY (sender, typ, tx)
) STRICT;
CREATE INDEX stored_reply_scrip ON stored_reply (scrip_id) WHERE scrip_id IS NOT NULL;

-- T3 taken note of, until its scrip dies. slot: T3's reply key.
CREATE TABLE announced (
    tx        TEXT    NOT NULL PRIMARY KEY,
    scrip_id  TEXT    NOT NULL REFERENCES scrip (scrip_id) ON DELETE CASCADE,
    account   TEXT    NOT NULL REFERENCES account (id),
    vendor    TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    value     INTEGER NOT NULL CHECK (value > 0),
    deadline  INTEGER NOT NULL,
    digest    TEXT    NOT NULL,
    slot      INTEGER NOT NULL UNIQUE REFERENCES vault (slot)
) STRICT;
CREATE INDEX announced_scrip ON announced (scrip_id);
-- +goose StatementBegin
CREATE TRIGGER announced_erase AFTER DELETE ON announced BEGIN
    UPDATE vault SET used = 0, secret = x'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

-- The books. All balances sum to zero; only the world's may be negative.
CREATE TABLE ledger (
    account TEXT    NOT NULL PRIMARY KEY CHECK (account <> ''),
    balance INTEGER NOT NULL CHECK (balance >= 0 OR account = 'world')
) STRICT, WITHOUT ROWID;
INSERT INTO ledger (account, balance) VALUES ('world', 0), ('outstanding', 0);

-- The log. A leaf is the JSON of a scrip.Record; the columns repeat it so that
-- it can be searched. Nothing in it is changed or deleted, ever.
CREATE TABLE log (
    seq     INTEGER PRIMARY KEY CHECK (seq >= 0),
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL CHECK (kind <> ''),
    tx      TEXT    NOT NULL,
    account TEXT    NOT NULL,            -- empty when the record has none
    vendor  TEXT    NOT NULL,            -- empty when the record has none
    leaf    BLOB    NOT NULL,
    UNIQUE (tx, kind, account, vendor)
) STRICT;

CREATE TABLE log_posting (
    seq         INTEGER NOT NULL REFERENCES log (seq),
    n           INTEGER NOT NULL,
    from_ledger TEXT    NOT NULL,
    to_ledger   TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_posting_from_bank ON log_posting (from_ledger, seq) WHERE substr(from_ledger, 1, 5) = 'bank:';
CREATE INDEX log_posting_to_bank ON log_posting (to_ledger, seq) WHERE substr(to_ledger, 1, 5) = 'bank:';

-- The Merkle tree over the leaves (RFC 6962), numbered as in
-- golang.org/x/mod/sumdb/tlog.
CREATE TABLE log_hash (
    idx  INTEGER PRIMARY KEY CHECK (idx >= 0),
    hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_posting_no_update BEFORE UPDATE ON log_posting BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_posting_no_delete BEFORE DELETE ON log_posting BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_hash_no_update BEFORE UPDATE ON log_hash BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_hash_no_delete BEFORE DELETE ON log_hash BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- Sandbox bank: what a customer must confirm before it is paid.
CREATE TABLE confirmation (
    key       TEXT    NOT NULL PRIMARY KEY,
    reference TEXT    NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount > 0),
    asked     INTEGER NOT NULL,
    confirmed INTEGER                    -- when; null until then
) STRICT;
