package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// Seller is the owner of a stand-alone stall, where it is kept: beside the process that
// runs on it, or without it. What is said is one commit of the stall's book, as what that
// process writes, and is delivered by it.
type Seller struct {
	At  storage.Config
	Out io.Writer
}

// do does something at the stall.
func (s Seller) do(ctx context.Context, do func(*merchant.Stall, scrip.Currency) error) (err error) {
	at, err := storage.At(s.At)
	if err != nil {
		return err
	}
	f, database, err := at.OwnStall(ctx)
	if err != nil {
		return err
	}
	if database != nil {
		defer func() { err = errors.Join(err, database.Close()) }()
	}
	kept, err := f.Certificate()
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("this is no stall's data folder: %s", s.At.Data)
	}
	if err != nil {
		return err
	}
	keys, err := f.StallKeys(rand.Reader)
	if err != nil {
		return err
	}
	info, known, err := f.KnownBroker()
	if err == nil && !known {
		err = errors.New("this stall has not met its broker: start it first")
	}
	if err != nil {
		return err
	}
	certificate, err := scrip.Verify[scrip.Certificate](kept.Signed, string(kept.Vendor), info.Signer())
	if err != nil {
		return fmt.Errorf("check the stall's certificate: %w", err)
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: info.BaseURL, Patience: patienceWithBroker})
	if err != nil {
		return err
	}
	if database == nil {
		if database, err = at.Open(ctx, f.OwnShelf(), db.Merchant); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, database.Close()) }()
	}
	shelf, err := db.NewShelf(database, kept.Vendor)
	if err != nil {
		return err
	}
	return do(merchant.Open(merchant.Config{
		Certificate: certificate.Body, CertificateJWS: kept.Signed, Keys: merchant.StallKeys{Signing: keys.Signing, Envelope: keys.Envelope},
		Shelf: shelf, Broker: peer.Broker(), BrokerInfo: func() scrip.BrokerInfo { return info }, Clock: time.Now, Random: rand.Reader, Log: slog.Default(),
	}), info.Currency)
}

// Talks prints the orders and conversations whose last word is the buyer's, with what was
// said in each since the seller's last.
func (s Seller) Talks(ctx context.Context) error {
	return s.do(ctx, func(stall *merchant.Stall, currency scrip.Currency) error {
		waiting, err := stall.Unanswered(ctx)
		for _, c := range waiting {
			whole, err := stall.Conversation(ctx, c.Order)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.Out, "%s  %s  %s\n", c.Order, whole.Now, scrip.Summary(whole.Titles))
			for _, e := range whole.Said[len(whole.Said)-min(whole.Waiting, len(whole.Said)):] {
				fmt.Fprintf(s.Out, "  %s  %s%s\n", time.Unix(e.At, 0).Format(time.DateTime), e.Kind, wordsOf(e.Event, currency))
			}
		}
		if len(waiting) == 0 && err == nil {
			fmt.Fprintln(s.Out, "nobody waits for an answer")
		}
		return err
	})
}

// wordsOf are the terms and the text of an event, on one line.
func wordsOf(e scrip.Event, currency scrip.Currency) (words string) {
	if e.Price > 0 {
		words = fmt.Sprintf(" %d for %s %s each", max(e.Quantity, 1), currency.Format(e.Price), currency.Code)
	}
	if e.Text != "" {
		words += ": " + strings.ReplaceAll(e.Text, "\n", "\n    ")
	}
	return words
}

// Bargain is a private offer as it is asked for on the command line.
type Bargain struct {
	Conversation string
	Price        string // of one, as people write it; empty: what was proposed
	Quantity     int    // 0: as many as were proposed
	Hours        int
	Text         string
}

// Offer answers a conversation with a private offer: what was proposed is accepted, unless
// the bargain says otherwise.
func (s Seller) Offer(ctx context.Context, b Bargain) error {
	return s.do(ctx, func(stall *merchant.Stall, currency scrip.Currency) error {
		c, err := stall.Conversation(ctx, scrip.ID(b.Conversation))
		if err != nil {
			return sellerSays(err)
		}
		terms := merchant.Terms{Quantity: b.Quantity, Hours: b.Hours, Text: scrip.Clean(b.Text)}
		for _, e := range c.Said {
			if e.Kind == "propose" {
				terms.Price = e.Price
				if b.Quantity == 0 {
					terms.Quantity = e.Quantity
				}
			}
		}
		terms.Quantity = max(terms.Quantity, 1)
		if b.Price != "" {
			if terms.Price, err = currency.Parse(b.Price); err != nil {
				return err
			}
		}
		if terms.Price == 0 {
			return errors.New("no price is proposed there: say yours with --price")
		}
		if err := stall.OfferPrivately(ctx, c.Order, terms); err != nil {
			return sellerSays(err)
		}
		fmt.Fprintf(s.Out, "offered %d for %s %s each, for %d hours\n", terms.Quantity, currency.Format(terms.Price), currency.Code, terms.Hours)
		return nil
	})
}

// Decline declines what was proposed in a conversation.
func (s Seller) Decline(ctx context.Context, conversation, text string) error {
	return s.say(ctx, conversation, scrip.Event{Kind: "declined", Text: scrip.Clean(text)}, "declined")
}

// Reconcile holds the money of the stall's orders against the broker's books, and prints
// what differs as the broker signed it.
func (s Seller) Reconcile(ctx context.Context) error {
	return s.do(ctx, func(stall *merchant.Stall, _ scrip.Currency) error {
		r, err := stall.Reconcile(ctx)
		if err != nil {
			return sellerSays(err)
		}
		fmt.Fprintf(s.Out, "%d protected orders compared with the broker: it has yet to hear of %d, knew more of %d, and %d differ\n", r.Orders, r.Waiting, r.Fetched, len(r.Differ))
		for _, d := range r.Differ {
			fmt.Fprintf(s.Out, "%s  order %s: %s here, %s at the broker\n", d.Purchase, orNone(string(d.Order)), orNone(string(d.Ours)), orNone(string(d.Theirs)))
			for _, word := range []string{d.OurWord, d.Word} {
				if word != "" {
					fmt.Fprintf(s.Out, "  %s\n", word)
				}
			}
		}
		return nil
	})
}

func orNone(word string) string {
	if word == "" {
		return "none"
	}
	return word
}

// sellerSays says to a seller why something was not done.
func sellerSays(err error) error {
	switch {
	case errors.Is(err, scrip.NotFound):
		return fmt.Errorf("there is no such order or conversation: `peerscrip seller talks` lists those that wait: %w", err)
	case errors.Is(err, scrip.OutOfTurn):
		return fmt.Errorf("that cannot be said there now: it was answered or closed meanwhile: %w", err)
	case errors.Is(err, scrip.OfferChanged):
		return fmt.Errorf("the listing has ended or changed: look at it first: %w", err)
	case errors.Is(err, scrip.OutOfStock):
		return fmt.Errorf("so many are not left: %w", err)
	case errors.Is(err, scrip.TooMany):
		return fmt.Errorf("a word is missing or too long (--help says how long it may be), or there is no room for more; a private offer stands for 1 to 72 hours, and 1000 can be bought together: %w", err)
	case errors.Is(err, scrip.AmountOutOfBounds):
		return fmt.Errorf("that is nothing, or more than is left of this order: %w", err)
	case errors.As(err, new(scrip.Unanswered)):
		return fmt.Errorf("the broker cannot be asked now; try again in a minute: %w", err)
	}
	return err
}
