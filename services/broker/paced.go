package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// A stall has many customers, and may have so many times what an account may.
const customers = 10

// pacedBooks log no more of a kind for an account, or for a merchant, than its
// pace: above it a Change is scrip.Unavailable, and the same message welcome in the
// next hour. So nobody fills the log, whatever can be repeated; and who floods with
// one kind of message is still heard with the others. A record of much evidence
// counts as several. A refusal that is kept for good
// counts like a record of an account, whoever had it.
type pacedBooks struct {
	Books
	accounts, vendors *scrip.Pace
}

func paced(b Books, most int) pacedBooks {
	const hour = 60 * 60
	return pacedBooks{b, &scrip.Pace{Most: most, Window: hour}, &scrip.Pace{Most: most * customers, Window: hour}}
}

// Apply implements scrip.Book.
func (b pacedBooks) Apply(ctx context.Context, c scrip.Change) error {
	pace, who, records := b.sender(c)
	if pace == nil {
		return b.Books.Apply(ctx, c)
	}
	if err := pace.Take(who, records, c.At); err != nil {
		return err
	}
	err := b.Books.Apply(ctx, c)
	if err != nil { // nothing was logged
		pace.Return(who, records)
	}
	return err
}

// weighty is how many bytes of evidence a record may have to count once: most have less,
// a DISPUTE may have forty times as much.
const weighty = 4096

// weight is what records count together.
func weight(records []scrip.Record) (n int) {
	for _, r := range records {
		n++
		for _, jws := range r.Evidence {
			n += len(jws) / weighty
		}
	}
	return n
}

// sender is who had a Change logged, by what kind of message, and what its records count.
func (b pacedBooks) sender(c scrip.Change) (pace *scrip.Pace, who string, records int) {
	if c.Broker == nil && len(c.Replies) == 1 && c.Replies[0].ScripID == "" {
		refused := c.Replies[0] // T23's REFUSE, which is kept for good
		return b.accounts, "REFUSE " + refused.Typ + " " + refused.From, 1
	}
	if c.Broker == nil || len(c.Broker.Log) == 0 {
		return nil, "", 0
	}
	first := c.Broker.Log[0]
	switch steps[first.Kind].pace { // what is no step nobody has logged: T18 is an answer, REVOKE the operator's
	case byAccount:
		return b.accounts, first.Kind + " " + string(first.Account), weight(c.Broker.Log)
	case byVendor:
		return b.vendors, first.Kind + " " + string(first.Vendor), weight(c.Broker.Log)
	}
	return nil, "", 0
}
