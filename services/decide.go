package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"peerscrip/db"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// Dispute is a protected purchase that waits for the operator, with what both sides
// said and showed, as they signed it.
type Dispute struct {
	scrip.Hold
	Stall string // its name
	Said  []Said
}

// Said is one DISPUTE or DEFEND.
type Said struct {
	At    int64  // unix seconds: when it was logged
	By    string // "buyer" or "seller"
	Text  string
	Shows []string // JWS
}

// mostDisputes is how many disputes are listed, the oldest.
const mostDisputes = 500

// Disputes lists what waits for a decision in the books of a data folder, the oldest
// first, beside the process that uses them or without it.
func Disputes(ctx context.Context, data string) (list []Dispute, currency scrip.Currency, err error) {
	err = inBooks(ctx, data, func(books *db.Books, f folder.Folder) error {
		if currency, err = f.Currency(); err != nil {
			return err
		}
		holds, err := books.Disputed(ctx, mostDisputes)
		if err != nil {
			return err
		}
		for _, h := range holds {
			d, err := disputed(ctx, books, h)
			if err != nil {
				return err
			}
			list = append(list, d)
		}
		return nil
	})
	return list, currency, err
}

// disputed reads what was said of a hold out of the log.
func disputed(ctx context.Context, books *db.Books, h scrip.Hold) (Dispute, error) {
	stall, err := books.Stall(ctx, h.Vendor)
	if err != nil {
		return Dispute{}, err
	}
	d := Dispute{Hold: h, Stall: stall.Name}
	showings, err := books.Showings(ctx, h.Vendor, h.Purchase)
	if err != nil {
		return Dispute{}, err
	}
	for _, s := range showings {
		records, err := books.Logged(ctx, s.Tx, s.Kind)
		if err != nil {
			return Dispute{}, err
		}
		for _, r := range records {
			if r.Vendor != h.Vendor || r.Purchase != h.Purchase || len(r.Evidence) == 0 {
				continue
			}
			said, err := saidIn(r)
			if err != nil {
				return Dispute{}, fmt.Errorf("read %s of %s: %w", r.Kind, h.Purchase, err)
			}
			d.Said = append(d.Said, said)
		}
	}
	return d, nil
}

// saidIn reads what a party signed, whom the broker knew when it logged it.
func saidIn(r scrip.Record) (Said, error) {
	text, shows, err := scrip.ReadShowing(r.Kind, r.Evidence[0])
	said := Said{At: r.At, By: "buyer", Text: text}
	if r.Kind == (scrip.Defend{}).Type() {
		said.By = "seller"
	}
	for _, s := range shows {
		said.Shows = append(said.Shows, s.Message)
	}
	return said, err
}

// Decide is broker.Judge.Decide in the books of a data folder, beside the process that
// uses them or without it. The buyer's part is written as people write money.
func Decide(ctx context.Context, data, vendor, purchase, toBuyer, reason string) (h scrip.Hold, err error) {
	err = inBooks(ctx, data, func(books *db.Books, f folder.Folder) error {
		currency, err := f.Currency()
		if err != nil {
			return err
		}
		part := scrip.Money(0)
		if toBuyer != "0" {
			if part, err = currency.Parse(toBuyer); err != nil {
				return err
			}
		}
		keys, err := f.BrokerKeys(rand.Reader, time.Now().Unix())
		if err != nil {
			return err
		}
		judge := broker.Judge{Books: books, ID: keys.ID, Signing: keys.Signing, Clock: time.Now, Random: rand.Reader}
		h, err = judge.Decide(ctx, scrip.VendorID(vendor), scrip.ID(purchase), part, reason)
		return undecided(err, h)
	})
	return h, err
}

// undecided says to an operator why a decision was not taken.
func undecided(err error, h scrip.Hold) error {
	switch {
	case errors.Is(err, scrip.NotFound):
		return fmt.Errorf("there is no such protected purchase: `peerscrip disputes` lists those that wait: %w", err)
	case errors.Is(err, scrip.OutOfTurn):
		return fmt.Errorf("this purchase is not disputed, it is %s: %w", h.State, err)
	case errors.Is(err, scrip.AmountOutOfBounds):
		return fmt.Errorf("that is more than is held of it: %w", err)
	case errors.Is(err, scrip.Unavailable):
		return fmt.Errorf("it changed this moment: look at it again: %w", err)
	case errors.Is(err, scrip.TooMany):
		return fmt.Errorf("say why in 1 to %d characters: %w", scrip.MaxReason, err)
	}
	return err
}

// inBooks does something with the books of a broker's data folder.
func inBooks(ctx context.Context, data string, do func(*db.Books, folder.Folder) error) (err error) {
	f := folder.At(data)
	if !f.HasBooks() {
		return fmt.Errorf("this is no broker's data folder: %s", data)
	}
	database, err := db.Open(ctx, f.Books(), db.Broker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	books, err := db.NewBooks(database)
	if err != nil {
		return err
	}
	return do(books, f)
}
