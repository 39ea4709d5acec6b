package rig_test

import (
	"errors"
	"flag"
	"os"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"peerscrip/services/wallet"
)

// runs is how many random towns a test builds: PEERSCRIP_RUNS for a long run,
// else a few. Rapid's own flags say more: -rapid.seed repeats a run that
// failed, -rapid.steps makes each longer.
func runs(t *testing.T, few string) {
	t.Helper()
	n := os.Getenv("PEERSCRIP_RUNS")
	if n == "" {
		n = few
	}
	if err := flag.Set("rapid.checks", n); err != nil {
		t.Fatalf("PEERSCRIP_RUNS: %v", err)
	}
}

// TestNothingIsLostNothingCountsTwice is protocol section 5 as a property:
// random peers do random things while messages are lost, repeated, delayed and
// reordered, and processes die at random instants. When all have finished what
// they began, the books close (I1 to I6), every order has its one receipt, and
// everybody has, to the unit, what they put in less what they paid.
func TestNothingIsLostNothingCountsTwice(t *testing.T) {
	runs(t, "5")
	rapid.Check(t, func(check *rapid.T) {
		w := newTown(checked{t, check}, rapid.IntRange(1, 3).Draw(check, "wallets"), rapid.IntRange(1, 2).Draw(check, "stalls"))
		w.furnish(rapid.IntRange(0, len(w.wallets)).Draw(check, "furnished"))
		check.Repeat(map[string]func(*rapid.T){
			"act":      w.actAlone,
			"act 2":    w.actAlone, // many times as likely as each trouble
			"act 3":    w.actAlone,
			"act 4":    w.actAlone,
			"act 5":    w.actAlone,
			"act 6":    w.actAlone,
			"together": w.actTogether,
			"fault":    w.drawFault,
			"crash":    w.drawCrash,
			"restart":  w.restart,
			"post":     w.drawPost,
			"replay":   w.replay,
			"cheat":    w.drawCheat,
			"friend":   w.drawFriend,
			"work":     w.drawWork,
			"time":     w.drawTime,
			"refund":   w.drawRefund,
			"send":     w.drawSend,
			"decide":   w.drawDecide,
			"answer":   w.drawAnswer,
			"padded":   w.drawPadded,
			"clock":    w.drawClock,
			"gone":     w.drawGone,
			"back":     w.drawTakeBack,
			"block":    w.drawBlock,
		})
		w.heal()
		if w.gone != nil {
			w.settleGone()
		} else {
			w.settle()
		}
		if !w.meddled {
			w.check()
		}
		w.touchAll()
		w.check()
		w.leaveAll()
	})
}

// furnish gives the first wallets some money everywhere, so that there is
// something to extend, withdraw and pay with from the beginning.
func (w *town) furnish(wallets int) {
	for _, c := range w.wallets[:wallets] {
		err := c.lives.Load(w.T.Context(), 150_00)
		for _, s := range w.stalls {
			err = errors.Join(err, c.lives.Exchange(w.T.Context(), s.opened.Vendor(), 30_00))
		}
		if err != nil {
			w.T.Fatalf("furnish %s: %v", c.label, err)
		}
	}
}

func (w *town) actAlone(t *rapid.T) { w.run(w.drawAct(t), false) }

// actTogether has several things happen at the same time, in different wallets
// or in several windows of one.
func (w *town) actTogether(t *rapid.T) {
	list := []act{w.drawAct(t), w.drawAct(t)}
	if rapid.Bool().Draw(t, "three") {
		list = append(list, w.drawAct(t))
	}
	var all sync.WaitGroup
	for _, a := range list {
		all.Go(func() { w.run(a, true) })
	}
	all.Wait()
}

// drawFault decides what becomes of the next messages between two parties.
func (w *town) drawFault(t *rapid.T) {
	s := pick(t, "stall", w.stalls).name()
	c := pick(t, "wallet", w.wallets).name()
	wire := pick(t, "wire", []string{c + ">broker", c + ">" + s, s + ">broker", "broker>" + s})
	some := rapid.SampledFrom([]fate{lost, mute, twice, late, passes})
	w.network.mu.Lock()
	defer w.network.mu.Unlock()
	w.fates[wire] = append(w.fates[wire], rapid.SliceOfN(some, 1, 6).Draw(t, "fates")...)
}

// drawCrash dooms a process to die soon.
func (w *town) drawCrash(t *rapid.T) {
	pick(t, "who", w.mortals()).doom(rapid.IntRange(1, 25).Draw(t, "instants"))
}

// restart starts all who died.
func (w *town) restart(t *rapid.T) {
	for _, p := range w.mortals() {
		if p.now().isDead() {
			p.start()
			w.log("%s starts again", p.name())
		}
	}
}

// drawPost delivers a late message.
func (w *town) drawPost(t *rapid.T) {
	if len(w.post) == 0 {
		t.Skip()
	}
	w.open(rapid.IntRange(0, len(w.post)-1).Draw(t, "which"))
}

// replay sends any earlier message once more.
func (w *town) replay(t *rapid.T) {
	if len(w.tape) == 0 {
		t.Skip()
	}
	p := w.tape[rapid.IntRange(0, len(w.tape)-1).Draw(t, "which")]
	_, err := p.send(w.T.Context(), p.in)
	w.log("  %s again: %v", p.what, err)
	w.meddled = true
}

// drawWork has a stall or the broker do what they do in the background.
func (w *town) drawWork(t *rapid.T) {
	i := rapid.IntRange(0, len(w.stalls)+1).Draw(t, "who")
	switch i {
	case len(w.stalls):
		b := w.broker.present()
		w.log("broker delivers: %v, and ends what time ends: %v", b.Deliver(w.T.Context()), b.Due(w.T.Context()))
		return
	case len(w.stalls) + 1:
		w.log("broker calls: %v", w.broker.present().Call(w.T.Context()))
		return
	}
	w.log("%s delivers: %v", w.stalls[i].label, w.stalls[i].present().Deliver(w.T.Context()))
}

// maxPassed keeps a run within the time for which money is kept good.
const maxPassed = 200 * 24 * time.Hour

// drawTime lets time pass: a moment, a deadline, the life of scrip.
func (w *town) drawTime(t *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{time.Second, 70 * time.Second, 11 * time.Minute, 34 * 24 * time.Hour, 50 * 24 * time.Hour}).Draw(t, "time")
	if w.passed += d; w.passed < maxPassed {
		w.Clock.Advance(d)
	}
}

// drawClock has a wallet's clock, a stall's, or the broker's, be wrong from now on, by
// as much as clocks of devices are, or of servers.
func (w *town) drawClock(t *rapid.T) {
	i := rapid.IntRange(-1, len(w.wallets)+len(w.stalls)-1).Draw(t, "whose")
	if i < 0 {
		w.broker.setClock(rapid.SampledFrom([]time.Duration{-48 * time.Hour, -5 * time.Minute, 0, 5 * time.Minute, 48 * time.Hour, 400 * day}).Draw(t, "wrong"))
		w.log("the broker has a clock that is wrong by %v", w.broker.wrong())
		return
	}
	if i < len(w.wallets) {
		c := w.wallets[i]
		c.setClock(rapid.SampledFrom([]time.Duration{-48 * time.Hour, -5 * time.Minute, 0, 5 * time.Minute, 48 * time.Hour}).Draw(t, "wrong"))
		w.log("%s has a clock that is wrong by %v", c.label, c.wrong())
		return
	}
	s := w.stalls[i-len(w.wallets)]
	s.setClock(rapid.SampledFrom([]time.Duration{-5 * time.Minute, 0, 5 * time.Minute}).Draw(t, "wrong"))
	w.log("%s has a clock that is wrong by %v", s.label, s.wrong())
}

// touchAll has every scrip seen by its issuer: a message of somebody who gave up
// may have been granted later, and it is by its scrip that a wallet learns it.
func (w *town) touchAll() {
	w.Clock.Advance(scripLifetime)
	w.settle()
}

// leaveAll has every wallet give everything back to the bank.
func (w *town) leaveAll() {
	for _, c := range w.wallets {
		if err := c.lives.Leave(w.T.Context()); err != nil && !errors.Is(err, wallet.ErrNothing) {
			w.T.Errorf("%s leaves: %v", c.label, err)
		}
	}
	w.settle()
	w.check()
	for _, c := range w.wallets {
		if b, err := c.lives.Balance(w.T.Context()); err != nil || b.Total != 0 {
			w.T.Errorf("%s after leaving: got %d, %v, want nothing", c.label, b.Total, err)
		}
	}
}
