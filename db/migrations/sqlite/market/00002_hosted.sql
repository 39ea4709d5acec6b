-- The stalls this market hosts for sellers without a node of their own.

-- +goose Up

-- A stall, or the draft of one, which has no vendor.
CREATE TABLE hosted (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    about       TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    account_key TEXT    NOT NULL,            -- JWK, public
    keys        BLOB    NOT NULL,            -- sealed under the operator's key
    drafted_at  INTEGER NOT NULL,
    vendor      TEXT    UNIQUE,
    certificate TEXT    NOT NULL DEFAULT '', -- JWS
    opened_at   INTEGER NOT NULL DEFAULT 0,
    CHECK ((vendor IS NULL) = (certificate = ''))
) STRICT;
CREATE INDEX hosted_draft ON hosted (account, drafted_at) WHERE vendor IS NULL;
