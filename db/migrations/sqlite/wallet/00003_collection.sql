-- +goose Up
-- The last COLLECT for each merchant. sealed: the request; NULL once it was
-- answered and what it brought is kept.
CREATE TABLE collection (
    vendor  TEXT    NOT NULL PRIMARY KEY,
    tx      TEXT    NOT NULL,
    counter INTEGER NOT NULL CHECK (counter > 0),
    sealed  BLOB
) STRICT;
