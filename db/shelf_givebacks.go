package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// giveBack remembers T22. The same order again is fine: the first one's T23
// stands.
func giveBack(c change) error {
	g := c.Stall.GiveBack
	if g == nil {
		return nil
	}
	var digest string
	err := c.get(&digest, `SELECT order_digest FROM giveback WHERE tx = ?`, g.Tx)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return c.addGiveBack(*g)
	case err != nil:
		return fmt.Errorf("read a giveback: %w", err)
	case digest != g.OrderDigest:
		return scrip.TxConflict
	}
	return nil
}

func (c change) addGiveBack(g scrip.GiveBack) error {
	request, err := json.Marshal(g.Request)
	if err != nil {
		return fmt.Errorf("remember a giveback: %w", err)
	}
	slot, err := c.keep(g.ReplyKey[:], g.RequestKey[:])
	if err != nil {
		return fmt.Errorf("keep the reply keys of a giveback: %w", err)
	}
	_, err = c.exec(`INSERT INTO giveback
		(tx, scrip_id, pseudonym, value, order_digest, request, received, slot) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		g.Tx, g.ScripID, g.Pseudonym, g.Value, g.OrderDigest, string(request), g.Received, slot)
	if err != nil {
		return fmt.Errorf("remember a giveback: %w", err)
	}
	return nil
}

// givenBack lets the broker's answer count once, and erases the keys.
func givenBack(c change) error {
	if c.Stall.GivenBack == "" {
		return nil
	}
	return c.must(scrip.ErrAnswered, `DELETE FROM giveback WHERE tx = ?`, c.Stall.GivenBack)
}

type giveBackRow struct {
	Tx          scrip.ID        `db:"tx"`
	ScripID     scrip.ID        `db:"scrip_id"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Value       scrip.Money     `db:"value"`
	OrderDigest string          `db:"order_digest"`
	Request     string          `db:"request"`
	Received    int64           `db:"received"`
	Secret      []byte          `db:"secret"`
}

func (r giveBackRow) giveBack() (scrip.GiveBack, error) {
	g := scrip.GiveBack{
		Tx: r.Tx, ScripID: r.ScripID, Pseudonym: r.Pseudonym, Value: r.Value, OrderDigest: r.OrderDigest, Received: r.Received,
		ReplyKey: jose.ReplyKey(r.Secret[:secretSize]), RequestKey: jose.ReplyKey(r.Secret[secretSize:]),
	}
	if err := json.Unmarshal([]byte(r.Request), &g.Request); err != nil {
		return scrip.GiveBack{}, fmt.Errorf("decode a stored request: %w", err)
	}
	return g, nil
}

const selectGiveBack = `SELECT g.tx, g.scrip_id, g.pseudonym, g.value, g.order_digest, g.request, g.received, v.secret
	FROM giveback g JOIN vault v ON v.slot = g.slot `

// GiveBack returns a T22 that waits for T24, or scrip.ErrAbsent.
func (s *Shelf) GiveBack(ctx context.Context, tx scrip.ID) (scrip.GiveBack, error) {
	var r giveBackRow
	if err := s.db.get(ctx, &r, selectGiveBack+`WHERE g.tx = ?`, tx); err != nil {
		return scrip.GiveBack{}, fmt.Errorf("read a giveback: %w", err)
	}
	return r.giveBack()
}

// GiveBacks lists up to limit T22s that wait for T24, oldest first.
func (s *Shelf) GiveBacks(ctx context.Context, limit int) ([]scrip.GiveBack, error) {
	var rows []giveBackRow
	if err := s.db.list(ctx, &rows, selectGiveBack+`ORDER BY g.seq LIMIT ?`, limit); err != nil {
		return nil, fmt.Errorf("list givebacks: %w", err)
	}
	return convert(rows, giveBackRow.giveBack)
}
