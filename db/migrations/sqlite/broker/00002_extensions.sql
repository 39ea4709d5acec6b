-- T15: BrokerScrip that goes into VendorScrip its customer holds.

-- +goose Up

-- T15 until the merchant answers T16. While its BrokerScrip is held, that is
-- scrip_id; once it died and its change was given, scrip_id is the change.
-- slot: T15's reply key, T16's.
CREATE TABLE extension (
    seq         INTEGER PRIMARY KEY,
    tx          TEXT    NOT NULL UNIQUE,
    account     TEXT    NOT NULL REFERENCES account (id),
    vendor      TEXT    NOT NULL REFERENCES stall (vendor),
    value       INTEGER NOT NULL CHECK (value > 0),
    scrip_id    TEXT    NOT NULL,        -- empty when nothing was left
    held        INTEGER NOT NULL CHECK (held IN (0, 1)),
    digest      TEXT    NOT NULL,        -- of T15's payment part
    request     TEXT    NOT NULL,        -- JSON of scrip.Sealed: T16 and T15's order part
    valid_until INTEGER NOT NULL,
    slot        INTEGER NOT NULL UNIQUE REFERENCES vault (slot)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER extension_erase AFTER DELETE ON extension BEGIN
    UPDATE vault SET used = 0, secret = x'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' WHERE slot = OLD.slot;
END;
-- +goose StatementEnd
