-- The shelf of one stall, a file of its own. Every row names its vendor, as where many
-- stalls share a database; the numbers that the database gives (slot, place, seq) are
-- the file's, and need no vendor beside them to be found. Times are unix seconds, amounts minor units of the
-- broker's currency, digests and thumbprints SHA-256 in unpadded base64url, IDs
-- 128 random bits likewise.

-- +goose Up

-- Whose this is: a database is of no use beside another party's keys.
CREATE TABLE belongs (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    owner TEXT    NOT NULL CHECK (owner <> '')
) STRICT;

-- The shelf itself, whose row every Change takes first: how many Changes were applied,
-- how far the broker's feed of holds was heard, and how far ratings were read. one: no
-- other stall has a row here.
CREATE TABLE shelf (
    vendor   TEXT    NOT NULL PRIMARY KEY CHECK (vendor <> ''),
    revision INTEGER NOT NULL,
    heard    INTEGER NOT NULL,
    rated    INTEGER NOT NULL DEFAULT 0,
    one      INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (one = 1)
) STRICT;

-- A slot holds one or two secrets. Slots are of one size and never move: a
-- b-tree that splits or merges pages leaves copies of moved rows behind, which
-- secure_delete does not know of. Triggers overwrite a slot where it stands
-- when its owner dies, and it is used again.
CREATE TABLE vault (
    slot   INTEGER PRIMARY KEY,
    vendor TEXT    NOT NULL,
    used   INTEGER NOT NULL CHECK (used IN (0, 1)),
    secret BLOB    NOT NULL CHECK (length(secret) = 64)
) STRICT;
CREATE INDEX vault_free ON vault (vendor, slot) WHERE used = 0;

-- A live VendorScrip. Erased when it is spent, given back or renewed, with its
-- slot: MasterScripSecret, MasterCustomerSecret.
CREATE TABLE scrip (
    vendor     TEXT    NOT NULL,
    scrip_id   TEXT    NOT NULL,
    cust_id    TEXT    NOT NULL,
    value      INTEGER NOT NULL CHECK (value > 0),
    made       INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    currency   TEXT    NOT NULL CHECK (length(currency) = 3),
    holder     TEXT    NOT NULL CHECK (holder <> ''), -- a pseudonym
    holder_key TEXT,                     -- JWK; the pseudonym's
    slot       INTEGER NOT NULL REFERENCES vault (slot), -- in use by nothing else
    lock_tx    TEXT,
    lock_until INTEGER,
    PRIMARY KEY (vendor, scrip_id),
    CHECK ((lock_tx IS NULL) = (lock_until IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX scrip_holder ON scrip (vendor, holder);
-- +goose StatementBegin
CREATE TRIGGER scrip_erase AFTER DELETE ON scrip BEGIN
    UPDATE vault SET used = 0, secret = zeroblob(64) WHERE vendor = OLD.vendor AND slot = OLD.slot;
END;
-- +goose StatementEnd

-- A stored reply: what the same request is answered again. Erased with the
-- scrip it brought; one that brought none stays.
CREATE TABLE stored_reply (
    vendor   TEXT NOT NULL,
    sender   TEXT NOT NULL,
    typ      TEXT NOT NULL,
    tx       TEXT NOT NULL,
    digest   TEXT NOT NULL,              -- of the request's signed payload
    reply    TEXT NOT NULL,              -- JSON of scrip.Sealed
    scrip_id TEXT,
    PRIMARY KEY (vendor, sender, typ, tx),
    FOREIGN KEY (vendor, scrip_id) REFERENCES scrip (vendor, scrip_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX stored_reply_scrip ON stored_reply (vendor, scrip_id) WHERE scrip_id IS NOT NULL;

-- A request to the broker (T5, T23, REFUND, DEFEND), as it is sent until it is answered
-- for good; then it is erased. slot: the reply key of who asked for it, that of
-- the request.
CREATE TABLE outbox (
    place   INTEGER PRIMARY KEY,
    vendor  TEXT    NOT NULL,
    request TEXT    NOT NULL,            -- JSON of scrip.Sealed
    slot    INTEGER NOT NULL UNIQUE REFERENCES vault (slot)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER outbox_erase AFTER DELETE ON outbox BEGIN
    UPDATE vault SET used = 0, secret = zeroblob(64) WHERE vendor = OLD.vendor AND slot = OLD.slot;
END;
-- +goose StatementEnd

-- An exchange: a T4, and what became of it. It is pending while its T5 is in
-- the outbox, and settled after. A settled one stays, so that an old receipt
-- brings nothing twice; of each pseudonym the last scrip.SettledKept do.
CREATE TABLE exchange (
    seq       INTEGER PRIMARY KEY,
    vendor    TEXT    NOT NULL,
    tx        TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    key       TEXT    NOT NULL,          -- JWK; the pseudonym's
    value     INTEGER NOT NULL CHECK (value > 0),
    digest    TEXT    NOT NULL,          -- of T4's order part
    received  INTEGER NOT NULL,
    blessed   INTEGER NOT NULL,          -- by the broker's clock; 0 until settled
    outbox    INTEGER UNIQUE REFERENCES outbox (place) ON DELETE SET NULL,
    UNIQUE (vendor, tx)
) STRICT;
CREATE INDEX exchange_waiting ON exchange (vendor, outbox) WHERE outbox IS NOT NULL;
CREATE INDEX exchange_settled ON exchange (vendor, pseudonym, blessed, seq) WHERE outbox IS NULL;

-- A giveback: a T22 that waits for the broker. Its VendorScrip is held. Erased
-- with the T23 it waits for.
CREATE TABLE giveback (
    vendor    TEXT    NOT NULL,
    tx        TEXT    NOT NULL,
    scrip_id  TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    value     INTEGER NOT NULL CHECK (value > 0),
    digest    TEXT    NOT NULL,          -- of T22's order part
    received  INTEGER NOT NULL,
    outbox    INTEGER NOT NULL UNIQUE REFERENCES outbox (place) ON DELETE CASCADE,
    PRIMARY KEY (vendor, tx),
    UNIQUE (vendor, scrip_id)
) STRICT;

-- An offer as it stands on the stall. Erased a while after it ended, or, a private
-- one or a request, ran out, unless it was sold from. source: the offer that a private one was
-- made from, and pseudonym for whom.
CREATE TABLE listing (
    vendor      TEXT    NOT NULL,
    offer       TEXT    NOT NULL,
    version     TEXT    NOT NULL,        -- tx of the signed offer
    body        TEXT    NOT NULL,        -- the offer, JSON
    valid_until INTEGER NOT NULL,
    jws         TEXT    NOT NULL,        -- the offer as signed
    stock       INTEGER NOT NULL CHECK (stock >= 0),
    ended       INTEGER NOT NULL CHECK (ended IN (0, 1)),
    listed_at   INTEGER NOT NULL,
    request     INTEGER NOT NULL CHECK (request IN (0, 1)), -- asks for money alone: a payment link
    source      TEXT,
    pseudonym   TEXT,
    PRIMARY KEY (vendor, offer),
    UNIQUE (vendor, version),
    CHECK ((source IS NULL) = (pseudonym IS NULL)),
    CHECK (request = 0 OR source IS NULL),
    CHECK (source IS NULL OR valid_until <= listed_at + 259200)
) STRICT;
CREATE INDEX listing_for_sale ON listing (vendor, offer) WHERE ended = 0 AND stock > 0 AND source IS NULL AND request = 0;
CREATE INDEX listing_asked_for ON listing (vendor, valid_until) WHERE request = 1 AND ended = 0 AND stock > 0;
CREATE INDEX listing_request ON listing (vendor, listed_at) WHERE request = 1;
CREATE INDEX listing_source ON listing (vendor, source) WHERE source IS NOT NULL;

-- A photo in its two sizes. Erased a while after it was added, or added again,
-- when no listing shows it.
CREATE TABLE photo (
    vendor   TEXT    NOT NULL,
    digest   TEXT    NOT NULL,           -- of large
    large    BLOB    NOT NULL,           -- JPEG
    thumb    BLOB    NOT NULL,           -- JPEG
    added_at INTEGER NOT NULL,
    PRIMARY KEY (vendor, digest)
) STRICT;

-- What the stall says of itself, once its seller has said it.
CREATE TABLE page (
    vendor     TEXT    NOT NULL PRIMARY KEY,
    about      TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    picture    TEXT,
    away_until INTEGER NOT NULL,
    closed     INTEGER NOT NULL CHECK (closed IN (0, 1)),
    FOREIGN KEY (vendor, picture) REFERENCES photo (vendor, digest)
) STRICT;

-- A photo that a listing shows. Erased with the listing.
CREATE TABLE listing_photo (
    vendor TEXT NOT NULL,
    offer  TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (vendor, offer, digest),
    FOREIGN KEY (vendor, offer) REFERENCES listing (vendor, offer) ON DELETE CASCADE,
    FOREIGN KEY (vendor, digest) REFERENCES photo (vendor, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_photo_digest ON listing_photo (vendor, digest);

-- A sale: an order that was paid. Never erased. A tx serves one order, even when
-- pseudonyms differ.
CREATE TABLE sale (
    seq          INTEGER PRIMARY KEY,
    vendor       TEXT    NOT NULL,
    id           TEXT    NOT NULL,       -- the order id of T11
    tx           TEXT    NOT NULL,       -- of T10
    pseudonym    TEXT    NOT NULL,
    lines        TEXT    NOT NULL,       -- JSON of []scrip.SaleLine: what it is of, as it was offered then
    price        INTEGER NOT NULL CHECK (price > 0),
    delivery     TEXT    NOT NULL,       -- JSON of scrip.Delivery
    wish         TEXT    NOT NULL,       -- the buyer's note
    order_digest TEXT    NOT NULL,
    mandate      TEXT    NOT NULL,       -- T10's JWS
    change_id    TEXT    NOT NULL,       -- the VendorScrip that was left; empty: none was
    paid_at      INTEGER NOT NULL,
    sent_at      INTEGER NOT NULL,       -- 0 until sent
    note         TEXT    NOT NULL,       -- to the buyer
    recorded     INTEGER NOT NULL CHECK (recorded IN (0, 1)), -- T12 was acknowledged
    refunded     INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND price),
    restocked    INTEGER NOT NULL DEFAULT 0 CHECK (restocked IN (0, 1)), -- its goods went back on the shelf
    UNIQUE (vendor, id),
    UNIQUE (vendor, tx)
) STRICT;
CREATE INDEX sale_unrecorded ON sale (vendor, seq) WHERE recorded = 0;
CREATE INDEX sale_unsent ON sale (vendor, seq) WHERE sent_at = 0 AND refunded < price;
CREATE INDEX sale_pseudonym ON sale (vendor, pseudonym);

-- A version of an offer that was sold, as it was signed: orders and receipts name
-- it by its digest. Never erased.
CREATE TABLE sold (
    vendor  TEXT NOT NULL,
    version TEXT NOT NULL,               -- tx of the signed offer
    offer   TEXT NOT NULL,
    jws     TEXT NOT NULL,
    PRIMARY KEY (vendor, version),
    FOREIGN KEY (vendor, offer) REFERENCES listing (vendor, offer)
) STRICT;

-- Which offers a sale is of, and how many of each. Never erased.
CREATE TABLE sale_line (
    vendor   TEXT    NOT NULL,
    sale     TEXT    NOT NULL,
    place    INTEGER NOT NULL CHECK (place BETWEEN 0 AND 19), -- in the order's lines
    offer    TEXT    NOT NULL,
    version  TEXT    NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (vendor, sale, place),
    FOREIGN KEY (vendor, sale) REFERENCES sale (vendor, id),
    FOREIGN KEY (vendor, offer) REFERENCES listing (vendor, offer),
    FOREIGN KEY (vendor, version) REFERENCES sold (vendor, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX sale_line_offer ON sale_line (vendor, offer);

-- The hold of a protected sale, as the broker last told of it: until it told, held.
-- Never erased.
CREATE TABLE hold (
    vendor  TEXT    NOT NULL,
    sale    TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('held', 'sent', 'disputed', 'released', 'reclaimed', 'decided', 'refunded')),
    send_by INTEGER NOT NULL,
    due     INTEGER NOT NULL,            -- when time ends it; 0 for never, or not told
    word    TEXT    NOT NULL,            -- HELD's JWS; empty until the broker told
    since   INTEGER NOT NULL,            -- in this state; this and the next three as the word has it
    remains   INTEGER NOT NULL,
    to_buyer  INTEGER NOT NULL,
    to_seller INTEGER NOT NULL,
    said    TEXT    NOT NULL,            -- JSON of []scrip.ToldSaid
    telling INTEGER NOT NULL CHECK (telling IN (0, 1)), -- SENT is yet to be told
    PRIMARY KEY (vendor, sale),
    FOREIGN KEY (vendor, sale) REFERENCES sale (vendor, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_telling ON hold (vendor, sale) WHERE telling = 1;
CREATE INDEX hold_open ON hold (vendor, sale) WHERE state IN ('held', 'sent', 'disputed');
CREATE INDEX hold_disputed ON hold (vendor, since) WHERE state = 'disputed';

-- What a seller says to a dispute. The broker has yet to hear it while its DEFEND is
-- in the outbox. Never erased.
CREATE TABLE defence (
    seq     INTEGER PRIMARY KEY,
    vendor  TEXT    NOT NULL,
    id      TEXT    NOT NULL,            -- tx of DEFEND
    sale    TEXT    NOT NULL,
    text    TEXT    NOT NULL,
    shows   INTEGER NOT NULL,            -- how many messages
    photo   TEXT    NOT NULL,            -- digest of the photo that it brings; empty for none
    made_at INTEGER NOT NULL,
    outbox  INTEGER UNIQUE REFERENCES outbox (place) ON DELETE SET NULL,
    UNIQUE (vendor, id),
    FOREIGN KEY (vendor, sale) REFERENCES hold (vendor, sale)
) STRICT;
CREATE INDEX defence_waiting ON defence (vendor, outbox) WHERE outbox IS NOT NULL;
CREATE INDEX defence_sale ON defence (vendor, sale);

-- A refund of a sale. The broker has yet to cover it while its REFUND is in the
-- outbox; then its buyer may collect it. Never erased.
CREATE TABLE refund (
    seq          INTEGER PRIMARY KEY,
    vendor       TEXT    NOT NULL,
    id           TEXT    NOT NULL,       -- tx of REFUND
    sale         TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    made_at      INTEGER NOT NULL,
    covered_at   INTEGER NOT NULL,       -- 0 until then
    collected    TEXT    NOT NULL,       -- tx of COLLECT; empty until then
    collected_at INTEGER NOT NULL,       -- 0 until then
    outbox       INTEGER UNIQUE REFERENCES outbox (place) ON DELETE SET NULL,
    UNIQUE (vendor, id),
    FOREIGN KEY (vendor, sale) REFERENCES sale (vendor, id),
    CHECK (covered_at > 0 OR collected_at = 0),
    CHECK ((collected_at = 0) = (collected = ''))
) STRICT;
CREATE INDEX refund_waiting ON refund (vendor, outbox) WHERE outbox IS NOT NULL;
CREATE INDEX refund_sale ON refund (vendor, sale);

-- A thread: what buyer and seller of an order signed after each other, or in a
-- conversation about an offer (talk), which is erased when it has been silent for
-- long. It is here from its first event on. waiting: events of the buyer's since
-- the seller's last.
CREATE TABLE thread (
    vendor    TEXT    NOT NULL,
    id        TEXT    NOT NULL,          -- the order's, or the conversation's own
    tx        TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    key       TEXT    NOT NULL,          -- JWK; the pseudonym's
    offer     TEXT    NOT NULL,
    talk      INTEGER NOT NULL CHECK (talk IN (0, 1)),
    state     TEXT    NOT NULL,
    hold      TEXT    NOT NULL,          -- the broker's last word on the money that stands in it; empty for none
    seq       INTEGER NOT NULL CHECK (seq > 0),
    head      TEXT    NOT NULL,          -- digest of the last event
    since     INTEGER NOT NULL,          -- in this state
    last      INTEGER NOT NULL,          -- the last event, by who signed it
    waiting   INTEGER NOT NULL CHECK (waiting >= 0),
    touched   INTEGER NOT NULL,          -- the last event, by the stall's clock
    PRIMARY KEY (vendor, id)
) STRICT;
CREATE INDEX thread_pseudonym ON thread (vendor, pseudonym) WHERE talk = 1;
CREATE INDEX thread_touched ON thread (vendor, touched) WHERE talk = 1;
CREATE INDEX thread_waiting ON thread (vendor, waiting) WHERE waiting > 0;
CREATE INDEX thread_returning ON thread (vendor, since) WHERE state IN ('return-asked', 'returned');

-- A pseudonym that the seller has blocked, and in which order or conversation.
CREATE TABLE blocked (
    vendor    TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    thread    TEXT    NOT NULL,
    talk      INTEGER NOT NULL CHECK (talk IN (0, 1)),
    at        INTEGER NOT NULL,
    PRIMARY KEY (vendor, pseudonym)
) STRICT, WITHOUT ROWID;

-- An event of a thread, as it was signed.
CREATE TABLE event (
    vendor TEXT    NOT NULL,
    thread TEXT    NOT NULL,
    seq    INTEGER NOT NULL CHECK (seq > 0),
    digest TEXT    NOT NULL,
    jws    TEXT    NOT NULL,
    PRIMARY KEY (vendor, thread, seq),
    FOREIGN KEY (vendor, thread) REFERENCES thread (vendor, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A photo of a thread, as it was sent.
CREATE TABLE talk_photo (
    vendor TEXT NOT NULL,
    thread TEXT NOT NULL,
    digest TEXT NOT NULL,
    jpeg   BLOB NOT NULL,
    PRIMARY KEY (vendor, thread, digest),
    FOREIGN KEY (vendor, thread) REFERENCES thread (vendor, id) ON DELETE CASCADE
) STRICT;

-- A message to the broker that cannot go: nothing sends it until somebody has it
-- told again. Erased then, and when it is settled in another way.
CREATE TABLE aside (
    vendor  TEXT    NOT NULL,
    id      TEXT    NOT NULL,            -- tx of a T5, T23, REFUND, DEFEND; of a T12 the sale, of a SENT tx of T10
    message TEXT    NOT NULL,
    amount  INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (vendor, id)
) STRICT, WITHOUT ROWID;

-- The last COLLECT of a pseudonym that holds, or held, VendorScrip. Never
-- erased: an older one must not count again.
CREATE TABLE collector (
    vendor    TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    counter   INTEGER NOT NULL CHECK (counter > 0),
    PRIMARY KEY (vendor, pseudonym)
) STRICT, WITHOUT ROWID;

-- A key of the seller's programs, by its SHA-256. Erased when it is revoked.
CREATE TABLE seller_key (
    vendor  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    digest  TEXT    NOT NULL,
    scopes  TEXT    NOT NULL,            -- apart by spaces
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,            -- 0: never
    PRIMARY KEY (vendor, id),
    UNIQUE (vendor, digest)
) STRICT, WITHOUT ROWID;

-- A request of the seller's programs that was carried out, in the commit that did it.
-- Erased when none of its objects is there any more.
CREATE TABLE seller_request (
    vendor TEXT NOT NULL,
    key    TEXT NOT NULL,                -- that the program chose
    digest TEXT NOT NULL,                -- of what it asked for
    answer TEXT NOT NULL,                -- JSON
    PRIMARY KEY (vendor, key)
) STRICT, WITHOUT ROWID;

-- What a request was about: an offer or an order.
CREATE TABLE seller_request_object (
    vendor TEXT NOT NULL,
    key    TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (vendor, key, object),
    FOREIGN KEY (vendor, key) REFERENCES seller_request (vendor, key) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX seller_request_object_of ON seller_request_object (vendor, object);

-- An event of the seller's feed. The newest are kept, see scrip.MaxSellerEvents.
CREATE TABLE seller_event (
    vendor TEXT    NOT NULL,
    seq    INTEGER NOT NULL CHECK (seq > 0),
    kind   TEXT    NOT NULL,
    object TEXT    NOT NULL,
    part   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, kind, object, part)
) STRICT, WITHOUT ROWID;

-- An address that is told of the seller's events, and how far they have deliveries.
CREATE TABLE webhook (
    vendor  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    url     TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    off_at  INTEGER NOT NULL,            -- 0: it is told
    after   INTEGER NOT NULL,
    PRIMARY KEY (vendor, id)
) STRICT, WITHOUT ROWID;

-- What a webhook's messages are signed with: slot has the secret, and the one before,
-- which is good until old_until. Erased with its slot when another takes its place.
CREATE TABLE webhook_secret (
    vendor    TEXT    NOT NULL,
    webhook   TEXT    NOT NULL,
    slot      INTEGER NOT NULL UNIQUE REFERENCES vault (slot),
    old_until INTEGER NOT NULL,
    PRIMARY KEY (vendor, webhook),
    FOREIGN KEY (vendor, webhook) REFERENCES webhook (vendor, id) ON DELETE CASCADE
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER webhook_secret_erase AFTER DELETE ON webhook_secret BEGIN
    UPDATE vault SET used = 0, secret = zeroblob(64) WHERE vendor = OLD.vendor AND slot = OLD.slot;
END;
-- +goose StatementEnd

-- An event on its way to a webhook, and what became of it. Of those that are over the
-- newest are kept, see scrip.KeptTold. event: 0 for the last test.
CREATE TABLE webhook_delivery (
    vendor   TEXT    NOT NULL,
    webhook  TEXT    NOT NULL,
    event    INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    made_at  INTEGER NOT NULL,
    tries    INTEGER NOT NULL,
    tried_at INTEGER NOT NULL,           -- 0: not yet
    next_at  INTEGER NOT NULL,           -- 0: it is over
    done     INTEGER NOT NULL CHECK (done IN (0, 1)),
    status   INTEGER NOT NULL,
    why      TEXT    NOT NULL,
    PRIMARY KEY (vendor, webhook, event),
    FOREIGN KEY (vendor, webhook) REFERENCES webhook (vendor, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_delivery_due ON webhook_delivery (vendor, webhook, next_at, event) WHERE next_at > 0;
