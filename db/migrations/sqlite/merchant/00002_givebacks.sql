-- T22: VendorScrip that its customer gives back.

-- +goose Up

-- T22 until the broker answers T23; its VendorScrip is held. slot: T22's reply
-- key, T23's.
CREATE TABLE giveback (
    seq          INTEGER PRIMARY KEY,
    tx           TEXT    NOT NULL UNIQUE,
    scrip_id     TEXT    NOT NULL UNIQUE,
    pseudonym    TEXT    NOT NULL,
    value        INTEGER NOT NULL CHECK (value > 0),
    order_digest TEXT    NOT NULL,
    request      TEXT    NOT NULL,       -- JSON of scrip.Sealed: T23 and T22's payment part
    received     INTEGER NOT NULL,
    slot         INTEGER NOT NULL UNIQUE REFERENCES vault (slot)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER giveback_erase AFTER DELETE ON giveback BEGIN
    UPDATE vault SET used = 0, secret = x'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' WHERE slot = OLD.slot;
END;
-- +goose StatementEnd
