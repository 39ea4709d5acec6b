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

// Planned is what buying things of one stall together would take.
type Planned struct {
	Vendor   scrip.VendorID `json:"vendor"`
	Lines    []PlannedLine  `json:"lines"`
	Delivery scrip.Delivery `json:"delivery"`
	Total    scrip.Money    `json:"total"` // goods, and the postage of the one parcel
	Legs     []Leg          `json:"legs"`  // the transactions that it takes, in their order
	Loads    scrip.Money    `json:"loads"` // what of it comes from the bank
}

// PlannedLine is one of the things.
type PlannedLine struct {
	Title     string      `json:"title"`
	Reference string      `json:"reference,omitempty"` // of a payment link: what the seller knows the payment by
	Offer     scrip.ID    `json:"offer"`
	Quantity  int         `json:"quantity"`
	Price     scrip.Money `json:"price"` // of one
}

// Leg is one transaction of a plan.
type Leg struct {
	Transaction string      `json:"transaction"` // "6.1" to "6.8", as in docs/protocol.md
	Does        string      `json:"does"`        // in words
	Amount      scrip.Money `json:"amount"`      // of 6.4 the sum to be had after it
}

func (leg Leg) line(amount string) string {
	return fmt.Sprintf("  %s  %-30s %s\n", leg.Transaction, leg.Does, amount)
}

func (w *Wallet) leg(leg wallet.Leg) Leg {
	return Leg{leg.Transaction, transactionNames[leg.Transaction], leg.Amount}
}

// PlanOf tells what buying listings of one stall together would take.
func (w *Wallet) PlanOf(ctx context.Context, o Wanted) (Planned, error) {
	w.finish(ctx)
	all, vendor, err := w.pick(ctx, o.Listings, o.Quantity)
	if err != nil {
		return Planned{}, err
	}
	if err := inStock(all); err != nil {
		return Planned{}, err
	}
	portions, err := w.portions(ctx, all)
	if err != nil {
		return Planned{}, err
	}
	delivery, err := o.Delivery.of(portions)
	if err != nil {
		return Planned{}, err
	}
	total, err := scrip.Total(portions, delivery)
	if err != nil {
		return Planned{}, named(all, err)
	}
	w.collectAt(ctx, vendor)
	plan, err := w.Plan(ctx, vendor, total)
	if err != nil {
		return Planned{}, err
	}
	said := Planned{Vendor: vendor, Delivery: delivery, Total: total, Loads: plan.Loads}
	for _, p := range portions {
		said.Lines = append(said.Lines, PlannedLine{p.Offer.Title, p.Offer.Reference, p.Offer.Offer, p.Quantity, p.Offer.Price})
	}
	for _, leg := range plan.Legs {
		said.Legs = append(said.Legs, w.leg(leg))
	}
	return said, nil
}

func (said Planned) print(p *page) {
	for _, line := range said.Lines {
		of := said.Total
		if len(said.Lines) > 1 {
			of = line.Price * scrip.Money(line.Quantity) // within bounds, since the total is
		}
		p.printf("%d x %s: %s\n", line.Quantity, line.Title, p.say(of))
	}
	if len(said.Lines) > 1 {
		p.printf("together, in one parcel: %s\n", p.say(said.Total))
	}
	p.printf("%s\n", arrives(said.Delivery))
	for _, leg := range said.Legs {
		p.printf("%s", leg.line(p.say(leg.Amount)))
	}
}

// arrives says how the things come to their buyer.
func arrives(d scrip.Delivery) string {
	said := map[string]string{scrip.WayPost: "posted", scrip.WayCollect: "you collect it from the seller", scrip.WayNone: "nothing is posted"}[d.Way]
	if d.Address != nil {
		said += fmt.Sprintf(" to %s, %s, %s", d.Address.Name, d.Address.Town, d.Address.Country)
	}
	if d.Label != "" {
		said += " (" + d.Label + ")"
	}
	return said
}

func (w *Wallet) printLegs(ctx context.Context, plan wallet.Plan) {
	for _, leg := range plan.Legs {
		w.printf("%s", w.leg(leg).line(w.say(ctx, leg.Amount)))
	}
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

// Wanted is what is to be bought, together and at one stall.
type Wanted struct {
	Listings []string // addresses of their pages, all of one stall
	Quantity int      // of each whose address says no other
	Delivery Delivery
	Note     string
}

// Order is what Pay is asked to buy. Amounts are as people write them.
type Order struct {
	Wanted
	Exchange string // empty for the price: see wallet.BuyAhead
	Load     string // how much it may take from the bank without asking; empty for nothing
	Again    bool   // buy it without asking, though it was bought not long ago
}

// Bought is a purchase that was made.
type Bought struct {
	Receipt  Receipt `json:"receipt"`
	Reported bool    `json:"reported"` // the broker knows of it; else it is told later, by whatever command comes next
}

func (b Bought) print(p *page) {
	p.printf("bought %s at %s for %s\norder   %s\n", b.Receipt.Title, b.Receipt.Stall, p.say(b.Receipt.Price), b.Receipt.Order)
	if !b.Reported {
		p.printf("the notice to the broker waits\n")
	}
}

// Pay buys listings of one stall together, with one payment, by a plan that it prints first. What that takes from the
// bank beyond o.Load, and what a plan takes that was made anew meanwhile, is
// asked; nobody there to say yes is a no, and nothing is begun. If it was cut off
// before, the same again goes on with that purchase and makes no second one.
func (w *Wallet) Pay(ctx context.Context, o Order) (Bought, error) {
	ahead, err := w.amount(ctx, o.Exchange)
	if err != nil {
		return Bought{}, err
	}
	allowed, err := w.amount(ctx, o.Load)
	if err != nil {
		return Bought{}, err
	}
	all, basket, err := w.basket(ctx, o.Wanted)
	if err != nil {
		return Bought{}, err
	}
	if err := w.mayBegin(ctx, all, basket, o.Again); err != nil {
		return Bought{}, err
	}
	return w.buy(ctx, all, basket, ahead, allowed)
}

// basket fetches what is wanted.
func (w *Wallet) basket(ctx context.Context, o Wanted) ([]picked, wallet.Basket, error) {
	all, _, err := w.pick(ctx, o.Listings, o.Quantity)
	if err != nil {
		return nil, wallet.Basket{}, err
	}
	portions, _ := w.portions(ctx, all) // what is wrong with an offer, the purchase tells
	delivery, err := o.Delivery.of(portions)
	return all, basketOf(all, delivery, o.Note), err
}

// buy buys a basket that takes no more than allowed from the bank without asking, and
// tells the broker.
func (w *Wallet) buy(ctx context.Context, all []picked, basket wallet.Basket, ahead, allowed scrip.Money) (Bought, error) {
	w.printf("%s\n", arrives(basket.Delivery))
	w.collectAt(ctx, all[0].vendor)
	receipt, err := w.BuyAgreed(ctx, basket, ahead, w.agreeing(ctx, allowed))
	if err != nil {
		return Bought{}, named(all, err)
	}
	waits := w.Deliver(ctx)
	if waits != nil {
		w.printf("not told yet: %v\n", waits)
	}
	w.compare(ctx)
	return Bought{receiptOf(receipt, 0), waits == nil}, nil
}

// amount reads an amount that may be left out.
func (w *Wallet) amount(ctx context.Context, text string) (scrip.Money, error) {
	if text == "" {
		return 0, nil
	}
	return w.parse(ctx, text)
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
			return &needsLoading{p.Loads, fmt.Sprintf("nothing was done: say --load %s to have it loaded from your bank", w.Info(ctx).Currency.Format(p.Loads))}
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
	if w.config.JSON {
		return false
	}
	w.printf("%s [y/N] ", question)
	answer, err := w.in.ReadString('\n')
	if err != nil {
		w.printf("\n") // nobody is there
	}
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
}
