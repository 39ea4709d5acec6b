package world_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

const aDay = 24 * time.Hour

// protectedSale is a sale under protection, of which the broker has yet to hear.
func protectedSale(t *testing.T) (shop, rig.Purchase, scrip.ID) {
	t.Helper()
	s := openShop(t, 12_50, 3, 20_00)
	p := s.customer.BuyProtected(s.stall, s.held, s.listing)
	return s, p, s.stall.Sold(p.Tx).ID
}

// wantHold wants the stall to know its sale's money to stand so, and so many of the
// goods on the shelf.
func (s shop) wantHold(sale scrip.ID, state scrip.HoldState, stock int) {
	s.T.Helper()
	got, err := s.stall.Sale(s.T.Context(), sale)
	if err != nil || got.Hold == nil || got.Hold.State != state {
		s.T.Errorf("the sale: got %+v, %v, want %s", got.Hold, err, state)
	}
	if l, err := s.stall.Listing(s.T.Context(), s.listing.Offer.Offer); err != nil || l.Stock != stock {
		s.T.Errorf("stock: got %d, %v, want %d", l.Stock, err, stock)
	}
}

func (s shop) deliver() {
	s.T.Helper()
	s.Clock.Advance(2 * time.Minute) // the broker's feed is read now and then
	if err := s.stall.Deliver(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
}

// TestSentIsTold: what a seller marks as sent, the broker hears of by itself, once it
// can be reached and behind the T12, and then the time to check runs.
func TestSentIsTold(t *testing.T) {
	s, p, sale := protectedSale(t)
	if err := s.stall.MarkSent(t.Context(), sale, scrip.Parcel{Carrier: "PostNL"}); err != nil {
		t.Fatal(err)
	}
	waiting, err := s.stall.Underway(t.Context(), 9)
	if err != nil || len(waiting) != 2 || waiting[1].Message != "SENT" || waiting[1].ID != p.Tx {
		t.Errorf("Underway: got %+v, %v, want T12 and SENT", waiting, err)
	}
	s.wantHold(sale, scrip.HoldHeld, 2)
	s.deliver()
	s.wantHold(sale, scrip.HoldSent, 2)
	h, err := s.Books.Held(t.Context(), s.stall.Vendor(), p.Tx)
	if err != nil || h.State != scrip.HoldSent {
		t.Errorf("the broker: got %+v, %v, want it sent", h, err)
	}
	if waiting, err := s.stall.Underway(t.Context(), 9); err != nil || len(waiting) != 0 {
		t.Errorf("Underway: got %+v, %v, want nothing", waiting, err)
	}
	s.Clock.Advance(11 * aDay)
	if err := s.Broker.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.wantHold(sale, scrip.HoldReleased, 2)
}

// TestSentWaitsForItsT12: a SENT whose T12 cannot go is in nobody's way.
func TestSentWaitsForItsT12(t *testing.T) {
	s, p, sale := protectedSale(t)
	aside := scrip.Aside{Message: "T12", ID: sale, Amount: 12_50, Reason: "value-mismatch", At: 1}
	if err := s.stall.Shelf.Apply(t.Context(), scrip.Change{Stall: &scrip.StallChange{SetAside: []scrip.Aside{aside}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.stall.MarkSent(t.Context(), sale, scrip.Parcel{}); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	if got := s.stall.Attempt(p.Tx); got.Why != string(scrip.NotFound) {
		t.Errorf("SENT: got %+v, want it to wait, not-found", got)
	}
	if err := s.stall.Again(t.Context(), sale); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.wantHold(sale, scrip.HoldSent, 2)
}

// TestReclaimedSaleIsCancelled: a stall hears that a buyer took the money back, and its
// goods are for sale again; it cannot be sent any more.
func TestReclaimedSaleIsCancelled(t *testing.T) {
	s, p, sale := protectedSale(t)
	s.deliver()
	s.Clock.Advance(6 * aDay)
	reclaim := s.customer.Pseudonymous(s.stall, scrip.ReclaimRequest(p.Bought(false)))
	if got, err := s.SendHold(reclaim); err != nil || got.State != scrip.HoldReclaimed {
		t.Fatalf("RECLAIM: got %+v, %v", got, err)
	}
	s.wantHold(sale, scrip.HoldHeld, 2)
	for range 2 {
		s.deliver()
		s.wantHold(sale, scrip.HoldReclaimed, 3)
	}
	if got, err := s.stall.Sale(t.Context(), sale); err != nil || got.ToSend() || got.Refunded != 12_50 {
		t.Errorf("the sale: got %+v, %v, want nothing to send", got, err)
	}
	if err := s.stall.MarkSent(t.Context(), sale, scrip.Parcel{}); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("MarkSent: got %v, want %v", err, scrip.OutOfTurn)
	}
	if err := s.stall.Refund(t.Context(), s.ID(), sale, 1); !errors.Is(err, scrip.AmountOutOfBounds) {
		t.Errorf("Refund: got %v, want %v", err, scrip.AmountOutOfBounds)
	}
	s.wantThread(sale, scrip.StateCancelled, scrip.HoldReclaimed, 1)
}

// wantThread wants the thread of an order to have come to a state, by so many events,
// the last of which repeats the broker's word.
func (s shop) wantThread(sale scrip.ID, state scrip.State, word scrip.HoldState, events int) {
	s.T.Helper()
	c, err := s.stall.Conversation(s.T.Context(), sale)
	if err != nil || c.Now != state || c.Hold != word || len(c.Said) != events || c.Waiting != 0 {
		s.T.Errorf("the thread: got %s, %q, %d events, %d waiting, %v, want %s, %q, %d", c.Now, c.Hold, len(c.Said), c.Waiting, err, state, word, events)
	}
}

// TestBuyerTellsTheWord: a stall hears of its money from the buyer too, by the broker's
// word, and takes it up with the event; what it heard it is not told twice, and no
// word but the broker's counts.
func TestBuyerTellsTheWord(t *testing.T) {
	s, p, sale := protectedSale(t)
	s.deliver()
	s.Clock.Advance(6 * aDay)
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, scrip.ReclaimRequest(p.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	page, _ := s.stall.Watched(s.customer, 0)
	word := scrip.Event{Kind: "reclaimed", Hold: page.Holds[0].Hold}
	th := s.customer.Ordered(s.stall, rig.Sealed{Signed: jose.Signed{JWS: p.Mandate}}, p.Paid.Body)
	forged := s.customer.Event(s.stall, th, scrip.Event{Kind: "released", Hold: word.Hold}, "")
	if _, _, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th, forged)); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("a word of another state: got %v, want %v", err, scrip.Unreadable)
	}
	s.wantHold(sale, scrip.HoldHeld, 2)
	th = s.customer.Say(s.stall, th, word)
	s.wantHold(sale, scrip.HoldReclaimed, 3)
	s.wantThread(sale, scrip.StateCancelled, scrip.HoldReclaimed, 1)
	s.deliver()
	s.wantHold(sale, scrip.HoldReclaimed, 3)
	s.wantThread(sale, scrip.StateCancelled, scrip.HoldReclaimed, 1)
	again := s.customer.Event(s.stall, th, word, "")
	if _, _, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th, again)); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("the same word again: got %v, want %v", err, scrip.OutOfTurn)
	}
}

// TestReclaimedBeforeItHeard: who marks as sent what the buyer has taken back hears so
// in the answer to SENT; the goods are gone, and stay off the shelf.
func TestReclaimedBeforeItHeard(t *testing.T) {
	s, p, sale := protectedSale(t)
	s.Clock.Advance(7 * aDay)
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, scrip.ReclaimRequest(p.Bought(true)))); err != nil {
		t.Fatal(err)
	}
	if err := s.stall.MarkSent(t.Context(), sale, scrip.Parcel{}); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.wantHold(sale, scrip.HoldReclaimed, 2)
}

// TestDecidedSale: a stall hears what was decided, and what of it is the buyer's again.
func TestDecidedSale(t *testing.T) {
	s, p, sale := protectedSale(t)
	if err := s.stall.MarkSent(t.Context(), sale, scrip.Parcel{}); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	dispute := scrip.Dispute{Vendor: s.stall.Vendor(), Purchase: p.Tx, Text: "It is broken.", Shows: []scrip.Shown{}}
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, dispute)); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.wantHold(sale, scrip.HoldDisputed, 2)
	if _, err := s.Judge().Decide(t.Context(), s.stall.Vendor(), p.Tx, 5_00, "Half of it."); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.wantHold(sale, scrip.HoldDecided, 2)
	s.wantThread(sale, "decided", scrip.HoldDecided, 3)
	if got, err := s.stall.Sale(t.Context(), sale); err != nil || got.Refunded != 5_00 {
		t.Errorf("the sale: got %+v, %v, want 500 taken back", got, err)
	}
}

// TestWatchWaitsForTheBroker: a broker that is off is asked again, and what is told of
// sales that this shelf does not know changes nothing.
func TestWatchWaitsForTheBroker(t *testing.T) {
	s, p, sale := protectedSale(t)
	s.deliver()
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, scrip.ReleaseRequest(p.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	off := s.stall.Config
	off.Broker = gone{}
	s.Clock.Advance(time.Hour)
	if err := merchant.Open(off).Deliver(t.Context()); err == nil {
		t.Error("Deliver without a broker: got no error, want one")
	}
	s.wantHold(sale, scrip.HoldHeld, 2)
	s.deliver()
	s.wantHold(sale, scrip.HoldReleased, 2)
}

// gone is a broker that is off.
type gone struct{}

func (gone) Send(context.Context, string, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, errors.New("no route")
}

// TestLooksDoNotWaitTwice: a seller who looks at the desk again and again while the broker is off waits for it once in a
// while, and the log tells of it once.
func TestLooksDoNotWaitTwice(t *testing.T) {
	s, _, _ := protectedSale(t)
	s.deliver()
	s.Clock.Advance(time.Hour)
	told, off := &bytes.Buffer{}, s.stall.Config
	broker := &countingGone{}
	off.Broker, off.Log = broker, slog.New(slog.NewTextHandler(told, nil))
	stall := merchant.Open(off)
	for want := 1; want <= 2; want++ {
		for range 3 {
			if _, err := stall.Revision(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if broker.asked != want {
			t.Errorf("three looks at once: the broker was asked %d times by now, want %d", broker.asked, want)
		}
		s.Clock.Advance(time.Minute)
	}
	if got := strings.Count(told.String(), "as it was known"); got != 1 {
		t.Errorf("the log tells it %d times, want once:\n%s", got, told)
	}
}

// countingGone is a broker that is off, and counts who asks.
type countingGone struct {
	gone
	asked int
}

func (c *countingGone) Send(ctx context.Context, kind string, m scrip.Sealed) (scrip.Sealed, error) {
	c.asked++
	return c.gone.Send(ctx, kind, m)
}

// TestDefendWithPhotos: the photos among what a seller shows go to the broker, each with a
// DEFEND of its own, and once.
func TestDefendWithPhotos(t *testing.T) {
	s, p, sale := protectedSale(t)
	if err := s.stall.SayPhoto(t.Context(), sale, bytes.NewReader(encoded(t, image.NewGray(image.Rect(0, 0, 80, 80)))), "As I packed it."); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, scrip.Dispute{Vendor: s.stall.Vendor(), Purchase: p.Tx, Text: "It is broken.", Shows: []scrip.Shown{}})); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	there, err := s.stall.Showable(t.Context(), sale)
	if err != nil {
		t.Fatal(err)
	}
	photo := there[len(there)-1]
	for range 2 {
		if err := s.stall.Defend(t.Context(), s.ID(), sale, "It was whole.", []string{photo.Digest}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		s.deliver()
	}
	c, err := s.Judge().Case(t.Context(), s.stall.Vendor(), p.Tx)
	if err != nil || len(c.Said) != 4 || c.Said[2].Photo != photo.Said.Photo || c.Said[2].Text != "As I packed it." || !c.Said[2].Proven || c.Said[2].Shows[0] != photo.JWS {
		t.Fatalf("Case: got %+v, %v, want two answers and the photo once", c.Said, err)
	}
	if got, err := s.Judge().Photo(t.Context(), s.stall.Vendor(), p.Tx, photo.Said.Photo); err != nil || len(got) == 0 {
		t.Errorf("Photo: got %d bytes, %v, want it", len(got), err)
	}
	if said, err := s.stall.Shelf.Defences(t.Context(), sale); err != nil || len(said) != 3 || said[1].Photo != photo.Said.Photo || !said[1].Told {
		t.Errorf("Defences: got %+v, %v, want the photo's told", said, err)
	}
}

// TestDefend: a seller reads what the buyer says of a disputed purchase and answers it,
// with what was offered and written, once the broker can be reached; the operator reads
// it, and both sides each other's words.
func TestDefend(t *testing.T) {
	s, p, sale := protectedSale(t)
	if err := s.stall.Defend(t.Context(), s.ID(), sale, "It was whole.", nil); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("Defend what is not disputed: got %v, want %v", err, scrip.OutOfTurn)
	}
	if err := s.stall.Say(t.Context(), sale, scrip.Event{Kind: "message", Text: "It is wrapped."}); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	dispute := scrip.Dispute{Vendor: s.stall.Vendor(), Purchase: p.Tx, Text: "It is broken.", Shows: []scrip.Shown{{Message: p.Mandate}}}
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, dispute)); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	if got, err := s.stall.Shelf.Disputed(t.Context(), 9); err != nil || len(got) != 1 || len(got[0].Hold.Said) != 1 || got[0].Hold.Said[0].Text != "It is broken." {
		t.Fatalf("Disputed: got %+v, %v, want the buyer's words", got, err)
	}
	there, err := s.stall.Showable(t.Context(), sale)
	if err != nil || len(there) != 3 || there[0].Offer == nil || there[2].Said == nil {
		t.Fatalf("Showable: got %+v, %v, want the offer, T10 and a message", there, err)
	}
	var digests []string
	for _, of := range there {
		digests = append(digests, of.Digest)
	}
	id := s.ID()
	for range 2 { // sent twice, said once
		if err := s.stall.Defend(t.Context(), id, sale, "It was whole.", append(digests, "none of these")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.stall.Defend(t.Context(), id, sale, "It was new.", nil); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("Defend under the same id: got %v, want %v", err, scrip.TxConflict)
	}
	if waiting, err := s.stall.Underway(t.Context(), 9); err != nil || len(waiting) != 1 || waiting[0].Message != "DEFEND" {
		t.Errorf("Underway: got %+v, %v, want DEFEND", waiting, err)
	}
	for range 2 {
		s.deliver()
	}
	if said, err := s.stall.Shelf.Defences(t.Context(), sale); err != nil || len(said) != 1 || !said[0].Told || said[0].Shows != 3 {
		t.Errorf("Defences: got %+v, %v, want one that is told", said, err)
	}
	c, err := s.Judge().Case(t.Context(), s.stall.Vendor(), p.Tx)
	if err != nil || len(c.Said) != 2 || !c.Said[0].Proven || !c.Said[1].Proven {
		t.Fatalf("Case: got %+v, %v, want both sides, proven", c.Said, err)
	}
	var types []string
	for _, jws := range append(c.Said[1].Shows, c.Said[0].Shows...) {
		x := c.Examine(jws)
		types = append(types, x.Type)
		if x.Type != "OFFER" && !x.Here {
			t.Errorf("%s: got another purchase's, want this one's", x.Type)
		}
	}
	if want := []string{"OFFER", "T10", "EVENT", "T10"}; !slices.Equal(types, want) {
		t.Errorf("Examine: got %q, want %q", types, want)
	}
	other, _, _ := protectedSale(t)
	if x := c.Examine(other.stall.Sold(otherTx(t, other)).Mandate); x.Type != "" {
		t.Errorf("Examine what is another stall's: got %+v, want nothing", x)
	}
	_, holds := s.stall.Watched(nil, 0)
	if len(holds) != 1 || holds[0].State != scrip.HoldDisputed {
		t.Errorf("WATCH: got %+v", holds)
	}
	for n := 2; n <= scrip.MaxShowings+1; n++ {
		want := error(nil)
		if n > scrip.MaxShowings {
			want = scrip.TooMany
		}
		if err := s.stall.Defend(t.Context(), s.ID(), sale, "And more.", nil); !errors.Is(err, want) {
			t.Errorf("Defend for the %dth time: got %v, want %v", n, err, want)
		}
	}
	if _, err := s.Judge().Decide(t.Context(), s.stall.Vendor(), p.Tx, 5_00, "Half of it."); err != nil {
		t.Fatal(err)
	}
	s.deliver() // the broker tells that it is too late, and nothing waits
	s.wantHold(sale, scrip.HoldDecided, 2)
	if waiting, err := s.stall.Underway(t.Context(), 9); err != nil || len(waiting) != 0 {
		t.Errorf("Underway: got %+v, %v, want nothing", waiting, err)
	}
}

// otherTx is the purchase of a shop's one sale.
func otherTx(t *testing.T, s shop) scrip.ID {
	t.Helper()
	sales, err := s.stall.Shelf.Sales(t.Context(), 0, 1)
	if err != nil || len(sales) != 1 {
		t.Fatalf("Sales: got %v, %v", sales, err)
	}
	return sales[0].Tx
}

// newer is a shelf with so many orders after those that it has, none of which is protected.
type newer struct {
	merchant.Shelf
	orders int
}

func (n newer) Sales(ctx context.Context, offset, limit int) ([]scrip.Sale, error) {
	if offset+limit <= n.orders {
		return make([]scrip.Sale, limit), nil
	}
	first := max(n.orders-offset, 0)
	older, err := n.Shelf.Sales(ctx, max(offset-n.orders, 0), limit-first)
	return append(make([]scrip.Sale, first), older...), err
}

// TestReconcile: a stall holds its orders against the broker's books: what it did not
// hear it hears, what the broker has yet to hear is no difference, and what differs is
// told with the broker's own word.
func TestReconcile(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	p := s.customer.BuyProtected(s.stall, s.held, s.listing)
	sale := s.stall.Sold(p.Tx).ID
	reconciled := func(want merchant.Reconciled) merchant.Reconciled {
		t.Helper()
		got, err := s.stall.Reconcile(t.Context())
		if err != nil || got.Orders != want.Orders || got.Waiting != want.Waiting || got.Fetched != want.Fetched || len(got.Differ) != len(want.Differ) {
			t.Fatalf("Reconcile: got %+v, %v, want %+v", got, err, want)
		}
		return got
	}
	reconciled(merchant.Reconciled{Orders: 1, Waiting: 1})
	s.deliver()
	reconciled(merchant.Reconciled{Orders: 1})
	if _, err := s.SendHold(s.customer.Pseudonymous(s.stall, scrip.ReleaseRequest(p.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	reconciled(merchant.Reconciled{Orders: 1, Fetched: 1})
	s.wantHold(sale, scrip.HoldReleased, 2)
	s.wantThread(sale, scrip.StateClosed, scrip.HoldReleased, 1)
	reconciled(merchant.Reconciled{Orders: 1})

	off := s.stall.Config
	off.Broker = gone{}
	if _, err := merchant.Open(off).Reconcile(t.Context()); err == nil {
		t.Error("Reconcile without a broker: got no error, want one")
	}

	// Ten thousand orders are looked at; one beyond them is none that the book has not.
	for _, c := range []struct{ newer, orders int }{{9_999, 1}, {10_000, 0}} {
		beyond := s.stall.Config
		beyond.Shelf = newer{beyond.Shelf, c.newer}
		if got, err := merchant.Open(beyond).Reconcile(t.Context()); err != nil || got.Orders != c.orders || got.Waiting+got.Fetched+len(got.Differ) != 0 {
			t.Errorf("Reconcile with %d newer orders: got %+v, %v, want %d looked at, and no difference", c.newer, got, err, c.orders)
		}
	}

	// A book that says that an order is recorded of which the broker knows nothing.
	lost := s.customer.BuyProtected(s.stall, p.Change, s.listing)
	of := s.stall.Sold(lost.Tx).ID
	if err := s.stall.Shelf.Apply(t.Context(), scrip.Change{Stall: &scrip.StallChange{Recorded: []scrip.ID{of}}}); err != nil {
		t.Fatal(err)
	}
	got := reconciled(merchant.Reconciled{Orders: 2, Differ: make([]merchant.Difference, 1)})
	if d := got.Differ[0]; d.Order != of || d.Ours != scrip.HoldHeld || d.Theirs != "" {
		t.Errorf("what differs: got %+v, want %s, of which the broker holds nothing", d, of)
	}
	s.Unaudited = true // its money is not where the book says
}
