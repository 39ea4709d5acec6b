package cli

import (
	"context"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// PrintPlan prints what buying a listing would take.
func (p *Wallet) PrintPlan(ctx context.Context, listing string, quantity int) error {
	p.finish(ctx)
	public, vendor, err := p.offer(ctx, listing)
	if err != nil {
		return err
	}
	if public.Stock == 0 {
		return scrip.OutOfStock
	}
	offer, err := p.Offer(ctx, public.Offer)
	if err != nil {
		return err
	}
	total, err := offer.Total(quantity)
	if err != nil {
		return err
	}
	p.collectAt(ctx, vendor)
	plan, err := p.Plan(ctx, vendor, total)
	if err != nil {
		return err
	}
	p.printf("%d x %s: %s\n", quantity, offer.Title, p.say(ctx, total))
	for _, step := range plan.Steps {
		p.printStep(ctx, step, transactionNames[step.Transaction])
	}
	return nil
}

func (p *Wallet) printStep(ctx context.Context, step wallet.Step, name string) {
	p.printf("  %s  %-30s %s\n", step.Transaction, name, p.say(ctx, step.Amount))
}

var transactionNames = map[string]string{
	"6.1": "load from the bank",
	"6.2": "exchange for the stall's scrip",
	"6.3": "pay the stall",
	"6.4": "load more from the bank, up to",
	"6.5": "add to the stall's scrip",
	"6.6": "give back to the bank",
	"6.7": "give back to the bank",
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
func (p *Wallet) Pay(ctx context.Context, o Order) error {
	ahead := scrip.Money(0)
	if o.Exchange != "" {
		var err error
		if ahead, err = p.Info(ctx).Currency.Parse(o.Exchange); err != nil {
			return err
		}
	}
	public, vendor, err := p.offer(ctx, o.Listing)
	if err != nil {
		return err
	}
	order := scrip.Order{Offer: public.Offer, Quantity: o.Quantity, Delivery: o.Delivery}
	if err := p.inStock(ctx, public, order); err != nil {
		return err
	}
	p.collectAt(ctx, vendor)
	receipt, err := p.BuyAhead(ctx, order, ahead)
	if err != nil {
		return err
	}
	p.printf("bought %s at %s for %s\norder   %s\n", receipt.Title, receipt.Stall, p.say(ctx, receipt.Price), receipt.OrderID)
	if err := p.Deliver(ctx); err != nil {
		p.printf("the notice to the broker waits: %v\n", err)
	}
	return nil
}

// inStock refuses a new purchase of what is sold out, before money goes to the
// stall for it. What was cut off may have bought the last one: it goes on.
func (p *Wallet) inStock(ctx context.Context, public scrip.PublicOffer, order scrip.Order) error {
	if public.Stock > 0 {
		return nil
	}
	began, err := p.Began(ctx, order)
	if err == nil && !began {
		return scrip.OutOfStock
	}
	return err
}
