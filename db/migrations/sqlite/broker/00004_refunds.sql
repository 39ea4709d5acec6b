-- REFUND: purchases that were taken back, whole or in part.

-- +goose Up

-- A row for each purchase that was refunded, and for no other.
CREATE TABLE refunded (
    vendor   TEXT    NOT NULL REFERENCES stall (vendor),
    purchase TEXT    NOT NULL,           -- tx of T10
    price    INTEGER NOT NULL CHECK (price > 0),
    total    INTEGER NOT NULL CHECK (total BETWEEN 0 AND price),
    PRIMARY KEY (vendor, purchase)
) STRICT, WITHOUT ROWID;

CREATE INDEX stall_account ON stall (account);
