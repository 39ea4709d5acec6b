package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Message writes to the buyer of an order, or in a conversation.
func (s Seller) Message(ctx context.Context, order, text string) error {
	return s.say(ctx, order, scrip.Event{Kind: "message", Text: scrip.Clean(text)}, "the buyer reads it")
}

// Sent says that an order is on its way. Said again, it takes the place of what was said.
func (s Seller) Sent(ctx context.Context, order string, p scrip.Parcel) error {
	return s.do(ctx, func(stall *merchant.Stall, _ scrip.Currency) error {
		if err := stall.MarkSent(ctx, scrip.ID(order), p); err != nil {
			return sellerSays(err)
		}
		fmt.Fprintln(s.Out, "sent: the buyer and the broker hear of it")
		return nil
	})
}

// AcceptReturn takes an order back that its buyer asked to return. Where: where it is to be
// sent, and how. Pays: who pays for that.
func (s Seller) AcceptReturn(ctx context.Context, order, where string, pays scrip.Side) error {
	return s.say(ctx, order, scrip.Event{Kind: "return-agreed", Text: scrip.Clean(where), Pays: pays}, "the buyer reads where to send it")
}

// DeclineReturn says why an order is not taken back.
func (s Seller) DeclineReturn(ctx context.Context, order, why string) error {
	return s.say(ctx, order, scrip.Event{Kind: "return-declined", Text: scrip.Clean(why)}, "the buyer reads why not")
}

// say says something in an order's thread, and prints what that comes to.
func (s Seller) say(ctx context.Context, order string, e scrip.Event, done string) error {
	return s.do(ctx, func(stall *merchant.Stall, _ scrip.Currency) error {
		if err := stall.Say(ctx, scrip.ID(order), e); err != nil {
			return sellerSays(err)
		}
		fmt.Fprintln(s.Out, done)
		return nil
	})
}

// Refund gives so much of an order's price back to its buyer; of an empty amount nothing.
// Either way it prints what was given back, and what is left: a crash before that leaves
// the refund done or not, which the same without an amount tells.
func (s Seller) Refund(ctx context.Context, order, amount string) error {
	return s.do(ctx, func(stall *merchant.Stall, currency scrip.Currency) error {
		if amount != "" {
			back, err := currency.Parse(amount)
			if err != nil {
				return err
			}
			id, err := scrip.NewID(rand.Reader)
			if err != nil {
				return err
			}
			if err := stall.Refund(ctx, id, scrip.ID(order), back); err != nil {
				return sellerSays(err)
			}
		}
		o, err := stall.Order(ctx, scrip.ID(order))
		if err != nil {
			return sellerSays(err)
		}
		fmt.Fprintf(s.Out, "%s %s of %s given back to the buyer; %s are left\n", currency.Format(o.Refunded), currency.Code, currency.Format(o.Price), currency.Format(o.Price-o.Refunded))
		return nil
	})
}

// Defend answers the dispute of an order, with photos that show it, and with what is usual
// of the order's signed messages. The buyer is shown the photos in the order's thread; one
// that is there already is not shown again.
func (s Seller) Defend(ctx context.Context, order, text string, photos []string) error {
	return s.do(ctx, func(stall *merchant.Stall, _ scrip.Currency) error {
		if scrip.Clean(text) == "" {
			return errors.New("say what you have to say to it")
		}
		of, err := stall.Order(ctx, scrip.ID(order))
		if err == nil && (of.Hold == nil || of.Hold.State != scrip.HoldDisputed) {
			err = scrip.OutOfTurn
		}
		if err != nil {
			return sellerSays(err)
		}
		for _, path := range photos {
			if err := showPhoto(ctx, stall, of.ID, path); err != nil {
				return fmt.Errorf("%s: %w", path, sellerSays(err))
			}
		}
		showable, err := stall.Showable(ctx, of.ID)
		if err != nil {
			return err
		}
		id, err := scrip.NewID(rand.Reader)
		if err != nil {
			return err
		}
		usual := merchant.UsuallyShown(showable)
		if err := stall.Defend(ctx, id, of.ID, text, usual); err != nil {
			return sellerSays(err)
		}
		fmt.Fprintf(s.Out, "your answer goes to the market, with %d things shown\n", len(usual))
		return nil
	})
}

// PhotoForThread makes a photo that fits a message, of what a person chose: as stalls do,
// whatever phones make, for wallets too. A merchant.PhotoError is a sentence.
func PhotoForThread(r io.Reader) ([]byte, error) { return merchant.ForTalk(r) }

// showPhoto shows a photo in an order's thread, if it is not there.
func showPhoto(ctx context.Context, stall *merchant.Stall, order scrip.ID, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	photo, err := PhotoForThread(file)
	if err != nil {
		return err
	}
	c, err := stall.Conversation(ctx, order)
	if err != nil || slices.ContainsFunc(c.Said, func(said merchant.Said) bool { return said.By == scrip.Seller && said.Photo == jose.Digest(photo) }) {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return stall.SayPhoto(ctx, order, file, "")
}
