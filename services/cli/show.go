package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// PrintBalance prints what the wallet holds.
func (w *Wallet) PrintBalance(ctx context.Context) error {
	w.finish(ctx)
	b, err := w.Balance(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w.config.Out, 0, 0, 2, ' ', 0)
	line := func(name string, m scrip.Money) { fmt.Fprintf(t, "%s\t%s\n", name, w.say(ctx, m)) }
	line("good at every stall", b.Broker)
	for _, v := range b.Vendors {
		line("good at "+v.Name, v.Value)
	}
	line("total", b.Total)
	if b.Expired > 0 {
		line("of it expired, to be renewed", b.Expired)
	}
	if b.Expires > 0 {
		fmt.Fprintf(t, "first to be renewed\tbefore %s\n", time.Unix(b.Expires, 0).Format(time.DateOnly))
	}
	if b.Doubtful > 0 {
		line("beside it, not accepted by its issuer", b.Doubtful)
	}
	if b.AtStake > 0 || b.Owed > 0 {
		line("of it in unfinished payments", b.AtStake)
		line("owed by stalls", b.Owed)
	}
	return t.Flush()
}

// sent says when the seller sent an order, and its note on one line.
func sent(r wallet.Receipt) string {
	if r.Sent == 0 {
		return ""
	}
	note := strings.Join(strings.Fields(r.Note), " ")
	if note != "" {
		note = ": " + note
	}
	return "\tsent " + time.Unix(r.Sent, 0).Format("2 Jan 2006") + note
}

// PrintReceipts prints the newest receipts.
func (w *Wallet) PrintReceipts(ctx context.Context) error {
	w.finish(ctx)
	receipts, err := w.Receipts(ctx, 0, 50)
	if err != nil {
		return err
	}
	refunded, err := w.Refunded(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w.config.Out, 0, 0, 2, ' ', 0)
	for _, r := range receipts {
		back := ""
		if amount := refunded[r.Tx].Amount; amount > 0 {
			back = "\ttaken back " + w.say(ctx, amount)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s%s%s\n",
			time.Unix(r.At, 0).Format(time.DateTime), w.say(ctx, r.Price), r.Title, r.Stall, r.OrderID, back, sent(r))
	}
	return t.Flush()
}
