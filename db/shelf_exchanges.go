package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// maxUnsettled bounds the exchanges that wait for the broker: while it is out
// of reach, anybody may bring more.
const maxUnsettled = 1000

// exchange remembers T4, its T5 in the outbox. The same order part again is
// fine: the first one's T5 stands. Unavailable: too many wait already.
func exchange(c change) error {
	e := c.Stall.Exchange
	if e == nil {
		return nil
	}
	if err := c.addExchange(*e); err != nil {
		return fmt.Errorf("remember an exchange: %w", err)
	}
	var digest string
	if err := c.get(&digest, `SELECT digest FROM exchange WHERE vendor = ? AND tx = ?`, c.of, e.Tx); err != nil {
		return fmt.Errorf("read an exchange: %w", err)
	}
	if digest != e.Digest {
		return scrip.TxConflict
	}
	if c.Stall.Settle == e.Tx {
		return nil // it does not stay
	}
	var waiting int
	if err := c.get(&waiting, `SELECT count(*) FROM exchange WHERE vendor = ? AND outbox IS NOT NULL`, c.of); err != nil {
		return fmt.Errorf("count exchanges: %w", err)
	}
	if waiting > maxUnsettled {
		return scrip.Unavailable
	}
	return nil
}

// addExchange inserts a row where there is none, and then its T5: a row that is
// there keeps its own.
func (c change) addExchange(e scrip.Exchange) error {
	key, err := encodeKey(e.Key)
	if err != nil {
		return err
	}
	n, err := c.exec(`INSERT INTO exchange (vendor, tx, pseudonym, key, value, digest, received, blessed, outbox)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, NULL) ON CONFLICT (vendor, tx) DO NOTHING`, c.of, e.Tx, e.From, key, e.Value, e.Digest, e.Since)
	if err != nil || n == 0 {
		return err
	}
	place, err := c.send(e.Outgoing)
	if err != nil {
		return err
	}
	err = c.do(`UPDATE exchange SET outbox = ? WHERE vendor = ? AND tx = ?`, place, c.of, e.Tx)
	return err
}

// settle lets T7 count once. Of the pseudonym's settled exchanges the last
// scrip.SettledKept stay.
func settle(c change) error {
	if c.Stall.Settle == "" {
		return nil
	}
	blessed := c.At
	if c.Stall.Exchange != nil {
		blessed = c.Stall.Exchange.Blessed
	}
	if err := c.strike(`SELECT outbox FROM exchange WHERE vendor = ? AND tx = ?`, c.of, c.Stall.Settle); err != nil {
		return err
	}
	if err := c.do(`UPDATE exchange SET blessed = ? WHERE vendor = ? AND tx = ?`, blessed, c.of, c.Stall.Settle); err != nil {
		return fmt.Errorf("settle an exchange: %w", err)
	}
	err := c.do(`DELETE FROM exchange WHERE vendor = ? AND seq IN (SELECT seq FROM exchange WHERE vendor = ? AND outbox IS NULL
		AND pseudonym = (SELECT pseudonym FROM exchange WHERE vendor = ? AND tx = ?) ORDER BY blessed DESC, seq DESC LIMIT 1000000 OFFSET ?)`,
		c.of, c.of, c.of, c.Stall.Settle, scrip.SettledKept)
	if err != nil {
		return fmt.Errorf("forget old exchanges: %w", err)
	}
	return nil
}

// abandon forgets an exchange that was refused for good, with its T5. One that
// was settled meanwhile stays, and so does one of the same tx that waits for
// the answer to another T5.
func abandon(c change) error {
	x := c.Stall.Abandon
	if x == nil {
		return nil
	}
	request, err := json.Marshal(x.Request)
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	err = c.strike(`SELECT x.outbox FROM exchange x JOIN outbox o ON o.vendor = x.vendor AND o.place = x.outbox
		WHERE x.vendor = ? AND x.tx = ? AND o.request = ?`, c.of, x.Tx, string(request))
	if errors.Is(err, scrip.ErrAnswered) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("abandon an exchange: %w", err)
	}
	err = c.do(`DELETE FROM exchange WHERE vendor = ? AND tx = ?`, c.of, x.Tx)
	return err
}

// Forgotten returns the time up to which settled exchanges of a pseudonym may
// have been forgotten: that of the oldest kept, once so many are.
func (s *Shelf) Forgotten(ctx context.Context, p scrip.Pseudonym) (int64, error) {
	var at int64
	err := s.db.get(ctx, &at, `SELECT blessed FROM exchange WHERE vendor = ? AND pseudonym = ? AND outbox IS NULL
		ORDER BY blessed DESC, seq DESC LIMIT 1 OFFSET ?`, s.of, p, scrip.SettledKept-1)
	if errors.Is(err, scrip.ErrAbsent) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the oldest settled exchange: %w", err)
	}
	return at, nil
}

// Settled reports whether a pseudonym ever got VendorScrip in exchange.
func (s *Shelf) Settled(ctx context.Context, p scrip.Pseudonym) (bool, error) {
	var there int
	err := s.db.get(ctx, &there, `SELECT 1 FROM exchange WHERE vendor = ? AND pseudonym = ? AND outbox IS NULL LIMIT 1`, s.of, p)
	if errors.Is(err, scrip.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a pseudonym's exchange: %w", err)
	}
	return true, nil
}

type exchangeRow struct {
	Tx        scrip.ID       `db:"tx"`
	Pseudonym string         `db:"pseudonym"`
	Key       sql.NullString `db:"key"`
	Value     scrip.Money    `db:"value"`
	Digest    string         `db:"digest"`
	Received  int64          `db:"received"`
	Settled   bool           `db:"settled"`
	Blessed   int64          `db:"blessed"`
	outgoingRow
}

func (r exchangeRow) exchange() (scrip.Exchange, error) {
	key, err := decodeKey(r.Key)
	if err != nil {
		return scrip.Exchange{}, err
	}
	out, err := r.fill(scrip.Outgoing{Tx: r.Tx, From: r.Pseudonym, Digest: r.Digest, Since: r.Received})
	return scrip.Exchange{Outgoing: out, Key: key, Value: r.Value, Settled: r.Settled, Blessed: r.Blessed}, err
}

var selectExchange = `SELECT x.tx, x.pseudonym, x.key, x.value, x.digest, x.received, x.outbox IS NULL AS settled, x.blessed, ` +
	outgoingColumns + ` FROM exchange x` + outgoing.shelf

// Exchange returns an exchange, or scrip.ErrAbsent. A settled one has neither
// its request nor its reply keys any more.
func (s *Shelf) Exchange(ctx context.Context, tx scrip.ID) (scrip.Exchange, error) {
	return one(ctx, s.db, "read an exchange", exchangeRow.exchange, selectExchange+`WHERE x.vendor = ? AND x.tx = ?`, s.of, tx)
}

// Unsettled lists up to limit exchanges that wait for T7 and are not set aside,
// oldest first.
func (s *Shelf) Unsettled(ctx context.Context, limit int) ([]scrip.Exchange, error) {
	return many(ctx, s.db, "list unsettled exchanges", exchangeRow.exchange, selectExchange+`WHERE x.vendor = ? AND x.outbox IS NOT NULL
		AND x.tx NOT IN (SELECT id FROM aside WHERE vendor = ?) ORDER BY x.outbox LIMIT ?`, s.of, s.of, limit)
}
