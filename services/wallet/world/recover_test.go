package world_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestStallNeverAnswers: the exchange is undone once the broker's deadline has
// passed, and not before.
func TestStallNeverAnswers(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.stallDown.Store(true)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), wallet.ErrUnfinished)
	want(t, "Resume", c.Resume(ctx), wallet.ErrUnfinished)
	if _, err := c.Plan(ctx, w.vendor(), 10_00); !errors.Is(err, wallet.ErrBusy) {
		t.Errorf("Plan while it is at stake: got %v, want %v", err, wallet.ErrBusy)
	}
	w.Clock.Advance(90 * time.Second) // past the deadline, but perhaps not by the broker's clock
	want(t, "Resume at the deadline", c.Resume(ctx), wallet.ErrUnfinished)
	w.Clock.Advance(60 * time.Second)
	want(t, "Exchange again", c.Exchange(ctx, w.vendor(), 30_00), wallet.ErrUndone)
	w.wantState(c, 50_00, 0, 0)
	w.stallDown.Store(false)
	want(t, "Exchange anew", c.Exchange(ctx, w.vendor(), 30_00), nil)
	w.wantState(c, 20_00, 30_00, 0)
}

// TestAnswerToExchangeIsLost: the broker has T6 all the same, and the stall
// its T8.
func TestAnswerToExchangeIsLost(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.stallMute.Store(true)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), wallet.ErrUnfinished)
	w.wantState(c, 20_00, 0, 30_00)
	w.Clock.Advance(24 * 3600 * time.Second)
	want(t, "Resume", c.Resume(ctx), wallet.ErrUnfinished)
	w.stallMute.Store(false)
	want(t, "Exchange again", c.Exchange(ctx, w.vendor(), 30_00), nil)
	w.wantState(c, 20_00, 30_00, 0)
}

// TestStallLosesBrokersAnswer: T5 was blessed, T7 never came. The receipt
// inside T6 makes the stall issue.
func TestStallLosesBrokersAnswer(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.wireDown.Store(true)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 50_00), nil)
	w.wantState(c, 0, 50_00, 0)
}

// TestAnswerToPurchaseIsLost: asking for the same again goes on with what was
// begun and buys nothing twice.
func TestAnswerToPurchaseIsLost(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
	offer := w.item(10_00, 5)
	for _, wire := range []*atomic.Bool{&w.stallDown, &w.stallMute, &w.stallMute} {
		wire.Store(true)
		_, err := c.Buy(ctx, offer, 1, to("here"))
		want(t, "Buy", err, wallet.ErrUnfinished)
		wire.Store(false)
	}
	_, err := c.Buy(ctx, offer, 1, to("here"))
	want(t, "Buy again", err, nil)
	w.wantState(c, 20_00, 20_00, 0)
	_, err = c.Buy(ctx, offer, 1, to("here"))
	want(t, "Buy another", err, nil)
	w.wantState(c, 20_00, 10_00, 0)
	if got := must(w.stall.Offers(ctx))[0].Stock; got != 3 {
		t.Errorf("stock: got %d, want 3", got)
	}
}

// TestUndoneTooEarly: the broker's clock is far ahead for a while, the exchange is
// made after the wallet gave it up. The next step finds it and takes it up again.
func TestUndoneTooEarly(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.wireCut.Store(true)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), wallet.ErrUnfinished)
	w.pass(time.Hour)
	want(t, "Resume", c.Resume(ctx), nil)
	w.pass(-time.Hour)
	w.wireCut.Store(false)
	want(t, "the stall's T5", w.stall.Deliver(ctx), nil)
	_, err := c.Buy(ctx, w.item(15_00, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantState(c, 20_00, 15_00, 0)
}

// TestRefusedPurchaseIsReplayed: somebody kept a T10 that was refused and
// sends it again when it can be granted. The wallet finds out and gets its due.
func TestRefusedPurchaseIsReplayed(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, tape := w.taped()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	offer := w.item(10_00, 1)
	_, err := c.Buy(ctx, offer, 2, home)
	want(t, "Buy two of one", err, scrip.OutOfStock)
	refused := tape.purchase
	w.restock(5)
	must(w.stall.Purchase(ctx, refused))
	_, err = c.Buy(ctx, w.item(5_00, 1), 1, home)
	want(t, "Buy with scrip that is gone", err, nil)
	w.wantState(c, 25_00, 0, 0)
	if got := must(c.Receipts(ctx, 0, 10)); len(got) != 2 || got[1].Price != 20_00 || got[0].Price != 5_00 {
		t.Errorf("receipts: got %+v, want one of 20.00, then one of 5.00", got)
	}
}

// TestRefusedChargeIsReplayed is the same with T1.
func TestRefusedChargeIsReplayed(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, tape := w.taped()
	poor := w.account(5_00)
	c.Wallet, c.purse, c.ref = w.tapedWallet(poor, tape)
	want(t, "Load more than there is", c.Load(ctx, 10_00), scrip.BankDeclined)
	must(w.Bank.Deposit(ctx, poor, start-5_00, must(scrip.NewID(rand.Reader))))
	must(w.Broker.Acquire(ctx, tape.acquire))
	want(t, "Load", c.Load(ctx, 7_00), scrip.ScripHeld)
	w.wantState(c, 10_00, 0, 0)
}

// TestDoubtfulScrip: the stall does not accept its own scrip, and nothing the
// wallet ever did explains it. It is set aside, and the purchase goes another
// way.
func TestDoubtfulScrip(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	w.Unaudited = true
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	for _, h := range must(c.purse.Holdings(ctx)) {
		if h.Vendor != "" {
			want(t, "kill", w.shelf.Apply(ctx, scrip.Change{Kill: []scrip.Kill{{ScripID: h.ScripID}}}), nil)
		}
	}
	_, err := c.Buy(ctx, w.item(10_00, 1), 1, home)
	want(t, "Buy", err, nil)
	b := must(c.Balance(ctx))
	if b.Broker != 20_00 || b.Total != 20_00 || b.Doubtful != 20_00 {
		t.Errorf("balance: got %+v, want 20.00 at the broker and 20.00 doubtful", b)
	}
}

// TestRun: what is queued is delivered in the background.
func TestRun(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { c.Run(running); close(done) }()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	_, err := c.Buy(ctx, w.item(10_00, 1), 1, home)
	want(t, "Buy", err, nil)
	for end := time.Now().Add(20 * time.Second); len(must(c.purse.Notices(ctx))) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a notice was not delivered")
		}
	}
	stop()
	<-done
	w.wantState(c, 40_00, 0, 0)
}

// tape keeps the last requests a wallet sent.
type tape struct{ purchase, acquire, topUp, extend scrip.Sealed }

type tapedStall struct {
	toStall
	*tape
}

func (s tapedStall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "T10" {
		s.purchase = in
	}
	return s.toStall.Send(ctx, message, in)
}

type tapedBroker struct {
	toBroker
	*tape
}

func (b tapedBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	switch message {
	case "T1":
		b.acquire = in
	case "T13":
		b.topUp = in
	case "T15":
		b.extend = in
	}
	return b.toBroker.Send(ctx, message, in)
}

func (w *world) taped() (customer, *tape) {
	tape := &tape{}
	made, purse, ref := w.tapedWallet(w.account(start), tape)
	return customer{made, purse, ref}, tape
}

func (w *world) tapedWallet(ref string, on *tape) (*wallet.Wallet, wallet.Purse, string) {
	w.T.Helper()
	cfg := w.config(w.purse())
	cfg.Broker = tapedBroker{toBroker{w}, on}
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return tapedStall{toStall{w}, on}, nil }
	return must(wallet.Make(context.Background(), cfg, ref, "")), cfg.Purse, ref
}

// restock puts more of the newest listing on the shelf, the offer unchanged:
// what no seller can do from the desk.
func (w *world) restock(stock int) {
	w.T.Helper()
	l := must(w.shelf.Listings(context.Background()))[0]
	l.Replaces, l.StockWas, l.Stock = l.Version, l.Stock, stock
	want(w.T, "restock", w.shelf.Apply(context.Background(), scrip.Change{Stall: &scrip.StallChange{List: []scrip.Listing{l}}}), nil)
}

// slowBroker's answer to T3 is under way while other things happen.
type slowBroker struct {
	toBroker
	meanwhile *func()
}

func (b slowBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := b.toBroker.Send(ctx, message, in)
	if message == "T3" {
		(*b.meanwhile)()
	}
	return out, err
}

// TestNotedLongUnderWay: a NOTED that was true when the broker said it, and that
// arrives when the deadline is long past, as at a machine that slept between,
// undoes nothing: the exchange was made since.
func TestNotedLongUnderWay(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	cfg, ref, meanwhile := w.config(w.purse()), w.account(start), func() {}
	cfg.Broker = slowBroker{toBroker{w}, &meanwhile}
	c := customer{must(wallet.Make(ctx, cfg, ref, "")), cfg.Purse, ref}
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.wireCut.Store(true)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), wallet.ErrUnfinished)
	w.wireCut.Store(false)
	meanwhile = func() {
		want(t, "the stall's T5", w.stall.Deliver(ctx), nil)
		w.Clock.Advance(600 * time.Second)
	}
	want(t, "Exchange again", c.Exchange(ctx, w.vendor(), 30_00), nil)
	w.wantState(c, 20_00, 30_00, 0)
}

// TestBeganAsTyped: a purchase that was cut off is known by the note as it was
// typed, whatever was cleaned of it.
func TestBeganAsTyped(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, order := w.customer(), wallet.Just(w.item(20_00, 1), 1, to(" to the door\r\n"))
	want(t, "Exchange beforehand", errors.Join(c.Load(ctx, 20_00), c.Exchange(ctx, w.vendor(), 20_00)), nil)
	w.stallMute.Store(true)
	_, err := c.BuyAhead(ctx, order, 0)
	want(t, "Buy", err, wallet.ErrUnfinished)
	if began := must(c.Began(ctx, order)); !began {
		t.Errorf("Began: got %v, want true", began)
	}
}

// unreadable is a purse that cannot tell what was refused before.
type unreadable struct{ wallet.Purse }

var errDisk = errors.New("the disk does not answer")

func (unreadable) Ended(context.Context, scrip.ID) ([]wallet.Item, error) { return nil, errDisk }

// TestFaultAfterARefusal: where the wallet cannot find out where refused money went,
// it says so, and does not take the refusal for the end of it.
func TestFaultAfterARefusal(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	purse := unreadable{w.purse()}
	c := customer{w.wallet(purse, w.account(start)), purse, ""}
	w.Unaudited = true
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	for _, h := range must(c.purse.Holdings(ctx)) {
		if h.Vendor != "" {
			want(t, "kill", w.shelf.Apply(ctx, scrip.Change{Kill: []scrip.Kill{{ScripID: h.ScripID}}}), nil)
		}
	}
	_, err := c.Buy(ctx, w.item(10_00, 1), 1, home)
	if !errors.Is(err, errDisk) || !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("Buy with scrip that is gone, on a purse that does not answer: got %v, want the fault", err)
	}
}
