package world_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// protectedItem lists things that are sent within five days, with three to check.
func (w *world) protectedItem(price scrip.Money) string {
	w.T.Helper()
	l, err := w.stall.Stall.List(context.Background(), merchant.Item{
		Title: "Kettle", Category: "Home", Condition: "good", Price: price, Quantity: 9, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5, CheckWithin: 3,
	})
	if err != nil {
		w.T.Fatalf("List: %v", err)
	}
	return l.JWS
}

// stands wants the money of a purchase to stand so, as the wallet asks.
func stands(t *testing.T, c customer, purchase scrip.ID, told bool, state scrip.HoldState) {
	t.Helper()
	for _, p := range must(c.Holds(t.Context())) {
		if p.Receipt.Tx == purchase {
			if p.Told != told || p.Hold.State != state {
				t.Errorf("the hold: told %t, %q, want %t, %q", p.Told, p.Hold.State, told, state)
			}
			return
		}
	}
	t.Errorf("%s is not among the protected purchases", purchase)
}

// TestProtectedPurchase: a wallet asks for the protection that an offer promises, and
// what it lets go the seller has; of a purchase without protection there is nothing to say.
func TestProtectedPurchase(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	r := must(c.Buy(ctx, w.protectedItem(12_00), 1, rig.To("12 Elm Street")))
	plain := must(c.Buy(ctx, w.item(5_00, 1), 1, rig.To("12 Elm Street")))
	stands(t, c, r.Tx, false, "")
	want(t, "the stall's T12", w.stall.Deliver(ctx), nil)
	stands(t, c, r.Tx, true, scrip.HoldHeld)
	if _, err := c.ReleaseHold(ctx, plain.Tx); !errors.Is(err, scrip.NotFound) {
		t.Errorf("ReleaseHold without protection: got %v, want %v", err, scrip.NotFound)
	}
	for range 2 {
		if h := must(c.ReleaseHold(ctx, r.Tx)); h.State != scrip.HoldReleased || h.ToSeller != 12_00 {
			t.Errorf("ReleaseHold: got %+v", h)
		}
	}
	stands(t, c, r.Tx, true, scrip.HoldReleased)
	w.sameThreads(t, c)
	if got := must(c.Conversation(ctx, r.Tx)); got.Now != scrip.StateClosed || got.Hold != scrip.HoldReleased || len(got.Said) != 1 {
		t.Errorf("the thread: got %s after %d events, want %s by the broker's word", got.Now, len(got.Said), scrip.StateClosed)
	}
}

// TestHoldsOfAllPurchases: however much was bought since, the money that is held is known of, also to a wallet that was put
// back; and of what is over nobody is asked.
func TestHoldsOfAllPurchases(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	r := must(c.Buy(ctx, w.protectedItem(12_00), 1, rig.To("12 Elm Street")))
	for i := range 1001 { // which is read of none of them, or it would be told that they do not open
		tx := must(scrip.NewID(rand.Reader))
		want(t, "another purchase", c.purse.Apply(ctx, wallet.PurseChange{
			Write:   &wallet.Item{Tx: tx, Transaction: "6.3", Phase: wallet.PhaseDone, Vendor: w.vendor(), Amount: 1, StartedAt: int64(i), EndedAt: int64(i)},
			Receipt: &wallet.SealedReceipt{Tx: tx, Sealed: []byte("none")},
		}), nil)
	}
	stands(t, c, r.Tx, false, "")
	want(t, "the stall's T12", w.stall.Deliver(ctx), nil)
	stands(t, c, r.Tx, true, scrip.HoldHeld)
	must(c.ReleaseHold(ctx, r.Tx))
	w.brokerMute.Store(true)
	stands(t, c, r.Tx, true, scrip.HoldReleased)
}

// TestSellerHearsOfTheMoney: what the wallet learns its seller hears with the broker's
// word, at once or as soon as it is there; and what time did, by whoever looks first.
func TestSellerHearsOfTheMoney(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	r := must(c.Buy(ctx, w.protectedItem(12_00), 1, rig.To("12 Elm Street")))
	w.Clock.Advance(6 * 24 * time.Hour)
	w.stallMute.Store(true)
	if h := must(c.ReclaimHold(ctx, r.Tx, scrip.ToScrip)); h.State != scrip.HoldReclaimed {
		t.Errorf("ReclaimHold: got %+v", h)
	}
	if got := must(c.Conversation(ctx, r.Tx)); got.Unsaid == nil || got.Unsaid.Kind != "reclaimed" {
		t.Errorf("what the stall did not answer: got %+v, want it written down", got)
	}
	w.stallMute.Store(false)
	w.sameThreads(t, c)
	if got := must(c.Conversation(ctx, r.Tx)); got.Now != scrip.StateCancelled || len(got.Said) != 1 || got.Said[0].By != scrip.Buyer {
		t.Errorf("the thread: got %s, %+v, want it cancelled", got.Now, got.Said)
	}
	if sale := must(w.shelf.SaleBy(ctx, r.Tx)); sale.Refunded != 12_00 || sale.Hold.State != scrip.HoldReclaimed {
		t.Errorf("the sale: got %+v of %+v, want it cancelled", sale.Hold, sale)
	}

	late := must(c.Buy(ctx, w.protectedItem(12_00), 1, rig.To("12 Elm Street")))
	want(t, "the stall's T12", w.stall.Deliver(ctx), nil)
	want(t, "MarkSent", w.stall.MarkSent(ctx, must(w.shelf.SaleBy(ctx, late.Tx)).ID, scrip.Parcel{}), nil)
	want(t, "SENT", w.stall.Deliver(ctx), nil)
	w.Clock.Advance(11 * 24 * time.Hour)
	want(t, "Due", w.Broker.Due(ctx), nil)
	stands(t, c, late.Tx, true, scrip.HoldReleased)
	w.sameThreads(t, c)
	if got := must(c.Conversation(ctx, late.Tx)); got.Now != scrip.StateClosed || len(got.Said) != 2 {
		t.Errorf("the thread: got %s, %+v, want it closed by time", got.Now, got.Said)
	}
}

// TestReclaimIntoTheWallet: what a seller neither sent nor reported comes back into the
// wallet, whatever answer is lost on the way.
func TestReclaimIntoTheWallet(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	r := must(c.Buy(ctx, w.protectedItem(12_00), 1, rig.To("12 Elm Street")))
	had := must(c.Balance(ctx)).Broker
	if h := must(c.ReclaimHold(ctx, r.Tx, scrip.ToScrip)); h.State != scrip.HoldHeld {
		t.Errorf("ReclaimHold at once: got %+v, want it held", h)
	}
	w.Clock.Advance(6 * 24 * time.Hour)
	w.brokerMute.Store(true)
	if _, err := c.ReclaimHold(ctx, r.Tx, scrip.ToScrip); err == nil {
		t.Error("ReclaimHold without an answer: got no error, want one")
	}
	w.brokerMute.Store(false)
	for range 2 {
		if h := must(c.ReclaimHold(ctx, r.Tx, scrip.ToScrip)); h.State != scrip.HoldReclaimed || h.ToBuyer != 12_00 {
			t.Errorf("ReclaimHold: got %+v, want 1200", h)
		}
		if got := must(c.Balance(ctx)).Broker; got != had+12_00 {
			t.Errorf("at the broker: got %d, want %d", got, had+12_00)
		}
	}
	if got := must(c.TakeCredit(ctx, scrip.ToScrip)); got != 0 {
		t.Errorf("TakeCredit: got %d, want nothing left", got)
	}
}

// TestDisputedPurchase: both parts are paid, and the buyer reads why.
func TestDisputedPurchase(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	r := must(c.Buy(ctx, w.protectedItem(12_00), 1, rig.To("12 Elm Street")))
	if err := c.Say(ctx, r.Tx, scrip.Event{Kind: "message", Text: "It came broken."}); err != nil {
		t.Fatal(err)
	}
	shows, left, err := c.Evidence(ctx, r.Tx, true)
	if err != nil || len(shows) != 4 || left != 0 {
		t.Fatalf("Evidence: got %d messages and %d left, %v, want the mandate, the receipt, the offer and what was written", len(shows), left, err)
	}
	if h := must(c.DisputeHold(ctx, r.Tx, "It is broken.", shows)); h.State != scrip.HoldDisputed {
		t.Errorf("DisputeHold: got %+v", h)
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	if h := must(c.ExhibitHold(ctx, r.Tx, photo.Bytes(), "")); h.State != scrip.HoldDisputed {
		t.Errorf("ExhibitHold: got %+v", h)
	}
	if err := c.Show(ctx, r.Tx, photo.Bytes(), "The crack."); err != nil {
		t.Fatal(err)
	}
	must(c.ExhibitHold(ctx, r.Tx, photo.Bytes(), "The crack."))
	shown := must(w.Judge().Case(ctx, w.vendor(), r.Tx)).Said
	if len(shown) != 3 || len(shown[0].Shows) != 4 || shown[1].Text != "A photo" || len(shown[1].Shows) != 0 || shown[2].Photo != jose.Digest(photo.Bytes()) || len(shown[2].Shows) != 1 {
		t.Errorf("what was shown: got %+v, want the photo alone, then with its event", shown)
	}
	must(w.Judge().Decide(ctx, w.vendor(), r.Tx, 7_00, "Half of it was."))
	had := must(c.Balance(ctx)).Broker
	if got := must(c.TakeCredit(ctx, scrip.ToScrip)); got != 7_00 {
		t.Errorf("TakeCredit: got %d, want 700", got)
	}
	if got := must(c.Balance(ctx)).Broker; got != had+7_00 {
		t.Errorf("at the broker: got %d, want %d", got, had+7_00)
	}
	p := must(c.Holds(ctx))[0]
	if d := must(c.Decision(ctx, p.Hold)); d.Text != "Half of it was." || p.Hold.State != scrip.HoldDecided {
		t.Errorf("the decision: got %+v of %+v", d, p.Hold)
	}
}
