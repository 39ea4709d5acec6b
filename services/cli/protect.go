package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Holds are the protected purchases, the newest first.
type Holds struct {
	Holds []Hold      `json:"holds"`
	Paid  scrip.Money `json:"paid"` // what the buyer had back and was not in the wallet yet: it went `to`
	To    string      `json:"to"`   // "scrip", into the wallet, or "bank"
}

// Hold is how the money of a protected purchase stands, by the broker's last word.
type Hold struct {
	Order    scrip.ID        `json:"order"`
	Tx       scrip.ID        `json:"tx"`
	Title    string          `json:"title"`
	Stall    string          `json:"stall"`
	State    scrip.HoldState `json:"state"`     // "held" also where the broker has not heard of the purchase yet
	Told     bool            `json:"told"`      // the broker has heard of it
	SendBy   int64           `json:"send_by"`   // from then on the buyer can take the money back, unless it was sent
	Due      int64           `json:"due"`       // of "sent": when the seller has the money; else 0
	Since    int64           `json:"since"`     // the state; 0 where the broker has not heard of it
	Left     scrip.Money     `json:"left"`      // that is held
	ToBuyer  scrip.Money     `json:"to_buyer"`  // that went back
	ToSeller scrip.Money     `json:"to_seller"` // that was paid
	Reason   string          `json:"reason"`    // of "decided": the operator's words
}

// holdOf is a hold as it is told.
func (w *Wallet) holdOf(ctx context.Context, p wallet.Protected) Hold {
	h := Hold{
		Order: p.Receipt.OrderID, Tx: p.Receipt.Tx, Title: p.Receipt.Title(), Stall: p.Receipt.Stall, State: scrip.HoldHeld, Told: p.Told, SendBy: p.By.SendBy,
		Left: p.Receipt.Price,
	}
	if !p.Told {
		return h
	}
	h.State, h.Due, h.Since, h.Left, h.ToBuyer, h.ToSeller = p.Hold.State, p.Hold.Due, p.Hold.Since, p.Hold.Left, p.Hold.ToBuyer, p.Hold.ToSeller
	if d, err := w.Decision(ctx, p.Hold); err == nil {
		h.Reason = d.Text
	}
	return h
}

// HoldsNow tells how the money of protected purchases stands, and what can be done.
// What the buyer has back and is not in the wallet yet is taken in, or goes to the bank.
func (w *Wallet) HoldsNow(ctx context.Context, to string) (Holds, error) {
	list, err := w.Holds(ctx)
	said := Holds{Holds: []Hold{}, To: to}
	back := false
	for _, p := range list {
		back = back || p.Hold.ToBuyer > 0
		said.Holds = append(said.Holds, w.holdOf(ctx, p))
	}
	if back {
		paid, failed := w.TakeCredit(ctx, to)
		if failed == nil {
			said.Paid = paid
		}
		err = errors.Join(err, failed)
	}
	return said, err
}

func (h Holds) print(p *page) {
	for _, one := range h.Holds {
		p.printf("%s  %s, %s: %s\n", one.Order, one.Title, one.Stall, one.stands(p, time.Now()))
	}
	if len(h.Holds) == 0 {
		p.printf("no purchase of yours is protected\n")
	}
	printCredit(p, h.Paid, h.To)
}

func (h Hold) print(p *page) { p.printf("%s\n", h.stands(p, time.Now())) }

// printCredit says what of protected purchases was paid out, if any was.
func printCredit(p *page, paid scrip.Money, to string) {
	if paid == 0 {
		return
	}
	where := "into the wallet"
	if to == scrip.ToBank {
		where = "to your bank account"
	}
	p.printf("paid %s, back from protected purchases, %s\n", p.say(paid), where)
}

// stands says how the money of a protected purchase stands.
func (h Hold) stands(p *page, now time.Time) string {
	on := func(at int64) string { return time.Unix(at, 0).Format(time.DateTime) }
	switch h.State {
	case scrip.HoldHeld:
		if now.Unix() >= h.SendBy {
			return "not sent, as far as the broker knows. You can take the money back: `peerscrip wallet reclaim " + string(h.Order) + "`"
		}
		return "to be sent by " + on(scrip.PromisedBy(h.SendBy)) + "; from " + on(h.SendBy) + " on you can take the money back"
	case scrip.HoldSent:
		return "sent. The seller has the money on " + on(h.Due) + ", unless you say before that something is wrong" + soon(h.Due, now)
	case scrip.HoldDisputed:
		return "disputed since " + on(h.Since) + ": " + p.say(h.Left) + " wait for the broker's decision"
	case scrip.HoldReclaimed:
		return "not sent in time; you have " + p.say(h.ToBuyer) + " back"
	case scrip.HoldDecided:
		reason := ""
		if h.Reason != "" {
			reason = ". " + h.Reason
		}
		return "decided: " + p.say(h.ToBuyer) + " for you, " + p.say(h.ToSeller) + " for the seller" + reason
	case scrip.HoldRefunded:
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

// ReleaseOrder says that an order is here and fine.
func (w *Wallet) ReleaseOrder(ctx context.Context, order string) (Hold, error) {
	return w.aboutOrder(ctx, order, w.ReleaseHold)
}

// Reclaimed is how the money of an order stands that was to be taken back, and the wallet.
type Reclaimed struct {
	Hold    Hold    `json:"hold"`
	Balance Balance `json:"balance"`
}

func (r Reclaimed) print(p *page) {
	if r.Hold.State != "" {
		r.Hold.print(p)
	}
	r.Balance.print(p)
}

// ReclaimOrder takes the money of an order back that was not sent in time.
func (w *Wallet) ReclaimOrder(ctx context.Context, order, to string) (Reclaimed, error) {
	hold, asked := w.aboutOrder(ctx, order, func(ctx context.Context, tx scrip.ID) (scrip.OnHold, error) {
		return w.ReclaimHold(ctx, tx, to)
	})
	balance, err := w.Settled(ctx)
	return Reclaimed{hold, balance}, errors.Join(asked, err)
}

// Problem is what is wrong with an order, and what shows it.
type Problem struct {
	Order, Text string
	Photos      []string // files
	Messages    bool     // what was written in the order's thread, too
}

// DisputeOrder says what is wrong with an order, and shows the receipt, and photos of it: to
// the broker, and the photos in the order's thread to the seller, who may be away.
func (w *Wallet) DisputeOrder(ctx context.Context, p Problem) (Hold, error) {
	var photos [][]byte
	for _, file := range p.Photos {
		photo, err := w.photo(file)
		if err != nil {
			return Hold{}, fmt.Errorf("%s: %w", file, err)
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

func (w *Wallet) aboutOrder(ctx context.Context, order string, do func(context.Context, scrip.ID) (scrip.OnHold, error)) (Hold, error) {
	r, err := w.findReceipt(ctx, scrip.ID(order))
	if err != nil {
		return Hold{}, err
	}
	h, err := do(ctx, r.Tx)
	if h.State == "" {
		return Hold{}, err
	}
	return w.holdOf(ctx, wallet.Protected{Receipt: r, By: scrip.Protect{SendBy: h.SendBy, CheckWithin: h.CheckWithin}, Told: true, Hold: h}), err
}
