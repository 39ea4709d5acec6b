package world_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"image/jpeg"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// sameThreads wants each thread of the wallet to be what the stall has, once it
// was asked.
func (w *world) sameThreads(t *testing.T, c customer) {
	t.Helper()
	ctx := context.Background()
	want(t, "ListenAll", c.ListenAll(ctx), nil)
	for _, here := range must(c.Conversations(ctx)) {
		there, err := w.stall.Conversation(ctx, here.Order)
		if errors.Is(err, scrip.NotFound) && here.Seq == 0 {
			continue // the stall would not have it
		}
		want(t, "Conversation at the stall", err, nil)
		if here.Thread != there.Thread || len(here.Said) != len(there.Said) || here.Unsaid != nil {
			t.Errorf("thread: got %+v with %+v unsaid, the stall has %+v", here.Thread, here.Unsaid, there.Thread)
		}
	}
}

func message(text string) scrip.Event { return scrip.Event{Kind: "message", Text: text} }

// TestSay: what is said arrives once however often its answer is lost, in its place
// though the seller was faster; the receipt tells what the seller sent.
func TestSay(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.bought()
	tx := must(c.Receipts(ctx, 0, 1))[0].Tx
	order := must(w.shelf.Sales(ctx, 0, 1))[0].ID
	w.stallMute.Store(true)
	want(t, "Say without an answer", c.Say(ctx, tx, message("Hello")), wallet.ErrUnfinished)
	if got := must(c.Conversation(ctx, tx)); got.Unsaid == nil || got.Unsaid.Text != "Hello" || got.Seq != 0 {
		t.Errorf("what was not answered: got %+v, want it there, unsaid", got)
	}
	want(t, "Say once more without an answer", c.Say(ctx, tx, message("Are you there?")), wallet.ErrUnfinished)
	w.stallMute.Store(false)
	want(t, "MarkSent", w.stall.MarkSent(ctx, order, scrip.Parcel{Carrier: "Post", Tracking: "RB 1", Note: "By noon"}), nil)
	want(t, "Say when the seller was faster", c.Say(ctx, tx, message("Are\u00ad you there?")), nil)
	got := must(c.Conversation(ctx, tx))
	if len(got.Said) != 3 || got.Said[0].Text != "Hello" || got.Said[1].Tracking != "RB 1" || got.Said[2].Text != "Are you there?" || got.Now != scrip.StateSent {
		t.Errorf("the thread: got %+v, want three events in the order in which the stall had them", got.Said)
	}
	if r := must(c.Receipt(ctx, tx)); r.Sent != got.Said[1].At || r.Note != "By noon" {
		t.Errorf("receipt: sent at %d with %q, want %d with the seller's note", r.Sent, r.Note, got.Said[1].At)
	}
	var no *wallet.Refused
	if err := c.Say(ctx, tx, scrip.Event{Kind: "cancel"}); !errors.As(err, &no) || no.Reason != scrip.OutOfTurn {
		t.Errorf("cancel what is sent: %v, want %v", err, scrip.OutOfTurn)
	}
	want(t, "a message that is too long", c.Say(ctx, tx, message(string(make([]rune, 2001)))), scrip.TooMany)
	want(t, "received", c.Say(ctx, tx, scrip.Event{Kind: "received"}), nil)
	w.sameThreads(t, c)
	if _, err := c.Conversation(ctx, must(scrip.NewID(rand.Reader))); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("the thread of nothing: %v, want %v", err, scrip.ErrAbsent)
	}
}

// TestAsk: a question about a listing, without money, and its answer; it is asked
// for as long as more may come.
func TestAsk(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	tx := must(c.Ask(ctx, w.item(5_00, 1), "Is it blue?"))
	want(t, "the answer", w.stall.Say(ctx, tx, message("Green.")), nil)
	want(t, "ListenAll", c.ListenAll(ctx), nil)
	list := must(c.Conversations(ctx))
	if len(list) != 1 || !list[0].Talk || len(list[0].Said) != 2 || list[0].Said[1].Text != "Green." || list[0].Stall != "Attic" {
		t.Fatalf("conversations: got %+v, want the one with its answer", list)
	}
	w.pass(61 * 24 * 3600 * 1e9)
	w.stallDown.Store(true)
	want(t, "ListenAll when all is long over", c.ListenAll(ctx), nil)
	w.stallDown.Store(false)
	want(t, "Say after all", c.Say(ctx, tx, message("Then I take it.")), nil)
	w.sameThreads(t, c)
}

// TestPropose: a price is proposed in the one conversation about a listing, and what the
// seller offers in private is bought like anything else; what is another's, stands too
// long, or is over is not paid.
func TestPropose(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, other := w.customer(), w.customer()
	offer := w.item(5_00, 3)
	tx := must(c.Propose(ctx, offer, wallet.Proposal{Price: 3_00, Quantity: 2, Text: "For\u00ad both"}))
	if again := must(c.Propose(ctx, offer, wallet.Proposal{Price: 3_50, Quantity: 2})); again != tx {
		t.Errorf("proposed once more: in %s, want the same conversation, %s", again, tx)
	}
	want(t, "OfferPrivately", w.stall.OfferPrivately(ctx, tx, merchant.Terms{Price: 4_00, Quantity: 2, Hours: 1}), nil)
	got := must(c.Listen(ctx, tx))
	if len(got.Said) != 3 || got.Said[0].Text != "For both" || got.Said[1].Price != 3_50 || got.Said[2].Price != 4_00 {
		t.Fatalf("the conversation: got %+v, want two proposals and the private offer", got.Said)
	}
	private := must(w.stall.Stall.Offer(ctx, got.Said[2].Offer))
	_, err := other.Buy(ctx, private.Offer, 2, home)
	want(t, "bought by another", err, scrip.PartyMismatch)
	receipt, err := c.Buy(ctx, private.Offer, 2, home)
	if err != nil || receipt.Price != 8_00 {
		t.Errorf("Buy: got %d, %v, want 8.00", receipt.Price, err)
	}
	want(t, "OfferPrivately", w.stall.OfferPrivately(ctx, tx, merchant.Terms{Price: 4_00, Quantity: 1, Hours: 1}), nil)
	said := must(c.Listen(ctx, tx)).Said
	over := must(w.stall.Stall.Offer(ctx, said[len(said)-1].Offer))
	w.pass(2 * 3600 * 1e9)
	_, err = c.Buy(ctx, over.Offer, 1, home)
	want(t, "what has run out", err, scrip.OfferExpired)
	w.sameThreads(t, c)
}

// TestSaidOnce: what is said for a key is said once, though its answer is lost, and told when it is asked for again; with other words it is
// another, and what the seller refused may be said anew.
func TestSaidOnce(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, offer := w.customer(), w.item(5_00, 3)
	key := wallet.Key{Name: "one", Digest: "blue"}
	_, err := c.SaidAs(ctx, key)
	want(t, "a key that nothing was said for", err, scrip.ErrAbsent)
	w.stallDown.Store(true)
	_, err = c.AskAs(ctx, key, offer, "Is it blue?")
	want(t, "asked while the stall is away", err, wallet.ErrUnfinished)
	_, err = c.SaidAs(ctx, key)
	want(t, "asked for while the stall is away", err, wallet.ErrUnfinished)
	w.stallDown.Store(false)
	tx := must(c.SaidAs(ctx, key))
	if again := must(c.AskAs(ctx, key, offer, "Is it blue?")); again != tx {
		t.Errorf("asked again: got %s, want %s", again, tx)
	}
	_, err = c.AskAs(ctx, wallet.Key{Name: "one", Digest: "green"}, offer, "Is it green?")
	want(t, "the key with other words", err, scrip.TxConflict)
	for range 2 {
		if in := must(c.ProposeAs(ctx, wallet.Key{Name: "two", Digest: "3"}, offer, wallet.Proposal{Price: 3_00, Quantity: 1})); in != tx {
			t.Errorf("proposed: got it in %s, want %s", in, tx)
		}
	}
	got := must(c.Listen(ctx, tx))
	if len(got.Said) != 2 || got.Said[0].Text != "Is it blue?" || got.Said[1].Price != 3_00 {
		t.Errorf("said: got %+v, want a question and a proposal", got.Said)
	}
	if list := must(c.Conversations(ctx)); len(list) != 1 {
		t.Errorf("conversations: got %d, want one", len(list))
	}
	w.sameThreads(t, c)
}

// TestBlocked: who is blocked is told so, has its money as before, and has all of it
// back at the bank.
func TestBlocked(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, offer := w.customer(), w.item(5_00, 9)
	want(t, "Load", c.Load(ctx, 30_00), nil)
	_, err := c.BuyAhead(ctx, wallet.Just(offer, 1, home), 12_00)
	want(t, "Buy", err, nil)
	tx := must(c.Ask(ctx, offer, "And blue?"))
	want(t, "Block", w.stall.Block(ctx, tx), nil)
	_, err = c.Buy(ctx, offer, 1, home)
	want(t, "Buy with the stall's money", err, scrip.Blocked)
	_, err = c.Buy(ctx, offer, 2, home)
	want(t, "Buy for more than is at the stall", err, scrip.Blocked)
	want(t, "Say", c.Say(ctx, tx, scrip.Event{Kind: "message", Text: "But"}), scrip.Blocked)
	_, err = c.Propose(ctx, offer, wallet.Proposal{Price: 3_00, Quantity: 1})
	want(t, "Propose", err, scrip.Blocked)
	must(c.Listen(ctx, tx))
	want(t, "Leave", c.Leave(ctx), nil)
	w.atBank(c, start-5_00)
	w.sameThreads(t, c)
}

// TestRefusedToBegin: of a conversation that its seller refused to begin nothing stays, at
// once or when the answer was lost.
func TestRefusedToBegin(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	offer := w.item(5_00, 1)
	_, err := c.Propose(ctx, offer, wallet.Proposal{Price: 3_00, Quantity: 2})
	want(t, "Propose for more than there is", err, scrip.OutOfStock)
	w.stallMute.Store(true)
	_, err = c.Propose(ctx, offer, wallet.Proposal{Price: 3_00, Quantity: 2})
	want(t, "Propose without an answer", err, wallet.ErrUnfinished)
	w.stallMute.Store(false)
	for range 2 {
		want(t, "ListenAll", c.ListenAll(ctx), nil)
	}
	if got := must(c.Conversations(ctx)); len(got) != 0 {
		t.Errorf("conversations: got %+v, want none", got)
	}
}

// TestShow: a photo arrives once though its answer is lost, and each side's is had by who
// asks for it.
func TestShow(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.bought()
	tx, order := must(c.Receipts(ctx, 0, 1))[0].Tx, must(w.shelf.Sales(ctx, 0, 1))[0].ID
	var photo bytes.Buffer
	want(t, "Encode", jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 80, 70)), nil), nil)
	w.stallMute.Store(true)
	want(t, "Show without an answer", c.Show(ctx, tx, photo.Bytes(), "The\u00ad crack"), wallet.ErrUnfinished)
	w.stallMute.Store(false)
	want(t, "SayPhoto", w.stall.SayPhoto(ctx, order, bytes.NewReader(photo.Bytes()), ""), nil)
	got := must(c.Listen(ctx, tx))
	if len(got.Said) != 2 || got.Said[0].Text != "The crack" || got.Said[0].Photo != jose.Digest(photo.Bytes()) || got.Said[1].Photo == "" {
		t.Fatalf("the thread: got %+v, want both photos", got.Said)
	}
	for i, s := range got.Said {
		if b := must(c.Photo(ctx, tx, s.Photo)); jose.Digest(b) != s.Photo {
			t.Errorf("photo %d: got another", i)
		}
	}
	var no *wallet.Refused
	if _, err := c.Photo(ctx, tx, jose.Digest(nil)); !errors.As(err, &no) || no.Reason != scrip.NotFound {
		t.Errorf("a photo that is not there: %v, want %v", err, scrip.NotFound)
	}
	w.sameThreads(t, c)
}

// TestToldLies: of an answer that is not what must follow nothing is kept, and the
// next one is asked for again.
func TestToldLies(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	l := &lies{}
	c := w.lyingTo(l)
	_, err := c.Buy(ctx, w.item(20_00, 1), 1, home)
	want(t, "Buy", err, nil)
	tx, order := must(c.Receipts(ctx, 0, 1))[0].Tx, must(w.shelf.Sales(ctx, 0, 1))[0].ID
	want(t, "Say", w.stall.Say(ctx, order, message("one")), nil)
	want(t, "Say", w.stall.Say(ctx, order, message("two")), nil)
	for name, lie := range map[string]func(*scrip.Opened[scrip.Told]){
		"the first left out": func(o *scrip.Opened[scrip.Told]) { o.Body.Events = o.Body.Events[1:] },
		"in another order": func(o *scrip.Opened[scrip.Told]) {
			o.Body.Events[0], o.Body.Events[1] = o.Body.Events[1], o.Body.Events[0]
		},
		"one twice":           func(o *scrip.Opened[scrip.Told]) { o.Body.Events[1] = o.Body.Events[0] },
		"an event of nobody":  func(o *scrip.Opened[scrip.Told]) { o.Body.Events[0].Event = "a.b.c" },
		"fewer than it shows": func(o *scrip.Opened[scrip.Told]) { o.Body.Seq = 1 },
		"more, and none":      func(o *scrip.Opened[scrip.Told]) { o.Body.Events = o.Body.Events[:0] },
		"of another order":    func(o *scrip.Opened[scrip.Told]) { o.Body.Order = must(scrip.NewID(rand.Reader)) },
	} {
		l.told = lie
		got, err := c.Listen(ctx, tx)
		if !errors.Is(err, wallet.ErrUnfinished) || got.Seq != 0 {
			t.Errorf("%s: got %d events, %v, want none, and %v", name, got.Seq, err, wallet.ErrUnfinished)
		}
	}
	l.told = nil
	w.pass(-61 * 24 * 3600 * 1e9) // as it looks to who hears of it 61 days before it was signed
	if got, err := c.Listen(ctx, tx); !errors.Is(err, wallet.ErrUnfinished) || got.Seq != 0 {
		t.Errorf("signed 61 days ahead: got %d events, %v, want none, and %v", got.Seq, err, wallet.ErrUnfinished)
	}
	w.pass(61 * 24 * 3600 * 1e9)
	must(c.Listen(ctx, tx))
	l.told = func(o *scrip.Opened[scrip.Told]) { o.Body.Events = []scrip.ToldEvent{}; o.Body.Seq = 2 }
	want(t, "Say, and the answer does not have it", c.Say(ctx, tx, message("three")), wallet.ErrUnfinished)
	l.told = nil
	w.sameThreads(t, c)
}

// TestReconcile: a thread held against the stall's: the same; what was missing is
// there; what a stall signed twice in one place is told, as it was signed; a stall
// that has lost it.
func TestReconcile(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	l := &lies{}
	c := w.lyingTo(l)
	_, err := c.Buy(ctx, w.item(20_00, 1), 1, home)
	want(t, "Buy", err, nil)
	tx, order := must(c.Receipts(ctx, 0, 1))[0].Tx, must(w.shelf.Sales(ctx, 0, 1))[0].ID
	want(t, "Say", c.Say(ctx, tx, message("one")), nil)
	want(t, "Say", w.stall.Say(ctx, order, message("two")), nil)
	got := must(c.Reconcile(ctx, tx))
	if !got.Same() || got.Here != 2 || got.Fetched != 1 {
		t.Errorf("Reconcile: got %+v, want both to have two, of which one was fetched", got)
	}
	th := must(w.stall.Conversation(ctx, order))
	other := scrip.Event{Order: order, Seq: 2, Previous: must(c.Conversation(ctx, tx)).Said[1].Previous, Kind: "message", Text: "never"}
	forged := must(jose.Sign(rand.Reader, scrip.Compose(string(w.vendor()), string(th.Pseudonym), tx, w.Clock.Now().Unix(), other, scrip.Attachments{}), w.stall.Secret.Signing))
	l.told = func(o *scrip.Opened[scrip.Told]) {
		if n := len(o.Body.Events); n > 0 {
			o.Body.Events[n-1].Event = forged.JWS
		}
	}
	got = must(c.Reconcile(ctx, tx))
	if got.Same() || got.Theirs != forged.JWS || got.Ours != must(c.Conversation(ctx, tx)).Said[1].Signed {
		t.Errorf("Reconcile with a stall that signed two: got %+v, want both of them", got)
	}
	l.told = func(o *scrip.Opened[scrip.Told]) { o.Body.Events = []scrip.ToldEvent{}; o.Body.Seq = 2 }
	if got = must(c.Reconcile(ctx, tx)); got.Same() || got.There != 0 || got.Ours == "" || got.Theirs != "" {
		t.Errorf("Reconcile with a stall that shows nothing: got %+v, want ours alone", got)
	}
}
