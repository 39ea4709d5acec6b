package cli

import "context"

type walletHolds struct {
	To string `help:"Where the money goes that comes back: into the wallet, or bank." enum:"scrip,bank" default:"scrip"`
}

// Run asks the broker, tells the sellers, and takes in what is the buyer's again.
func (c walletHolds) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.HoldsNow(ctx, c.To) })
}

type walletHeads struct {
	Evidence string   `help:"File into which the evidence is written, if there is any." type:"path" placeholder:"FILE"`
	Settle   []string `help:"Say that what contradicts the broker is explained, by the names that were shown: it stays as evidence, and money can be added again, unless more was found since." placeholder:"NAME"`
}

// Run compares, and tells.
func (c walletHeads) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.HeadsNow(ctx, c.Evidence, c.Settle) })
}

type walletRelease struct {
	Order string `arg:"" help:"Number of the order."`
}

// Run tells the broker.
func (c walletRelease) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.ReleaseOrder(ctx, c.Order) })
}

type walletReclaim struct {
	Order string `arg:"" help:"Number of the order."`
	To    string `help:"Where the money goes: into the wallet, or bank." enum:"scrip,bank" default:"scrip"`
}

// Run asks the broker.
func (c walletReclaim) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.ReclaimOrder(ctx, c.Order, c.To) })
}

type walletDispute struct {
	Order    string   `arg:"" help:"Number of the order."`
	Text     string   `arg:"" help:"What is wrong."`
	Photo    []string `help:"A photo that shows it, a JPEG, PNG or GIF: up to 8 of an order. The seller is shown it, too." type:"existingfile" sep:"none"`
	Messages bool     `help:"Show what was written in the order's thread, too, without addresses." default:"true" negatable:""`
}

// Run tells the broker.
func (c walletDispute) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		return w.DisputeOrder(ctx, Problem{Order: c.Order, Text: c.Text, Photos: c.Photo, Messages: c.Messages})
	})
}
