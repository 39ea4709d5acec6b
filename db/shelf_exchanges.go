package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// maxUnsettled bounds the exchanges that wait for the broker: while it is out
// of reach, anybody may bring more.
const maxUnsettled = 1000

// exchange remembers T4. The same order again is fine: the first one's T5
// stands. Unavailable: too many wait already.
func exchange(c change) error {
	e := c.Stall.Exchange
	if e == nil {
		return nil
	}
	if err := c.addExchange(*e); err != nil {
		return fmt.Errorf("remember an exchange: %w", err)
	}
	var digest string
	if err := c.get(&digest, `SELECT order_digest FROM exchange WHERE tx = ?`, e.Tx); err != nil {
		return fmt.Errorf("read an exchange: %w", err)
	}
	if digest != e.OrderDigest {
		return scrip.TxConflict
	}
	if c.Stall.Settle == e.Tx {
		return nil // it does not stay
	}
	var waiting int
	if err := c.get(&waiting, `SELECT count(*) FROM exchange WHERE settled = 0`); err != nil {
		return fmt.Errorf("count exchanges: %w", err)
	}
	if waiting > maxUnsettled {
		return scrip.Unavailable
	}
	return nil
}

// addExchange inserts a row where there is none, and then its keys: a row that
// is there keeps its own.
func (c change) addExchange(e scrip.Exchange) error {
	key, err := encodeKey(e.Key)
	if err != nil {
		return err
	}
	request, err := json.Marshal(e.Request)
	if err != nil {
		return err
	}
	n, err := c.exec(`INSERT INTO exchange
		(tx, pseudonym, key, value, order_digest, request, received, settled, slot) VALUES (?, ?, ?, ?, ?, ?, ?, 1, NULL)
		ON CONFLICT (tx) DO NOTHING`, e.Tx, e.Pseudonym, key, e.Value, e.OrderDigest, string(request), e.Received)
	if err != nil || n == 0 || e.Settled {
		return err
	}
	slot, err := c.keep(e.ReplyKey[:], e.RequestKey[:])
	if err != nil {
		return fmt.Errorf("keep its reply keys: %w", err)
	}
	_, err = c.exec(`UPDATE exchange SET settled = 0, slot = ? WHERE tx = ?`, slot, e.Tx)
	return err
}

// settle lets T7 count once, and erases the exchange's keys. Of the pseudonym's
// settled exchanges the last scrip.SettledKept stay.
func settle(c change) error {
	if c.Stall.Settle == "" {
		return nil
	}
	blessed := c.At
	if c.Stall.Exchange != nil {
		blessed = c.Stall.Exchange.Blessed
	}
	err := c.must(scrip.ErrAnswered, `UPDATE exchange SET settled = 1, slot = NULL, request = '{}', blessed = ?
		WHERE tx = ? AND settled = 0`, blessed, c.Stall.Settle)
	if err != nil {
		return err
	}
	_, err = c.exec(`DELETE FROM exchange WHERE seq IN (SELECT seq FROM exchange WHERE settled = 1
		AND pseudonym = (SELECT pseudonym FROM exchange WHERE tx = ?) ORDER BY blessed DESC, seq DESC LIMIT 1000000 OFFSET ?)`,
		c.Stall.Settle, scrip.SettledKept)
	if err != nil {
		return fmt.Errorf("forget old exchanges: %w", err)
	}
	return nil
}

// Forgotten returns the time up to which settled exchanges of a pseudonym may
// have been forgotten: that of the oldest kept, once so many are.
func (s *Shelf) Forgotten(ctx context.Context, p scrip.Pseudonym) (int64, error) {
	var at int64
	err := s.db.get(ctx, &at, `SELECT blessed FROM exchange WHERE pseudonym = ? AND settled = 1
		ORDER BY blessed DESC, seq DESC LIMIT 1 OFFSET ?`, p, scrip.SettledKept-1)
	if errors.Is(err, scrip.ErrAbsent) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the oldest settled exchange: %w", err)
	}
	return at, nil
}

// abandon forgets an exchange that was refused for good, and erases its keys.
// One that was settled meanwhile stays, and so does one of the same tx that
// waits for the answer to another T5.
func abandon(c change) error {
	if c.Stall.Abandon == nil {
		return nil
	}
	request, err := json.Marshal(c.Stall.Abandon.Request)
	if err != nil {
		return err
	}
	n, err := c.exec(`UPDATE exchange SET settled = 1, slot = NULL WHERE tx = ? AND settled = 0 AND request = ?`,
		c.Stall.Abandon.Tx, string(request))
	if err != nil || n == 0 {
		return err
	}
	_, err = c.exec(`DELETE FROM exchange WHERE tx = ?`, c.Stall.Abandon.Tx)
	return err
}

type exchangeRow struct {
	Tx          scrip.ID        `db:"tx"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Key         sql.NullString  `db:"key"`
	Value       scrip.Money     `db:"value"`
	OrderDigest string          `db:"order_digest"`
	Request     string          `db:"request"`
	Received    int64           `db:"received"`
	Settled     bool            `db:"settled"`
	Blessed     int64           `db:"blessed"`
	Secret      []byte          `db:"secret"` // nil once settled
}

func (r exchangeRow) exchange() (scrip.Exchange, error) {
	key, err := decodeKey(r.Key)
	if err != nil {
		return scrip.Exchange{}, err
	}
	e := scrip.Exchange{
		Tx: r.Tx, Pseudonym: r.Pseudonym, Key: key, Value: r.Value, OrderDigest: r.OrderDigest,
		Received: r.Received, Settled: r.Settled, Blessed: r.Blessed,
	}
	if err := json.Unmarshal([]byte(r.Request), &e.Request); err != nil {
		return scrip.Exchange{}, fmt.Errorf("decode a stored request: %w", err)
	}
	if r.Secret != nil {
		e.ReplyKey, e.RequestKey = jose.ReplyKey(r.Secret[:secretSize]), jose.ReplyKey(r.Secret[secretSize:])
	}
	return e, nil
}

const selectExchange = `SELECT e.tx, e.pseudonym, e.key, e.value, e.order_digest, e.request, e.received, e.settled,
	e.blessed, v.secret FROM exchange e LEFT JOIN vault v ON v.slot = e.slot `

// Exchange returns an exchange, or scrip.ErrAbsent. A settled one has neither
// its request nor its reply keys any more.
func (s *Shelf) Exchange(ctx context.Context, tx scrip.ID) (scrip.Exchange, error) {
	var r exchangeRow
	if err := s.db.get(ctx, &r, selectExchange+`WHERE e.tx = ?`, tx); err != nil {
		return scrip.Exchange{}, fmt.Errorf("read an exchange: %w", err)
	}
	return r.exchange()
}

// Unsettled lists up to limit exchanges that wait for T7, oldest first.
func (s *Shelf) Unsettled(ctx context.Context, limit int) ([]scrip.Exchange, error) {
	var rows []exchangeRow
	err := s.db.list(ctx, &rows, selectExchange+`WHERE e.settled = 0 ORDER BY e.seq LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list unsettled exchanges: %w", err)
	}
	return convert(rows, exchangeRow.exchange)
}
