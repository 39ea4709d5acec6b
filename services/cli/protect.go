package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// PrintHolds prints how the money of protected purchases stands, and what can be done.
// What the buyer has back and is not in the wallet yet is taken in, or goes to the bank.
func (w *Wallet) PrintHolds(ctx context.Context, to string) error {
	list, err := w.Holds(ctx)
	back := false
	for _, p := range list {
		back = back || p.Hold.ToBuyer > 0
		w.printf("%s  %s, %s: %s\n", p.Receipt.OrderID, p.Receipt.Title(), p.Receipt.Stall, w.stands(ctx, p, time.Now()))
	}
	if len(list) == 0 && err == nil {
		w.printf("no purchase of yours is protected\n")
	}
	if back {
		err = errors.Join(err, w.takeCredit(ctx, to))
	}
	return err
}

// takeCredit pays out what the buyer has back of protected purchases.
func (w *Wallet) takeCredit(ctx context.Context, to string) error {
	amount, err := w.TakeCredit(ctx, to)
	if err != nil || amount == 0 {
		return err
	}
	where := "into the wallet"
	if to == scrip.ToBank {
		where = "to your bank account"
	}
	w.printf("paid %s, back from protected purchases, %s\n", w.say(ctx, amount), where)
	return nil
}

// stands says how the money of a protected purchase stands.
func (w *Wallet) stands(ctx context.Context, p wallet.Protected, now time.Time) string {
	h, on := p.Hold, func(at int64) string { return time.Unix(at, 0).Format(time.DateTime) }
	switch {
	case !p.Told, h.State == scrip.HoldHeld:
		if now.Unix() >= p.By.SendBy {
			return "not sent, as far as the broker knows. You can take the money back: `peerscrip wallet reclaim " + string(p.Receipt.OrderID) + "`"
		}
		return "to be sent by " + on(p.By.SendBy) + "; from then on you can take the money back"
	case h.State == scrip.HoldSent:
		return "sent. The seller has the money on " + on(h.Due) + ", unless you say before that something is wrong" + soon(h.Due, now)
	case h.State == scrip.HoldDisputed:
		return "disputed since " + on(h.Since) + ": " + w.say(ctx, h.Left) + " wait for the broker's decision"
	case h.State == scrip.HoldReclaimed:
		return "not sent in time; you have " + w.say(ctx, h.ToBuyer) + " back"
	case h.State == scrip.HoldDecided:
		return "decided: " + w.say(ctx, h.ToBuyer) + " for you, " + w.say(ctx, h.ToSeller) + " for the seller" + w.reason(ctx, p)
	case h.State == scrip.HoldRefunded:
		return "taken back by the seller"
	}
	return "the seller has the money"
}

// soon warns two days and one day before the time to check is over.
func soon(due int64, now time.Time) string {
	switch left := time.Unix(due, 0).Sub(now); {
	case left <= 24*time.Hour:
		return " (less than a day is left)"
	case left <= 48*time.Hour:
		return " (less than two days are left)"
	}
	return ""
}

// reason is the operator's, by the signed decision.
func (w *Wallet) reason(ctx context.Context, p wallet.Protected) string {
	d, err := w.Decision(ctx, p.Hold)
	if err != nil {
		return ""
	}
	return ". " + d.Text
}

// ReleaseOrder says that an order is here and fine.
func (w *Wallet) ReleaseOrder(ctx context.Context, order string) error {
	return w.aboutOrder(ctx, order, w.ReleaseHold)
}

// ReclaimOrder takes the money of an order back that was not sent in time.
func (w *Wallet) ReclaimOrder(ctx context.Context, order, to string) error {
	return errors.Join(w.aboutOrder(ctx, order, func(ctx context.Context, tx scrip.ID) (scrip.OnHold, error) {
		return w.ReclaimHold(ctx, tx, to)
	}), w.PrintBalance(ctx))
}

// Problem is what is wrong with an order, and what shows it.
type Problem struct {
	Order, Text string
	Photos      []string // files
	Messages    bool     // what was written in the order's thread, too
}

// DisputeOrder says what is wrong with an order, and shows the receipt, and photos of it: to
// the broker, and the photos in the order's thread to the seller, who may be away.
func (w *Wallet) DisputeOrder(ctx context.Context, p Problem) error {
	var photos [][]byte
	for _, file := range p.Photos {
		photo, err := w.photo(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		photos = append(photos, photo)
	}
	return w.aboutOrder(ctx, p.Order, func(ctx context.Context, tx scrip.ID) (h scrip.OnHold, err error) {
		shows, left, err := w.Evidence(ctx, tx, p.Messages)
		if err != nil {
			return h, err
		}
		if left > 0 {
			w.printf("not all of it finds room: %d of the oldest messages are left out. You can add to it later\n", left)
		}
		if h, err = w.DisputeHold(ctx, tx, p.Text, shows); err != nil || h.State != scrip.HoldDisputed {
			return h, err
		}
		for i, photo := range photos {
			if err := w.Show(ctx, tx, photo, ""); err != nil {
				w.printf("%s: the seller does not have it yet: %s\n", p.Photos[i], wallet.Sentence(err))
			}
			if h, err = w.ExhibitHold(ctx, tx, photo, ""); err != nil {
				return h, fmt.Errorf("%s: %w", p.Photos[i], err)
			}
		}
		return h, nil
	})
}

func (w *Wallet) aboutOrder(ctx context.Context, order string, do func(context.Context, scrip.ID) (scrip.OnHold, error)) error {
	r, err := w.findReceipt(ctx, scrip.ID(order))
	if err != nil {
		return err
	}
	h, err := do(ctx, r.Tx)
	if h.State != "" {
		w.printf("%s\n", w.stands(ctx, wallet.Protected{Receipt: r, By: scrip.Protect{SendBy: h.SendBy, CheckWithin: h.CheckWithin}, Told: true, Hold: h}, time.Now()))
	}
	return err
}
