package world_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"peerscrip/services/broker"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// atBank wants the customer's bank account to hold an amount.
func (w *world) atBank(c customer, want scrip.Money) {
	w.T.Helper()
	if got := must(w.Bank.Balance(context.Background(), c.ref)); got != want {
		w.T.Errorf("at the bank: got %d, want %d", got, want)
	}
}

// plan is the plan to leave as one line.
func (c customer) leaving() string {
	var lines []string
	for _, l := range must(c.PlanLeave(context.Background())) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s(%d) %s", l.Transaction, l.Amount, l.Name)))
	}
	return strings.Join(lines, ", ")
}

// TestLeave: everything goes back to the bank, from several stalls, what has
// expired renewed before.
func TestLeave(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	w.annex = w.Stall("Annex")
	c := w.customer()
	want(t, "Leave with nothing", c.Leave(ctx), wallet.ErrNothing)
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 10_00), nil)
	w.pass(month)
	want(t, "Exchange", c.Exchange(ctx, w.annex.Vendor(), 15_00), scrip.InsufficientScrip)
	want(t, "Renew", c.Renew(ctx), nil)
	want(t, "Exchange", c.Exchange(ctx, w.annex.Vendor(), 15_00), nil)
	w.pass(month)
	got := strings.Split(c.leaving(), ", ")
	if len(got) != 6 || got[5] != "6.6(2500)" || !strings.HasPrefix(got[0], "6.8(") || !strings.HasPrefix(got[3], "6.7(") {
		t.Errorf("plan: got %q, want three 6.8, two 6.7, 6.6", got)
	}
	want(t, "Leave", c.Leave(ctx), nil)
	w.wantState(c, 0, 0, 0)
	w.atBank(c, start)
	want(t, "Leave again", c.Leave(ctx), wallet.ErrNothing)
	if got := must(c.purse.Holdings(ctx)); len(got) != 0 {
		t.Errorf("scrip and secrets left: got %+v, want none", got)
	}
}

// TestLeaveWithAStallAway: what can be given back is, and the rest later, by the
// same call.
func TestLeaveWithAStallAway(t *testing.T) {
	for name, cut := range map[string]func(*world, bool){
		"the stall is away":        func(w *world, is bool) { w.stallDown.Store(is) },
		"the stall's answers are":  func(w *world, is bool) { w.stallMute.Store(is) },
		"its broker is":            func(w *world, is bool) { w.wireCut.Store(is) },
		"its broker's answers are": func(w *world, is bool) { w.wireDown.Store(is) },
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			w.annex = w.Stall("Annex")
			c := w.customer()
			want(t, "Load", c.Load(ctx, 50_00), nil)
			want(t, "Exchange", c.Exchange(ctx, w.vendor(), 10_00), nil)
			want(t, "Exchange", c.Exchange(ctx, w.annex.Vendor(), 15_00), nil)
			cut(w, true)
			for range 2 {
				want(t, "Leave", c.Leave(ctx), wallet.ErrUnfinished)
			}
			if b := must(c.Balance(ctx)); b.Total != 10_00 || b.AtStake != 10_00 {
				t.Errorf("left: got %d, at stake %d, want 10.00 at the stall that is away", b.Total, b.AtStake)
			}
			cut(w, false)
			want(t, "Leave again", c.Leave(ctx), nil)
			w.wantState(c, 0, 0, 0)
			w.atBank(c, start)
			w.wantRan(c, "6.1 done, 6.2 done, 6.2 done, 6.7 done, 6.7 done, 6.6 done")
		})
	}
}

// revoked are books in which every stall is revoked.
type revoked struct{ broker.Books }

func (r revoked) Stall(ctx context.Context, v scrip.VendorID) (scrip.Stall, error) {
	s, err := r.Books.Stall(ctx, v)
	s.Revoked = true
	return s, err
}

// TestLeaveARevokedStall: the money is its customer's.
func TestLeaveARevokedStall(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.Broker.Books = revoked{w.Broker.Books}
	w.skew.Store(25 * 3600) // the wallet asks the directory again
	want(t, "Leave", c.Leave(ctx), nil)
	w.wantState(c, 0, 0, 0)
	w.atBank(c, start)
}

// TestGiveBackIsRefused: a stall whose float does not cover what it issued, by a
// broker's word. The scrip stays good at the stall.
func TestGiveBackIsRefused(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.Unaudited = true
	post := []scrip.Posting{{From: scrip.FloatOf(w.vendor(), c.Account()), To: scrip.Outstanding, Amount: 1}}
	want(t, "take a cent out of the float", w.Books.Apply(ctx, scrip.Change{Broker: &scrip.BrokerChange{Post: post}}), nil)
	want(t, "Leave", c.Leave(ctx), scrip.FloatShort)
	w.wantState(c, 0, 30_00, 0)
	_, err := c.Buy(ctx, w.item(30_00, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantRan(c, "6.1 done, 6.2 done, 6.7 refused, 6.6 done, 6.3 done")
}

// TestGiveBackOfDeadScrip: the stall does not know its scrip any more. It is set
// aside, and the rest goes back.
func TestGiveBackOfDeadScrip(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.Unaudited = true
	for _, h := range must(c.purse.Holdings(ctx)) {
		if h.Vendor != "" {
			want(t, "kill", w.shelf.Apply(ctx, scrip.Change{Kill: []scrip.Kill{{ScripID: h.ScripID}}}), nil)
		}
	}
	want(t, "Leave", c.Leave(ctx), scrip.ScripSpent)
	if b := must(c.Balance(ctx)); b.Total != 0 || b.Doubtful != 30_00 {
		t.Errorf("balance: got %+v, want 30.00 doubtful and nothing else", b)
	}
	if err := c.Leave(ctx); !errors.Is(err, wallet.ErrNothing) {
		t.Errorf("Leave again: got %v, want %v", err, wallet.ErrNothing)
	}
}

// TestGiveUp: a giveback that its stall does not answer is given up alone; its money
// is in the total all the time, under its own name, and comes back when the stall does.
func TestGiveUp(t *testing.T) {
	for name, cut := range map[string]func(*world, bool){
		"T22 did not arrive": func(w *world, is bool) { w.stallDown.Store(is) },
		"T22 arrived":        func(w *world, is bool) { w.stallMute.Store(is) },
		"T23 did not":        func(w *world, is bool) { w.wireCut.Store(is) },
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			c := w.stocked()
			_, err := c.GiveUp(ctx, w.vendor())
			want(t, "GiveUp of nothing", err, wallet.ErrNothing)
			cut(w, true)
			want(t, "Leave", c.Leave(ctx), wallet.ErrUnfinished)
			w.wantShares(c, "returning 3000")
			freed, err := c.GiveUp(ctx, w.vendor())
			want(t, "GiveUp", err, nil)
			if freed != 30_00 {
				t.Errorf("given up: got %d, want 3000", freed)
			}
			w.wantShares(c, "given-up 3000")
			want(t, "Resume", c.Resume(ctx), nil)
			cut(w, false)
			want(t, "Leave again", c.Leave(ctx), nil)
			w.wantShares(c, "")
			w.atBank(c, start)
		})
	}
}

// TestGiveUpAndSpend: money that was given up pays at its stall; where the stall has
// paid it out meanwhile, that is found.
func TestGiveUpAndSpend(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	offer := w.item(25_00, 1)
	w.stallMute.Store(true)
	want(t, "Leave", c.Leave(ctx), wallet.ErrUnfinished)
	must(c.GiveUp(ctx, w.vendor()))
	w.stallMute.Store(false)
	_, err := c.Buy(ctx, offer, 1, home)
	want(t, "Buy, which loads anew", err, nil)
	w.wantShares(c, "")
	w.atBank(c, start-25_00)
}

// TestSharesOfAGoneStall: what is there is told as such once the wallet knows.
func TestSharesOfAGoneStall(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.shutDown()
	w.skew.Store(25 * 3600) // the wallet asks the directory again
	want(t, "Resume", c.Resume(ctx), nil)
	_, err := c.Buy(ctx, w.item(25_00, 1), 1, home)
	want(t, "Buy", err, scrip.StallRevoked)
	w.wantShares(c, "ready 2000, gone 3000")
	must(c.Rescue(ctx, w.vendor()))
	w.wantShares(c, "ready 2000")
	if b := must(c.Balance(ctx)); b.Doubtful != 0 {
		t.Errorf("not accepted: got %d, want none of what was rescued", b.Doubtful)
	}
}

// wantShares wants the money to be where it says.
func (w *world) wantShares(c customer, want string) {
	w.T.Helper()
	var got []string
	var sum scrip.Money
	b := must(c.Balance(context.Background()))
	for _, s := range b.Shares {
		got = append(got, fmt.Sprintf("%s %d", s.Kind, s.Amount))
		sum += s.Amount
	}
	if strings.Join(got, ", ") != want || sum != b.Total {
		w.T.Errorf("shares: got %q, together %d of %d, want %q", got, sum, b.Total, want)
	}
}
