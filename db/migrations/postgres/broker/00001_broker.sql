-- The books of a broker (protocol section 6). Times are unix seconds, amounts
-- minor units of its one currency, digests and thumbprints SHA-256 in unpadded
-- base64url, IDs 128 random bits likewise.

-- +goose Up

-- Whose this is: a database is of no use beside another party's keys.
CREATE TABLE belongs (
    one   BIGINT           PRIMARY KEY CHECK (one = 1),
    owner TEXT COLLATE "C" NOT NULL CHECK (owner <> '')
);

-- A session of somebody at the pages: what they are in the middle of, with no secret in
-- it. token: the digest of the cookie's, as hex. Empty content: it was ended, which is
-- remembered until it would have been over. Erased then.
CREATE TABLE session (
    part    TEXT COLLATE "C" NOT NULL,   -- of the site, which the cookie goes to
    token   TEXT COLLATE "C" NOT NULL,
    content BYTEA            NOT NULL,
    until   BIGINT           NOT NULL,
    PRIMARY KEY (part, token)
);
CREATE INDEX session_until ON session (until);

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
    slot   BIGINT   NOT NULL PRIMARY KEY,
    used   SMALLINT NOT NULL DEFAULT 1 CHECK (used = 1),
    secret BYTEA    NOT NULL CHECK (length(secret) = 92) -- nonce, 64 bytes as AES-256-GCM seals them
);

-- What tells whether a key is the vault's: some words, sealed under it.
CREATE TABLE vault_key (
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    sealed BYTEA  NOT NULL
);

-- A job that one process at a time does, of those that share the database: its owner's until
-- then, in unix seconds of the owner's clock. Erased when it is given back.
CREATE TABLE lease (
    job   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    until BIGINT           NOT NULL
);

-- What a broker has beside its books, for all its processes: its keys and its currency.
-- Sealed as the vault is, for its name alone.
CREATE TABLE paper (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed BYTEA            NOT NULL
);
-- +goose StatementBegin
CREATE FUNCTION erase_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM vault WHERE slot = OLD.slot;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only';
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION staged_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM log_seq WHERE record = OLD.record) THEN
        RAISE EXCEPTION 'the log is append-only';
    END IF;
    RETURN OLD;
END
$$;
-- +goose StatementEnd

-- The broker's KEYS, from the first. None is ever erased: what an old key signed
-- in its time stays good.
CREATE TABLE broker_keys (
    serial BIGINT           NOT NULL PRIMARY KEY CHECK (serial > 0),
    signed TEXT COLLATE "C" NOT NULL UNIQUE   -- JWS
);

-- The last number of a feed, which is read "after number N". Who numbers something
-- holds the row until the commit: so nothing that has a lower number comes later.
CREATE TABLE feed (
    vendor TEXT COLLATE "C" NOT NULL,   -- whose; empty: the broker's own
    name   TEXT COLLATE "C" NOT NULL,   -- 'holds' of a stall; the broker's 'stalls'
    last   BIGINT           NOT NULL CHECK (last > 0),
    PRIMARY KEY (vendor, name)
);

-- An account: a peer that R1 made known. Never erased.
CREATE TABLE account (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    thumbprint TEXT COLLATE "C" NOT NULL UNIQUE,   -- of key
    key        TEXT COLLATE "C" NOT NULL,   -- JWK; signs for the account now
    bank       TEXT COLLATE "C" NOT NULL,   -- the bank's reference
    name       TEXT COLLATE "C" NOT NULL,
    counter    BIGINT           NOT NULL,   -- the last T1's, BANK's or REKEY's
    opened     BIGINT           NOT NULL
);

-- Whose each key is that an account has, or had before REKEY. Never erased: what was signed with it
-- is answered again, and nobody has it another time.
CREATE TABLE account_key (
    thumbprint TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    key        TEXT COLLATE "C" NOT NULL    -- JWK
);

-- A stall: a merchant that R3 made known, with its newest certificate. Never
-- erased: a revoked one is marked.
CREATE TABLE stall (
    number      BIGINT           NOT NULL PRIMARY KEY,   -- in the feed of stalls, the directory
    vendor      TEXT COLLATE "C" NOT NULL UNIQUE,
    account     TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    name        TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,   -- by which an owner's stalls are put in order
    thumbprint  TEXT COLLATE "C" NOT NULL UNIQUE,   -- of signing
    signing     TEXT COLLATE "C" NOT NULL,   -- JWK
    envelope    TEXT COLLATE "C" NOT NULL,   -- JWK
    base_url    TEXT COLLATE "C" NOT NULL,
    not_before  BIGINT           NOT NULL,
    not_after   BIGINT           NOT NULL,
    jws         TEXT COLLATE "C" NOT NULL,   -- the certificate as signed
    revoked     SMALLINT         NOT NULL CHECK (revoked IN (0, 1)),
    renamed     BIGINT           NOT NULL DEFAULT 0   -- the counter of its last RENAME; 0: none
);
CREATE INDEX stall_account ON stall (account);

-- A look of a stall's name: no other stall's name has it, be the stall revoked. That
-- of a name that a stall had is its own until then; erased when another takes it.
CREATE TABLE stall_look (
    look   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    vendor TEXT COLLATE "C" NOT NULL REFERENCES stall (vendor),
    name   TEXT COLLATE "C" NOT NULL,
    until  BIGINT           NOT NULL   -- unix seconds; 0: it is the stall's name now
);
CREATE INDEX stall_look_vendor ON stall_look (vendor);

-- An alias: the account behind a pseudonym at one vendor, written with T5.
-- Nobody but the broker knows. Never erased: T12 comes when it comes.
CREATE TABLE alias (
    pseudonym TEXT COLLATE "C" NOT NULL,
    vendor    TEXT COLLATE "C" NOT NULL REFERENCES stall (vendor),
    account   TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    PRIMARY KEY (pseudonym, vendor)
);

-- A live BrokerScrip: one of an account at most. Erased when it is spent,
-- withdrawn or renewed, with its slot: MasterScripSecret, MasterCustomerSecret.
CREATE TABLE scrip (
    scrip_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    cust_id    TEXT COLLATE "C" NOT NULL,
    value      BIGINT           NOT NULL CHECK (value > 0),
    made       BIGINT           NOT NULL,
    expires    BIGINT           NOT NULL,
    currency   TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    holder     TEXT COLLATE "C" NOT NULL CHECK (holder <> '') UNIQUE REFERENCES account (id),
    holder_key TEXT COLLATE "C",                     -- JWK; null: the account's
    slot       BIGINT           NOT NULL UNIQUE REFERENCES vault (slot),
    lock_tx    TEXT COLLATE "C",
    lock_until BIGINT,
    CHECK ((lock_tx IS NULL) = (lock_until IS NULL))
);
CREATE TRIGGER scrip_erase AFTER DELETE ON scrip FOR EACH ROW EXECUTE FUNCTION erase_slot();

-- A stored reply: what the same request is answered again. Erased with the
-- scrip it brought; one that brought none stays.
CREATE TABLE stored_reply (
    sender   TEXT COLLATE "C" NOT NULL,
    typ      TEXT COLLATE "C" NOT NULL,
    tx       TEXT COLLATE "C" NOT NULL,
    digest   TEXT COLLATE "C" NOT NULL,   -- of the request's signed payload
    reply    TEXT COLLATE "C" NOT NULL,   -- JSON of scrip.Sealed
    scrip_id TEXT COLLATE "C" REFERENCES scrip (scrip_id) ON DELETE CASCADE,
    PRIMARY KEY (sender, typ, tx)
);
CREATE INDEX stored_reply_scrip ON stored_reply (scrip_id) WHERE scrip_id IS NOT NULL;

-- An announcement: a T3 taken note of. Erased with its scrip. slot: T3's reply key.
CREATE TABLE announced (
    tx        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    scrip_id  TEXT COLLATE "C" NOT NULL REFERENCES scrip (scrip_id) ON DELETE CASCADE,
    account   TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    vendor    TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    value     BIGINT           NOT NULL CHECK (value > 0),
    deadline  BIGINT           NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,   -- of T3's signed payload
    proof     TEXT COLLATE "C" NOT NULL,   -- digest of T3-possession's
    slot      BIGINT           NOT NULL UNIQUE REFERENCES vault (slot)
);
CREATE INDEX announced_scrip ON announced (scrip_id);
CREATE INDEX announced_deadline ON announced (deadline);
CREATE TRIGGER announced_erase AFTER DELETE ON announced FOR EACH ROW EXECUTE FUNCTION erase_slot();

-- A request to a merchant (T16, with T15's order part), as it is sent until it
-- is answered for good; then it is erased, and with it what waited for it.
-- slot: the reply key of T15, that of T16.
CREATE TABLE outbox (
    place   BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    request TEXT COLLATE "C" NOT NULL,   -- JSON of scrip.Sealed
    slot    BIGINT           NOT NULL UNIQUE REFERENCES vault (slot)
);
CREATE TRIGGER outbox_erase AFTER DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION erase_slot();

-- An extension: a T15 that waits for its merchant. While its BrokerScrip is
-- held, that is scrip_id; once its change was given, scrip_id is the change.
-- Erased with the T16 it waits for.
CREATE TABLE extension (
    tx          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account     TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    vendor      TEXT COLLATE "C" NOT NULL REFERENCES stall (vendor),
    value       BIGINT           NOT NULL CHECK (value > 0),
    scrip_id    TEXT COLLATE "C" NOT NULL,   -- empty when nothing was left
    held        SMALLINT         NOT NULL CHECK (held IN (0, 1)),
    digest      TEXT COLLATE "C" NOT NULL,   -- of T15's payment part
    received    BIGINT           NOT NULL,
    valid_until BIGINT           NOT NULL,
    aside       TEXT COLLATE "C" NOT NULL,   -- why the bank would not take it back; empty while it goes on
    outbox      BIGINT           NOT NULL UNIQUE REFERENCES outbox (place) ON DELETE CASCADE,
    CHECK (aside = '' OR held = 0)
);
CREATE INDEX extension_account ON extension (account);

-- A stall that does not answer the broker's CALL: as the log has it. Erased with the
-- first word of the stall that is logged.
CREATE TABLE silence (
    vendor TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES stall (vendor),
    since  BIGINT           NOT NULL,   -- the first CALL without an answer
    last   BIGINT           NOT NULL CHECK (last >= since),
    days   BIGINT           NOT NULL CHECK (days > 0)
);

-- An account of the books. All balances sum to zero; only the world's may be
-- negative. A float or a reserve is of one account at one stall, and erased when
-- nothing is left in it; the others never are.
CREATE TABLE ledger (
    account TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (account <> ''),
    balance BIGINT           NOT NULL CHECK (balance >= 0 OR account = 'world')
);
INSERT INTO ledger (account, balance) VALUES ('world', 0), ('outstanding', 0);

-- A record of the log, written by the Change that it tells of. leaf is the JSON of a
-- scrip.Record; the columns repeat it so that it can be searched. What the tree holds
-- of it is its entry (services/tree), which commits to the leaf under the salt. Nothing
-- of the log is changed or erased, ever. id says nothing of the order: log_seq does.
CREATE TABLE log (
    id      BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at      BIGINT           NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    tx      TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,   -- empty when the record has none
    vendor  TEXT COLLATE "C" NOT NULL,   -- empty when the record has none
    amount  BIGINT           NOT NULL,   -- 0 when the record has none
    leaf    BYTEA            NOT NULL,
    salt    BYTEA            NOT NULL CHECK (length(salt) = 16)
);

-- A record is there once. One tx of an account is one T3, T9, T15, PAYOUT or RESCUE,
-- whatever stall it names. One tx of a stall is one T12, whoever bought: REFUND names a
-- purchase by it.
CREATE UNIQUE INDEX log_once ON log (tx, kind,
    (CASE WHEN kind = 'T12' THEN '' ELSE account END),
    (CASE WHEN kind IN ('T3', 'T9', 'T15', 'PAYOUT', 'RESCUE') THEN '' ELSE vendor END));

-- A posting of a record, so that movements of a bank account can be listed.
CREATE TABLE log_posting (
    record      BIGINT           NOT NULL REFERENCES log (id),
    n           BIGINT           NOT NULL,
    from_ledger TEXT COLLATE "C" NOT NULL,
    to_ledger   TEXT COLLATE "C" NOT NULL,
    amount      BIGINT           NOT NULL CHECK (amount > 0),
    PRIMARY KEY (record, n)
);
CREATE INDEX log_posting_from_bank ON log_posting (from_ledger, record) WHERE substr(from_ledger, 1, 5) = 'bank:';
CREATE INDEX log_posting_to_bank ON log_posting (to_ledger, record) WHERE substr(to_ledger, 1, 5) = 'bank:';

-- A record that has no number yet, with the text of its entry. Its Change takes the
-- place last: see db/books_sequence.go. Erased when it has its number.
CREATE TABLE log_staged (
    place  BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    record BIGINT           NOT NULL REFERENCES log (id),
    entry  TEXT COLLATE "C" NOT NULL
);

-- The number of a record, from 0 and without a gap: its place in the tree.
CREATE TABLE log_seq (
    seq    BIGINT           PRIMARY KEY CHECK (seq >= 0),
    record BIGINT           NOT NULL UNIQUE REFERENCES log (id)
);

-- What was bought at a stall, to be counted.
CREATE INDEX log_sold ON log (vendor) WHERE kind = 'T12';

-- What a stall was paid out, to be summed.
CREATE INDEX log_paid_out ON log (vendor, amount) WHERE kind = 'PAYOUT';

-- What an account announced to buy at a stall, and what it had back there because the
-- stall was gone.
CREATE INDEX log_notice ON log (account, vendor, at) WHERE kind = 'T9';
CREATE INDEX log_rescue ON log (account, vendor, amount) WHERE kind IN ('RESCUE', 'GONE');

-- A T12 that was recorded: its tx stands for this content and no other. Never
-- erased: it grows with the log.
CREATE TABLE log_batch (
    vendor TEXT COLLATE "C" NOT NULL,
    tx     TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,   -- of T12's signed payload
    PRIMARY KEY (vendor, tx)
);

-- A signed message that a record keeps, so that who has it can find the record.
CREATE TABLE log_message (
    digest TEXT COLLATE "C" NOT NULL,
    seq    BIGINT           NOT NULL REFERENCES log_seq (seq),
    PRIMARY KEY (digest, seq)
);

-- What the records of a day, by their times, add up to, as far as they have numbers: what
-- was sold, and by how much the floats and what is held grew. For the operator's charts.
CREATE TABLE log_day (
    day   BIGINT PRIMARY KEY,   -- unix seconds: its beginning, UTC
    sold  BIGINT NOT NULL,
    float BIGINT NOT NULL,
    held  BIGINT NOT NULL
);

-- A hash of the Merkle tree over the entries (RFC 6962), numbered as in
-- golang.org/x/mod/sumdb/tlog.
CREATE TABLE log_hash (
    idx  BIGINT           PRIMARY KEY CHECK (idx >= 0),
    hash BYTEA            NOT NULL CHECK (length(hash) = 32)
);

-- A head that was signed. Every one stays, so that what the world was told can
-- be held against the log.
CREATE TABLE log_head (
    size BIGINT           PRIMARY KEY CHECK (size > 0),
    at   BIGINT           NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);

-- What each witness cosigned last.
CREATE TABLE log_cosignature (
    witness TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- its key, as notes have it
    size    BIGINT           NOT NULL REFERENCES log_head (size),
    at      BIGINT           NOT NULL,             -- when it came, by the broker's clock
    line    TEXT COLLATE "C" NOT NULL
);

CREATE TRIGGER log_no_update BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_no_delete BEFORE DELETE ON log FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_posting_no_update BEFORE UPDATE ON log_posting FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_posting_no_delete BEFORE DELETE ON log_posting FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_staged_no_update BEFORE UPDATE ON log_staged FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_staged_no_delete BEFORE DELETE ON log_staged FOR EACH ROW EXECUTE FUNCTION staged_no_more();
CREATE TRIGGER log_seq_no_update BEFORE UPDATE ON log_seq FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_seq_no_delete BEFORE DELETE ON log_seq FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_batch_no_update BEFORE UPDATE ON log_batch FOR EACH ROW
    WHEN ((NEW.vendor, NEW.tx, NEW.digest) <> (OLD.vendor, OLD.tx, OLD.digest)) EXECUTE FUNCTION append_only();
CREATE TRIGGER log_batch_no_delete BEFORE DELETE ON log_batch FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_message_no_update BEFORE UPDATE ON log_message FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_message_no_delete BEFORE DELETE ON log_message FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_hash_no_update BEFORE UPDATE ON log_hash FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_hash_no_delete BEFORE DELETE ON log_hash FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_head_no_update BEFORE UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER log_head_no_delete BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION append_only();

-- A purchase that was refunded, whole or in part. Never erased: its total must
-- not pass its price.
CREATE TABLE refunded (
    vendor   TEXT COLLATE "C" NOT NULL REFERENCES stall (vendor),
    purchase TEXT COLLATE "C" NOT NULL,   -- tx of T10
    price    BIGINT           NOT NULL CHECK (price > 0),
    total    BIGINT           NOT NULL CHECK (total BETWEEN 0 AND price),
    PRIMARY KEY (vendor, purchase)
);

-- A purchase that was rated, as it is published: its last RATE, and the ANSWER to
-- that, which the log has too. Never erased. first: digest of its first RATE.
CREATE TABLE rating (
    number      BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    vendor      TEXT COLLATE "C" NOT NULL REFERENCES stall (vendor),
    purchase    TEXT COLLATE "C" NOT NULL,   -- tx of T10
    pseudonym   TEXT COLLATE "C" NOT NULL,
    stars       BIGINT           NOT NULL CHECK (stars BETWEEN 1 AND 5),
    counter     BIGINT           NOT NULL,
    rated       BIGINT           NOT NULL,   -- the first RATE
    first       TEXT COLLATE "C" NOT NULL UNIQUE,
    at          BIGINT           NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL UNIQUE,
    jws         TEXT COLLATE "C" NOT NULL,
    answered    BIGINT           NOT NULL DEFAULT 0,
    answer      TEXT COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (vendor, purchase),
    CHECK ((answered = 0) = (answer = ''))
);
CREATE INDEX rating_vendor ON rating (vendor, number, stars);

-- A hold: the price of a protected purchase, in its stall's held, until one event
-- ends it (services/scrip/hold.json). Never erased: both sides ask what became of it.
CREATE TABLE hold (
    vendor       TEXT COLLATE "C" NOT NULL REFERENCES stall (vendor),
    purchase     TEXT COLLATE "C" NOT NULL,   -- tx of T10
    account      TEXT COLLATE "C" NOT NULL REFERENCES account (id),   -- the buyer's
    pseudonym    TEXT COLLATE "C" NOT NULL,
    price        BIGINT           NOT NULL CHECK (price > 0),
    covered      BIGINT           NOT NULL CHECK (covered BETWEEN 1 AND price),
    "left"       BIGINT           NOT NULL CHECK ("left" >= 0),
    to_buyer     BIGINT           NOT NULL CHECK (to_buyer >= 0),
    to_seller    BIGINT           NOT NULL CHECK (to_seller >= 0),
    send_by      BIGINT           NOT NULL,
    check_within BIGINT           NOT NULL CHECK (check_within > 0),
    paid         BIGINT           NOT NULL,
    sent         BIGINT           NOT NULL,   -- SENT's time; 0 until then
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('held', 'sent', 'disputed', 'released', 'reclaimed', 'decided', 'refunded')),
    since        BIGINT           NOT NULL,
    due          BIGINT,                -- when time ends it; null for never
    decision     TEXT COLLATE "C" NOT NULL,   -- DECIDED's JWS; empty until then
    seq          BIGINT           NOT NULL,   -- in the stall's feed: the last that changed has the highest
    PRIMARY KEY (vendor, purchase),
    UNIQUE (vendor, seq),
    CHECK ("left" + to_buyer + to_seller <= covered),
    CHECK ((state IN ('held', 'sent', 'disputed')) = ("left" > 0)),
    CHECK (due IS NULL OR state IN ('held', 'sent'))
);
CREATE INDEX hold_due ON hold (due, vendor, seq) WHERE due IS NOT NULL;
CREATE INDEX hold_sent ON hold (since, vendor, seq) WHERE state = 'sent';
CREATE INDEX hold_disputed ON hold (since) WHERE state = 'disputed';
CREATE INDEX hold_decided ON hold (since) WHERE state = 'decided';
CREATE INDEX hold_counted ON hold (vendor, state, to_buyer, to_seller);
CREATE INDEX hold_parcel ON hold (vendor, sent) WHERE sent > 0;

-- What a party shows of a disputed purchase: a DISPUTE or a DEFEND in the log.
CREATE TABLE showing (
    vendor   TEXT COLLATE "C" NOT NULL,
    purchase TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    n        BIGINT           NOT NULL CHECK (n BETWEEN 1 AND 13),
    tx       TEXT COLLATE "C" NOT NULL,
    photo    TEXT COLLATE "C" NOT NULL,   -- digest of the exhibit that it brings; empty for none
    PRIMARY KEY (vendor, purchase, kind, n),
    FOREIGN KEY (vendor, purchase) REFERENCES hold (vendor, purchase)
);

-- A photo that a party shows of a disputed purchase, as it was sent. Never erased.
CREATE TABLE exhibit (
    vendor   TEXT COLLATE "C" NOT NULL,
    purchase TEXT COLLATE "C" NOT NULL,
    digest   TEXT COLLATE "C" NOT NULL,
    jpeg     BYTEA            NOT NULL,
    PRIMARY KEY (vendor, purchase, digest),
    FOREIGN KEY (vendor, purchase) REFERENCES hold (vendor, purchase)
);

-- A payment that the sandbox bank makes only once its customer confirmed it.
-- Never erased: the bank answers the same key the same way.
CREATE TABLE confirmation (
    key       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    reference TEXT COLLATE "C" NOT NULL,
    amount    BIGINT           NOT NULL CHECK (amount > 0),
    asked     BIGINT           NOT NULL,
    confirmed BIGINT,                   -- when; null until then
    declined  BIGINT,                   -- likewise. One of them, and the first that came
    CHECK (confirmed IS NULL OR declined IS NULL)
);

-- Real money that the customer of a bank account was asked for. Never erased: the bank answers the same key the same way.
CREATE TABLE pay_in (
    key       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    reference TEXT COLLATE "C" NOT NULL,
    amount    BIGINT           NOT NULL CHECK (amount > 0),
    code      TEXT COLLATE "C" NOT NULL UNIQUE,   -- by which a transfer names it
    at        BIGINT           NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('asked', 'paid', 'called-off')),
    changed   BIGINT           NOT NULL,
    version   BIGINT           NOT NULL CHECK (version > 0)
);
CREATE INDEX pay_in_reference ON pay_in (reference, at);

-- One try at paying a pay_in on a payment provider's page. One of a pay_in waits at a time. Never erased: money can be given
-- back of it, and the provider's list is held against it.
CREATE TABLE attempt (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    pay_in    TEXT COLLATE "C" NOT NULL REFERENCES pay_in (key),
    n         BIGINT           NOT NULL CHECK (n > 0),
    reference TEXT COLLATE "C" NOT NULL,
    amount    BIGINT           NOT NULL CHECK (amount > 0),
    fee       BIGINT           NOT NULL CHECK (fee >= 0),
    at        BIGINT           NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('begun', 'open', 'ending', 'paid', 'failed')),
    session   TEXT COLLATE "C" NOT NULL,          -- as the provider names it; empty until it is open
    link      TEXT COLLATE "C" NOT NULL,          -- likewise
    charge    TEXT COLLATE "C" NOT NULL,          -- as the provider names what it was paid with; empty until then
    reason    TEXT COLLATE "C" NOT NULL,          -- why it failed; empty
    refunded  BIGINT           NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    closed    SMALLINT         NOT NULL CHECK (closed IN (0, 1)), -- nothing more can be given back of it
    next      BIGINT           NOT NULL,          -- when it is looked at next; 0 for not any more
    tries     BIGINT           NOT NULL,
    version   BIGINT           NOT NULL CHECK (version > 0),
    UNIQUE (pay_in, n)
);
CREATE UNIQUE INDEX attempt_waits ON attempt (pay_in) WHERE state IN ('begun', 'open');
CREATE INDEX attempt_next ON attempt (next) WHERE next > 0;
CREATE INDEX attempt_session ON attempt (session) WHERE session <> '';
CREATE INDEX attempt_charge ON attempt (charge) WHERE charge <> '';
CREATE INDEX attempt_refundable ON attempt (reference, at) WHERE state = 'paid';
CREATE INDEX attempt_at ON attempt (at);

-- Real money on its way out of a bank account, or a part of it: written down by the Change that took it out of the account,
-- carried out behind it. Never erased.
CREATE TABLE disbursement (
    key       TEXT COLLATE "C" NOT NULL,          -- of the order
    n         BIGINT           NOT NULL CHECK (n >= 0),
    id        TEXT COLLATE "C" NOT NULL UNIQUE,   -- names it to a provider
    reference TEXT COLLATE "C" NOT NULL,
    amount    BIGINT           NOT NULL CHECK (amount > 0),
    at        BIGINT           NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'ready', 'sent', 'done', 'failed')),
    means     TEXT COLLATE "C" NOT NULL CHECK (means IN ('', 'refund', 'payment', 'file')),
    attempt   TEXT COLLATE "C" NOT NULL,          -- what a refund is of; empty
    payee     TEXT COLLATE "C" NOT NULL,          -- to whom otherwise; empty
    given     TEXT COLLATE "C" NOT NULL,          -- as the provider names it; empty until it is sent
    reason    TEXT COLLATE "C" NOT NULL,          -- why it failed; empty
    changed   BIGINT           NOT NULL,
    next      BIGINT           NOT NULL,          -- when it is looked at next; 0 for not any more
    tries     BIGINT           NOT NULL,
    version   BIGINT           NOT NULL CHECK (version > 0),
    PRIMARY KEY (key, n)
);
CREATE INDEX disbursement_reference ON disbursement (reference, at);
CREATE INDEX disbursement_next ON disbursement (next) WHERE next > 0;
CREATE INDEX disbursement_given ON disbursement (given) WHERE given <> '';
CREATE INDEX disbursement_at ON disbursement (at);

-- Where money that leaves a bank account goes.
CREATE TABLE payee (
    reference TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL,
    iban      TEXT COLLATE "C" NOT NULL,          -- empty: not said
    connected TEXT COLLATE "C" NOT NULL,          -- the account at the payment provider; empty: none
    version   BIGINT           NOT NULL CHECK (version > 0)
);

-- Money that came in for nobody known, until the operator says whose it is. Never erased.
CREATE TABLE suspended (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    way       TEXT COLLATE "C" NOT NULL,
    at        BIGINT           NOT NULL,
    amount    BIGINT           NOT NULL CHECK (amount >= 0), -- 0 for another currency
    said      TEXT COLLATE "C" NOT NULL,
    named     TEXT COLLATE "C" NOT NULL,
    payer     TEXT COLLATE "C" NOT NULL,
    iban      TEXT COLLATE "C" NOT NULL,
    why       TEXT COLLATE "C" NOT NULL,
    settled   BIGINT           NOT NULL,          -- 0 while it waits
    outcome   TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,          -- the account that it was credited to; empty
    version   BIGINT           NOT NULL CHECK (version > 0)
);
CREATE INDEX suspended_waits ON suspended (at) WHERE settled = 0;

-- A payment provider's notice that was heard, so that it is heard once.
CREATE TABLE bank_heard (
    provider TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    about    TEXT COLLATE "C" NOT NULL,
    at       BIGINT           NOT NULL,
    PRIMARY KEY (provider, id)
);

-- A bank's file that was taken, so that it is taken once.
CREATE TABLE bank_file (
    message TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    digest  TEXT COLLATE "C" NOT NULL UNIQUE,
    at      BIGINT           NOT NULL
);
