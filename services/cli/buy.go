package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// PrintPlan prints what buying listings of one stall together would take.
func (w *Wallet) PrintPlan(ctx context.Context, o Order) error {
	w.finish(ctx)
	all, vendor, err := w.pick(ctx, o.Listings, o.Quantity)
	if err != nil {
		return err
	}
	if err := inStock(all); err != nil {
		return err
	}
	portions, err := w.portions(ctx, all)
	if err != nil {
		return err
	}
	delivery, err := o.Delivery.of(portions)
	if err != nil {
		return err
	}
	total, err := scrip.Total(portions, delivery)
	if err != nil {
		return named(all, err)
	}
	w.collectAt(ctx, vendor)
	plan, err := w.Plan(ctx, vendor, total)
	if err != nil {
		return err
	}
	for _, p := range portions {
		of := total
		if len(portions) > 1 {
			of = p.Offer.Price * scrip.Money(p.Quantity) // within bounds, since the total is
		}
		w.printf("%d x %s: %s\n", p.Quantity, p.Offer.Title, w.say(ctx, of))
	}
	if len(portions) > 1 {
		w.printf("together, in one parcel: %s\n", w.say(ctx, total))
	}
	w.printLegs(ctx, plan)
	return nil
}

func (w *Wallet) printLegs(ctx context.Context, plan wallet.Plan) {
	for _, leg := range plan.Legs {
		w.printLeg(ctx, leg, transactionNames[leg.Transaction])
	}
}

func (w *Wallet) printLeg(ctx context.Context, leg wallet.Leg, name string) {
	w.printf("  %s  %-30s %s\n", leg.Transaction, name, w.say(ctx, leg.Amount))
}

var transactionNames = map[string]string{
	"6.1": "load from the bank",
	"6.2": "exchange for the stall's scrip",
	"6.3": "pay the stall",
	"6.4": "load more from the bank, up to",
	"6.5": "add to the stall's scrip",
	"6.6": "withdraw to the bank",
	"6.7": "give back the stall's scrip",
	"6.8": "renew what expires",
}

// Order is what Pay is asked to buy. Amounts are as people write them.
type Order struct {
	Listings []string // addresses of their pages, all of one stall
	Quantity int      // of each whose address says no other
	Delivery Delivery
	Note     string
	Exchange string // empty for the price: see wallet.BuyAhead
	Load     string // how much it may take from the bank without asking; empty for nothing
	Again    bool   // buy it without asking, though it was bought not long ago
}

// Pay buys listings of one stall together, with one payment, by a plan that it prints first. What that takes from the
// bank beyond o.Load, and what a plan takes that was made anew meanwhile, is
// asked; nobody there to say yes is a no, and nothing is begun. If it was cut off
// before, the same again goes on with that purchase and makes no second one.
func (w *Wallet) Pay(ctx context.Context, o Order) error {
	ahead, err := w.amount(ctx, o.Exchange)
	if err != nil {
		return err
	}
	allowed, err := w.amount(ctx, o.Load)
	if err != nil {
		return err
	}
	all, vendor, err := w.pick(ctx, o.Listings, o.Quantity)
	if err != nil {
		return err
	}
	portions, _ := w.portions(ctx, all) // what is wrong with an offer, the purchase tells
	delivery, err := o.Delivery.of(portions)
	if err != nil {
		return err
	}
	basket := basketOf(all, delivery, o.Note)
	if err := w.mayBegin(ctx, all, basket, o.Again); err != nil {
		return err
	}
	w.collectAt(ctx, vendor)
	receipt, err := w.BuyAgreed(ctx, basket, ahead, w.agreeing(ctx, allowed))
	if err != nil {
		return named(all, err)
	}
	w.printf("bought %s at %s for %s\norder   %s\n", receipt.Title(), receipt.Stall, w.say(ctx, receipt.Price), receipt.OrderID)
	if err := w.Deliver(ctx); err != nil {
		w.printf("the notice to the broker waits: %v\n", err)
	}
	return nil
}

// amount reads an amount that may be left out.
func (w *Wallet) amount(ctx context.Context, text string) (scrip.Money, error) {
	if text == "" {
		return 0, nil
	}
	return w.Info(ctx).Currency.Parse(text)
}

// mayBegin refuses a new purchase of what is sold out before money goes to the
// stall for it, and asks about one of what was bought not long
// ago. What was cut off goes on: it may have bought the last one.
func (w *Wallet) mayBegin(ctx context.Context, all []picked, basket wallet.Basket, again bool) error {
	if began, err := w.Began(ctx, basket); began || err != nil {
		return err
	}
	if err := inStock(all); err != nil {
		return err
	}
	if again {
		return nil
	}
	for _, p := range all {
		if err := w.askAgain(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// askAgain asks about what was bought not long ago.
func (w *Wallet) askAgain(ctx context.Context, p picked) error {
	last, err := w.BoughtLately(ctx, p.public.Offer)
	if errors.Is(err, scrip.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	w.printf("You bought %s on %s, order %s.\n", last.Title(), time.Unix(last.At, 0).Format("2 Jan at 15:04"), last.OrderID)
	if !w.ask("Buy another?") {
		return errAgain
	}
	return nil
}

var (
	errAgain = errors.New("nothing was bought: say --again to buy another")
	errGrown = errors.New("the wallet has changed meanwhile, and this would take something else than was shown: nothing more was done")
)

// agreeing prints each plan and agrees to the first, as far as that takes no
// more than allowed from the bank; whatever else, it asks.
func (w *Wallet) agreeing(ctx context.Context, allowed scrip.Money) wallet.Agree {
	var shown []wallet.Leg
	return func(p wallet.Plan) error {
		before := shown
		shown = p.Legs
		w.printLegs(ctx, p)
		switch {
		case before != nil && grown(before, p):
			if !w.ask("Your wallet has changed, so this is a new plan. Go on?") {
				return errGrown
			}
		case p.Loads > allowed && !w.ask("Load "+w.say(ctx, p.Loads)+" from your bank?"):
			return fmt.Errorf("nothing was done: say --load %s to have it loaded from your bank", w.Info(ctx).Currency.Format(p.Loads))
		}
		return nil
	}
}

// grown reports whether a plan takes what the one shown before did not. What that
// one was to load it may have loaded by now.
func grown(shown []wallet.Leg, p wallet.Plan) bool {
	if p.Loads > 0 {
		return true
	}
	return slices.ContainsFunc(p.Legs, func(leg wallet.Leg) bool {
		within := func(was wallet.Leg) bool { return was.Transaction == leg.Transaction && was.Amount >= leg.Amount }
		return leg.Transaction != "6.8" && !slices.ContainsFunc(shown, within)
	})
}

// ask has a question answered. No answer is a no.
func (w *Wallet) ask(question string) bool {
	w.printf("%s [y/N] ", question)
	answer, err := w.in.ReadString('\n')
	if err != nil {
		w.printf("\n") // nobody is there
	}
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
}
