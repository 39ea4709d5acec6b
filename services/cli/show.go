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

// Balance is what the wallet holds.
type Balance struct {
	Currency string      `json:"currency"` // ISO 4217
	Digits   int         `json:"digits"`   // of a minor unit, behind the point
	Parts    []Part      `json:"parts"`    // all of `total`, by where it is
	Total    scrip.Money `json:"total"`
	Expired  scrip.Money `json:"expired"`  // of `total`: buys nothing until it is renewed
	Expires  int64       `json:"expires"`  // the first expiry in `total`; 0 when there is nothing
	Doubtful scrip.Money `json:"doubtful"` // beside `total`: its issuer does not accept it
	Waiting  []Waiting   `json:"waiting"`  // what of `total` waits for stalls
}

// Part is money of one kind.
type Part struct {
	Kind   wallet.ShareKind `json:"kind"`             // `ready`, `stall`, `under-way`, `returning`, `owed`, `given-up` or `gone`
	Vendor scrip.VendorID   `json:"vendor,omitempty"` // of the stall where it is; absent at the broker
	Stall  string           `json:"stall,omitempty"`  // that stall's name, where it is known
	Amount scrip.Money      `json:"amount"`
}

// Waiting is a payment that a stall has to answer.
type Waiting struct {
	Tx     scrip.ID       `json:"tx"` // by which the broker's books know it
	Vendor scrip.VendorID `json:"vendor"`
	Stall  string         `json:"stall"` // its name; empty when it is not known any more
	Amount scrip.Money    `json:"amount"`
	Since  int64          `json:"since"`
	Ends   int64          `json:"ends"` // when the stall's certificate ends, as last seen; 0 when that is not known
}

// Settled is the balance after finishing what is unfinished, as far as it can be.
func (w *Wallet) Settled(ctx context.Context) (Balance, error) {
	w.finish(ctx)
	return w.balance(ctx)
}

func (w *Wallet) balance(ctx context.Context) (Balance, error) {
	b, err := w.Balance(ctx)
	if err != nil {
		return Balance{}, err
	}
	said := Balance{
		Currency: b.Currency.Code, Digits: b.Currency.Exponent, Parts: []Part{}, Total: b.Total, Expired: b.Expired, Expires: b.Expires,
		Doubtful: b.Doubtful, Waiting: []Waiting{},
	}
	for _, s := range b.Shares {
		said.Parts = append(said.Parts, Part(s))
	}
	waiting, err := w.Waiting(ctx)
	for _, x := range waiting {
		said.Waiting = append(said.Waiting, Waiting{Tx: x.Tx, Vendor: x.Vendor, Stall: x.Name, Amount: x.Value, Since: x.Since, Ends: x.Ends})
	}
	return said, err
}

func (b Balance) print(p *page) {
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	line := func(name string, m scrip.Money) { fmt.Fprintf(t, "%s\t%s\n", name, p.say(m)) }
	if len(b.Parts) == 0 {
		line(wallet.Share{Kind: wallet.ShareReady}.String(), 0)
	}
	for _, s := range b.Parts {
		line(wallet.Share(s).String(), s.Amount)
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
	_ = t.Flush() // as a line of printf
	for _, x := range b.Waiting {
		p.printf("%s", x.line(p.say(x.Amount), time.Now().Unix()))
	}
}

// long is after how many seconds it is said what can become of what waits for a stall.
const long = 24 * 60 * 60

// line says of what waits for a stall since when it does and, after a day, how that
// ends: by itself, or, where the stall is there and says no, by whoever runs the broker.
func (x Waiting) line(value string, now int64) string {
	said := fmt.Sprintf("%s waits for %s since %s, and is asked for again by itself\n", value, x.Stall, day(x.Since))
	if x.Ends == 0 || now-x.Since < long {
		return said
	}
	return said + fmt.Sprintf("  should the stall be closed, stay silent for 30 days, or not renew its certificate, which ends on %s, within a week: it goes back to your bank by itself\n"+
		"  should it answer and not give it: whoever runs the broker can close the stall. Name them the payment %s of %s: the broker's books have it\n", day(x.Ends), x.Tx, day(x.Since))
}

func day(at int64) string { return time.Unix(at, 0).Format(time.DateOnly) }

// Receipts are the newest receipts.
type Receipts struct {
	Receipts []Receipt `json:"receipts"`
}

// Receipt is what was bought, of one stall in one purchase. What was signed of it is in its Bundle.
type Receipt struct {
	Order     scrip.ID       `json:"order"` // the seller's number of it
	Tx        scrip.ID       `json:"tx"`    // of the purchase
	At        int64          `json:"at"`
	Vendor    scrip.VendorID `json:"vendor"`
	Stall     string         `json:"stall"` // the seller's name
	Title     string         `json:"title"` // of all of it, in short
	Lines     []Line         `json:"lines"`
	Price     scrip.Money    `json:"price"` // paid in all
	Delivery  scrip.Delivery `json:"delivery"`
	Note      string         `json:"note"`       // the buyer's
	Refunded  scrip.Money    `json:"refunded"`   // what the seller took back and was collected
	Sent      int64          `json:"sent"`       // when the seller sent it; 0 until the wallet heard so
	SentWords string         `json:"sent_words"` // the seller's, with that
}

// Line is one thing of a purchase.
type Line struct {
	Title    string      `json:"title"`
	Price    scrip.Money `json:"price"` // of one
	Quantity int         `json:"quantity"`
}

// receiptOf is a receipt with what was taken back of it.
func receiptOf(r wallet.Receipt, refunded scrip.Money) Receipt {
	said := Receipt{
		Order: r.OrderID, Tx: r.Tx, At: r.At, Vendor: r.Vendor, Stall: r.Stall, Title: r.Title(), Lines: []Line{}, Price: r.Price,
		Delivery: r.Delivery, Note: r.Wish, Refunded: refunded, Sent: r.Sent, SentWords: r.Note,
	}
	for _, l := range r.Lines {
		said.Lines = append(said.Lines, Line{l.Title, l.Price, l.Quantity})
	}
	return said
}

// mostReceipts is how many receipts are told at once.
const mostReceipts = 50

// NewestReceipts tells the newest receipts.
func (w *Wallet) NewestReceipts(ctx context.Context) (Receipts, error) {
	w.finish(ctx)
	return w.receiptsFrom(ctx, 0)
}

// receiptsFrom tells receipts, the newest first, from an offset on.
func (w *Wallet) receiptsFrom(ctx context.Context, offset int) (Receipts, error) {
	list, err := w.Receipts(ctx, offset, mostReceipts)
	if err != nil {
		return Receipts{}, err
	}
	refunded, err := w.Refunded(ctx)
	said := Receipts{[]Receipt{}}
	for _, r := range list {
		said.Receipts = append(said.Receipts, receiptOf(r, refunded[r.Tx].Amount))
	}
	return said, err
}

func (r Receipts) print(p *page) {
	if len(r.Receipts) == 0 {
		p.printf("nothing was bought yet\n")
	}
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, one := range r.Receipts {
		back := ""
		if one.Refunded > 0 {
			back = "\ttaken back " + p.say(one.Refunded)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s%s%s\n",
			time.Unix(one.At, 0).Format(time.DateTime), p.say(one.Price), one.Title, one.Stall, one.Order, back, one.sent())
	}
	_ = t.Flush() // as a line of printf
}

// sent says when the seller sent an order, and its words on one line.
func (r Receipt) sent() string {
	if r.Sent == 0 {
		return ""
	}
	note := strings.Join(strings.Fields(r.SentWords), " ")
	if note != "" {
		note = ": " + note
	}
	return "\tsent " + time.Unix(r.Sent, 0).Format("2 Jan 2006") + note
}
