package cli

import (
	"context"
	"peerscrip/services/scrip"
)

type walletPlan struct {
	Listings []string `arg:"" name:"listing" help:"Address of the listing's page; of several, to be bought together at one stall."`
	Quantity int      `help:"How many, of each whose address does not say (?quantity=2)." default:"1"`
	Delivery Delivery `embed:""`
}

// Run prints the plan.
func (c walletPlan) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		return w.PlanOf(ctx, Wanted{Listings: c.Listings, Quantity: c.Quantity, Delivery: c.Delivery})
	})
}

type walletPay struct {
	Listings []string `arg:"" name:"listing" help:"Address of the listing's page; of several, to be bought together at one stall, in one parcel and with one payment."`
	Quantity int      `help:"How many, of each whose address does not say (?quantity=2)." default:"1"`
	Delivery Delivery `embed:""`
	Note     string   `help:"What else the seller must know."`
	Exchange string   `help:"How much to exchange, if an exchange is needed: what the price leaves of it buys at this stall again, without the broker. Default is the price." placeholder:"AMOUNT"`
	Load     string   `help:"How much it may load from the bank. Default is to ask, where the wallet holds less than it takes." placeholder:"AMOUNT"`
	Again    bool     `help:"Buy another of what was bought in the last day, without being asked."`
}

// Run buys.
func (c walletPay) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		return w.Pay(ctx, Order{
			Wanted:   Wanted{Listings: c.Listings, Quantity: c.Quantity, Delivery: c.Delivery, Note: c.Note},
			Exchange: c.Exchange, Load: c.Load, Again: c.Again,
		})
	})
}

type walletReceipts struct {
	Bundle       string `help:"Print the receipt of this order as a file that anyone can verify, and nothing else." placeholder:"ORDER"`
	WithoutOrder bool   `help:"Leave out what was ordered, with the delivery note."`
}

// Run prints receipts.
func (c walletReceipts) Run(ctx context.Context, line *Command) error {
	return line.looking(ctx, func(w *Wallet) (Said, error) {
		if c.Bundle != "" {
			return w.BundleOf(ctx, c.Bundle, !c.WithoutOrder)
		}
		return w.NewestReceipts(ctx)
	})
}

type walletOrders struct {
	Order     string `arg:"" optional:"" help:"One order or conversation, as this command prints it; default is all of them."`
	Reconcile bool   `help:"Compare with what the stall has, fetch what is missing, and print what differs as it was signed."`
}

// Run prints threads.
func (c walletOrders) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		if c.Reconcile {
			return w.ReconcileOrders(ctx, c.Order)
		}
		if c.Order != "" {
			return w.ThreadNow(ctx, c.Order)
		}
		return w.ThreadsNow(ctx)
	})
}

type walletMessage struct {
	Order string `arg:"" help:"The order or conversation, as orders prints it."`
	Text  string `arg:"" help:"At most 2,000 characters."`
}

// Run writes to the seller.
func (c walletMessage) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SayIn(ctx, c.Order, "message", c.Text) })
}

type walletAsk struct {
	Listing string `arg:"" help:"Address of the listing's page."`
	Text    string `arg:"" help:"At most 2,000 characters."`
}

// Run asks.
func (c walletAsk) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.AskAbout(ctx, c.Listing, c.Text) })
}

type walletPropose struct {
	Listing  string `arg:"" help:"Address of the listing's page."`
	Price    string `arg:"" help:"What you would pay for each, like 10.00."`
	Text     string `arg:"" optional:"" help:"A word with it, of at most 500 characters."`
	Quantity int    `help:"How many." default:"1"`
}

// Run proposes.
func (c walletPropose) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.ProposePrice(ctx, c.Listing, c.Price, c.Quantity, c.Text) })
}

type walletPhoto struct {
	Order string `arg:"" help:"The order, as orders prints it, or the conversation."`
	File  string `arg:"" help:"A JPEG, PNG or GIF. What it says of place, time and camera is left out." type:"existingfile"`
	Shows string `arg:"" optional:"" help:"What it shows, in at most 500 characters."`
}

// Run shows the photo.
func (c walletPhoto) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.ShowIn(ctx, c.Order, c.File, c.Shows) })
}

type walletPhotos struct {
	Order  string `arg:"" help:"The order, as orders prints it, or the conversation."`
	Folder string `arg:"" help:"Where to, as DIGEST.jpg." type:"existingdir"`
}

// Run saves the photos.
func (c walletPhotos) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SavePhotos(ctx, c.Order, c.Folder) })
}

type walletAddress struct {
	Order  string `arg:"" help:"The order, as orders prints it."`
	Text   string `arg:"" optional:"" help:"A word to the seller."`
	Postal Postal `embed:""`
}

// Run gives another address.
func (c walletAddress) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SendTo(ctx, c.Order, c.Text, c.Postal) })
}

type walletReceived struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" optional:"" help:"A word to the seller."`
}

// Run says that it is here.
func (c walletReceived) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SayIn(ctx, c.Order, "received", c.Text) })
}

type walletReturn struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" help:"Why, in at most 500 characters."`
}

// Run asks to send it back.
func (c walletReturn) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SayIn(ctx, c.Order, "return", c.Text) })
}

type walletReturned struct {
	Order    string `arg:"" help:"The order, as orders prints it."`
	Text     string `arg:"" optional:"" help:"A word to the seller."`
	Carrier  string `help:"Who brings it." placeholder:"NAME"`
	Tracking string `help:"The parcel's number." placeholder:"NUMBER"`
}

// Run says that it is on its way back.
func (c walletReturned) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		return w.sayIn(ctx, c.Order, scrip.Event{Kind: "returned", Text: c.Text, Carrier: c.Carrier, Tracking: c.Tracking})
	})
}

type walletKeep struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" optional:"" help:"A word to the seller."`
}

// Run keeps it.
func (c walletKeep) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SayIn(ctx, c.Order, "kept", c.Text) })
}

type walletCallOff struct {
	Order string `arg:"" help:"The order, as orders prints it."`
	Text  string `arg:"" optional:"" help:"Why."`
}

// Run asks to cancel.
func (c walletCallOff) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.SayIn(ctx, c.Order, "cancel", c.Text) })
}

type walletRate struct {
	Order string `arg:"" help:"The order, as receipts prints it."`
	Words string `arg:"" optional:"" help:"At most 500 characters, for everyone to read."`
	Stars int    `help:"From 1 to 5; without it, what you said is shown, and whether the broker publishes it." placeholder:"N"`
}

// Run rates.
func (c walletRate) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		if c.Stars == 0 {
			return w.RatingOf(ctx, c.Order)
		}
		return w.RateOrder(ctx, c.Order, c.Stars, c.Words)
	})
}
