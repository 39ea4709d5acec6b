-- The shelf of one stall. Times are unix seconds, amounts minor units of the
-- broker's currency, digests SHA-256 in unpadded base64url.

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

-- Live scrip, and no other. slot: MasterScripSecret, MasterCustomerSecret.
CREATE TABLE scrip (
    scrip_id   TEXT    NOT NULL PRIMARY KEY,
    cust_id    TEXT    NOT NULL UNIQUE,
    value      INTEGER NOT NULL CHECK (value > 0),
    expires    INTEGER NOT NULL,
    currency   TEXT    NOT NULL CHECK (length(currency) = 3),
    holder     TEXT    NOT NULL CHECK (holder <> ''),
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
CREATE INDEX scrip_holder ON scrip (holder);

-- T4 and what became of it. A settled one stays, so that an old receipt brings
-- nothing twice. slot: the customer's reply key, T5's; erased when settled.
CREATE TABLE exchange (
    seq          INTEGER PRIMARY KEY,
    tx           TEXT    NOT NULL UNIQUE,
    pseudonym    TEXT    NOT NULL,
    key          TEXT    NOT NULL,       -- JWK; the pseudonym's
    value        INTEGER NOT NULL CHECK (value > 0),
    order_digest TEXT    NOT NULL,
    request      TEXT    NOT NULL,       -- JSON of scrip.Sealed: T5; empty when settled
    received     INTEGER NOT NULL,
    settled      INTEGER NOT NULL CHECK (settled IN (0, 1)),
    slot         INTEGER UNIQUE REFERENCES vault (slot),
    CHECK (settled = (slot IS NULL))
) STRICT;
CREATE INDEX exchange_unsettled ON exchange (seq) WHERE settled = 0;
-- +goose StatementBegin
CREATE TRIGGER exchange_erase AFTER UPDATE OF slot ON exchange
WHEN OLD.slot IS NOT NULL AND NEW.slot IS NOT OLD.slot BEGIN
    UPDATE vault SET used = 0, secret = x'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

CREATE TABLE listing (
    offer       TEXT    NOT NULL PRIMARY KEY,
    version     TEXT    NOT NULL UNIQUE, -- tx of the signed offer
    vendor      TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    description TEXT    NOT NULL,
    category    TEXT    NOT NULL,
    condition   TEXT    NOT NULL,
    price       INTEGER NOT NULL CHECK (price > 0),
    currency    TEXT    NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    postage     INTEGER NOT NULL CHECK (postage >= 0),
    photos      TEXT    NOT NULL,        -- JSON of []scrip.Photo
    valid_until INTEGER NOT NULL,
    jws         TEXT    NOT NULL,        -- the offer as signed
    stock       INTEGER NOT NULL CHECK (stock >= 0),
    ended       INTEGER NOT NULL CHECK (ended IN (0, 1)),
    listed_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE photo (
    digest TEXT NOT NULL PRIMARY KEY,    -- of image
    image  BLOB NOT NULL,                -- JPEG
    thumb  BLOB NOT NULL                 -- JPEG
) STRICT;

CREATE TABLE sale (
    seq          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    tx           TEXT    NOT NULL,
    pseudonym    TEXT    NOT NULL,
    offer        TEXT    NOT NULL REFERENCES listing (offer),
    title        TEXT    NOT NULL,
    price        INTEGER NOT NULL CHECK (price > 0),
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    delivery     TEXT    NOT NULL,
    order_digest TEXT    NOT NULL,
    mandate      TEXT    NOT NULL,       -- T10's JWS
    paid_at      INTEGER NOT NULL,
    sent_at      INTEGER NOT NULL,       -- 0 until sent
    note         TEXT    NOT NULL,       -- the seller's own
    recorded     INTEGER NOT NULL CHECK (recorded IN (0, 1)),
    UNIQUE (tx, pseudonym)
) STRICT;
CREATE INDEX sale_unrecorded ON sale (seq) WHERE recorded = 0;
