package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/broker"
	"peerscrip/services/scrip"
)

// holdFeed is the feed of a stall's holds.
const holdFeed = "holds"

// turn takes a hold from as it was seen to as it is decided to be: of what comes at
// the same time its row takes one.
func turn(c change) error {
	t := c.Broker.Turn
	if t == nil {
		return nil
	}
	h := t.To
	seq, err := c.next(h.Vendor, holdFeed, 1)
	if err != nil {
		return err
	}
	err = c.must(scrip.Unavailable, `UPDATE hold SET "left" = ?, to_buyer = ?, to_seller = ?, sent = ?, state = ?, since = ?, due = ?, decision = ?,
		seq = ? WHERE vendor = ? AND purchase = ? AND seq = ?`,
		h.Left, h.ToBuyer, h.ToSeller, h.Sent, h.State, h.Since, nullTime(h.Due), h.Decision, seq, h.Vendor, h.Purchase, t.Saw)
	if err != nil {
		return fmt.Errorf("a hold goes on: %w", err)
	}
	return nil
}

func nullTime(at int64) any {
	if at == 0 {
		return nil
	}
	return at
}

// hold begins the holds of purchases whose prices are posted by the same Change. One
// that covers a part of its price was decided when the float had no more than that. If
// the float has money left now, some came meanwhile: scrip.Unavailable, decide again.
func hold(c change) error {
	places := holdPlaces{c: c, next: map[scrip.VendorID]int64{}}
	return each(c.Broker.Hold, "hold a price", func(h scrip.Hold) error {
		if h.Covered < h.Price {
			var left scrip.Money
			err := c.get(&left, `SELECT balance FROM ledger WHERE account = ?`, scrip.FloatOf(h.Vendor, h.Account))
			if !errors.Is(err, scrip.ErrAbsent) {
				return errors.Join(err, scrip.Unavailable)
			}
		}
		seq, err := places.take(h.Vendor)
		if err != nil {
			return err
		}
		err = c.do(`INSERT INTO hold (vendor, purchase, account, pseudonym, price, covered, "left", to_buyer, to_seller,
			send_by, check_within, paid, sent, state, since, due, decision, seq)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			h.Vendor, h.Purchase, h.Account, h.Pseudonym, h.Price, h.Covered, h.Left, h.ToBuyer, h.ToSeller,
			h.SendBy, h.CheckWithin, h.Paid, h.Sent, h.State, h.Since, nullTime(h.Due), h.Decision, seq)
		return err
	})
}

// holdPlaces are the numbers of the holds that a Change begins: of each stall's drawn at once.
type holdPlaces struct {
	c    change
	next map[scrip.VendorID]int64
}

func (p holdPlaces) take(v scrip.VendorID) (place int64, err error) {
	place, drawn := p.next[v]
	if !drawn {
		n := 0
		for _, h := range p.c.Broker.Hold {
			if h.Vendor == v {
				n++
			}
		}
		place, err = p.c.next(v, holdFeed, n)
	}
	p.next[v] = place + 1
	return place, err
}

// show notes what a party shows of a disputed purchase.
func show(c change) error {
	s := c.Broker.Show
	if s == nil {
		return nil
	}
	most := scrip.MaxShowings
	if s.Photo != "" {
		most = scrip.MaxExhibits
	}
	err := c.must(scrip.TooMany, `INSERT INTO showing (vendor, purchase, kind, n, tx, photo)
		SELECT ?, ?, ?, count(*) + 1, ?, ? FROM showing WHERE vendor = ? AND purchase = ? AND kind = ?
		HAVING count(CASE WHEN (photo = '') = (? = '') THEN 1 END) < ?`,
		s.Vendor, s.Purchase, s.Kind, s.Tx, s.Photo, s.Vendor, s.Purchase, s.Kind, s.Photo, most)
	if violated(err) != "" {
		return fmt.Errorf("%w: %w", errRaced, err) // n is taken
	}
	if err != nil || s.Photo == "" {
		return err
	}
	err = c.do(`INSERT INTO exhibit (vendor, purchase, digest, jpeg) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, s.Vendor, s.Purchase, s.Photo, s.JPEG)
	return err
}

type holdRow struct {
	Vendor      scrip.VendorID  `db:"vendor"`
	Purchase    scrip.ID        `db:"purchase"`
	Account     scrip.AccountID `db:"account"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Price       scrip.Money     `db:"price"`
	Covered     scrip.Money     `db:"covered"`
	Left        scrip.Money     `db:"left"`
	ToBuyer     scrip.Money     `db:"to_buyer"`
	ToSeller    scrip.Money     `db:"to_seller"`
	SendBy      int64           `db:"send_by"`
	CheckWithin int             `db:"check_within"`
	Paid        int64           `db:"paid"`
	Sent        int64           `db:"sent"`
	State       scrip.HoldState `db:"state"`
	Since       int64           `db:"since"`
	Due         int64           `db:"due"`
	Decision    string          `db:"decision"`
	Seq         int64           `db:"seq"`
}

func (r holdRow) hold() (scrip.Hold, error) {
	return scrip.Hold{
		Vendor: r.Vendor, Purchase: r.Purchase, Account: r.Account, Pseudonym: r.Pseudonym, Price: r.Price, Covered: r.Covered,
		Left: r.Left, ToBuyer: r.ToBuyer, ToSeller: r.ToSeller, Protect: scrip.Protect{SendBy: r.SendBy, CheckWithin: r.CheckWithin},
		Paid: r.Paid, Sent: r.Sent, State: r.State, Since: r.Since, Due: r.Due, Decision: r.Decision, Seq: r.Seq,
	}, nil
}

const selectHold = `SELECT vendor, purchase, account, pseudonym, price, covered, "left", to_buyer, to_seller, send_by, check_within,
	paid, sent, state, since, coalesce(due, 0) AS due, decision, seq FROM hold `

// Held implements [broker.Protected].
func (b *Books) Held(ctx context.Context, v scrip.VendorID, purchase scrip.ID) (scrip.Hold, error) {
	return one(ctx, b.db, "read a hold", holdRow.hold, selectHold+`WHERE vendor = ? AND purchase = ?`, v, purchase)
}

// HeldSince implements [broker.Protected].
func (b *Books) HeldSince(ctx context.Context, v scrip.VendorID, p scrip.Pseudonym, after int64, limit int) ([]scrip.Hold, error) {
	return many(ctx, b.db, "list holds that changed", holdRow.hold,
		selectHold+`WHERE vendor = ? AND seq > ? AND (? = '' OR pseudonym = ?) ORDER BY seq LIMIT ?`, v, after, p, p, limit)
}

// HeldUntil implements [broker.Protected].
func (b *Books) HeldUntil(ctx context.Context, at int64, after scrip.Hold, limit int) ([]scrip.Hold, error) {
	return many(ctx, b.db, "list holds whose time is over", holdRow.hold,
		selectHold+`WHERE due <= ? AND (due, vendor, seq) > (?, ?, ?) ORDER BY due, vendor, seq LIMIT ?`, at, after.Due, after.Vendor, after.Seq, limit)
}

// HeldAhead implements [broker.Protected].
func (b *Books) HeldAhead(ctx context.Context, later int64, after scrip.Hold, limit int) ([]scrip.Hold, error) {
	return many(ctx, b.db, "list holds of a time to come", holdRow.hold,
		selectHold+`WHERE state = 'sent' AND since > ? AND (since, vendor, seq) > (?, ?, ?) ORDER BY since, vendor, seq LIMIT ?`, later, after.Since, after.Vendor, after.Seq, limit)
}

// Disputed implements [broker.Protected].
func (b *Books) Disputed(ctx context.Context, limit int) ([]scrip.Hold, error) {
	return many(ctx, b.db, "list what is disputed", holdRow.hold, selectHold+`WHERE state = 'disputed' ORDER BY since LIMIT ?`, limit)
}

// Decided implements [broker.Protected].
func (b *Books) Decided(ctx context.Context, limit int) ([]scrip.Hold, error) {
	return many(ctx, b.db, "list what was decided", holdRow.hold, selectHold+`WHERE state = 'decided' ORDER BY since DESC, vendor, seq DESC LIMIT ?`, limit)
}

type showingRow struct {
	Kind  string   `db:"kind"`
	Tx    scrip.ID `db:"tx"`
	Photo string   `db:"photo"`
}

// Showings implements [broker.Protected].
func (b *Books) Showings(ctx context.Context, v scrip.VendorID, purchase scrip.ID) ([]scrip.Exhibited, error) {
	return many(ctx, b.db, "list what was shown", func(r showingRow) (scrip.Exhibited, error) {
		return scrip.Exhibited{Vendor: v, Purchase: purchase, Kind: r.Kind, Tx: r.Tx, Photo: r.Photo}, nil
	}, `SELECT kind, tx, photo FROM showing WHERE vendor = ? AND purchase = ? ORDER BY kind DESC, n`, v, purchase)
}

// ShownPhoto implements [broker.Protected].
func (b *Books) ShownPhoto(ctx context.Context, v scrip.VendorID, purchase scrip.ID, digest string) (jpeg []byte, err error) {
	err = b.db.get(ctx, &jpeg, `SELECT jpeg FROM exhibit WHERE vendor = ? AND purchase = ? AND digest = ?`, v, purchase, digest)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return nil, fmt.Errorf("read a photo that was shown: %w", err)
	}
	return jpeg, err
}

// Takings implements [broker.Protected].
func (b *Books) Takings(ctx context.Context, v scrip.VendorID) (scrip.Takings, error) {
	var of struct {
		Held    scrip.Money `db:"held"`
		Earned  scrip.Money `db:"earned"`
		PaidOut scrip.Money `db:"paid_out"`
	}
	err := b.db.get(ctx, &of, `SELECT coalesce((SELECT balance FROM ledger WHERE account = ?), 0) AS held,
		coalesce((SELECT balance FROM ledger WHERE account = ?), 0) AS earned,
		coalesce((SELECT sum(amount) FROM log WHERE vendor = ? AND kind = 'PAYOUT'), 0) AS paid_out`, scrip.HeldOf(v), scrip.EarnedOf(v), v)
	if err != nil {
		return scrip.Takings{}, fmt.Errorf("read how a stall stands: %w", err)
	}
	return scrip.Takings{Held: of.Held, Earned: of.Earned, PaidOut: of.PaidOut}, nil
}

// Credit implements [broker.Protected].
func (b *Books) Credit(ctx context.Context, a scrip.AccountID) (scrip.Money, error) {
	return b.balance(ctx, scrip.CreditOf(a))
}

// Float implements [broker.Protected].
func (b *Books) Float(ctx context.Context, of scrip.Share) (scrip.Money, error) {
	return b.balance(ctx, scrip.FloatOf(of.Vendor, of.Account))
}

// balance reads an account of the books; one that is not there holds nothing.
func (b *Books) balance(ctx context.Context, l scrip.Ledger) (m scrip.Money, err error) {
	err = b.db.get(ctx, &m, `SELECT balance FROM ledger WHERE account = ?`, l)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return 0, fmt.Errorf("read a balance: %w", err)
	}
	return m, nil
}

var _ broker.Protected = (*Books)(nil)

// held reads the holds that are open.
func (l *look) held() []scrip.Hold {
	var rows []holdRow
	if l.err == nil {
		l.err = l.tx.Select(&rows, selectHold+`WHERE "left" > 0`)
	}
	open, _ := convert(rows, holdRow.hold)
	return open
}
