package merchant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// Difference is a protected purchase of which the stall's book and the broker's say
// different things, each by a HELD that the broker signed.
type Difference struct {
	Order    scrip.ID // empty: the stall's book has no such order
	Purchase scrip.ID
	Ours     scrip.HoldState // empty where there is no order
	OurWord  string          // HELD's JWS; empty: the broker never told
	Theirs   scrip.HoldState // empty: the broker holds nothing of it
	Word     string          // HELD's JWS; empty where it holds nothing
}

// Reconciled is what came of holding a stall's orders against the broker's books.
type Reconciled struct {
	Orders  int // that are protected
	Waiting int // of them, those of which the broker has yet to hear
	Fetched int // of them, those of which the broker had more to tell; the stall knows it now
	Differ  []Difference
}

// mostReconciled bounds the orders that are held against the broker's books.
const mostReconciled = 10_000

// mostFeed bounds the pages of the broker's feed that are read for it.
const mostFeed = 1000

// Reconcile reads the broker's feed from its beginning and holds the money of each
// protected order, of the last mostReconciled, against it; and each thread against itself. What the stall did not
// know it takes up, as ever (heardOf). A stall that was restored from a copy learns so
// what it missed, and what it has no order for. An error that is not the book's says
// that the broker was not reached, or not to its end: nothing is lost by asking again.
func (s *Stall) Reconcile(ctx context.Context) (Reconciled, error) {
	before, err := s.protectedSales(ctx)
	if err != nil {
		return Reconciled{}, err
	}
	words, err := s.feed(ctx)
	if err != nil {
		return Reconciled{}, err
	}
	r := Reconciled{Orders: len(before)}
	for _, w := range words {
		if _, looked := before[w.Purchase]; !looked {
			order, err := s.orderBy(ctx, w.Purchase)
			if err != nil {
				return Reconciled{}, err
			}
			if order.Hold == nil {
				r.Differ = append(r.Differ, Difference{Order: order.ID, Purchase: w.Purchase, Theirs: w.State, Word: w.Word})
			}
			continue
		}
		if err := s.heardOne(ctx, scrip.StallChange{}, w); err != nil {
			return Reconciled{}, err
		}
	}
	for tx, was := range before {
		if err := s.whole(ctx, was.ID); err != nil {
			return Reconciled{}, err
		}
		w, told := words[tx]
		now, err := s.Shelf.Sale(ctx, was.ID)
		if err != nil {
			return Reconciled{}, err
		}
		switch {
		case !told && !now.Recorded:
			r.Waiting++
		case !told, w.State != now.Hold.State:
			r.Differ = append(r.Differ, Difference{was.ID, tx, now.Hold.State, now.Hold.Word, w.State, w.Word})
		case was.Hold.State != now.Hold.State:
			r.Fetched++
		}
	}
	slices.SortFunc(r.Differ, func(a, b Difference) int { return cmp.Compare(a.Purchase, b.Purchase) })
	return r, nil
}

// orderBy is the order of a purchase that is not among the last protected ones: an older
// one, one of which the stall's book says that nothing is held, or the zero Sale where
// the book has none.
func (s *Stall) orderBy(ctx context.Context, purchase scrip.ID) (scrip.Sale, error) {
	sale, err := s.Shelf.SaleBy(ctx, purchase)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Sale{}, nil
	}
	if err != nil {
		return scrip.Sale{}, fmt.Errorf("look up the order of what is held: %w", err)
	}
	return sale, nil
}

// protectedSales are those of the last orders whose prices are, or were, held, by tx.
func (s *Stall) protectedSales(ctx context.Context) (map[scrip.ID]scrip.Sale, error) {
	sales, err := s.Shelf.Sales(ctx, 0, mostReconciled)
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	list := map[scrip.ID]scrip.Sale{}
	for _, sale := range sales {
		if sale.Hold != nil {
			list[sale.Tx] = sale
		}
	}
	return list, nil
}

// feed reads all that the broker tells of holds, the last word on each.
func (s *Stall) feed(ctx context.Context) (map[scrip.ID]scrip.HeldWord, error) {
	words, next := map[scrip.ID]scrip.HeldWord{}, 0
	for range mostFeed {
		said, err := askBroker[scrip.Watched](ctx, s, s.Keys.Signing.Thumbprint(), scrip.Watch{Vendor: s.Vendor(), After: next})
		if err != nil {
			return nil, fmt.Errorf("ask what is held: %w", err)
		}
		for _, of := range said.Body.Holds {
			word, err := scrip.Verify[scrip.OnHold](of.Hold, string(s.Vendor()), s.BrokerKeys)
			if err != nil || word.Body.Vendor != s.Vendor() {
				return nil, fmt.Errorf("read HELD: %w", errors.Join(scrip.Unreadable, err))
			}
			words[word.Body.Purchase] = told(word)
		}
		if next = said.Body.Next; len(said.Body.Holds) == 0 {
			break
		}
	}
	return words, nil
}

// whole reads the thread of an order from its first event on, and wants each to follow
// the one before and the last to be where the book says that the thread has come to.
func (s *Stall) whole(ctx context.Context, order scrip.ID) error {
	kept, err := s.thread(ctx, order)
	if err != nil {
		return err
	}
	sale, err := s.Shelf.Sale(ctx, order)
	if err != nil {
		return err
	}
	mandate, err := scrip.Verify[scrip.Mandate](sale.Mandate, string(s.Vendor()), nil)
	if err != nil {
		return fmt.Errorf("read the mandate of order %s: %w", order, err)
	}
	thread := scrip.Ordered(order, mandate)
	events, err := s.Shelf.Events(ctx, order, 0, scrip.MaxEvents)
	if err != nil {
		return err
	}
	for _, e := range events {
		by, event, err := scrip.ReadEvent(e.JWS, kept.Key, s.Vendor(), s.Certificate.Signer(), s.BrokerKeys)
		if err == nil {
			thread, err = thread.Next(by, event)
		}
		if err != nil {
			return fmt.Errorf("event %d of order %s does not follow: %w", e.Seq, order, err)
		}
	}
	if thread != kept.Thread {
		return fmt.Errorf("the thread of order %s is in another state than its events say", order)
	}
	return nil
}
