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
    unshown     INTEGER NOT NULL DEFAULT 0, -- offers beyond what is taken from one stall
    shows       INTEGER NOT NULL DEFAULT 0 CHECK (shows IN (0, 1, 2)), -- as last settled: 0 not, 1 shows, 2 is open
    listings    INTEGER NOT NULL DEFAULT 0  -- that are offered
) STRICT;
-- Each search looks whether time, or the directory, has changed what shows.
CREATE INDEX catalogue_stall_shows ON catalogue_stall (vendor, shows, revoked, closed, not_before, not_after, failing, away_until);
-- The words of stalls' names, and their stems, by which stalls are found.
CREATE TABLE catalogue_name (
    word   TEXT NOT NULL,
    vendor TEXT NOT NULL REFERENCES catalogue_stall (vendor) ON DELETE CASCADE,
    PRIMARY KEY (word, vendor)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_name_vendor ON catalogue_name (vendor);
CREATE INDEX catalogue_stall_picture ON catalogue_stall (picture) WHERE picture <> '';

-- An offer that was admitted. Erased a while after it was gone from the stall.
CREATE TABLE catalogue_listing (
    id          INTEGER PRIMARY KEY,        -- the least that no other has
    vendor      TEXT    NOT NULL REFERENCES catalogue_stall (vendor),
    offer       TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    stock       INTEGER NOT NULL CHECK (stock >= 0),
    valid_until INTEGER NOT NULL,
    listed_at   INTEGER NOT NULL,           -- its first version
    ended       INTEGER NOT NULL DEFAULT 0, -- gone from the stall since then; 0: it is not
    offered     INTEGER NOT NULL DEFAULT 0 CHECK (offered IN (0, 1)), -- as last settled: it can be bought where its stall shows
    analysed    INTEGER NOT NULL,           -- the version of what made its terms
    terms       BLOB    NOT NULL,           -- numbers of catalogue_term, ascending: differences as unsigned varints
    body        TEXT    NOT NULL,           -- the offer as signed, JSON
    signed      TEXT    NOT NULL,           -- JWS
    changed     INTEGER NOT NULL,           -- its last change that the feed tells of: catalogue_numbers.changes of then
    UNIQUE (vendor, offer)
) STRICT;
CREATE INDEX catalogue_listing_changed ON catalogue_listing (changed, id);
CREATE INDEX catalogue_listing_offered ON catalogue_listing (vendor) WHERE offered = 1;
CREATE INDEX catalogue_listing_until ON catalogue_listing (valid_until) WHERE offered = 1;
CREATE INDEX catalogue_listing_analysed ON catalogue_listing (analysed);

-- What listings and terms are numbered by: the next numbers, and those of listings that were given back. Who
-- changes what is found locks the one row first.
CREATE TABLE catalogue_numbers (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    listing INTEGER NOT NULL,
    term    INTEGER NOT NULL,
    changes INTEGER NOT NULL,               -- how often what is found by has changed: what has 'changed' tells when it last did
    erased_changed INTEGER NOT NULL,        -- the last place of the feed at which a listing stood that was erased
    erased_id      INTEGER NOT NULL
) STRICT;
INSERT INTO catalogue_numbers (one, listing, term, changes, erased_changed, erased_id) VALUES (1, 0, 0, 0, 0, 0);
CREATE TABLE catalogue_free (number INTEGER PRIMARY KEY) STRICT;

-- What listings are found, filtered and counted by. Erased with the last of them, but for words of closed lists.
CREATE TABLE catalogue_term (
    id       INTEGER PRIMARY KEY,
    kind     TEXT    NOT NULL,              -- a word's place, or a filter
    name     TEXT    NOT NULL,
    reversed TEXT    NOT NULL,              -- the name from its end, of words; else empty
    label    TEXT    NOT NULL,              -- as one of the sellers wrote it; of a word empty where it is a stem that nobody wrote
    weight   INTEGER NOT NULL,              -- about how many listings have it: of each chunk the greatest power of two that is not more
    UNIQUE (kind, name)
) STRICT;
CREATE INDEX catalogue_term_reversed ON catalogue_term (kind, reversed);

-- Listings are kept as sets of bits, for 32,768 numbers in a row: those of a term, in each chunk that has any, and those
-- that show. A set is its numbers, two bytes each, ascending; or, of 4,096 bytes, a bit for each number; little-endian.
CREATE TABLE catalogue_posting (
    term  INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    bits  BLOB    NOT NULL,
    PRIMARY KEY (term, chunk)
) STRICT, WITHOUT ROWID;
-- The same for what stands in closed lists. Whoever keeps these rows finds by 'changed' which are new: none is ever erased.
CREATE TABLE catalogue_choice (
    term    INTEGER NOT NULL,
    chunk   INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    bits    BLOB    NOT NULL,
    PRIMARY KEY (term, chunk)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_choice_changed ON catalogue_choice (changed);
-- Of values of attributes, and of towns, the sets of all that are of one kind stand together, because they are counted together: of
-- each its number of catalogue_term, ascending, as the difference, and the bytes of its set, both unsigned varints; and the set.
CREATE TABLE catalogue_value (
    kind  TEXT    NOT NULL,
    chunk INTEGER NOT NULL,
    sets  BLOB    NOT NULL,
    PRIMARY KEY (kind, chunk)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalogue_chunk (
    chunk   INTEGER NOT NULL PRIMARY KEY,
    changed INTEGER NOT NULL,
    shown   BLOB    NOT NULL,               -- those that can be bought
    open    BLOB    NOT NULL                -- of these, those of stalls that are there and answer
) STRICT;
CREATE INDEX catalogue_chunk_changed ON catalogue_chunk (changed);

-- What listings are sorted by, for 1,024 numbers in a row: the bytes of each, the least of all, and how much more
-- each is; little-endian. Of a number that no listing has it says nothing.
CREATE TABLE catalogue_column (
    sort    INTEGER NOT NULL,               -- 0 price, 1 with postage, 2 when it was listed
    block   INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    cells   BLOB    NOT NULL,
    PRIMARY KEY (sort, block)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_column_changed ON catalogue_column (changed);

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
    digest  TEXT    NOT NULL PRIMARY KEY,      -- of large
    size    INTEGER NOT NULL CHECK (size > 0), -- bytes of both
    kept_at INTEGER NOT NULL,
    thumb   BLOB    NOT NULL,               -- JPEG
    large   BLOB    NOT NULL                -- JPEG
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
