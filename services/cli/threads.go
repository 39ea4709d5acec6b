package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// did is what somebody did who made an event of that kind.
var did = map[string]string{
	"ask": "asked", "message": "wrote", "address": "gave another address", "packed": "packed it",
	"sent": "sent it", "received": "received it", "cancel": "asked to cancel it", "kept": "left it as it is",
	"cancelled": "cancelled it", "refund": "gave money back", "return": "asked to send it back",
	"return-agreed": "takes it back", "return-declined": "does not take it back", "returned": "sent it back",
	"disputed": "learned of the problem", "reclaimed": "learned that the buyer has the money back",
	"released": "learned that the seller is paid", "decided": "learned of the decision",
	"propose": "proposed", "private-offer": "offered", "declined": "declined what was proposed", "photo": "showed a photo",
}

// PrintThreads asks the sellers and prints what was written about one order or in
// one conversation, or about all. What they say the buyer has back is taken in.
func (w *Wallet) PrintThreads(ctx context.Context, name string) error {
	if name != "" {
		tx, err := w.threadOf(ctx, name)
		if err != nil {
			return err
		}
		c, err := w.Listen(ctx, tx)
		w.printThread(ctx, c)
		return err
	}
	asked := w.ListenAll(ctx)
	list, err := w.Conversations(ctx)
	back := false
	for _, c := range list {
		w.printThread(ctx, c)
		back = back || c.Hold == scrip.HoldReclaimed || c.Hold == scrip.HoldDecided
	}
	if back {
		err = errors.Join(err, w.takeCredit(ctx, scrip.ToScrip))
	}
	return errors.Join(err, asked)
}

func (w *Wallet) printThread(ctx context.Context, c wallet.Conversation) {
	w.printf("%s  %s  %s, %s\n", c.Order, c.Now, c.Title, c.Stall)
	for _, s := range c.Said {
		who := "you"
		if s.By == scrip.Seller {
			who = c.Stall
		}
		what := did[s.Kind]
		if s.Kind == "disputed" && s.By == scrip.Buyer {
			what = "reported a problem"
		}
		amount := ""
		if s.Amount > 0 {
			amount = " " + w.say(ctx, s.Amount)
		}
		if s.Price > 0 {
			amount = " " + w.terms(ctx, c, s.Event)
		}
		if h, ok := s.Held(); ok && h.State == scrip.HoldDecided {
			amount = ": " + w.say(ctx, h.ToBuyer) + " for the buyer, " + w.say(ctx, h.ToSeller) + " for the seller"
		}
		w.printf("  %s  %s %s%s%s\n", time.Unix(s.At, 0).Format(time.DateTime), who, what, amount, words(s.Event))
	}
	if c.Unsaid != nil {
		w.printf("  not answered yet: you %s%s\n", did[c.Unsaid.Kind], words(*c.Unsaid))
	}
}

// terms are those of haggling; of a private offer with the address that buys it.
func (w *Wallet) terms(ctx context.Context, c wallet.Conversation, e scrip.Event) string {
	text := fmt.Sprintf("%d for %s each", e.Quantity, w.say(ctx, e.Price))
	if e.Until == 0 {
		return text
	}
	return fmt.Sprintf("%s until %s: pay %s", text, time.Unix(e.Until, 0).Format(time.DateTime), privateListing(c.Vendor, e.Offer, e.Quantity))
}

// words are what an event says beside what was done, on one line or below it.
func words(e scrip.Event) string {
	text := strings.TrimSpace(e.Carrier + " " + e.Tracking)
	if text != "" {
		text = " (" + text + ")"
	}
	if e.Pays != "" {
		text += " (" + map[scrip.Side]string{scrip.Buyer: "the buyer", scrip.Seller: "the seller"}[e.Pays] + " pays for the way back)"
	}
	if e.Address != nil {
		text += " (" + block(*e.Address) + ")"
	}
	if e.Text != "" {
		text += ": " + strings.ReplaceAll(e.Text, "\n", "\n    ")
	}
	return text
}

// SayIn adds the buyer's event to an order or a conversation.
func (w *Wallet) SayIn(ctx context.Context, name, kind, text string) error {
	return w.sayIn(ctx, name, scrip.Event{Kind: kind, Text: text})
}

func (w *Wallet) sayIn(ctx context.Context, name string, e scrip.Event) error {
	tx, err := w.threadOf(ctx, name)
	if err != nil {
		return err
	}
	if err := w.Say(ctx, tx, e); err != nil {
		return err
	}
	c, err := w.Conversation(ctx, tx)
	w.printThread(ctx, c)
	return err
}

// AskAbout begins a conversation about a listing.
func (w *Wallet) AskAbout(ctx context.Context, listing, text string) error {
	public, _, err := w.offer(ctx, listing)
	if err != nil {
		return err
	}
	tx, err := w.Ask(ctx, public.Offer, text)
	if err != nil {
		return err
	}
	c, err := w.Conversation(ctx, tx)
	w.printThread(ctx, c)
	return err
}

// ProposePrice proposes a price to the seller of a listing.
func (w *Wallet) ProposePrice(ctx context.Context, listing, price string, quantity int, text string) error {
	amount, err := w.Info(ctx).Currency.Parse(price)
	if err != nil {
		return err
	}
	public, _, err := w.offer(ctx, listing)
	if err != nil {
		return err
	}
	tx, err := w.Propose(ctx, public.Offer, wallet.Proposal{Price: amount, Quantity: quantity, Text: text})
	if err != nil {
		return err
	}
	c, err := w.Conversation(ctx, tx)
	w.printThread(ctx, c)
	return err
}

// ReconcileOrders holds one thread, or all, against what the stalls have.
func (w *Wallet) ReconcileOrders(ctx context.Context, name string) error {
	var all []scrip.ID
	if name != "" {
		tx, err := w.threadOf(ctx, name)
		if err != nil {
			return err
		}
		all = []scrip.ID{tx}
	} else {
		list, err := w.Conversations(ctx)
		if err != nil {
			return err
		}
		for _, c := range list {
			all = append(all, c.Tx)
		}
	}
	var errs []error
	for _, tx := range all {
		errs = append(errs, w.reconcile(ctx, tx))
	}
	return errors.Join(errs...)
}

func (w *Wallet) reconcile(ctx context.Context, tx scrip.ID) error {
	r, err := w.Reconcile(ctx, tx)
	if err != nil {
		return err
	}
	c, err := w.Conversation(ctx, tx)
	if err != nil {
		return err
	}
	w.printf("%s  %s, %s: %s\n", c.Order, c.Title, c.Stall, compared(r))
	if r.Ours != "" {
		w.printf("  here, as it was signed:         %s\n", r.Ours)
	}
	if r.Theirs != "" {
		w.printf("  at the stall, as it was signed: %s\n", r.Theirs)
	}
	return nil
}

// compared says what came of comparing.
func compared(r wallet.Reconciled) string {
	switch {
	case r.Lost:
		return fmt.Sprintf("the stall has nothing of it; here are %d events, each signed by whoever said it", r.Here)
	case r.Theirs != "":
		return "the two differ: in one place the stall shows another event than was signed before"
	case r.Ours != "":
		return fmt.Sprintf("the stall has %d of %d events", r.There, r.Here)
	case r.Here < r.There:
		return fmt.Sprintf("the stall shows %d events more, which do not follow", r.There-r.Here)
	}
	return fmt.Sprintf("the same %d events, %d of them fetched now", r.Here, r.Fetched)
}

// threadOf finds a thread by its order or conversation, or by a purchase's tx.
func (w *Wallet) threadOf(ctx context.Context, name string) (scrip.ID, error) {
	list, err := w.Conversations(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if string(c.Order) == name || string(c.Tx) == name {
			return c.Tx, nil
		}
	}
	r, err := w.findReceipt(ctx, scrip.ID(name))
	return r.Tx, err
}
