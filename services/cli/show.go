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

// PrintBalance prints what the wallet holds, after finishing what is unfinished.
func (w *Wallet) PrintBalance(ctx context.Context) error {
	w.finish(ctx)
	return w.printBalance(ctx)
}

func (w *Wallet) printBalance(ctx context.Context) error {
	b, err := w.Balance(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w.config.Out, 0, 0, 2, ' ', 0)
	line := func(name string, m scrip.Money) { fmt.Fprintf(t, "%s\t%s\n", name, w.say(ctx, m)) }
	if len(b.Shares) == 0 {
		line(wallet.Share{Kind: wallet.ShareReady}.String(), 0)
	}
	for _, s := range b.Shares {
		line(s.String(), s.Amount)
	}
	line("total", b.Total)
	if b.Expired > 0 {
		line("of it expired, to be renewed", b.Expired)
	}
	if b.Expires > 0 {
		fmt.Fprintf(t, "first to be renewed\tbefore %s\n", day(b.Expires))
	}
	if b.Doubtful > 0 {
		line("beside it, not accepted by its issuer", b.Doubtful)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return w.printWaiting(ctx)
}

// long is after how many seconds it is said what can become of what waits for a stall.
const long = 24 * 60 * 60

// printWaiting prints what waits for stalls, since when, and how that can end.
func (w *Wallet) printWaiting(ctx context.Context) error {
	waiting, err := w.Waiting(ctx)
	if err != nil {
		return err
	}
	for _, x := range waiting {
		w.printf("%s", waits(x, w.say(ctx, x.Value), time.Now().Unix()))
	}
	return nil
}

// waits says of what waits for a stall since when it does and, after a day, how that
// ends: by itself, or, where the stall is there and says no, by whoever runs the broker.
func waits(x wallet.Waiting, value string, now int64) string {
	said := fmt.Sprintf("%s waits for %s since %s, and is asked for again by itself\n", value, x.Name, day(x.Since))
	if x.Ends == 0 || now-x.Since < long {
		return said
	}
	return said + fmt.Sprintf("  should the stall be closed, stay silent for 30 days, or not renew its certificate, which ends on %s, within a week: it goes back to your bank by itself\n"+
		"  should it answer and not give it: whoever runs the broker can close the stall. Name them the payment %s of %s: the broker's books have it\n", day(x.Ends), x.Tx, day(x.Since))
}

func day(at int64) string { return time.Unix(at, 0).Format(time.DateOnly) }

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
			time.Unix(r.At, 0).Format(time.DateTime), w.say(ctx, r.Price), r.Title(), r.Stall, r.OrderID, back, sent(r))
	}
	return t.Flush()
}
