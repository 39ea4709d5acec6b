-- A market: its catalogue, and the stalls it hosts. Times are unix seconds,
-- amounts minor units of the broker's currency, digests SHA-256 in unpadded
-- base64url.

-- +goose Up

-- Whose this is: a database is of no use beside another party's keys.
CREATE TABLE belongs (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    owner TEXT    NOT NULL CHECK (owner <> '')
) STRICT;

-- A session of somebody at the pages: what they are in the middle of, with no secret in
-- it. token: the digest of the cookie's, as hex. Empty content: it was ended, which is
-- remembered until it would have been over. Erased then.
CREATE TABLE session (
    part    TEXT    NOT NULL,            -- of the site, which the cookie goes to
    token   TEXT    NOT NULL,
    content BLOB    NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (part, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_until ON session (until);

-- A certified stall as last read. Erased, with all that is of it, a while after
-- it was revoked.
CREATE TABLE catalogue_stall (
    vendor      TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    name_words  TEXT    NOT NULL,           -- folded, each once, between single spaces
    about       TEXT    NOT NULL DEFAULT '',
    place       TEXT    NOT NULL DEFAULT '',
    picture     TEXT    NOT NULL DEFAULT '', -- digest; empty: none
    away_until  INTEGER NOT NULL DEFAULT 0, -- 0: it is not away
    closed      INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    base_url    TEXT    NOT NULL,
    certificate TEXT    NOT NULL,           -- JWS
    record      TEXT    NOT NULL DEFAULT '', -- JWS; empty: none
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    revoked     INTEGER NOT NULL DEFAULT 0, -- not in the directory since then; 0: it is
    failing     INTEGER NOT NULL DEFAULT 0, -- does not answer since then; 0: it does
    read_at     INTEGER NOT NULL DEFAULT 0, -- when it last answered; 0: never
    unshown     INTEGER NOT NULL DEFAULT 0  -- offers beyond what is taken from one stall
) STRICT;
CREATE INDEX catalogue_stall_picture ON catalogue_stall (picture) WHERE picture <> '';

-- What listings share that are alike in what filters ask, so that they are counted by one
-- number. Erased with the last of them.
CREATE TABLE catalogue_alike (
    id          INTEGER PRIMARY KEY,
    category    TEXT    NOT NULL,
    sub         TEXT    NOT NULL,           -- of the category; empty for none
    condition   TEXT    NOT NULL,
    country     TEXT    NOT NULL,           -- where it is; empty where that is not told
    posted_to   TEXT    NOT NULL,           -- countries between single spaces; '*' for any, empty for none
    collected   INTEGER NOT NULL CHECK (collected IN (0, 1)),
    protected   INTEGER NOT NULL CHECK (protected IN (0, 1)), -- its buyer has time to check it
    UNIQUE (category, sub, condition, country, posted_to, collected, protected)
) STRICT;

-- An offer that was admitted. Erased a while after it was gone from the stall.
CREATE TABLE catalogue_listing (
    id          INTEGER PRIMARY KEY,
    vendor      TEXT    NOT NULL REFERENCES catalogue_stall (vendor) ON DELETE CASCADE,
    offer       TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    alike       INTEGER NOT NULL REFERENCES catalogue_alike (id),
    postage     INTEGER NOT NULL CHECK (postage >= 0), -- the least there is
    price       INTEGER NOT NULL CHECK (price > 0),
    stock       INTEGER NOT NULL CHECK (stock >= 0),
    valid_until INTEGER NOT NULL,
    listed_at   INTEGER NOT NULL,           -- its first version
    ended       INTEGER NOT NULL DEFAULT 0, -- gone from the stall since then; 0: it is not
    title_words TEXT    NOT NULL,           -- folded, each once, between single spaces
    all_words   TEXT    NOT NULL,
    body        TEXT    NOT NULL,           -- the offer as signed, JSON
    signed      TEXT    NOT NULL,           -- JWS
    UNIQUE (vendor, offer)
) STRICT;
-- The first pages of the catalogue, and the counts beside them, are read from
-- these two alone.
CREATE INDEX catalogue_listing_newest ON catalogue_listing (listed_at DESC, offer, vendor) WHERE ended = 0;
CREATE INDEX catalogue_listing_offered ON catalogue_listing (vendor, ended, stock, valid_until, alike, price);
CREATE INDEX catalogue_listing_alike ON catalogue_listing (alike);

-- +goose StatementBegin
CREATE TRIGGER catalogue_alike_gone AFTER DELETE ON catalogue_listing
BEGIN DELETE FROM catalogue_alike WHERE id = OLD.alike AND NOT EXISTS (SELECT 1 FROM catalogue_listing WHERE alike = OLD.alike); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER catalogue_alike_left AFTER UPDATE OF alike ON catalogue_listing WHEN OLD.alike <> NEW.alike
BEGIN DELETE FROM catalogue_alike WHERE id = OLD.alike AND NOT EXISTS (SELECT 1 FROM catalogue_listing WHERE alike = OLD.alike); END;
-- +goose StatementEnd

-- A value of an attribute that a category knows, or a town of a country. Erased with the last listing that has it.
CREATE TABLE catalogue_value (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL,                    -- of the attribute, as categories have it; of a town the code of its country
    key   TEXT NOT NULL,                    -- the value's words, folded
    value TEXT NOT NULL,                    -- as one of the sellers wrote it
    UNIQUE (name, key)
) STRICT;

-- A listing's value of an attribute, or its town. Erased with the listing.
CREATE TABLE catalogue_attribute (
    listing INTEGER NOT NULL REFERENCES catalogue_listing (id) ON DELETE CASCADE,
    value   INTEGER NOT NULL REFERENCES catalogue_value (id),
    PRIMARY KEY (listing, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_attribute_value ON catalogue_attribute (value);

-- +goose StatementBegin
CREATE TRIGGER catalogue_value_gone AFTER DELETE ON catalogue_attribute
BEGIN DELETE FROM catalogue_value WHERE id = OLD.value AND NOT EXISTS (SELECT 1 FROM catalogue_attribute WHERE value = OLD.value); END;
-- +goose StatementEnd

-- What somebody reports of a listing. Erased with the listing, and when the operator
-- has read it. Who reports is not kept.
CREATE TABLE catalogue_report (
    number INTEGER PRIMARY KEY,
    vendor TEXT    NOT NULL,
    offer  TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    words  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    FOREIGN KEY (vendor, offer) REFERENCES catalogue_listing (vendor, offer) ON DELETE CASCADE
) STRICT;
CREATE INDEX catalogue_report_listing ON catalogue_report (vendor, offer);

-- A listing that the operator hides, or a stall (offer is empty), until it is shown
-- again. It outlives what the catalogue forgets and reads anew.
CREATE TABLE catalogue_hidden (
    vendor TEXT    NOT NULL,
    offer  TEXT    NOT NULL,
    why    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (vendor, offer)
) STRICT, WITHOUT ROWID;

-- A photo that a listing shows. Erased with the listing.
CREATE TABLE catalogue_shown (
    digest TEXT NOT NULL,
    vendor TEXT NOT NULL,
    offer  TEXT NOT NULL,
    PRIMARY KEY (digest, vendor, offer),
    FOREIGN KEY (vendor, offer) REFERENCES catalogue_listing (vendor, offer) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_shown_listing ON catalogue_shown (vendor, offer);

-- A photo that was fetched, in its two sizes. The oldest are erased to keep
-- within the market's bound.
CREATE TABLE catalogue_photo (
    digest  TEXT    NOT NULL PRIMARY KEY,      -- of full
    size    INTEGER NOT NULL CHECK (size > 0), -- bytes of both
    kept_at INTEGER NOT NULL,
    thumb   BLOB    NOT NULL,               -- JPEG
    full    BLOB    NOT NULL                -- JPEG
) STRICT;
CREATE INDEX catalogue_photo_oldest ON catalogue_photo (kept_at, digest, size);

-- A stall hosted for a seller without a node, or the draft of one, which has no
-- vendor. A draft that comes to nothing is erased after a day.
CREATE TABLE hosted (
    id          TEXT    NOT NULL PRIMARY KEY, -- the draft's
    name        TEXT    NOT NULL,
    about       TEXT    NOT NULL,
    account     TEXT    NOT NULL,           -- who may open the desk
    account_key TEXT    NOT NULL,           -- JWK, public
    keys        BLOB    NOT NULL,           -- sealed under the operator's key
    drafted_at  INTEGER NOT NULL,
    vendor      TEXT    UNIQUE,
    certificate TEXT    NOT NULL DEFAULT '', -- JWS
    opened_at   INTEGER NOT NULL DEFAULT 0,
    CHECK ((vendor IS NULL) = (certificate = ''))
) STRICT;
CREATE INDEX hosted_draft ON hosted (account, drafted_at) WHERE vendor IS NULL;
