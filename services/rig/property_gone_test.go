package rig_test

import (
	"crypto/rand"
	"errors"
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"peerscrip/services/broker"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

const day = 24 * time.Hour

// What certificates of a town's stalls are good for: the last stall's runs out first,
// long after a run.
const (
	certified     = 3 * 365 * day
	certifiedLast = 300 * day
)

// noticed is longer than a notice keeps its price from its customer at a stall that is
// gone: 90 days, be the broker's clock two days ahead when it was logged.
const noticed = 94 * day

// drawGone has the last stall be gone for good: it dies, and nobody starts it again.
// How its customers may know it is told when the town has come to rest: it is silent,
// its certificate lapses, or it is revoked.
func (w *town) drawGone(t *rapid.T) {
	if w.gone != nil || rapid.IntRange(0, 3).Draw(t, "not for good") > 0 {
		t.Skip()
	}
	w.gone = w.stalls[len(w.stalls)-1]
	w.how = rapid.SampledFrom([]string{"silent", "lapsed", "revoked"}).Draw(t, "how")
	w.gone.die()
	w.log("%s is gone for good", w.gone.label)
}

// present are the stalls that are there.
func (w *town) present() []*stallProcess {
	return slices.DeleteFunc(slices.Clone(w.stalls), func(s *stallProcess) bool { return s == w.gone })
}

// pickPresent draws a stall that is there.
func (w *town) pickPresent(t *rapid.T) *stallProcess {
	if len(w.present()) == 0 {
		t.Skip()
	}
	return pick(t, "stall", w.present())
}

// wait lets the time pass until the stall that is gone is so by the broker's log too.
func (w *town) wait() {
	ctx := w.T.Context()
	switch w.how {
	case "lapsed":
		w.Clock.Advance(max(0, time.Unix(w.gone.opened.Config.Certificate.NotAfter, 0).Sub(w.Clock.Now())))
	case "revoked":
		if _, err := broker.Revoke(ctx, w.Books, w.gone.opened.Vendor(), w.Clock.Now(), rand.Reader); err != nil {
			w.T.Fatal(err)
		}
	}
	for range 45 {
		stall, err := w.Books.Stall(ctx, w.gone.opened.Vendor())
		if err != nil {
			w.T.Fatal(err)
		}
		if stall.Gone(w.Clock.Now().Unix()) {
			w.log("%s is gone: %s", w.gone.label, w.how)
			return
		}
		w.Clock.Advance(day)
		if err := w.broker.present().Call(ctx); err != nil {
			w.T.Errorf("CALL: %v", err)
		}
	}
	w.T.Fatalf("%s, %s: got not gone after 45 days, want gone", w.gone.label, w.how)
}

// rescue has everybody ask for what they have at the stall that is gone.
func (w *town) rescue() error {
	var failed error
	for _, c := range w.wallets {
		back, err := c.lives.Rescue(w.T.Context(), w.gone.opened.Vendor())
		w.log("%s rescues %d, and %d is announced: %v", c.label, back.Amount, back.Announced, err)
		if !errors.Is(err, scrip.FloatShort) {
			failed = errors.Join(failed, err)
		}
	}
	back, err := w.cheat.SendRescue(w.cheat.Rescuing(w.gone.opened))
	w.log("the cheat rescues %d: %v", back.Amount, err)
	if errors.Is(err, scrip.FloatShort) {
		err = nil
	}
	delete(w.cheat.pieces, w.gone)
	return errors.Join(failed, err)
}

// settleGone settles a town whose last stall is gone. What was announced there first
// stays in the books, and comes once its time is over.
func (w *town) settleGone() {
	w.T.Helper()
	w.wait()
	for range rounds {
		if err := w.round(); err != nil {
			w.log("not settled: %v", err) // what has expired there is asked for on each day
		}
		w.Clock.Advance(w.pause())
	}
	w.check()
	w.Clock.Advance(noticed)
	w.settle()
	if got := w.floats(w.gone); got != pledge {
		w.T.Errorf("float at %s: got %d, want the friend's %d alone", w.gone.label, got, pledge)
	}
	for _, c := range w.wallets {
		if got := c.there(); got != 0 {
			w.T.Errorf("%s counts %d at %s, want nothing", c.label, got, w.gone.label)
		}
	}
}

// floats is all that the broker's books have at a stall.
func (w *town) floats(s *stallProcess) (sum scrip.Money) {
	w.T.Helper()
	for _, c := range w.wallets {
		sum += w.float(s, c.lives.Account())
	}
	return sum + w.float(s, w.cheat.Account) + w.float(s, w.friend.Account)
}

func (w *town) float(s *stallProcess, account scrip.AccountID) scrip.Money {
	w.T.Helper()
	has, err := w.Books.Rescuable(w.T.Context(), scrip.Share{Vendor: s.opened.Vendor(), Account: account}, 0, math.MaxInt64)
	if err != nil {
		w.T.Fatal(err)
	}
	return has.Float
}

// spentThere is what an account paid to the stall that is gone, by the broker's log:
// what the stall reported, less what it took back. What it was paid and did not report
// is its customer's again.
func (w *town) spentThere(account scrip.AccountID) (sum scrip.Money) {
	w.T.Helper()
	if w.gone == nil {
		return 0
	}
	ctx := w.T.Context()
	sales, err := w.gone.shelf().Sales(ctx, 0, 10_000)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, sale := range sales {
		refunds, err := w.gone.shelf().Refunds(ctx, []scrip.ID{sale.ID})
		if err != nil {
			w.T.Fatal(err)
		}
		sum += w.leftFloat(sale.Tx, scrip.Records{}.Type(), account)
		for _, r := range refunds {
			sum += w.leftFloat(r.ID, scrip.RefundReport{}.Type(), account)
		}
	}
	return sum
}

// leftFloat is what records of one message moved out of the float of an account at the
// stall that is gone, less what they moved into it.
func (w *town) leftFloat(tx scrip.ID, kind string, account scrip.AccountID) (sum scrip.Money) {
	w.T.Helper()
	records, err := w.Books.Logged(w.T.Context(), tx, kind)
	if err != nil {
		w.T.Fatal(err)
	}
	float := scrip.FloatOf(w.gone.opened.Vendor(), account)
	for _, r := range records {
		for _, p := range r.Posts {
			switch float {
			case p.From:
				sum += p.Amount
			case p.To:
				sum -= p.Amount
			}
		}
	}
	return sum
}

// there is what the wallet still counts as its own at the stall that is gone: until its
// notices are over, nobody can tell it how much of that comes back.
func (c *walletProcess) there() (sum scrip.Money) {
	t, ctx := c.town.T, c.town.T.Context()
	t.Helper()
	if c.town.gone == nil {
		return 0
	}
	vendor := c.town.gone.opened.Vendor()
	holdings, err := c.purse.Holdings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range holdings {
		if h.Vendor == vendor && h.Doubt == "" {
			sum += h.Value
		}
	}
	b, err := c.lives.Balance(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range b.Shares {
		if s.Kind == wallet.ShareOwed && s.Vendor == vendor {
			sum += s.Amount
		}
	}
	return sum
}

// left is what an account still has in the float of the stall that is gone.
func (w *town) left(account scrip.AccountID) scrip.Money {
	w.T.Helper()
	if w.gone == nil {
		return 0
	}
	return w.float(w.gone, account)
}

// isGone reports whether a sale is one of the stall that is gone.
func (w *town) isGone(sale scrip.Sale) bool {
	if w.gone == nil {
		return false
	}
	_, err := w.gone.shelf().Sale(w.T.Context(), sale.ID)
	return err == nil
}
