-- The shelves of stalls. Every row names its vendor, every key begins with it, and so
-- does every statement: each table can be partitioned by a hash of the vendor. Times are
-- unix seconds, amounts minor units of the broker's currency, digests and thumbprints
-- SHA-256 in unpadded base64url, IDs 128 random bits likewise.

-- +goose Up

-- Whose this is: a database is of no use beside another party's keys.
CREATE TABLE belongs (
    one   BIGINT           NOT NULL PRIMARY KEY CHECK (one = 1),
    owner TEXT COLLATE "C" NOT NULL CHECK (owner <> '')
);

-- The shelf itself, whose row every Change takes first: how many Changes were applied,
-- how far the broker's feed of holds was heard, and how far ratings were read.
CREATE TABLE shelf (
    vendor   TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (vendor <> ''),
    revision BIGINT           NOT NULL,
    heard    BIGINT           NOT NULL,
    rated    BIGINT           NOT NULL DEFAULT 0
);

-- What nobody reads: changed, in a commit of its own, by who wants to know whether
-- anything can be.
CREATE TABLE probed (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    times BIGINT NOT NULL
);

-- A slot holds one or two secrets, sealed under a key that is not in the database, for
-- the slot of this number alone: PostgreSQL keeps for a while what was erased. Triggers
-- erase a slot with its owner. used is always 1: there are no free slots here.
CREATE TABLE vault (
    vendor TEXT COLLATE "C" NOT NULL,
    slot   BIGINT           NOT NULL,
    used   SMALLINT         NOT NULL DEFAULT 1 CHECK (used = 1),
    secret BYTEA            NOT NULL CHECK (length(secret) = 92), -- nonce, 64 bytes as AES-256-GCM seals them
    PRIMARY KEY (vendor, slot)
);

-- What tells whether a key is the vault's: some words, sealed under it.
CREATE TABLE vault_key (
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    sealed BYTEA  NOT NULL
);
-- +goose StatementBegin
CREATE FUNCTION erase_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM vault WHERE vendor = OLD.vendor AND slot = OLD.slot;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- What a stand-alone stall has beside its shelf, its keys, its account, its certificate and
-- the link to its desk, each sealed as the vault is, for its name alone. A schema of many
-- stalls has none: their keys are in the market's.
CREATE TABLE paper (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed BYTEA            NOT NULL
);

-- Numbers in the order in which they are drawn. Those of one stall are in the order of
-- its Changes: each has its shelf's row first.
CREATE SEQUENCE number;

-- A live VendorScrip. Erased when it is spent, given back or renewed, with its
-- slot: MasterScripSecret, MasterCustomerSecret.
CREATE TABLE scrip (
    vendor     TEXT COLLATE "C" NOT NULL,
    scrip_id   TEXT COLLATE "C" NOT NULL,
    cust_id    TEXT COLLATE "C" NOT NULL,
    value      BIGINT           NOT NULL CHECK (value > 0),
    made       BIGINT           NOT NULL,
    expires    BIGINT           NOT NULL,
    currency   TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    holder     TEXT COLLATE "C" NOT NULL CHECK (holder <> ''), -- a pseudonym
    holder_key TEXT COLLATE "C", -- JWK; the pseudonym's
    slot       BIGINT           NOT NULL,
    lock_tx    TEXT COLLATE "C",
    lock_until BIGINT,
    PRIMARY KEY (vendor, scrip_id),
    UNIQUE (vendor, slot),
    FOREIGN KEY (vendor, slot) REFERENCES vault (vendor, slot),
    CHECK ((lock_tx IS NULL) = (lock_until IS NULL))
);
CREATE INDEX scrip_holder ON scrip (vendor, holder);
CREATE TRIGGER scrip_erase AFTER DELETE ON scrip FOR EACH ROW EXECUTE FUNCTION erase_slot();

-- A stored reply: what the same request is answered again. Erased with the
-- scrip it brought; one that brought none stays.
CREATE TABLE stored_reply (
    vendor   TEXT COLLATE "C" NOT NULL,
    sender   TEXT COLLATE "C" NOT NULL,
    typ      TEXT COLLATE "C" NOT NULL,
    tx       TEXT COLLATE "C" NOT NULL,
    digest   TEXT COLLATE "C" NOT NULL, -- of the request's signed payload
    reply    TEXT COLLATE "C" NOT NULL, -- JSON of scrip.Sealed
    scrip_id TEXT COLLATE "C",
    PRIMARY KEY (vendor, sender, typ, tx),
    FOREIGN KEY (vendor, scrip_id) REFERENCES scrip (vendor, scrip_id) ON DELETE CASCADE
);
CREATE INDEX stored_reply_scrip ON stored_reply (vendor, scrip_id) WHERE scrip_id IS NOT NULL;

-- A request to the broker (T5, T23, REFUND, DEFEND), as it is sent until it is answered
-- for good; then it is erased. slot: the reply key of who asked for it, that of
-- the request.
CREATE TABLE outbox (
    vendor  TEXT COLLATE "C" NOT NULL,
    place   BIGINT           NOT NULL DEFAULT nextval('number'),
    request TEXT COLLATE "C" NOT NULL, -- JSON of scrip.Sealed
    slot    BIGINT           NOT NULL,
    PRIMARY KEY (vendor, place),
    UNIQUE (vendor, slot),
    FOREIGN KEY (vendor, slot) REFERENCES vault (vendor, slot)
);
CREATE TRIGGER outbox_erase AFTER DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION erase_slot();

-- An exchange: a T4, and what became of it. It is pending while its T5 is in
-- the outbox, and settled after. A settled one stays, so that an old receipt
-- brings nothing twice; of each pseudonym the last scrip.SettledKept do.
CREATE TABLE exchange (
    vendor    TEXT COLLATE "C" NOT NULL,
    seq       BIGINT           NOT NULL DEFAULT nextval('number'),
    tx        TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL, -- JWK; the pseudonym's
    value     BIGINT           NOT NULL CHECK (value > 0),
    digest    TEXT COLLATE "C" NOT NULL, -- of T4's order part
    received  BIGINT           NOT NULL,
    blessed   BIGINT           NOT NULL, -- by the broker's clock; 0 until settled
    outbox    BIGINT,
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, outbox),
    FOREIGN KEY (vendor, outbox) REFERENCES outbox (vendor, place) ON DELETE SET NULL (outbox),
    UNIQUE (vendor, tx)
);
CREATE INDEX exchange_settled ON exchange (vendor, pseudonym, blessed, seq) WHERE outbox IS NULL;

-- A giveback: a T22 that waits for the broker. Its VendorScrip is held. Erased
-- with the T23 it waits for.
CREATE TABLE giveback (
    vendor    TEXT COLLATE "C" NOT NULL,
    tx        TEXT COLLATE "C" NOT NULL,
    scrip_id  TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    value     BIGINT           NOT NULL CHECK (value > 0),
    digest    TEXT COLLATE "C" NOT NULL, -- of T22's order part
    received  BIGINT           NOT NULL,
    outbox    BIGINT           NOT NULL,
    PRIMARY KEY (vendor, tx),
    UNIQUE (vendor, outbox),
    FOREIGN KEY (vendor, outbox) REFERENCES outbox (vendor, place) ON DELETE CASCADE,
    UNIQUE (vendor, scrip_id)
);

-- An offer as it stands on the stall. Erased a while after it ended, or, a private
-- one or a request, ran out, unless it was sold from. source: the offer that a private one was
-- made from, and pseudonym for whom.
CREATE TABLE listing (
    vendor      TEXT COLLATE "C" NOT NULL,
    offer       TEXT COLLATE "C" NOT NULL,
    version     TEXT COLLATE "C" NOT NULL, -- tx of the signed offer
    body        TEXT COLLATE "C" NOT NULL, -- the offer, JSON
    valid_until BIGINT           NOT NULL,
    jws         TEXT COLLATE "C" NOT NULL, -- the offer as signed
    stock       BIGINT           NOT NULL CHECK (stock >= 0),
    ended       BIGINT           NOT NULL CHECK (ended IN (0, 1)),
    listed_at   BIGINT           NOT NULL,
    request     BIGINT           NOT NULL CHECK (request IN (0, 1)), -- asks for money alone: a payment link
    source      TEXT COLLATE "C",
    pseudonym   TEXT COLLATE "C",
    PRIMARY KEY (vendor, offer),
    UNIQUE (vendor, version),
    CHECK ((source IS NULL) = (pseudonym IS NULL)),
    CHECK (request = 0 OR source IS NULL),
    CHECK (source IS NULL OR valid_until <= listed_at + 259200)
);
CREATE INDEX listing_for_sale ON listing (vendor, offer) WHERE ended = 0 AND stock > 0 AND source IS NULL AND request = 0;
CREATE INDEX listing_asked_for ON listing (vendor, valid_until) WHERE request = 1 AND ended = 0 AND stock > 0;
CREATE INDEX listing_request ON listing (vendor, listed_at) WHERE request = 1;
CREATE INDEX listing_source ON listing (vendor, source) WHERE source IS NOT NULL;

-- A photo in its two sizes. Erased a while after it was added, or added again,
-- when no listing shows it.
CREATE TABLE photo (
    vendor   TEXT COLLATE "C" NOT NULL,
    digest   TEXT COLLATE "C" NOT NULL, -- of large
    large    BYTEA            NOT NULL, -- JPEG
    thumb    BYTEA            NOT NULL, -- JPEG
    added_at BIGINT           NOT NULL,
    PRIMARY KEY (vendor, digest)
);

-- What the stall says of itself, once its seller has said it.
CREATE TABLE page (
    vendor     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    about      TEXT COLLATE "C" NOT NULL,
    place      TEXT COLLATE "C" NOT NULL,
    picture    TEXT COLLATE "C",
    away_until BIGINT           NOT NULL,
    closed     BIGINT           NOT NULL CHECK (closed IN (0, 1)),
    FOREIGN KEY (vendor, picture) REFERENCES photo (vendor, digest)
);

-- A photo that a listing shows. Erased with the listing.
CREATE TABLE listing_photo (
    vendor TEXT COLLATE "C" NOT NULL,
    offer  TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, offer, digest),
    FOREIGN KEY (vendor, offer) REFERENCES listing (vendor, offer) ON DELETE CASCADE,
    FOREIGN KEY (vendor, digest) REFERENCES photo (vendor, digest)
);
CREATE INDEX listing_photo_digest ON listing_photo (vendor, digest);

-- A sale: an order that was paid. Never erased. A tx serves one order, even when
-- pseudonyms differ.
CREATE TABLE sale (
    vendor       TEXT COLLATE "C" NOT NULL,
    seq          BIGINT           NOT NULL DEFAULT nextval('number'),
    id           TEXT COLLATE "C" NOT NULL, -- the order id of T11
    tx           TEXT COLLATE "C" NOT NULL, -- of T10
    pseudonym    TEXT COLLATE "C" NOT NULL,
    lines        TEXT COLLATE "C" NOT NULL, -- JSON of []scrip.SaleLine: what it is of, as it was offered then
    price        BIGINT           NOT NULL CHECK (price > 0),
    delivery     TEXT COLLATE "C" NOT NULL, -- JSON of scrip.Delivery
    wish         TEXT COLLATE "C" NOT NULL, -- the buyer's note
    order_digest TEXT COLLATE "C" NOT NULL,
    mandate      TEXT COLLATE "C" NOT NULL, -- T10's JWS
    change_id    TEXT COLLATE "C" NOT NULL, -- the VendorScrip that was left; empty: none was
    paid_at      BIGINT           NOT NULL,
    sent_at      BIGINT           NOT NULL, -- 0 until sent
    note         TEXT COLLATE "C" NOT NULL, -- to the buyer
    recorded     BIGINT           NOT NULL CHECK (recorded IN (0, 1)), -- T12 was acknowledged
    refunded     BIGINT           NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND price),
    restocked    BIGINT           NOT NULL DEFAULT 0 CHECK (restocked IN (0, 1)), -- its goods went back on the shelf
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, id),
    UNIQUE (vendor, tx)
);
CREATE INDEX sale_unrecorded ON sale (vendor, seq) WHERE recorded = 0;
CREATE INDEX sale_unsent ON sale (vendor, seq) WHERE sent_at = 0 AND refunded < price;
CREATE INDEX sale_pseudonym ON sale (vendor, pseudonym);

-- A version of an offer that was sold, as it was signed: orders and receipts name
-- it by its digest. Never erased.
CREATE TABLE sold (
    vendor  TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL, -- tx of the signed offer
    offer   TEXT COLLATE "C" NOT NULL,
    jws     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, version),
    FOREIGN KEY (vendor, offer) REFERENCES listing (vendor, offer)
);

-- Which offers a sale is of, and how many of each. Never erased.
CREATE TABLE sale_line (
    vendor   TEXT COLLATE "C" NOT NULL,
    sale     TEXT COLLATE "C" NOT NULL,
    place    BIGINT           NOT NULL CHECK (place BETWEEN 0 AND 19), -- in the order's lines
    offer    TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL,
    quantity BIGINT           NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (vendor, sale, place),
    FOREIGN KEY (vendor, sale) REFERENCES sale (vendor, id),
    FOREIGN KEY (vendor, offer) REFERENCES listing (vendor, offer),
    FOREIGN KEY (vendor, version) REFERENCES sold (vendor, version)
);
CREATE INDEX sale_line_offer ON sale_line (vendor, offer);

-- The hold of a protected sale, as the broker last told of it: until it told, held.
-- Never erased.
CREATE TABLE hold (
    vendor    TEXT COLLATE "C" NOT NULL,
    sale      TEXT COLLATE "C" NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('held', 'sent', 'disputed', 'released', 'reclaimed', 'decided', 'refunded')),
    send_by   BIGINT           NOT NULL,
    due       BIGINT           NOT NULL, -- when time ends it; 0 for never, or not told
    word      TEXT COLLATE "C" NOT NULL, -- HELD's JWS; empty until the broker told
    since     BIGINT           NOT NULL, -- in this state; this and the next three as the word has it
    remains   BIGINT           NOT NULL,
    to_buyer  BIGINT           NOT NULL,
    to_seller BIGINT           NOT NULL,
    said      TEXT COLLATE "C" NOT NULL, -- JSON of []scrip.ToldSaid
    telling   BIGINT           NOT NULL CHECK (telling IN (0, 1)), -- SENT is yet to be told
    PRIMARY KEY (vendor, sale),
    FOREIGN KEY (vendor, sale) REFERENCES sale (vendor, id)
);
CREATE INDEX hold_telling ON hold (vendor, sale) WHERE telling = 1;
CREATE INDEX hold_open ON hold (vendor, sale) WHERE state IN ('held', 'sent', 'disputed');
CREATE INDEX hold_disputed ON hold (vendor, since) WHERE state = 'disputed';

-- What a seller says to a dispute. The broker has yet to hear it while its DEFEND is
-- in the outbox. Never erased.
CREATE TABLE defence (
    vendor  TEXT COLLATE "C" NOT NULL,
    seq     BIGINT           NOT NULL DEFAULT nextval('number'),
    id      TEXT COLLATE "C" NOT NULL, -- tx of DEFEND
    sale    TEXT COLLATE "C" NOT NULL,
    text    TEXT COLLATE "C" NOT NULL,
    shows   BIGINT           NOT NULL, -- how many messages
    photo   TEXT COLLATE "C" NOT NULL, -- digest of the photo that it brings; empty for none
    made_at BIGINT           NOT NULL,
    outbox  BIGINT,
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, outbox),
    FOREIGN KEY (vendor, outbox) REFERENCES outbox (vendor, place) ON DELETE SET NULL (outbox),
    UNIQUE (vendor, id),
    FOREIGN KEY (vendor, sale) REFERENCES hold (vendor, sale)
);
CREATE INDEX defence_sale ON defence (vendor, sale);

-- A refund of a sale. The broker has yet to cover it while its REFUND is in the
-- outbox; then its buyer may collect it. Never erased.
CREATE TABLE refund (
    vendor       TEXT COLLATE "C" NOT NULL,
    seq          BIGINT           NOT NULL DEFAULT nextval('number'),
    id           TEXT COLLATE "C" NOT NULL, -- tx of REFUND
    sale         TEXT COLLATE "C" NOT NULL,
    amount       BIGINT           NOT NULL CHECK (amount > 0),
    made_at      BIGINT           NOT NULL,
    covered_at   BIGINT           NOT NULL, -- 0 until then
    collected    TEXT COLLATE "C" NOT NULL, -- tx of COLLECT; empty until then
    collected_at BIGINT           NOT NULL, -- 0 until then
    outbox       BIGINT,
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, outbox),
    FOREIGN KEY (vendor, outbox) REFERENCES outbox (vendor, place) ON DELETE SET NULL (outbox),
    UNIQUE (vendor, id),
    FOREIGN KEY (vendor, sale) REFERENCES sale (vendor, id),
    CHECK (covered_at > 0 OR collected_at = 0),
    CHECK ((collected_at = 0) = (collected = ''))
);
CREATE INDEX refund_sale ON refund (vendor, sale);

-- A thread: what buyer and seller of an order signed after each other, or in a
-- conversation about an offer (talk), which is erased when it has been silent for
-- long. It is here from its first event on. waiting: events of the buyer's since
-- the seller's last.
CREATE TABLE thread (
    vendor    TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL, -- the order's, or the conversation's own
    tx        TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL, -- JWK; the pseudonym's
    offer     TEXT COLLATE "C" NOT NULL,
    talk      BIGINT           NOT NULL CHECK (talk IN (0, 1)),
    state     TEXT COLLATE "C" NOT NULL,
    hold      TEXT COLLATE "C" NOT NULL, -- the broker's last word on the money that stands in it; empty for none
    seq       BIGINT           NOT NULL CHECK (seq > 0),
    head      TEXT COLLATE "C" NOT NULL, -- digest of the last event
    since     BIGINT           NOT NULL, -- in this state
    last      BIGINT           NOT NULL, -- the last event, by who signed it
    waiting   BIGINT           NOT NULL CHECK (waiting >= 0),
    touched   BIGINT           NOT NULL, -- the last event, by the stall's clock
    PRIMARY KEY (vendor, id)
);
CREATE INDEX thread_pseudonym ON thread (vendor, pseudonym) WHERE talk = 1;
CREATE INDEX thread_touched ON thread (vendor, touched) WHERE talk = 1;
CREATE INDEX thread_waiting ON thread (vendor, waiting) WHERE waiting > 0;
CREATE INDEX thread_returning ON thread (vendor, since) WHERE state IN ('return-asked', 'returned');

-- A pseudonym that the seller has blocked, and in which order or conversation.
CREATE TABLE blocked (
    vendor    TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    thread    TEXT COLLATE "C" NOT NULL,
    talk      BIGINT           NOT NULL CHECK (talk IN (0, 1)),
    at        BIGINT           NOT NULL,
    PRIMARY KEY (vendor, pseudonym)
);

-- An event of a thread, as it was signed.
CREATE TABLE event (
    vendor TEXT COLLATE "C" NOT NULL,
    thread TEXT COLLATE "C" NOT NULL,
    seq    BIGINT           NOT NULL CHECK (seq > 0),
    digest TEXT COLLATE "C" NOT NULL,
    jws    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, thread, seq),
    FOREIGN KEY (vendor, thread) REFERENCES thread (vendor, id) ON DELETE CASCADE
);

-- A photo of a thread, as it was sent.
CREATE TABLE talk_photo (
    vendor TEXT COLLATE "C" NOT NULL,
    thread TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    jpeg   BYTEA            NOT NULL,
    PRIMARY KEY (vendor, thread, digest),
    FOREIGN KEY (vendor, thread) REFERENCES thread (vendor, id) ON DELETE CASCADE
);

-- A message to the broker that cannot go: nothing sends it until somebody has it
-- told again. Erased then, and when it is settled in another way.
CREATE TABLE aside (
    vendor  TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL, -- tx of a T5, T23, REFUND, DEFEND; of a T12 the sale, of a SENT tx of T10
    message TEXT COLLATE "C" NOT NULL,
    amount  BIGINT           NOT NULL,
    since   BIGINT           NOT NULL,
    reason  TEXT COLLATE "C" NOT NULL,
    at      BIGINT           NOT NULL,
    PRIMARY KEY (vendor, id)
);

-- The last COLLECT of a pseudonym that holds, or held, VendorScrip. Never
-- erased: an older one must not count again.
CREATE TABLE collector (
    vendor    TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    counter   BIGINT           NOT NULL CHECK (counter > 0),
    PRIMARY KEY (vendor, pseudonym)
);

-- A key of the seller's programs, by its SHA-256. Erased when it is revoked.
CREATE TABLE seller_key (
    vendor  TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    digest  TEXT COLLATE "C" NOT NULL,
    scopes  TEXT COLLATE "C" NOT NULL, -- apart by spaces
    made_at BIGINT           NOT NULL,
    used_at BIGINT           NOT NULL, -- 0: never
    PRIMARY KEY (vendor, id),
    UNIQUE (vendor, digest)
);

-- A request of the seller's programs that was carried out, in the commit that did it.
-- Erased when none of its objects is there any more.
CREATE TABLE seller_request (
    vendor TEXT COLLATE "C" NOT NULL,
    key    TEXT COLLATE "C" NOT NULL, -- that the program chose
    digest TEXT COLLATE "C" NOT NULL, -- of what it asked for
    answer TEXT COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (vendor, key)
);

-- What a request was about: an offer or an order.
CREATE TABLE seller_request_object (
    vendor TEXT COLLATE "C" NOT NULL,
    key    TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, key, object),
    FOREIGN KEY (vendor, key) REFERENCES seller_request (vendor, key) ON DELETE CASCADE
);
CREATE INDEX seller_request_object_of ON seller_request_object (vendor, object);

-- An event of the seller's feed. The newest are kept, see scrip.MaxSellerEvents.
CREATE TABLE seller_event (
    vendor TEXT COLLATE "C" NOT NULL,
    seq    BIGINT           NOT NULL CHECK (seq > 0),
    kind   TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    part   TEXT COLLATE "C" NOT NULL,
    at     BIGINT           NOT NULL,
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, kind, object, part)
);

-- An address that is told of the seller's events, and how far they have deliveries.
CREATE TABLE webhook (
    vendor  TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    url     TEXT COLLATE "C" NOT NULL,
    made_at BIGINT           NOT NULL,
    off_at  BIGINT           NOT NULL, -- 0: it is told
    after   BIGINT           NOT NULL,
    PRIMARY KEY (vendor, id)
);

-- What a webhook's messages are signed with: slot has the secret, and the one before,
-- which is good until old_until. Erased with its slot when another takes its place.
CREATE TABLE webhook_secret (
    vendor    TEXT COLLATE "C" NOT NULL,
    webhook   TEXT COLLATE "C" NOT NULL,
    slot      BIGINT           NOT NULL,
    old_until BIGINT           NOT NULL,
    PRIMARY KEY (vendor, webhook),
    UNIQUE (vendor, slot),
    FOREIGN KEY (vendor, slot) REFERENCES vault (vendor, slot),
    FOREIGN KEY (vendor, webhook) REFERENCES webhook (vendor, id) ON DELETE CASCADE
);
CREATE TRIGGER webhook_secret_erase AFTER DELETE ON webhook_secret FOR EACH ROW EXECUTE FUNCTION erase_slot();

-- An event on its way to a webhook, and what became of it. Of those that are over the
-- newest are kept, see scrip.KeptTold. event: 0 for the last test.
CREATE TABLE webhook_delivery (
    vendor   TEXT COLLATE "C" NOT NULL,
    webhook  TEXT COLLATE "C" NOT NULL,
    event    BIGINT           NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    body     TEXT COLLATE "C" NOT NULL,
    made_at  BIGINT           NOT NULL,
    tries    BIGINT           NOT NULL,
    tried_at BIGINT           NOT NULL, -- 0: not yet
    next_at  BIGINT           NOT NULL, -- 0: it is over
    done     BIGINT           NOT NULL CHECK (done IN (0, 1)),
    status   BIGINT           NOT NULL,
    why      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, webhook, event),
    FOREIGN KEY (vendor, webhook) REFERENCES webhook (vendor, id) ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (vendor, webhook, next_at, event) WHERE next_at > 0;
