package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"peerscrip/services/scrip"
)

// disbursingBooks have what goes into a bank account paid on by the bank: whichever step pays into one, the same commit takes the
// money out of it again and writes the order down, which the bank carries out behind it. So no step can forget it, and none waits
// for a bank. A bank in whose accounts money stays (the sandbox) orders nothing.
type disbursingBooks struct {
	Books
	bank Bank
}

// Apply implements scrip.Book.
func (b disbursingBooks) Apply(ctx context.Context, c scrip.Change) error {
	ordered := b.order(c)
	err := b.Books.Apply(ctx, ordered)
	if err == nil && ordered.Broker != nil && ordered.Broker.Banking != nil {
		b.bank.Wake()
	}
	return err
}

// order adds to a Change, which stays as it is, the orders for what it pays into bank accounts.
func (b disbursingBooks) order(c scrip.Change) scrip.Change {
	if c.Broker == nil {
		return c
	}
	change, orders := *c.Broker, []scrip.Disbursement(nil)
	change.Log = append([]scrip.Record(nil), c.Broker.Log...)
	for i, r := range change.Log {
		posts := append([]scrip.Posting(nil), r.Posts...)
		for n, p := range r.Posts {
			reference, into := p.To.Bank()
			if !into || p.From == scrip.World || p.From == scrip.Suspense {
				continue
			}
			d := b.bank.Disburse(orderOf(r, n), reference, p.Amount, r.At)
			if d == nil {
				return c
			}
			out := scrip.Posting{From: p.To, To: scrip.PayoutOf(reference), Amount: p.Amount}
			orders, posts = append(orders, *d), append(posts, out)
			change.Post = append(change.Post[:len(change.Post):len(change.Post)], out)
		}
		change.Log[i].Posts = posts
	}
	if len(orders) == 0 {
		return c
	}
	change.Banking, c.Broker = &scrip.Banking{Disburse: orders}, &change
	return c
}

// orderOf names the order for a posting of a record. A record is there once, so its orders are.
func orderOf(r scrip.Record, n int) scrip.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s %d", r.Kind, r.Tx, r.Account, r.Vendor, n))
	return scrip.ID(base64.RawURLEncoding.EncodeToString(sum[:16]))
}
