package rig_test

import (
	"context"
	"errors"
	"fmt"

	"pgregory.net/rapid"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// drawReturn says something of sending one of the last orders back, whether it may be said
// or not, or has what came back go on to the bank.
func drawReturn(t *rapid.T, _ *town, _ *walletProcess) act {
	kind := rapid.SampledFrom([]string{"return", "return", "returned", "returned", "kept", "refund to the bank"}).Draw(t, "event")
	which := rapid.IntRange(0, 2).Draw(t, "order")
	return act{what: fmt.Sprintf("%s of order %d", kind, which), do: func(ctx context.Context, c *wallet.Wallet) error {
		if kind == "refund to the bank" {
			_, err := c.CollectToBank(ctx)
			return err
		}
		receipts, err := c.Receipts(ctx, which, 1)
		if err != nil || len(receipts) == 0 {
			return errors.Join(wallet.ErrNothing, err)
		}
		e := scrip.Event{Kind: kind, Text: "It does not fit."}
		if kind == "returned" {
			e.Carrier, e.Tracking = "PostNL", "3SABCD1234567"
		}
		return c.Say(ctx, receipts[0].Tx, e)
	}}
}

// drawTakeBack has a seller answer who wants to send something back, be it asked or not:
// agree, decline, or pay it back at once.
func (w *town) drawTakeBack(t *rapid.T) {
	ctx, s := w.T.Context(), pick(t, "stall", w.stalls)
	threads := w.ordersOf(s)
	if len(threads) == 0 || s.now().isDead() {
		t.Skip()
	}
	asked := threads[:0:0]
	for _, th := range threads {
		switch th.State {
		case "return-asked", "return-agreed", "returned":
			asked = append(asked, th)
		}
	}
	if len(asked) > 0 && rapid.IntRange(0, 4).Draw(t, "of any order") > 0 {
		threads = asked
	}
	th, how := pick(t, "order", threads), rapid.SampledFrom([]string{"return-agreed", "return-agreed", "return-declined", "refund"}).Draw(t, "answer")
	var err error
	switch how {
	case "return-agreed":
		pays := rapid.SampledFrom([]scrip.Side{scrip.Buyer, scrip.Seller}).Draw(t, "pays")
		err = s.present().Say(ctx, th.Order, scrip.Event{Kind: how, Text: "To the shop, please.", Pays: pays})
	case "return-declined":
		err = s.present().Say(ctx, th.Order, scrip.Event{Kind: how, Text: "It is as described."})
	case "refund":
		sale, found := s.shelf().Sale(ctx, th.Order)
		if found != nil {
			w.T.Fatal(found)
		}
		if err = s.present().Refund(ctx, w.ID(), th.Order, max(1, sale.Price-sale.Refunded)); errors.Is(err, scrip.AmountOutOfBounds) {
			err = nil // all of it is back, or was kept from it
		}
	}
	w.log("%s answers a return of what is %s, %s: %v", s.label, th.State, how, err)
	if err != nil && !errors.Is(err, scrip.OutOfTurn) && !errors.Is(err, errCrash) {
		w.T.Errorf("%s answers a return, %s: got %v, want it done or refused", s.label, how, err)
	}
}

// ordersOf are the threads of all orders of a stall; where nothing was said, what T11 began.
func (w *town) ordersOf(s *stallProcess) (list []scrip.KeptThread) {
	w.T.Helper()
	sales, err := s.shelf().Sales(w.T.Context(), 0, 10_000)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, sale := range sales {
		th, err := s.shelf().Thread(w.T.Context(), sale.ID)
		if errors.Is(err, scrip.ErrAbsent) {
			th, err = scrip.KeptThread{Thread: scrip.Thread{Order: sale.ID, State: "paid"}, Pseudonym: sale.Pseudonym}, nil
		}
		if err != nil {
			w.T.Fatal(err)
		}
		list = append(list, th)
	}
	return list
}

// barred is a buyer whom a stall has blocked, with what it had bought there by then.
type barred struct {
	at     *stallProcess
	buyer  scrip.Pseudonym
	bought int
}

// drawBlock has a seller block the buyer of an order or of a conversation, or take one
// block back.
func (w *town) drawBlock(t *rapid.T) {
	ctx, s := w.T.Context(), pick(t, "stall", w.stalls)
	if s.now().isDead() {
		t.Skip()
	}
	blocked, err := s.shelf().Blocked(ctx)
	if err != nil {
		w.T.Fatal(err)
	}
	if len(blocked) > 0 && rapid.IntRange(0, 2).Draw(t, "unblock") > 0 {
		buyer := pick(t, "blocked", blocked).Pseudonym
		w.checkBarred()
		err := s.present().Unblock(ctx, buyer)
		w.log("%s unblocks a buyer: %v", s.label, err)
		w.unbar(s, buyer)
		if err != nil && !errors.Is(err, errCrash) {
			w.T.Errorf("%s unblocks a buyer: got %v, want it done", s.label, err)
		}
		return
	}
	threads := w.ordersOf(s)
	talks, err := s.shelf().Talks(ctx, 100)
	if err != nil {
		w.T.Fatal(err)
	}
	if threads = append(threads, talks...); len(threads) == 0 {
		t.Skip()
	}
	th := pick(t, "thread", threads)
	err = s.present().Block(ctx, th.Order)
	w.log("%s blocks a buyer: %v", s.label, err)
	switch {
	case err == nil:
		w.unbar(s, th.Pseudonym) // who was blocked already is so once
		w.barred = append(w.barred, barred{s, th.Pseudonym, w.boughtBy(s, th.Pseudonym)})
	case !errors.Is(err, errCrash):
		w.T.Errorf("%s blocks a buyer: got %v, want it done", s.label, err)
	}
}

func (w *town) unbar(s *stallProcess, buyer scrip.Pseudonym) {
	for i, b := range w.barred {
		if b.at == s && b.buyer == buyer {
			w.barred = append(w.barred[:i:i], w.barred[i+1:]...)
			return
		}
	}
}

// boughtBy is how often a pseudonym bought at a stall.
func (w *town) boughtBy(s *stallProcess, buyer scrip.Pseudonym) (n int) {
	w.T.Helper()
	for _, th := range w.ordersOf(s) {
		if th.Pseudonym == buyer {
			n++
		}
	}
	return n
}

// checkBarred wants nobody who is blocked to have bought since.
func (w *town) checkBarred() {
	w.T.Helper()
	for _, b := range w.barred {
		if got := w.boughtBy(b.at, b.buyer); got != b.bought {
			w.T.Errorf("%s: a buyer who is blocked has bought %d times, want %d as when it was blocked", b.at.label, got, b.bought)
		}
	}
}
