package rig_test

import (
	"errors"
	"fmt"

	"pgregory.net/rapid"

	"peerscrip/services/scrip"
)

// drawSend has a seller mark an order as sent, be it one that was taken back.
func (w *town) drawSend(t *rapid.T) {
	s := pick(t, "stall", w.stalls)
	sales, err := s.shelf().Sales(w.T.Context(), 0, 10_000)
	if err != nil {
		w.T.Fatal(err)
	}
	if len(sales) == 0 || s.now().isDead() {
		t.Skip()
	}
	sale := pick(t, "sale", sales)
	err = s.present().MarkSent(w.T.Context(), sale.ID, scrip.Parcel{})
	w.log("%s sends an order: %v", s.label, err)
	if err != nil && !errors.Is(err, scrip.OutOfTurn) && !errors.Is(err, errCrash) {
		w.T.Errorf("%s sends an order: got %v, want it done or refused", s.label, err)
	}
}

// drawDecide has the operator decide a dispute.
func (w *town) drawDecide(t *rapid.T) {
	open, err := w.Books.Disputed(w.T.Context(), 9)
	if err != nil {
		w.T.Fatal(err)
	}
	if len(open) == 0 {
		t.Skip()
	}
	h := pick(t, "dispute", open)
	part := h.Left / scrip.Money(rapid.SampledFrom([]int{1, 2, 3}).Draw(t, "part"))
	_, err = w.Judge().Decide(w.T.Context(), h.Vendor, h.Purchase, part, "So it is.")
	w.log("decided, %d of %d to the buyer: %v", part, h.Left, err)
	if err != nil {
		w.T.Errorf("Decide: %v", err)
	}
}

// returned is what the wallet had back of what it bought, refunds apart.
func (c *walletProcess) returned() (sum scrip.Money) {
	for _, r := range c.receipts() {
		h, err := c.town.Books.Held(c.town.T.Context(), r.Vendor, r.Tx)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			c.town.T.Fatal(err)
		}
		sum += h.ToBuyer
	}
	return sum
}

// unheard is what stalls have yet to tell the broker of what they sent.
func (s *stallProcess) unheard() error {
	untold, err := s.shelf().Untold(s.town.T.Context(), 1)
	if err == nil && len(untold) > 0 {
		err = fmt.Errorf("%s has yet to tell that it sent %s", s.label, untold[0].ID)
	}
	return err
}

// checkHolds wants stalls to know how the money of their sales stands.
func (w *town) checkHolds() {
	w.T.Helper()
	for _, s := range w.present() {
		sales, err := s.shelf().Sales(w.T.Context(), 0, 10_000)
		if err != nil {
			w.T.Fatal(err)
		}
		for _, sale := range sales {
			if sale.Hold == nil {
				continue
			}
			h, err := w.Books.Held(w.T.Context(), s.opened.Vendor(), sale.Tx)
			if err != nil || h.State != sale.Hold.State {
				w.T.Errorf("%s knows the money of %s to be %s, the broker has it %s, %v", s.label, sale.Tx, sale.Hold.State, h.State, err)
			}
		}
	}
}
