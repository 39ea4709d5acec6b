package rig_test

import (
	"errors"

	"pgregory.net/rapid"

	"peerscrip/services/scrip"
)

// drawRefund has a seller take back an order, whole or in part.
func (w *town) drawRefund(t *rapid.T) {
	s := pick(t, "stall", w.stalls)
	sales, err := s.shelf().Sales(w.T.Context(), 0, 10_000)
	if err != nil {
		w.T.Fatal(err)
	}
	if len(sales) == 0 || s.now().isDead() {
		t.Skip()
	}
	sale := pick(t, "sale", sales)
	amount := sale.Price / scrip.Money(rapid.SampledFrom([]int{1, 2, 3}).Draw(t, "part"))
	id := w.ID()
	for range rapid.IntRange(1, 2).Draw(t, "times") { // the form sent twice counts once
		err = s.present().Refund(w.T.Context(), id, sale.ID, amount)
	}
	w.log("%s takes back %d of %d: %v", s.label, amount, sale.Price, err)
	if err != nil && !errors.Is(err, scrip.AmountOutOfBounds) && !errors.Is(err, errCrash) {
		w.T.Errorf("%s takes back %d of %d: got %v, want it done or refused", s.label, amount, sale.Price, err)
	}
}

// refunded sums up what the stalls that are there took back of the sales with these
// txs, or with any.
func (w *town) refunded(of func(tx scrip.ID) bool) (sum scrip.Money) {
	w.T.Helper()
	for _, s := range w.present() {
		sales, err := s.shelf().Sales(w.T.Context(), 0, 10_000)
		if err != nil {
			w.T.Fatal(err)
		}
		for _, sale := range sales {
			list, err := s.shelf().Refunds(w.T.Context(), []scrip.ID{sale.ID})
			if err != nil {
				w.T.Fatal(err)
			}
			back := scrip.Money(0)
			for _, r := range list {
				if r.CoveredAt > 0 { // not what the buyer had taken back before
					back += r.Amount
				}
			}
			if back > sale.Price {
				w.T.Errorf("%s took back %d of an order for %d", s.label, back, sale.Price)
			}
			if of(sale.Tx) {
				sum += back
			}
		}
	}
	return sum
}

// refunded is what the wallet got back of what it bought.
func (c *walletProcess) refunded() scrip.Money {
	mine := map[scrip.ID]bool{}
	for _, r := range c.receipts() {
		mine[r.Tx] = true
	}
	return c.town.refunded(func(tx scrip.ID) bool { return mine[tx] })
}

// collect fetches what is due to the cheat, with the same COLLECT sent twice.
func (c *cheat) collect(s *stallProcess) {
	c.Rig.T.Helper()
	m := c.Collection(s.opened)
	first, fresh, err := c.SendCollection(s.opened, m)
	if err != nil {
		c.Rig.T.Fatalf("COLLECT: %v", err)
	}
	if first.Amount == 0 {
		return
	}
	if _, again, err := c.SendCollection(s.opened, m); err != nil || again != fresh {
		c.Rig.T.Errorf("COLLECT again: got %+v, %v, want the answer of before", again, err)
	}
	c.pieces[s] = append(c.pieces[s], fresh)
}
