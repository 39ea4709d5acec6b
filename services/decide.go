package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// mostDisputes is how many disputes are listed, the oldest.
const mostDisputes = 500

// Disputes lists what waits for a decision in the books of a data folder, the oldest
// first, beside the process that uses them or without it; and writes the photos that
// were shown into a folder, each as ShownFile says, where one is named.
func Disputes(ctx context.Context, at storage.Config, photos string) (list []broker.Case, currency scrip.Currency, err error) {
	err = inBooks(ctx, at, func(books *db.Books, f folder.Folder) error {
		if currency, err = f.Currency(); err != nil {
			return err
		}
		judge, err := judgeOf(books, f)
		if err != nil {
			return err
		}
		if list, err = judge.Cases(ctx, mostDisputes); err != nil || photos == "" {
			return err
		}
		return saveShown(ctx, judge, list, photos)
	})
	return list, currency, err
}

// ShownFile is the name of the file of a photo that was shown.
func ShownFile(of broker.Case, digest string) string {
	return string(of.Purchase) + "-" + digest + ".jpg"
}

// saveShown writes the photos of disputes into a folder.
func saveShown(ctx context.Context, judge broker.Judge, list []broker.Case, folder string) error {
	for _, c := range list {
		for _, said := range c.Said {
			if said.Photo == "" {
				continue
			}
			photo, err := judge.Photo(ctx, c.Vendor, c.Purchase, said.Photo)
			if err != nil {
				return fmt.Errorf("read a photo that was shown: %w", err)
			}
			if err := os.WriteFile(filepath.Join(folder, ShownFile(c, said.Photo)), photo, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// Decide is broker.Judge.Decide in the books of a data folder, beside the process that
// uses them or without it. The buyer's part is written as people write money.
func Decide(ctx context.Context, at storage.Config, vendor, purchase, toBuyer, reason string) (h scrip.Hold, currency scrip.Currency, err error) {
	err = inBooks(ctx, at, func(books *db.Books, f folder.Folder) (err error) {
		if currency, err = f.Currency(); err != nil {
			return err
		}
		part := scrip.Money(0)
		if toBuyer != "0" {
			if part, err = currency.Parse(toBuyer); err != nil {
				return err
			}
		}
		judge, err := judgeOf(books, f)
		if err != nil {
			return err
		}
		h, err = judge.Decide(ctx, scrip.VendorID(vendor), scrip.ID(purchase), part, reason)
		return undecided(err, h)
	})
	return h, currency, err
}

// judgeOf is the operator of a data folder.
func judgeOf(books *db.Books, f folder.Folder) (broker.Judge, error) {
	keys, err := f.BrokerKeys(rand.Reader, time.Now().Unix())
	return broker.Judge{Books: books, ID: keys.ID, Signing: func() jose.SigningKey { return keys.Signing }, Clock: time.Now, Random: rand.Reader}, err
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

// inBooks does something with a broker's books.
func inBooks(ctx context.Context, at storage.Config, do func(*db.Books, folder.Folder) error) (err error) {
	s, err := storage.At(at)
	if err != nil {
		return err
	}
	if err := isBroker(s); err != nil {
		return err
	}
	database, err := s.Open(ctx, s.Folder.Books(), db.Broker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	f, err := s.Beside(database)
	if err != nil {
		return err
	}
	books, err := db.NewBooks(database)
	if err != nil {
		return err
	}
	return do(books, f)
}

// isBroker refuses storage in which no broker is, or that of one whose books are elsewhere.
func isBroker(s storage.Storage) error {
	if s.Apart(db.Broker) {
		return nil
	}
	if !s.Folder.HasBooks() {
		return fmt.Errorf("this is no broker's data folder: %s", s.Folder.Path())
	}
	return s.Folder.NotElsewhere()
}
