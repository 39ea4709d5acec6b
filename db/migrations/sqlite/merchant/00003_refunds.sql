-- REFUND and COLLECT: orders that are taken back, whole or in part.

-- +goose Up

ALTER TABLE sale ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND price);
CREATE INDEX sale_pseudonym ON sale (pseudonym);
CREATE INDEX exchange_pseudonym ON exchange (pseudonym);

-- slot: REFUND's reply key; erased when the broker covers it.
CREATE TABLE refund (
    seq          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    sale         TEXT    NOT NULL REFERENCES sale (id),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    made_at      INTEGER NOT NULL,
    request      TEXT    NOT NULL,       -- JSON of scrip.Sealed: REFUND; empty when covered
    covered_at   INTEGER NOT NULL,       -- 0 until covered
    collected    TEXT    NOT NULL,       -- tx of COLLECT; empty until then
    collected_at INTEGER NOT NULL,       -- 0 until then
    slot         INTEGER UNIQUE REFERENCES vault (slot),
    CHECK ((covered_at = 0) = (slot IS NOT NULL)),
    CHECK (covered_at > 0 OR collected_at = 0),
    CHECK ((collected_at = 0) = (collected = ''))
) STRICT;
CREATE INDEX refund_sale ON refund (sale);
CREATE INDEX refund_uncovered ON refund (seq) WHERE covered_at = 0;
-- +goose StatementBegin
CREATE TRIGGER refund_erase AFTER UPDATE OF slot ON refund
WHEN OLD.slot IS NOT NULL AND NEW.slot IS NOT OLD.slot BEGIN
    UPDATE vault SET used = 0, secret = x'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

-- The last COLLECT of each pseudonym that holds, or held, VendorScrip.
CREATE TABLE collector (
    pseudonym TEXT    NOT NULL PRIMARY KEY,
    counter   INTEGER NOT NULL CHECK (counter > 0)
) STRICT, WITHOUT ROWID;
