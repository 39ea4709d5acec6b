package cli

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// PrintPlan prints what buying a listing would take.
func (w *Wallet) PrintPlan(ctx context.Context, listing string, quantity int) error {
	w.finish(ctx)
	public, vendor, err := w.offer(ctx, listing)
	if err != nil {
		return err
	}
	if public.Stock == 0 {
		return scrip.OutOfStock
	}
	offer, err := w.Offer(ctx, public.Offer)
	if err != nil {
		return err
	}
	total, err := offer.Total(quantity)
	if err != nil {
		return err
	}
	w.collectAt(ctx, vendor)
	plan, err := w.Plan(ctx, vendor, total)
	if err != nil {
		return err
	}
	w.printf("%d x %s: %s\n", quantity, offer.Title, w.say(ctx, total))
	for _, leg := range plan.Legs {
		w.printLeg(ctx, leg, transactionNames[leg.Transaction])
	}
	return nil
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

// Order is what Pay is asked to buy.
type Order struct {
	Listing  string // its page's address
	Quantity int
	Delivery string
	Exchange string // an amount, as people write it, or empty: see wallet.BuyAhead
}

// Pay buys a listing. If it was cut off before, the same again goes on with that
// purchase and makes no second one.
func (w *Wallet) Pay(ctx context.Context, o Order) error {
	ahead := scrip.Money(0)
	if o.Exchange != "" {
		var err error
		if ahead, err = w.Info(ctx).Currency.Parse(o.Exchange); err != nil {
			return err
		}
	}
	public, vendor, err := w.offer(ctx, o.Listing)
	if err != nil {
		return err
	}
	order := scrip.Order{Offer: public.Offer, Quantity: o.Quantity, Delivery: o.Delivery}
	if err := errors.Join(w.inStock(ctx, public, order), w.addressed(ctx, public, order)); err != nil {
		return err
	}
	w.collectAt(ctx, vendor)
	receipt, err := w.BuyAhead(ctx, order, ahead)
	if err != nil {
		return err
	}
	w.printf("bought %s at %s for %s\norder   %s\n", receipt.Title, receipt.Stall, w.say(ctx, receipt.Price), receipt.OrderID)
	if err := w.Deliver(ctx); err != nil {
		w.printf("the notice to the broker waits: %v\n", err)
	}
	return nil
}

var errNoAddress = errors.New("this is posted: say with --delivery where it is to go")

// addressed refuses a new purchase of what is posted and has no address, before
// money moves: none can be added later.
func (w *Wallet) addressed(ctx context.Context, public scrip.PublicOffer, order scrip.Order) error {
	offer, err := w.Offer(ctx, public.Offer)
	if err != nil || offer.Postage == 0 || scrip.Clean(order.Delivery) != "" {
		return nil // what is wrong with the offer, the purchase tells
	}
	began, err := w.Began(ctx, order)
	if err == nil && !began {
		return errNoAddress
	}
	return err
}

// inStock refuses a new purchase of what is sold out, before money goes to the
// stall for it. What was cut off may have bought the last one: it goes on.
func (w *Wallet) inStock(ctx context.Context, public scrip.PublicOffer, order scrip.Order) error {
	if public.Stock > 0 {
		return nil
	}
	began, err := w.Began(ctx, order)
	if err == nil && !began {
		return scrip.OutOfStock
	}
	return err
}
