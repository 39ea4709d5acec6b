package world_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

const month = 30 * 24 * time.Hour

// ran is the history as one line, oldest first.
func (c customer) ran() string {
	var ran []string
	for _, r := range must(c.History(context.Background(), 0, 100)) {
		ran = append([]string{r.Transaction + " " + string(r.Phase)}, ran...)
	}
	return strings.Join(ran, ", ")
}

func (w *world) wantRan(c customer, want string) {
	w.T.Helper()
	if got := c.ran(); got != want {
		w.T.Errorf("history: got %s, want %s", got, want)
	}
}

// TestBuyTopsUp: a purchase that is short loads what is missing, within it.
func TestBuyTopsUp(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 10_00), nil)
	_, err := c.Buy(ctx, w.item(12_50, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantState(c, 0, 0, 0)
	w.wantRan(c, "6.1 done, 6.4 done, 6.2 done, 6.3 done")
	want(t, "Load", c.Load(ctx, 5_00), nil)
	_, err = c.BuyAhead(ctx, wallet.Just(w.item(12_50, 1), 1, home), 30_00)
	want(t, "Buy ahead", err, nil)
	w.wantState(c, 0, 17_50, 0)
}

// TestLoadTopsUp: what is loaded comes to what is there, however often answers
// are lost.
func TestLoadTopsUp(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.brokerMute.Store(true)
	for range 2 {
		want(t, "Load while answers are lost", c.Load(ctx, 30_00), wallet.ErrUnfinished)
	}
	want(t, "Load of something else", c.Load(ctx, 20_00), wallet.ErrBusy)
	if _, err := c.Plan(ctx, w.vendor(), 10_00); !errors.Is(err, wallet.ErrBusy) {
		t.Errorf("Plan while it is at stake: got %v, want %v", err, wallet.ErrBusy)
	}
	w.brokerMute.Store(false)
	want(t, "Load again", c.Load(ctx, 30_00), nil)
	w.wantState(c, 80_00, 0, 0)
	w.brokerDown.Store(true)
	want(t, "Load while nobody hears", c.Load(ctx, 20_00), wallet.ErrUnfinished)
	w.brokerDown.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	w.wantState(c, 100_00, 0, 0)
	want(t, "Load nothing", c.Load(ctx, 0), scrip.AmountOutOfBounds)
	want(t, "Load more than money can be", c.Load(ctx, scrip.MaxMoney), scrip.AmountOutOfBounds)
	want(t, "Load above the limit", c.Load(ctx, 1000_01), scrip.AmountOutOfBounds)
	w.wantState(c, 100_00, 0, 0)
}

func TestTopUpWaitsForConfirmation(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	var confirm *wallet.Confirm
	for range 2 {
		if err := c.Load(ctx, 300_00); !errors.As(err, &confirm) || confirm.Amount != 300_00 {
			t.Fatalf("Load: got %v, want 300.00 to confirm", err)
		}
	}
	want(t, "Load of another amount", c.Load(ctx, 10_00), wallet.ErrBusy)
	want(t, "Withdraw meanwhile", c.Withdraw(ctx), wallet.ErrBusy)
	must(0, w.Books.Confirm(ctx, scrip.ID(path.Base(confirm.Link)), w.Clock.Now().Unix()))
	want(t, "Resume", c.Resume(ctx), nil)
	w.wantState(c, 350_00, 0, 0)
}

func TestBuyWaitsForTopUp(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, offer := w.customer(), w.item(250_00, 1)
	want(t, "Load", c.Load(ctx, 20_00), nil)
	var confirm *wallet.Confirm
	for range 2 { // asking again asks the bank for nothing more
		if _, err := c.Buy(ctx, offer, 1, home); !errors.As(err, &confirm) || confirm.Amount != 230_00 {
			t.Fatalf("Buy: got %v, want 230.00 to confirm", err)
		}
	}
	_, err := c.Buy(ctx, w.item(300_00, 1), 1, home)
	want(t, "Buy what that does not pay", err, wallet.ErrBusy)
	must(0, w.Books.Confirm(ctx, scrip.ID(path.Base(confirm.Link)), w.Clock.Now().Unix()))
	_, err = c.Buy(ctx, offer, 1, home)
	want(t, "Buy once it is confirmed", err, nil)
	w.wantState(c, 0, 0, 0)
	w.wantRan(c, "6.1 done, 6.4 done, 6.2 done, 6.3 done")
}

// TestRefusedTopUpIsReplayed: somebody kept a T13 that was refused and sends it
// again when it can be granted.
func TestRefusedTopUpIsReplayed(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	tape := &tape{}
	poor := w.account(15_00)
	c := customer{}
	c.Wallet, c.purse, c.ref = w.tapedWallet(poor, tape)
	want(t, "Load", c.Load(ctx, 10_00), nil)
	want(t, "Load more than there is", c.Load(ctx, 20_00), scrip.BankDeclined)
	w.brokerScripIs(c, 10_00)
	must(w.Bank.Deposit(ctx, poor, start-15_00, must(scrip.NewID(rand.Reader))))
	must(w.Broker.TopUp(ctx, tape.topUp))
	_, err := c.Buy(ctx, w.item(25_00, 1), 1, home)
	want(t, "Buy with scrip that was replaced", err, nil)
	w.wantState(c, 5_00, 0, 0)
	w.wantRan(c, "6.1 done, 6.4 done, 6.4 refused, 6.2 done, 6.3 done")
}

func (w *world) brokerScripIs(c customer, value scrip.Money) {
	w.T.Helper()
	if got := w.state(c)[0]; got != value {
		w.T.Errorf("at the broker: got %d, want %d", got, value)
	}
}

func TestWithdraw(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Withdraw nothing", c.Withdraw(ctx), wallet.ErrNothing)
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	w.brokerMute.Store(true)
	for range 2 {
		want(t, "Withdraw while answers are lost", c.Withdraw(ctx), wallet.ErrUnfinished)
	}
	w.brokerMute.Store(false)
	want(t, "Withdraw again", c.Withdraw(ctx), nil)
	w.wantState(c, 0, 20_00, 0)
	if got, want := must(w.Bank.Balance(ctx, c.ref)), start-20_00; got != want {
		t.Errorf("at the bank: got %d, want %d", got, want)
	}
	want(t, "Load again", c.Load(ctx, 5_00), nil)
	w.wantState(c, 5_00, 20_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.6 done, 6.1 done")
}

// stocked is a customer with 20.00 at the broker and 30.00 at the stall.
func (w *world) stocked() customer {
	w.T.Helper()
	c := w.customer()
	want(w.T, "Load", c.Load(context.Background(), 50_00), nil)
	want(w.T, "Exchange", c.Exchange(context.Background(), w.vendor(), 30_00), nil)
	return c
}

func (w *world) pass(d time.Duration) { w.Clock.Advance(d) }

// TestRenew: nothing before the margin, everything within it, and after expiry.
func TestRenew(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	c := w.stocked()
	made := w.Clock.Now().Unix()
	w.pass(month - scrip.Margin*time.Second)
	want(t, "Renew too early", c.Renew(ctx), nil)
	if got, want := must(c.Balance(ctx)).Expires, made+int64(month/time.Second); got != want {
		t.Errorf("first expiry: got %d, want %d", got, want)
	}
	w.pass(time.Second)
	for range 2 { // the second finds nothing to do
		want(t, "Resume", c.Resume(ctx), nil)
	}
	if got, want := must(c.Balance(ctx)).Expires, w.Clock.Now().Unix()+int64(month/time.Second); got != want {
		t.Errorf("first expiry after it is renewed: got %d, want %d", got, want)
	}
	w.wantState(c, 20_00, 30_00, 0)
	w.pass(2 * month)
	if b := must(c.Balance(ctx)); b.Expired != 50_00 {
		t.Errorf("expired: got %d, want 5000", b.Expired)
	}
	want(t, "Renew", c.Renew(ctx), nil)
	if b := must(c.Balance(ctx)); b.Expired != 0 {
		t.Errorf("expired after it is renewed: got %d, want none", b.Expired)
	}
	w.wantState(c, 20_00, 30_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 done, 6.8 done, 6.8 done, 6.8 done")
}

// TestRenewLater: issuers who are away, and answers that are lost.
func TestRenewLater(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	c := w.stocked()
	w.pass(2 * month)
	w.stallDown.Store(true)
	w.brokerMute.Store(true)
	for range 2 {
		want(t, "Renew with nobody to answer", c.Renew(ctx), wallet.ErrUnfinished)
	}
	w.stallDown.Store(false)
	w.stallMute.Store(true)
	want(t, "Resume while answers are lost", c.Resume(ctx), wallet.ErrUnfinished)
	w.stallMute.Store(false)
	w.brokerMute.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	w.wantState(c, 20_00, 30_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 done, 6.8 done")
}

// TestUseWhatExpired: everything that takes expired scrip renews it first.
func TestUseWhatExpired(t *testing.T) {
	for name, use := range map[string]struct {
		do             func(w *world, c customer) error
		broker, vendor scrip.Money
		ran            string
	}{
		"buy with VendorScrip": {func(w *world, c customer) error {
			_, err := c.Buy(w.T.Context(), w.item(12_00, 1), 1, home)
			return err
		}, 20_00, 18_00, "6.8 done, 6.3 done"},
		"buy with both": {func(w *world, c customer) error {
			_, err := c.Buy(w.T.Context(), w.item(45_00, 1), 1, home)
			return err
		}, 5_00, 0, "6.8 done, 6.8 done, 6.5 done, 6.3 done"},
		"load":     {func(w *world, c customer) error { return c.Load(w.T.Context(), 5_00) }, 25_00, 30_00, "6.8 done, 6.4 done"},
		"withdraw": {func(w *world, c customer) error { return c.Withdraw(w.T.Context()) }, 0, 30_00, "6.8 done, 6.6 done"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldOf(t, month)
			c := w.stocked()
			w.pass(month)
			want(t, name, use.do(w, c), nil)
			w.wantState(c, use.broker, use.vendor, 0)
			w.wantRan(c, "6.1 done, 6.2 done, "+use.ran)
		})
	}
}

// TestBuyWithBrokerOffAndCashDue: BrokerScrip that a purchase does not take is
// not renewed for it (C15).
func TestBuyWithBrokerOffAndCashDue(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	c := w.stocked()
	w.pass(month)
	w.brokerDown.Store(true)
	w.wireCut.Store(true)
	_, err := c.Buy(ctx, w.item(10_00, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantState(c, 20_00, 20_00, 0)
}

// TestTooOldToRenew: after the grace period the issuer says no for good, and
// the scrip is set aside.
func TestTooOldToRenew(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	c := w.stocked()
	w.pass(month + scrip.Grace*time.Second)
	want(t, "Renew", c.Renew(ctx), scrip.ScripExpired)
	if b := must(c.Balance(ctx)); b.Doubtful != 50_00 || b.Total != 0 || b.Expires != 0 {
		t.Errorf("balance: got %+v, want 50.00 doubtful and nothing else", b)
	}
	want(t, "Renew again", c.Renew(ctx), nil)
	want(t, "Withdraw", c.Withdraw(ctx), wallet.ErrNothing)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 refused, 6.8 refused")
}

// issuersAhead has the clocks of the broker and the stall go so far ahead of what they
// are now, beside the wallet's.
func (w *world) issuersAhead(d time.Duration) {
	w.pass(d)
	w.skew.Add(-int64(d / time.Second))
}

// TestIssuersClockAheadForAWhile: money that is too old for its issuers, whose clock is
// 400 days ahead, is asked for again until that is right, with the requests that were
// refused; then it is there, to the unit. It is no money meanwhile.
func TestIssuersClockAheadForAWhile(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	c := w.stocked()
	w.pass(month - 24*time.Hour)
	w.issuersAhead(400 * 24 * time.Hour)
	for range 3 {
		want(t, "Resume while the clocks are ahead", c.Resume(ctx), nil)
		if b := must(c.Balance(ctx)); b.Doubtful != 50_00 || b.Total != 0 {
			t.Errorf("balance: got %+v, want 50.00 doubtful and nothing else", b)
		}
	}
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 refused, 6.8 refused")
	w.brokerDown.Store(true)
	want(t, "Resume while the broker is away", c.Resume(ctx), wallet.ErrUnfinished)
	w.brokerDown.Store(false)

	w.issuersAhead(-400 * 24 * time.Hour)
	want(t, "Resume", c.Resume(ctx), nil)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 done, 6.8 done")
	w.wantState(c, 20_00, 30_00, 0)
	if b := must(c.Balance(ctx)); b.Doubtful != 0 || b.AtStake != 0 {
		t.Errorf("balance: got %+v, want nothing doubtful or at stake", b)
	}
	want(t, "Leave", c.Leave(ctx), nil)
	w.wantState(c, 0, 0, 0)
}

// TestRestoredWhileTheIssuersClockIsAhead: a purse is restored from a copy in which
// money is set aside for its age. Copies elsewhere are worth nothing only once its
// issuers have renewed it.
func TestRestoredWhileTheIssuersClockIsAhead(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	w.Unaudited = true // the copied purse holds what the restored one has made worthless
	c := w.stocked()
	w.pass(month - 24*time.Hour)
	w.issuersAhead(400 * 24 * time.Hour)
	want(t, "Resume", c.Resume(ctx), nil)
	path := filepath.Join(t.TempDir(), "purse.db")
	want(t, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(ctx))), nil)
	restored := customer{must(wallet.Open(ctx, w.config(w.openPurse(path)))), nil, c.ref}
	if whole, err := restored.Reclaim(ctx); whole || err != nil {
		t.Errorf("Reclaim while the clocks are ahead: got %v, %v, want false", whole, err)
	}
	w.issuersAhead(-400 * 24 * time.Hour)
	if whole, err := restored.Reclaim(ctx); !whole || err != nil {
		t.Errorf("Reclaim: got %v, %v, want true", whole, err)
	}
	if b := must(restored.Balance(ctx)); b.Total != 50_00 || b.Doubtful != 0 {
		t.Errorf("balance: got %+v, want 50.00 and nothing doubtful", b)
	}
	want(t, "Resume of the copy elsewhere", c.Resume(ctx), nil)
	if b := must(c.Balance(ctx)); b.Total != 0 {
		t.Errorf("balance of the copy elsewhere: got %+v, want nothing", b)
	}
}

// TestShortLivedScrip: what lives shorter than the margin is renewed in the
// last quarter of its life, not all the time.
func TestShortLivedScrip(t *testing.T) {
	w, ctx := newWorldOf(t, 4*24*time.Hour), t.Context()
	c := w.stocked()
	w.pass(3 * 24 * time.Hour)
	want(t, "Resume before the last quarter", c.Resume(ctx), nil)
	w.wantRan(c, "6.1 done, 6.2 done")
	w.pass(time.Second)
	want(t, "Resume in it", c.Resume(ctx), nil)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 done, 6.8 done")
}

// TestShortLivedScripOfAStall: scrip ages by its own life. A stall may make its
// own for a day while the broker's lives a year, and is not asked again and
// again for that.
func TestShortLivedScripOfAStall(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	w.annex = w.Stall("Annex")
	w.annex.ScripLifetime = 24 * time.Hour
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.annex.Vendor(), 30_00), nil)
	w.pass(18 * time.Hour)
	want(t, "Resume before the last quarter", c.Resume(ctx), nil)
	w.wantRan(c, "6.1 done, 6.2 done")
	w.pass(time.Second)
	for range 2 { // the second finds nothing to do
		want(t, "Resume in it", c.Resume(ctx), nil)
	}
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 done")
}

// TestBuyUsesWhatNeedsNoRenewal: of two that pay, the fresh one, though it is
// the larger; the other one is left to renew by itself.
func TestBuyUsesWhatNeedsNoRenewal(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 12_50), nil)
	w.pass(month)
	want(t, "Load", c.Load(ctx, 1_00), nil) // which renews the BrokerScrip
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	plan := must(c.Plan(ctx, w.vendor(), 12_50))
	if len(plan.Legs) != 1 || len(plan.Figure) != 2 {
		t.Errorf("plan: got %+v, want 6.3 alone, and 6.8, 6.3 in Figure 3", plan)
	}
	_, err := c.Buy(ctx, w.item(12_50, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantState(c, 18_50, 20_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 done, 6.4 done, 6.2 done, 6.3 done")
}
