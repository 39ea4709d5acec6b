-- A market: its catalogue, and the stalls it hosts. Times are unix seconds, amounts minor
-- units of the broker's currency, digests SHA-256 in unpadded base64url.

-- +goose Up

-- Whose this is: a database is of no use beside another party's keys.
CREATE TABLE belongs (
    one   BIGINT           NOT NULL PRIMARY KEY CHECK (one = 1),
    owner TEXT COLLATE "C" NOT NULL CHECK (owner <> '')
);

-- What nobody reads: changed, in a commit of its own, by who wants to know whether
-- anything can be.
CREATE TABLE probed (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    times BIGINT NOT NULL
);

-- A job that one process at a time does, and until when it is that process's. Erased
-- when given back.
CREATE TABLE lease (
    job   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,   -- of a process, drawn when it starts
    until BIGINT           NOT NULL
);

-- A session of somebody at the pages: what they are in the middle of, with no secret in
-- it. token: the digest of the cookie's, as hex. Empty content: it was ended, which is
-- remembered until it would have been over. Erased then.
CREATE TABLE session (
    part    TEXT COLLATE "C" NOT NULL, -- of the site, which the cookie goes to
    token   TEXT COLLATE "C" NOT NULL,
    content BYTEA            NOT NULL,
    until   BIGINT           NOT NULL,
    PRIMARY KEY (part, token)
);
CREATE INDEX session_until ON session (until);

-- A certified stall as last read. Erased, with all that is of it, a while after
-- it was revoked.
CREATE TABLE catalogue_stall (
    vendor      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL,
    name_words  TEXT COLLATE "C" NOT NULL,            -- folded, each once, between single spaces
    about       TEXT COLLATE "C" NOT NULL DEFAULT '',
    place       TEXT COLLATE "C" NOT NULL DEFAULT '',
    picture     TEXT COLLATE "C" NOT NULL DEFAULT '', -- digest; empty: none
    away_until  BIGINT           NOT NULL DEFAULT 0,  -- 0: it is not away
    closed      BIGINT           NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    base_url    TEXT COLLATE "C" NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,            -- JWS
    record      TEXT COLLATE "C" NOT NULL DEFAULT '', -- JWS; empty: none
    not_before  BIGINT           NOT NULL,
    not_after   BIGINT           NOT NULL,
    revoked     BIGINT           NOT NULL DEFAULT 0,  -- not in the directory since then; 0: it is
    failing     BIGINT           NOT NULL DEFAULT 0,  -- does not answer since then; 0: it does
    read_at     BIGINT           NOT NULL DEFAULT 0,  -- when it last answered; 0: never
    unshown     BIGINT           NOT NULL DEFAULT 0,  -- offers beyond what is taken from one stall
    shows       BIGINT           NOT NULL DEFAULT 0 CHECK (shows IN (0, 1, 2)), -- as last settled: 0 not, 1 shows, 2 is open
    listings    BIGINT           NOT NULL DEFAULT 0   -- that are offered
);
-- Each search looks whether time, or the directory, has changed what shows.
CREATE INDEX catalogue_stall_shows ON catalogue_stall (vendor, shows, revoked, closed, not_before, not_after, failing, away_until);
-- The words of stalls' names, and their stems, by which stalls are found.
CREATE TABLE catalogue_name (
    word   TEXT COLLATE "C" NOT NULL,
    vendor TEXT COLLATE "C" NOT NULL REFERENCES catalogue_stall (vendor) ON DELETE CASCADE,
    PRIMARY KEY (word, vendor)
);
CREATE INDEX catalogue_name_vendor ON catalogue_name (vendor);
CREATE INDEX catalogue_stall_picture ON catalogue_stall (picture) WHERE picture <> '';

-- An offer that was admitted. Erased a while after it was gone from the stall.
CREATE TABLE catalogue_listing (
    id          BIGINT           NOT NULL PRIMARY KEY, -- the least that no other has
    vendor      TEXT COLLATE "C" NOT NULL REFERENCES catalogue_stall (vendor),
    offer       TEXT COLLATE "C" NOT NULL,
    version     TEXT COLLATE "C" NOT NULL,
    stock       BIGINT           NOT NULL CHECK (stock >= 0),
    valid_until BIGINT           NOT NULL,
    listed_at   BIGINT           NOT NULL,            -- its first version
    ended       BIGINT           NOT NULL DEFAULT 0,  -- gone from the stall since then; 0: it is not
    offered     BIGINT           NOT NULL DEFAULT 0 CHECK (offered IN (0, 1)), -- as last settled: it can be bought where its stall shows
    analysed    BIGINT           NOT NULL,            -- the version of what made its terms
    terms       BYTEA            NOT NULL,            -- numbers of catalogue_term, ascending: differences as unsigned varints
    body        TEXT COLLATE "C" NOT NULL,            -- the offer as signed, JSON
    signed      TEXT COLLATE "C" NOT NULL,            -- JWS
    changed     BIGINT           NOT NULL,            -- its last change that the feed tells of: catalogue_numbers.changes of then
    UNIQUE (vendor, offer)
);
CREATE INDEX catalogue_listing_changed ON catalogue_listing (changed, id);
CREATE INDEX catalogue_listing_offered ON catalogue_listing (vendor) WHERE offered = 1;
CREATE INDEX catalogue_listing_until ON catalogue_listing (valid_until) WHERE offered = 1;
CREATE INDEX catalogue_listing_analysed ON catalogue_listing (analysed);

-- What listings and terms are numbered by: the next numbers, and those of listings that were given back. Who
-- changes what is found locks the one row first.
CREATE TABLE catalogue_numbers (
    one     BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    listing BIGINT NOT NULL,
    term    BIGINT NOT NULL,
    changes BIGINT NOT NULL,                          -- how often what is found by has changed: what has 'changed' tells when it last did
    erased_changed BIGINT NOT NULL,                   -- the last place of the feed at which a listing stood that was erased
    erased_id      BIGINT NOT NULL
);
INSERT INTO catalogue_numbers (one, listing, term, changes, erased_changed, erased_id) VALUES (1, 0, 0, 0, 0, 0);
CREATE TABLE catalogue_free (number BIGINT NOT NULL PRIMARY KEY);

-- What listings are found, filtered and counted by. Erased with the last of them, but for words of closed lists.
CREATE TABLE catalogue_term (
    id       BIGINT           NOT NULL PRIMARY KEY,
    kind     TEXT COLLATE "C" NOT NULL,               -- a word's place, or a filter
    name     TEXT COLLATE "C" NOT NULL,
    reversed TEXT COLLATE "C" NOT NULL,               -- the name from its end, of words; else empty
    label    TEXT COLLATE "C" NOT NULL,               -- as one of the sellers wrote it; of a word empty where it is a stem that nobody wrote
    weight   BIGINT           NOT NULL,               -- about how many listings have it: of each chunk the greatest power of two that is not more
    UNIQUE (kind, name)
);
CREATE INDEX catalogue_term_reversed ON catalogue_term (kind, reversed);

-- Listings are kept as sets of bits, for 32,768 numbers in a row: those of a term, in each chunk that has any, and those
-- that show. A set is its numbers, two bytes each, ascending; or, of 4,096 bytes, a bit for each number; little-endian.
CREATE TABLE catalogue_posting (
    term  BIGINT NOT NULL,
    chunk BIGINT NOT NULL,
    bits  BYTEA  NOT NULL,
    PRIMARY KEY (term, chunk)
);
-- The same for what stands in closed lists. Whoever keeps these rows finds by 'changed' which are new: none is ever erased.
CREATE TABLE catalogue_choice (
    term    BIGINT NOT NULL,
    chunk   BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    bits    BYTEA  NOT NULL,
    PRIMARY KEY (term, chunk)
);
CREATE INDEX catalogue_choice_changed ON catalogue_choice (changed);
-- Of values of attributes, and of towns, the sets of all that are of one kind stand together, because they are counted together: of
-- each its number of catalogue_term, ascending, as the difference, and the bytes of its set, both unsigned varints; and the set.
CREATE TABLE catalogue_value (
    kind  TEXT COLLATE "C" NOT NULL,
    chunk BIGINT           NOT NULL,
    sets  BYTEA            NOT NULL,
    PRIMARY KEY (kind, chunk)
);
CREATE TABLE catalogue_chunk (
    chunk   BIGINT NOT NULL PRIMARY KEY,
    changed BIGINT NOT NULL,
    shown   BYTEA  NOT NULL,                          -- those that can be bought
    open    BYTEA  NOT NULL                           -- of these, those of stalls that are there and answer
);
CREATE INDEX catalogue_chunk_changed ON catalogue_chunk (changed);

-- What listings are sorted by, for 1,024 numbers in a row: the bytes of each, the least of all, and how much more
-- each is; little-endian. Of a number that no listing has it says nothing.
CREATE TABLE catalogue_column (
    sort    BIGINT NOT NULL,                          -- 0 price, 1 with postage, 2 when it was listed
    block   BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    cells   BYTEA  NOT NULL,
    PRIMARY KEY (sort, block)
);
CREATE INDEX catalogue_column_changed ON catalogue_column (changed);

-- What somebody reports of a listing. Erased with the listing, and when the operator
-- has read it. Who reports is not kept.
CREATE TABLE catalogue_report (
    number BIGINT           NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
    vendor TEXT COLLATE "C" NOT NULL,
    offer  TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    words  TEXT COLLATE "C" NOT NULL,
    at     BIGINT           NOT NULL,
    FOREIGN KEY (vendor, offer) REFERENCES catalogue_listing (vendor, offer) ON DELETE CASCADE
);
CREATE INDEX catalogue_report_listing ON catalogue_report (vendor, offer);

-- A listing that the operator hides, or a stall (offer is empty), until it is shown
-- again. It outlives what the catalogue forgets and reads anew.
CREATE TABLE catalogue_hidden (
    vendor TEXT COLLATE "C" NOT NULL,
    offer  TEXT COLLATE "C" NOT NULL,
    why    TEXT COLLATE "C" NOT NULL,
    at     BIGINT           NOT NULL,
    PRIMARY KEY (vendor, offer)
);

-- A photo that a listing shows. Erased with the listing.
CREATE TABLE catalogue_shown (
    digest TEXT COLLATE "C" NOT NULL,
    vendor TEXT COLLATE "C" NOT NULL,
    offer  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (digest, vendor, offer),
    FOREIGN KEY (vendor, offer) REFERENCES catalogue_listing (vendor, offer) ON DELETE CASCADE
);
CREATE INDEX catalogue_shown_listing ON catalogue_shown (vendor, offer);

-- A photo that was fetched, in its two sizes. The oldest are erased to keep
-- within the market's bound.
CREATE TABLE catalogue_photo (
    digest  TEXT COLLATE "C" NOT NULL PRIMARY KEY,      -- of large
    size    BIGINT           NOT NULL CHECK (size > 0), -- bytes of both
    kept_at BIGINT           NOT NULL,
    thumb   BYTEA            NOT NULL,                  -- JPEG
    large   BYTEA            NOT NULL                   -- JPEG
);
CREATE INDEX catalogue_photo_oldest ON catalogue_photo (kept_at, digest, size);

-- A stall hosted for a seller without a node, or the draft of one, which has no
-- vendor. A draft that comes to nothing is erased after a day.
CREATE TABLE hosted (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- the draft's
    name        TEXT COLLATE "C" NOT NULL,
    about       TEXT COLLATE "C" NOT NULL,
    account     TEXT COLLATE "C" NOT NULL,            -- who may open the desk
    account_key TEXT COLLATE "C" NOT NULL,            -- JWK, public
    keys        BYTEA            NOT NULL,            -- sealed under the operator's key
    drafted_at  BIGINT           NOT NULL,
    vendor      TEXT COLLATE "C" UNIQUE,
    certificate TEXT COLLATE "C" NOT NULL DEFAULT '', -- JWS
    opened_at   BIGINT           NOT NULL DEFAULT 0,
    CHECK ((vendor IS NULL) = (certificate = ''))
);
CREATE INDEX hosted_draft ON hosted (account, drafted_at) WHERE vendor IS NULL;
