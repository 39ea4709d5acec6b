-- The books of a broker (protocol section 6). Times are unix seconds, amounts
-- minor units of its one currency, digests and thumbprints SHA-256 in unpadded
-- base64url, IDs 128 random bits likewise.

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

-- A slot holds one or two secrets. Slots are of one size and never move: a
-- b-tree that splits or merges pages leaves copies of moved rows behind, which
-- secure_delete does not know of. Triggers overwrite a slot where it stands
-- when its owner dies, and it is used again.
CREATE TABLE vault (
    slot   INTEGER PRIMARY KEY,
    used   INTEGER NOT NULL CHECK (used IN (0, 1)),
    secret BLOB    NOT NULL CHECK (length(secret) = 64)
) STRICT;
CREATE INDEX vault_free ON vault (slot) WHERE used = 0;

-- The broker's KEYS, from the first. None is ever erased: what an old key signed
-- in its time stays good.
CREATE TABLE broker_keys (
    serial INTEGER NOT NULL PRIMARY KEY CHECK (serial > 0),
    signed TEXT    NOT NULL UNIQUE       -- JWS
) STRICT;

-- The last number of a feed, which is read "after number N". Who numbers something
-- holds the row until the commit: so nothing that has a lower number comes later.
CREATE TABLE feed (
    vendor TEXT    NOT NULL,             -- whose; empty: the broker's own
    name   TEXT    NOT NULL,             -- 'holds' of a stall; the broker's 'stalls'
    last   INTEGER NOT NULL CHECK (last > 0),
    PRIMARY KEY (vendor, name)
) STRICT, WITHOUT ROWID;

-- An account: a peer that R1 made known. Never erased.
CREATE TABLE account (
    id         TEXT    NOT NULL PRIMARY KEY,
    thumbprint TEXT    NOT NULL UNIQUE,  -- of key
    key        TEXT    NOT NULL,         -- JWK; signs for the account now
    bank       TEXT    NOT NULL,         -- the bank's reference
    name       TEXT    NOT NULL,
    counter    INTEGER NOT NULL,         -- the last T1's, BANK's or REKEY's
    opened     INTEGER NOT NULL
) STRICT;

-- Whose each key is that an account has, or had before REKEY. Never erased: what was signed with it
-- is answered again, and nobody has it another time.
CREATE TABLE account_key (
    thumbprint TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES account (id),
    key        TEXT    NOT NULL          -- JWK
) STRICT, WITHOUT ROWID;

-- A stall: a merchant that R3 made known, with its newest certificate. Never
-- erased: a revoked one is marked.
CREATE TABLE stall (
    number      INTEGER NOT NULL PRIMARY KEY, -- in the feed of stalls, the directory
    vendor      TEXT    NOT NULL UNIQUE,
    account     TEXT    NOT NULL REFERENCES account (id),
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL,        -- by which an owner's stalls are put in order
    thumbprint  TEXT    NOT NULL UNIQUE, -- of signing
    signing     TEXT    NOT NULL,        -- JWK
    envelope    TEXT    NOT NULL,        -- JWK
    base_url    TEXT    NOT NULL,
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    jws         TEXT    NOT NULL,        -- the certificate as signed
    revoked     INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    renamed     INTEGER NOT NULL DEFAULT 0   -- the counter of its last RENAME; 0: none
) STRICT;
CREATE INDEX stall_account ON stall (account);

-- A look of a stall's name: no other stall's name has it, be the stall revoked. That
-- of a name that a stall had is its own until then; erased when another takes it.
CREATE TABLE stall_look (
    look   TEXT    NOT NULL PRIMARY KEY,
    vendor TEXT    NOT NULL REFERENCES stall (vendor),
    name   TEXT    NOT NULL,
    until  INTEGER NOT NULL                  -- unix seconds; 0: it is the stall's name now
) STRICT, WITHOUT ROWID;
CREATE INDEX stall_look_vendor ON stall_look (vendor);

-- An alias: the account behind a pseudonym at one vendor, written with T5.
-- Nobody but the broker knows. Never erased: T12 comes when it comes.
CREATE TABLE alias (
    pseudonym TEXT NOT NULL,
    vendor    TEXT NOT NULL REFERENCES stall (vendor),
    account   TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (pseudonym, vendor)
) STRICT, WITHOUT ROWID;

-- A live BrokerScrip: one of an account at most. Erased when it is spent,
-- withdrawn or renewed, with its slot: MasterScripSecret, MasterCustomerSecret.
CREATE TABLE scrip (
    scrip_id   TEXT    NOT NULL PRIMARY KEY,
    cust_id    TEXT    NOT NULL,
    value      INTEGER NOT NULL CHECK (value > 0),
    made       INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    currency   TEXT    NOT NULL CHECK (length(currency) = 3),
    holder     TEXT    NOT NULL CHECK (holder <> '') UNIQUE REFERENCES account (id),
    holder_key TEXT,                     -- JWK; null: the account's
    slot       INTEGER NOT NULL REFERENCES vault (slot), -- in use by nothing else
    lock_tx    TEXT,
    lock_until INTEGER,
    CHECK ((lock_tx IS NULL) = (lock_until IS NULL))
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER scrip_erase AFTER DELETE ON scrip BEGIN
    UPDATE vault SET used = 0, secret = zeroblob(64) WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

-- A stored reply: what the same request is answered again. Erased with the
-- scrip it brought; one that brought none stays.
CREATE TABLE stored_reply (
    sender   TEXT NOT NULL,
    typ      TEXT NOT NULL,
    tx       TEXT NOT NULL,
    digest   TEXT NOT NULL,              -- of the request's signed payload
    reply    TEXT NOT NULL,              -- JSON of scrip.Sealed
    scrip_id TEXT REFERENCES scrip (scrip_id) ON DELETE CASCADE,
    PRIMARY KEY (sender, typ, tx)
) STRICT;
CREATE INDEX stored_reply_scrip ON stored_reply (scrip_id) WHERE scrip_id IS NOT NULL;

-- An announcement: a T3 taken note of. Erased with its scrip. slot: T3's reply key.
CREATE TABLE announced (
    tx        TEXT    NOT NULL PRIMARY KEY,
    scrip_id  TEXT    NOT NULL REFERENCES scrip (scrip_id) ON DELETE CASCADE,
    account   TEXT    NOT NULL REFERENCES account (id),
    vendor    TEXT    NOT NULL,
    pseudonym TEXT    NOT NULL,
    value     INTEGER NOT NULL CHECK (value > 0),
    deadline  INTEGER NOT NULL,
    digest    TEXT    NOT NULL,          -- of T3's signed payload
    proof     TEXT    NOT NULL,          -- digest of T3-possession's
    slot      INTEGER NOT NULL UNIQUE REFERENCES vault (slot)
) STRICT;
CREATE INDEX announced_scrip ON announced (scrip_id);
CREATE INDEX announced_deadline ON announced (deadline);
-- +goose StatementBegin
CREATE TRIGGER announced_erase AFTER DELETE ON announced BEGIN
    UPDATE vault SET used = 0, secret = zeroblob(64) WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

-- A request to a merchant (T16, with T15's order part), as it is sent until it
-- is answered for good; then it is erased, and with it what waited for it.
-- slot: the reply key of T15, that of T16.
CREATE TABLE outbox (
    place   INTEGER PRIMARY KEY,
    request TEXT    NOT NULL,            -- JSON of scrip.Sealed
    slot    INTEGER NOT NULL UNIQUE REFERENCES vault (slot)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER outbox_erase AFTER DELETE ON outbox BEGIN
    UPDATE vault SET used = 0, secret = zeroblob(64) WHERE slot = OLD.slot;
END;
-- +goose StatementEnd

-- An extension: a T15 that waits for its merchant. While its BrokerScrip is
-- held, that is scrip_id; once its change was given, scrip_id is the change.
-- Erased with the T16 it waits for.
CREATE TABLE extension (
    tx          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES account (id),
    vendor      TEXT    NOT NULL REFERENCES stall (vendor),
    value       INTEGER NOT NULL CHECK (value > 0),
    scrip_id    TEXT    NOT NULL,        -- empty when nothing was left
    held        INTEGER NOT NULL CHECK (held IN (0, 1)),
    digest      TEXT    NOT NULL,        -- of T15's payment part
    received    INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    aside       TEXT    NOT NULL,        -- why the bank would not take it back; empty while it goes on
    outbox      INTEGER NOT NULL UNIQUE REFERENCES outbox (place) ON DELETE CASCADE,
    CHECK (aside = '' OR held = 0)
) STRICT;
CREATE INDEX extension_account ON extension (account);

-- A stall that does not answer the broker's CALL: as the log has it. Erased with the
-- first word of the stall that is logged.
CREATE TABLE silence (
    vendor TEXT    NOT NULL PRIMARY KEY REFERENCES stall (vendor),
    since  INTEGER NOT NULL,             -- the first CALL without an answer
    last   INTEGER NOT NULL CHECK (last >= since),
    days   INTEGER NOT NULL CHECK (days > 0)
) STRICT, WITHOUT ROWID;

-- An account of the books. All balances sum to zero; only the world's may be
-- negative. A float or a reserve is of one account at one stall, and erased when
-- nothing is left in it; the others never are.
CREATE TABLE ledger (
    account TEXT    NOT NULL PRIMARY KEY CHECK (account <> ''),
    balance INTEGER NOT NULL CHECK (balance >= 0 OR account = 'world')
) STRICT, WITHOUT ROWID;
INSERT INTO ledger (account, balance) VALUES ('world', 0), ('outstanding', 0);

-- A record of the log, written by the Change that it tells of. leaf is the JSON of a
-- scrip.Record; the columns repeat it so that it can be searched. What the tree holds
-- of it is its entry (services/tree), which commits to the leaf under the salt. Nothing
-- of the log is changed or erased, ever. id says nothing of the order: log_seq does.
CREATE TABLE log (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL CHECK (kind <> ''),
    tx      TEXT    NOT NULL,
    account TEXT    NOT NULL,            -- empty when the record has none
    vendor  TEXT    NOT NULL,            -- empty when the record has none
    amount  INTEGER NOT NULL,            -- 0 when the record has none
    leaf    BLOB    NOT NULL,
    salt    BLOB    NOT NULL CHECK (length(salt) = 16)
) STRICT;

-- A record is there once. One tx of an account is one T3, T9, T15, PAYOUT or RESCUE,
-- whatever stall it names. One tx of a stall is one T12, whoever bought: REFUND names a
-- purchase by it.
CREATE UNIQUE INDEX log_once ON log (tx, kind,
    (CASE WHEN kind = 'T12' THEN '' ELSE account END),
    (CASE WHEN kind IN ('T3', 'T9', 'T15', 'PAYOUT', 'RESCUE') THEN '' ELSE vendor END));

-- A posting of a record, so that movements of a bank account can be listed.
CREATE TABLE log_posting (
    record      INTEGER NOT NULL REFERENCES log (id),
    n           INTEGER NOT NULL,
    from_ledger TEXT    NOT NULL,
    to_ledger   TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (record, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_posting_from_bank ON log_posting (from_ledger, record) WHERE substr(from_ledger, 1, 5) = 'bank:';
CREATE INDEX log_posting_to_bank ON log_posting (to_ledger, record) WHERE substr(to_ledger, 1, 5) = 'bank:';

-- A record that has no number yet, with the text of its entry. Its Change takes the
-- place last: see db/books_sequence.go. Erased when it has its number.
CREATE TABLE log_staged (
    place  INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES log (id),
    entry  TEXT    NOT NULL
) STRICT;

-- The number of a record, from 0 and without a gap: its place in the tree.
CREATE TABLE log_seq (
    seq    INTEGER PRIMARY KEY CHECK (seq >= 0),
    record INTEGER NOT NULL UNIQUE REFERENCES log (id)
) STRICT;

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
    vendor TEXT NOT NULL,
    tx     TEXT NOT NULL,
    digest TEXT NOT NULL,                -- of T12's signed payload
    PRIMARY KEY (vendor, tx)
) STRICT, WITHOUT ROWID;

-- A signed message that a record keeps, so that who has it can find the record.
CREATE TABLE log_message (
    digest TEXT    NOT NULL,
    seq    INTEGER NOT NULL REFERENCES log_seq (seq),
    PRIMARY KEY (digest, seq)
) STRICT, WITHOUT ROWID;

-- What the records of a day, by their times, add up to, as far as they have numbers: what
-- was sold, and by how much the floats and what is held grew. For the operator's charts.
CREATE TABLE log_day (
    day   INTEGER PRIMARY KEY,           -- unix seconds: its beginning, UTC
    sold  INTEGER NOT NULL,
    float INTEGER NOT NULL,
    held  INTEGER NOT NULL
) STRICT;

-- A hash of the Merkle tree over the entries (RFC 6962), numbered as in
-- golang.org/x/mod/sumdb/tlog.
CREATE TABLE log_hash (
    idx  INTEGER PRIMARY KEY CHECK (idx >= 0),
    hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- A head that was signed. Every one stays, so that what the world was told can
-- be held against the log.
CREATE TABLE log_head (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    at   INTEGER NOT NULL,
    note TEXT    NOT NULL
) STRICT;

-- What each witness cosigned last.
CREATE TABLE log_cosignature (
    witness TEXT    NOT NULL PRIMARY KEY, -- its key, as notes have it
    size    INTEGER NOT NULL REFERENCES log_head (size),
    at      INTEGER NOT NULL,             -- when it came, by the broker's clock
    line    TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_posting_no_update BEFORE UPDATE ON log_posting BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_posting_no_delete BEFORE DELETE ON log_posting BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_staged_no_update BEFORE UPDATE ON log_staged BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_staged_no_delete BEFORE DELETE ON log_staged
WHEN NOT EXISTS (SELECT 1 FROM log_seq WHERE record = OLD.record) BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_seq_no_update BEFORE UPDATE ON log_seq BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_seq_no_delete BEFORE DELETE ON log_seq BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_batch_no_update BEFORE UPDATE ON log_batch
WHEN (NEW.vendor, NEW.tx, NEW.digest) <> (OLD.vendor, OLD.tx, OLD.digest) BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_batch_no_delete BEFORE DELETE ON log_batch BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_message_no_update BEFORE UPDATE ON log_message BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_message_no_delete BEFORE DELETE ON log_message BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_hash_no_update BEFORE UPDATE ON log_hash BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_hash_no_delete BEFORE DELETE ON log_hash BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_head_no_update BEFORE UPDATE ON log_head BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_head_no_delete BEFORE DELETE ON log_head BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
-- +goose StatementEnd

-- A purchase that was refunded, whole or in part. Never erased: its total must
-- not pass its price.
CREATE TABLE refunded (
    vendor   TEXT    NOT NULL REFERENCES stall (vendor),
    purchase TEXT    NOT NULL,           -- tx of T10
    price    INTEGER NOT NULL CHECK (price > 0),
    total    INTEGER NOT NULL CHECK (total BETWEEN 0 AND price),
    PRIMARY KEY (vendor, purchase)
) STRICT, WITHOUT ROWID;

-- A purchase that was rated, as it is published: its last RATE, and the ANSWER to
-- that, which the log has too. Never erased. first: digest of its first RATE.
CREATE TABLE rating (
    number      INTEGER PRIMARY KEY,
    vendor      TEXT    NOT NULL REFERENCES stall (vendor),
    purchase    TEXT    NOT NULL,        -- tx of T10
    pseudonym   TEXT    NOT NULL,
    stars       INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    counter     INTEGER NOT NULL,
    rated       INTEGER NOT NULL,        -- the first RATE
    first       TEXT    NOT NULL UNIQUE,
    at          INTEGER NOT NULL,
    digest      TEXT    NOT NULL UNIQUE,
    jws         TEXT    NOT NULL,
    answered    INTEGER NOT NULL DEFAULT 0,
    answer      TEXT    NOT NULL DEFAULT '',
    UNIQUE (vendor, purchase),
    CHECK ((answered = 0) = (answer = ''))
) STRICT;
CREATE INDEX rating_vendor ON rating (vendor, number, stars);

-- A hold: the price of a protected purchase, in its stall's held, until one event
-- ends it (services/scrip/hold.json). Never erased: both sides ask what became of it.
CREATE TABLE hold (
    vendor       TEXT    NOT NULL REFERENCES stall (vendor),
    purchase     TEXT    NOT NULL,       -- tx of T10
    account      TEXT    NOT NULL REFERENCES account (id), -- the buyer's
    pseudonym    TEXT    NOT NULL,
    price        INTEGER NOT NULL CHECK (price > 0),
    covered      INTEGER NOT NULL CHECK (covered BETWEEN 1 AND price),
    left         INTEGER NOT NULL CHECK (left >= 0),
    to_buyer     INTEGER NOT NULL CHECK (to_buyer >= 0),
    to_seller    INTEGER NOT NULL CHECK (to_seller >= 0),
    send_by      INTEGER NOT NULL,
    check_within INTEGER NOT NULL CHECK (check_within > 0),
    paid         INTEGER NOT NULL,
    sent         INTEGER NOT NULL,       -- SENT's time; 0 until then
    state        TEXT    NOT NULL CHECK (state IN ('held', 'sent', 'disputed', 'released', 'reclaimed', 'decided', 'refunded')),
    since        INTEGER NOT NULL,
    due          INTEGER,                -- when time ends it; null for never
    decision     TEXT    NOT NULL,       -- DECIDED's JWS; empty until then
    seq          INTEGER NOT NULL,       -- in the stall's feed: the last that changed has the highest
    PRIMARY KEY (vendor, purchase),
    UNIQUE (vendor, seq),
    CHECK (left + to_buyer + to_seller <= covered),
    CHECK ((state IN ('held', 'sent', 'disputed')) = (left > 0)),
    CHECK (due IS NULL OR state IN ('held', 'sent'))
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_due ON hold (due, vendor, seq) WHERE due IS NOT NULL;
CREATE INDEX hold_sent ON hold (since, vendor, seq) WHERE state = 'sent';
CREATE INDEX hold_disputed ON hold (since) WHERE state = 'disputed';
CREATE INDEX hold_decided ON hold (since) WHERE state = 'decided';
CREATE INDEX hold_counted ON hold (vendor, state, to_buyer, to_seller);
CREATE INDEX hold_parcel ON hold (vendor, sent) WHERE sent > 0;

-- What a party shows of a disputed purchase: a DISPUTE or a DEFEND in the log.
CREATE TABLE showing (
    vendor   TEXT    NOT NULL,
    purchase TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    n        INTEGER NOT NULL CHECK (n BETWEEN 1 AND 13),
    tx       TEXT    NOT NULL,
    photo    TEXT    NOT NULL,           -- digest of the exhibit that it brings; empty for none
    PRIMARY KEY (vendor, purchase, kind, n),
    FOREIGN KEY (vendor, purchase) REFERENCES hold (vendor, purchase)
) STRICT, WITHOUT ROWID;

-- A photo that a party shows of a disputed purchase, as it was sent. Never erased.
CREATE TABLE exhibit (
    vendor   TEXT NOT NULL,
    purchase TEXT NOT NULL,
    digest   TEXT NOT NULL,
    jpeg     BLOB NOT NULL,
    PRIMARY KEY (vendor, purchase, digest),
    FOREIGN KEY (vendor, purchase) REFERENCES hold (vendor, purchase)
) STRICT;

-- A payment that the sandbox bank makes only once its customer confirmed it.
-- Never erased: the bank answers the same key the same way.
CREATE TABLE confirmation (
    key       TEXT    NOT NULL PRIMARY KEY,
    reference TEXT    NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount > 0),
    asked     INTEGER NOT NULL,
    confirmed INTEGER,                   -- when; null until then
    declined  INTEGER,                   -- likewise. One of them, and the first that came
    CHECK (confirmed IS NULL OR declined IS NULL)
) STRICT;

-- Real money that the customer of a bank account was asked for. Never erased: the bank answers the same key the same way.
CREATE TABLE pay_in (
    key       TEXT    NOT NULL PRIMARY KEY,
    reference TEXT    NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount > 0),
    code      TEXT    NOT NULL UNIQUE,   -- by which a transfer names it
    at        INTEGER NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('asked', 'paid', 'called-off')),
    changed   INTEGER NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0)
) STRICT;
CREATE INDEX pay_in_reference ON pay_in (reference, at);

-- One try at paying a pay_in on a payment provider's page. One of a pay_in waits at a time. Never erased: money can be given
-- back of it, and the provider's list is held against it.
CREATE TABLE attempt (
    id        TEXT    NOT NULL PRIMARY KEY,
    pay_in    TEXT    NOT NULL REFERENCES pay_in (key),
    n         INTEGER NOT NULL CHECK (n > 0),
    reference TEXT    NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount > 0),
    fee       INTEGER NOT NULL CHECK (fee >= 0),
    at        INTEGER NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('begun', 'open', 'ending', 'paid', 'failed')),
    session   TEXT    NOT NULL,          -- as the provider names it; empty until it is open
    link      TEXT    NOT NULL,          -- likewise
    charge    TEXT    NOT NULL,          -- as the provider names what it was paid with; empty until then
    reason    TEXT    NOT NULL,          -- why it failed; empty
    refunded  INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    closed    INTEGER NOT NULL CHECK (closed IN (0, 1)), -- nothing more can be given back of it
    next      INTEGER NOT NULL,          -- when it is looked at next; 0 for not any more
    tries     INTEGER NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0),
    UNIQUE (pay_in, n)
) STRICT;
CREATE UNIQUE INDEX attempt_waits ON attempt (pay_in) WHERE state IN ('begun', 'open');
CREATE INDEX attempt_next ON attempt (next) WHERE next > 0;
CREATE INDEX attempt_session ON attempt (session) WHERE session <> '';
CREATE INDEX attempt_charge ON attempt (charge) WHERE charge <> '';
CREATE INDEX attempt_refundable ON attempt (reference, at) WHERE state = 'paid';
CREATE INDEX attempt_at ON attempt (at);

-- Real money on its way out of a bank account, or a part of it: written down by the Change that took it out of the account,
-- carried out behind it. Never erased.
CREATE TABLE disbursement (
    key       TEXT    NOT NULL,          -- of the order
    n         INTEGER NOT NULL CHECK (n >= 0),
    id        TEXT    NOT NULL UNIQUE,   -- names it to a provider
    reference TEXT    NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount > 0),
    at        INTEGER NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('queued', 'ready', 'sent', 'done', 'failed')),
    means     TEXT    NOT NULL CHECK (means IN ('', 'refund', 'payment', 'file')),
    attempt   TEXT    NOT NULL,          -- what a refund is of; empty
    payee     TEXT    NOT NULL,          -- to whom otherwise; empty
    given     TEXT    NOT NULL,          -- as the provider names it; empty until it is sent
    reason    TEXT    NOT NULL,          -- why it failed; empty
    changed   INTEGER NOT NULL,
    next      INTEGER NOT NULL,          -- when it is looked at next; 0 for not any more
    tries     INTEGER NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (key, n)
) STRICT;
CREATE INDEX disbursement_reference ON disbursement (reference, at);
CREATE INDEX disbursement_next ON disbursement (next) WHERE next > 0;
CREATE INDEX disbursement_given ON disbursement (given) WHERE given <> '';
CREATE INDEX disbursement_at ON disbursement (at);

-- Where money that leaves a bank account goes.
CREATE TABLE payee (
    reference TEXT    NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL,
    iban      TEXT    NOT NULL,          -- empty: not said
    connected TEXT    NOT NULL,          -- the account at the payment provider; empty: none
    version   INTEGER NOT NULL CHECK (version > 0)
) STRICT;

-- Money that came in for nobody known, until the operator says whose it is. Never erased.
CREATE TABLE suspended (
    id        TEXT    NOT NULL PRIMARY KEY,
    way       TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount >= 0), -- 0 for another currency
    said      TEXT    NOT NULL,
    named     TEXT    NOT NULL,
    payer     TEXT    NOT NULL,
    iban      TEXT    NOT NULL,
    why       TEXT    NOT NULL,
    settled   INTEGER NOT NULL,          -- 0 while it waits
    outcome   TEXT    NOT NULL,
    reference TEXT    NOT NULL,          -- the account that it was credited to; empty
    version   INTEGER NOT NULL CHECK (version > 0)
) STRICT;
CREATE INDEX suspended_waits ON suspended (at) WHERE settled = 0;

-- A payment provider's notice that was heard, so that it is heard once.
CREATE TABLE bank_heard (
    provider TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    about    TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) STRICT, WITHOUT ROWID;

-- A bank's file that was taken, so that it is taken once.
CREATE TABLE bank_file (
    message TEXT    NOT NULL PRIMARY KEY,
    digest  TEXT    NOT NULL UNIQUE,
    at      INTEGER NOT NULL
) STRICT;
