package bench

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/db"
	"peerscrip/services/bench/load"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// ahead is how many purchases a customer exchanges for at a time.
const ahead = 10

// issuers are the tables of the broker and of a stall after more and more payments of the
// same customers (claim C11): what is proportional to live scrip, apart from what grows
// with payments by right, the log and the orders.
func (r *run) issuers() error {
	const customers = 8
	data := r.data()
	address, err := freeAddress()
	if err != nil {
		return err
	}
	payments := []int{r.Size.Purchases, 4 * r.Size.Purchases}
	s, err := r.start("serve", data, "--listen="+address)
	if err != nil {
		return err
	}
	m := market{servers: []*load.Server{s}}
	if err := r.fill(&m, s.URL, s.URL, 1, enough(2*payments[1])); err != nil {
		return err
	}
	clients, worth := make([]*load.Client, customers), min(scrip.Money(2*payments[1])*load.Price, mostAtOnce) // four times a customer's share, at the most
	for i := range clients {
		if clients[i], err = load.Join(r.ctx, s.URL, worth); err != nil {
			return err
		}
		if err := errors.Join(clients[i].Visit(m.stalls[0]), clients[i].Load(r.ctx, worth)); err != nil {
			return err
		}
	}
	done := 0
	for _, n := range payments {
		_, err := load.Run(r.ctx, m.servers, clients, max((n-done)/ahead, 1), buyAhead, r.rest(s))
		if err != nil {
			return err
		}
		done = n
		if err := r.end(s); err != nil {
			return err
		}
		if err := r.tables(data, m.stalls[0].Vendor, n); err != nil {
			return err
		}
		if s, err = r.start("serve", data, "--listen="+address); err != nil {
			return err
		}
		m.servers = []*load.Server{s}
	}
	return nil
}

// buyAhead is an exchange and the purchases that it pays for.
func buyAhead(ctx context.Context, c *load.Client) error {
	if err := c.Exchange(ctx, ahead*load.Price); err != nil {
		return err
	}
	for range ahead {
		if err := c.BuyNoticed(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tables measures the databases of a folder that nothing runs on.
func (r *run) tables(data string, vendor scrip.VendorID, payments int) error {
	at := folder.At(data)
	var broker, stall map[string]db.Size
	err := withBooks(r.ctx, at.Books(), func(books *db.Books) (err error) { broker, err = books.Sizes(r.ctx); return err })
	if err != nil {
		return err
	}
	d, err := db.Open(r.ctx, at.Shelf(vendor), db.Merchant)
	if err != nil {
		return err
	}
	shelf, err := db.NewShelf(d, vendor)
	if err == nil {
		stall, err = shelf.Sizes(r.ctx)
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	sum := func(sizes map[string]db.Size, tables ...string) (bytes float64) {
		for _, t := range tables {
			bytes += float64(sizes[t].Bytes)
		}
		return bytes
	}
	what, each := figure(float64(payments))+" payments: ", float64(payments)
	r.add(Row{What: what + "issuer's tables at the broker", Reached: sum(broker, "scrip", "vault", "stored_reply", "announced", "extension", "alias"), Unit: "bytes",
		Note: fmt.Sprintf("%d live scrip; the log grew by %s bytes a payment", broker["scrip"].Rows, figure(sum(broker, "log", "log_staged", "log_seq", "log_posting", "log_hash", "log_message", "log_batch")/each))})
	r.add(Row{What: what + "issuer's tables at the stall", Reached: sum(stall, "scrip", "vault", "stored_reply", "exchange", "giveback"), Unit: "bytes",
		Note: fmt.Sprintf("%d live scrip; settled exchanges are kept, sixteen of each customer at most; orders %s bytes a payment", stall["scrip"].Rows, figure(sum(stall, "sale")/each))})
	return nil
}
