-- The purse of one wallet. Times are unix seconds, amounts minor units of the
-- broker's currency. A column named sealed is encrypted by the wallet under a
-- key that is not in this file: see package wallet.

-- +goose Up
CREATE TABLE owner (
    one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    account TEXT    NOT NULL,             -- empty until R2
    bank    TEXT    NOT NULL,
    banking BLOB,                         -- a BANK that was not answered; null for none
    rekeying BLOB,                        -- a REKEY that was not answered, with its key; null for none
    name    TEXT    NOT NULL,
    counter INTEGER NOT NULL CHECK (counter >= 0),
    lock    TEXT    NOT NULL,             -- JSON of wallet.Lock
    sealed  BLOB    NOT NULL,             -- the account's key, and R1
    info    TEXT    NOT NULL              -- JSON of wallet.Info
) STRICT;

CREATE TABLE known_stall (
    vendor      TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    base_url    TEXT    NOT NULL,
    certificate TEXT    NOT NULL,         -- as signed by the broker
    revoked     INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    silent      INTEGER NOT NULL,         -- since when it does not answer the broker; 0 where it is not gone for that
    seen_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE pseudonym (
    vendor TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

-- Holdings. vendor: whose VendorScrip it is; empty for BrokerScrip. made: by
-- its issuer's clock; 0 where that is not known. tx: the unfinished item it is
-- at stake in; empty when free. doubt: what its issuer said of it; empty when
-- it is good. refused: why its renewal was refused; empty when it was not.
-- exposed: it is from before the account's key was replaced, so others may have it.
CREATE TABLE scrip (
    scrip_id TEXT    NOT NULL PRIMARY KEY,
    vendor   TEXT    NOT NULL,
    value    INTEGER NOT NULL CHECK (value > 0),
    made     INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    tx       TEXT    NOT NULL,
    doubt    TEXT    NOT NULL,
    refused  TEXT    NOT NULL,
    exposed  INTEGER NOT NULL CHECK (exposed IN (0, 1)),
    sealed   BLOB    NOT NULL
) STRICT;
-- A wallet has one BrokerScrip at most.
CREATE UNIQUE INDEX scrip_broker ON scrip (vendor) WHERE vendor = '' AND doubt = '';

-- The journal: every transaction the wallet ever began. stake: the scrip it
-- spends; where it spends none, the account or a merchant. beside: of 6.5 the
-- VendorScrip, whose stake is the BrokerScrip; else empty. sealed: what it
-- sends; NULL once nothing of it can matter.
CREATE TABLE item (
    seq           INTEGER PRIMARY KEY,
    tx            TEXT    NOT NULL UNIQUE,
    "transaction" TEXT    NOT NULL,
    phase         TEXT    NOT NULL CHECK (phase IN ('asked', 'half', 'done', 'undone', 'refused')),
    vendor        TEXT    NOT NULL,
    amount        INTEGER NOT NULL CHECK (amount >= 0),
    reason        TEXT    NOT NULL,
    stake         TEXT    NOT NULL,
    beside        TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER NOT NULL,       -- 0 until it ended
    sealed        BLOB,
    CHECK (sealed IS NOT NULL OR phase NOT IN ('asked', 'half'))
) STRICT;
CREATE INDEX item_unfinished ON item (seq) WHERE phase IN ('asked', 'half');
CREATE INDEX item_stake ON item (stake) WHERE sealed IS NOT NULL;
CREATE INDEX item_beside ON item (beside) WHERE sealed IS NOT NULL AND beside <> '';
-- One charge of the bank at a time.
CREATE UNIQUE INDEX item_one_charge ON item ("transaction") WHERE "transaction" = '6.1' AND phase = 'asked';

-- Purchases that were asked for by a key, so that the same again is answered. name:
-- a digest of the key. sealed: a digest of what was asked.
CREATE TABLE keyed (
    name   TEXT NOT NULL PRIMARY KEY,
    tx     TEXT NOT NULL REFERENCES item (tx),
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE receipt (
    seq       INTEGER PRIMARY KEY,
    tx        TEXT    NOT NULL UNIQUE REFERENCES item (tx),
    at        INTEGER NOT NULL,
    protected INTEGER NOT NULL,
    open      INTEGER NOT NULL CHECK (open <= protected), -- its money is held, as far as is known
    sealed    BLOB    NOT NULL
) STRICT;
CREATE INDEX receipt_protected ON receipt (seq) WHERE protected = 1;
CREATE INDEX receipt_open ON receipt (seq) WHERE open = 1;

-- T9s the broker has not acknowledged.
CREATE TABLE notice (
    seq    INTEGER PRIMARY KEY,
    tx     TEXT    NOT NULL UNIQUE REFERENCES item (tx),
    vendor TEXT    NOT NULL,
    price  INTEGER NOT NULL CHECK (price > 0),
    sealed BLOB    NOT NULL
) STRICT;

-- Threads: what buyer and seller signed about an order, or in a conversation
-- without one. tx: T10's, or the conversation's own. version: of what is sealed.
CREATE TABLE thread (
    tx      TEXT    NOT NULL PRIMARY KEY,
    vendor  TEXT    NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    at      INTEGER NOT NULL,
    sealed  BLOB    NOT NULL
) STRICT;

-- The last COLLECT for each merchant. sealed: the request; NULL once it was
-- answered and what it brought is kept.
CREATE TABLE collection (
    vendor  TEXT    NOT NULL PRIMARY KEY,
    tx      TEXT    NOT NULL,
    counter INTEGER NOT NULL CHECK (counter > 0),
    sealed  BLOB
) STRICT;

-- Signed heads of the broker's log. told_by: the stall that told it last, until it is
-- compared; empty for the broker's, to which all that were compared belong.
CREATE TABLE head (
    told_by TEXT    NOT NULL PRIMARY KEY,
    note    TEXT    NOT NULL,             -- as the broker signed it
    at      INTEGER NOT NULL              -- since when one of this stall waits
) STRICT;

-- Two heads that the broker signed, and that do not belong to one log. proven: they are of
-- the same size; else the broker has not proved that they do.
CREATE TABLE fork (
    told_by TEXT    NOT NULL,
    seen    TEXT    NOT NULL,
    before  TEXT    NOT NULL,
    told_at INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    proven  INTEGER NOT NULL CHECK (proven IN (0, 1)),
    settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)), -- its person has said that it is explained
    PRIMARY KEY (seen, proven)
) STRICT;
