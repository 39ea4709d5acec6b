package world_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// walk is one state of a wallet in which money has moved, at a stall that is in force
// and in the way for ever.
type walk struct {
	lifetime time.Duration // of scrip; 0 for a year
	comes    func(w *world, c customer)
	stays    [3]scrip.Money            // BrokerScrip, VendorScrip and what is owed, two days later
	ends     map[string][3]scrip.Money // where that depends on the stall's way
	waits    []string                  // the ways in which it waits on then, its money named
	back     scrip.Money               // a refund that comes to the bank at the end
	ninety   bool                      // a purchase was announced, and not refused: its price comes after ninety days
}

// day is as long as a wallet's patience.
const day = 24 * time.Hour

var stallWalks = map[string]walk{
	"6.2 asked": {
		comes: func(w *world, c customer) {
			w.stallDown.Store(true)
			want(w.T, "Exchange", c.Exchange(w.T.Context(), w.vendor(), 5_00), wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{20_00, 30_00, 0},
	},
	"6.2 with T6": {
		comes: func(w *world, c customer) {
			w.stallMute.Store(true)
			want(w.T, "Exchange", c.Exchange(w.T.Context(), w.vendor(), 5_00), wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{15_00, 30_00, 5_00}, waits: stubbornWays,
	},
	"6.3 asked": {
		comes: func(w *world, c customer) {
			offer := w.item(25_00, 1)
			w.stallDown.Store(true)
			_, err := c.Buy(w.T.Context(), offer, 1, home)
			want(w.T, "Buy", err, wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{20_00, 30_00, 0}, ninety: true,
	},
	"6.5 asked": {
		comes: waitsForT16,
		stays: [3]scrip.Money{10_00, 30_00, 10_00}, ends: map[string][3]scrip.Money{says: {20_00, 30_00, 0}},
		waits: []string{puts, silence, gibberish},
	},
	"6.5 with T19": {
		comes: func(w *world, c customer) {
			waitsForT16(w, c)
			w.pass(longer)
			want(w.T, "the broker's T16", w.Broker.Deliver(w.T.Context()), nil)
			want(w.T, "Resume", c.Resume(w.T.Context()), wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{10_00, 30_00, 10_00}, ends: map[string][3]scrip.Money{says: {10_00, 30_00, 0}},
		waits: []string{puts, silence, gibberish},
	},
	"6.7 asked": {
		comes: func(w *world, c customer) {
			w.stallDown.Store(true)
			want(w.T, "Leave", c.Leave(w.T.Context()), wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{0, 30_00, 0},
	},
	"6.8 asked of a stall": {
		comes: func(w *world, c customer) {
			w.stallDown.Store(true)
			w.pass(359 * day)
			want(w.T, "Renew", c.Renew(w.T.Context()), wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{20_00, 30_00, 0},
	},
	"6.8 asked of a stall, expired": {
		lifetime: month,
		comes: func(w *world, c customer) {
			w.stallDown.Store(true)
			w.pass(month)
			want(w.T, "Renew", c.Renew(w.T.Context()), wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{20_00, 30_00, 0}, waits: []string{puts, silence, gibberish},
	},
	"COLLECT asked": {
		comes: func(w *world, c customer) {
			_, err := c.Buy(w.T.Context(), w.item(10_00, 1), 1, home)
			want(w.T, "Buy", err, nil)
			want(w.T, "T9", c.Deliver(w.T.Context()), nil)
			want(w.T, "the stall's T12", w.stall.Deliver(w.T.Context()), nil)
			w.takeBack(5_00)
			w.stallDown.Store(true)
			_, err = c.Collect(w.T.Context(), w.vendor())
			want(w.T, "Collect", err, wallet.ErrUnfinished)
		},
		stays: [3]scrip.Money{20_00, 20_00, 0}, back: 5_00 - 10_00,
	},
}

func waitsForT16(w *world, c customer) {
	offer := w.item(40_00, 1)
	w.Wire.Set(rig.Cut)
	_, err := c.Buy(w.T.Context(), offer, 1, home)
	want(w.T, "Buy", err, wallet.ErrUnfinished)
}

// TestStubbornStall walks every state in which money waits for a stall that is in force
// and in the way for ever. A day later it has ended with the money free, or it waits
// with its money named; and when the stall is gone one day, nothing is left there.
func TestStubbornStall(t *testing.T) {
	for name, state := range stallWalks {
		for _, way := range stubbornWays {
			t.Run(name+", "+way, func(t *testing.T) { walkStall(t, state, way) })
		}
	}
}

func walkStall(t *testing.T, state walk, way string) {
	if state.lifetime == 0 {
		state.lifetime = 365 * day
	}
	w, ctx := newWorldOf(t, state.lifetime), t.Context()
	c, stall := w.stubbornTo()
	state.comes(w, c)
	stall.way.Store(way)
	w.stallDown.Store(false)
	w.stallMute.Store(false)
	w.Wire.Set(rig.Open)
	for range 3 {
		_ = w.Broker.Deliver(ctx)
		if err := c.Resume(ctx); err != nil && !errors.Is(err, wallet.ErrUnfinished) {
			t.Errorf("Resume: %v", err)
		}
		_, _ = c.Collect(ctx, w.vendor())
		w.pass(day)
	}
	stays := state.stays
	if other, there := state.ends[way]; there {
		stays = other
	}
	if got := w.state(c); got != stays {
		t.Errorf("broker, vendor, owed: got %v, want %v", got, stays)
	}
	w.named(c, slices.Contains(state.waits, way))

	w.shutDown()
	stall.way.Store(silence)
	_ = w.Broker.Deliver(ctx)
	_ = c.Resume(ctx)
	w.takesBack(c, state.ninety && way != says)
	want(t, "Resume", c.Resume(ctx), nil)
	w.named(c, false)
	if b := must(c.Balance(ctx)); b.Broker > 0 {
		want(t, "Withdraw", c.Withdraw(ctx), nil)
	}
	w.atBank(c, start+state.back)
}

// named wants one item that waits for the stall, with a date on which that may end; or
// none.
func (w *world) named(c customer, waits bool) {
	w.T.Helper()
	list := must(c.Waiting(w.T.Context()))
	switch {
	case !waits && len(list) > 0:
		w.T.Errorf("waits for the stall: got %+v, want nothing", list)
	case waits && (len(list) != 1 || list[0].Name != "Attic" || list[0].Value == 0 || list[0].Since == 0 || list[0].Ends <= w.Clock.Now().Unix()):
		w.T.Errorf("waits for the stall: got %+v, want one, named and dated", list)
	}
}

// takesBack takes what is at the stall that is gone to the bank by hand, where the
// wallet has not done so by itself.
func (w *world) takesBack(c customer, ninety bool) {
	w.T.Helper()
	if b := must(c.Balance(w.T.Context())); len(b.Vendors) > 0 {
		_, err := c.Rescue(w.T.Context(), w.vendor())
		want(w.T, "Rescue", err, nil)
	}
	if ninety {
		w.pass(91 * day)
		_, err := c.Rescue(w.T.Context(), w.vendor())
		want(w.T, "Rescue after ninety days", err, nil)
	}
}

// reluctant is a stall that is stubborn about purchases alone.
type reluctant struct{ *stubborn }

func (s reluctant) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "T26" {
		return s.toStall.Send(ctx, message, in)
	}
	return s.stubborn.Send(ctx, message, in)
}

// TestGivenUpPurchase: of a purchase that the stall puts off for ever the wallet has
// proof, when it gives it up, that it did not happen and cannot any more; and of one
// that the stall made unheard it learns, and does not make it twice.
func TestGivenUpPurchase(t *testing.T) {
	t.Run("it was not made", func(t *testing.T) {
		w, ctx := newWorld(t), t.Context()
		c, stall := w.stubbornTo()
		cfg := w.config(c.purse)
		cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return reluctant{stall}, nil }
		c.Wallet = must(wallet.Open(ctx, cfg))
		stall.way.Store(puts)
		_, err := c.Buy(ctx, w.item(25_00, 1), 1, home)
		want(t, "Buy", err, wallet.ErrUnfinished)
		paid := must(c.purse.Unfinished(ctx))[0].Stake
		w.pass(day)
		want(t, "Resume", c.Resume(ctx), nil)
		w.wantState(c, 20_00, 30_00, 0)
		if _, err := w.shelf.Live(ctx, paid); !errors.Is(err, scrip.ScripSpent) {
			t.Errorf("the VendorScrip that was to pay: got %v, want it dead, so that nobody can make the purchase any more", err)
		}
	})
	t.Run("it was made", func(t *testing.T) {
		w, ctx := newWorld(t), t.Context()
		c, stall := w.stubbornTo()
		w.stallMute.Store(true)
		_, err := c.Buy(ctx, w.item(25_00, 1), 1, home)
		want(t, "Buy", err, wallet.ErrUnfinished)
		stall.way.Store(silence)
		w.pass(day)
		want(t, "Resume", c.Resume(ctx), nil)
		stall.way.Store("")
		w.stallMute.Store(false)
		_, err = c.Buy(ctx, w.item(5_00, 1), 1, home)
		want(t, "Buy something else", err, nil)
		if got := len(must(c.Receipts(ctx, 0, 10))); got != 2 {
			t.Errorf("receipts: got %d, want 2", got)
		}
		w.wantState(c, 20_00, 0, 0)
	})
}

// brokerWalks are the states in which money waits for the broker's word alone: what
// it answers when it is back ends them.
var brokerWalks = map[string]func(w *world, c customer, told *lies){
	"6.1 asked": func(w *world, c customer, _ *lies) {
		want(w.T, "Withdraw", c.Withdraw(w.T.Context()), nil)
		w.brokerMute.Store(true)
		want(w.T, "Load", c.Load(w.T.Context(), 10_00), wallet.ErrUnfinished)
	},
	"6.4 asked": func(w *world, c customer, _ *lies) {
		w.brokerMute.Store(true)
		want(w.T, "Load", c.Load(w.T.Context(), 10_00), wallet.ErrUnfinished)
	},
	"6.6 asked": func(w *world, c customer, _ *lies) {
		w.brokerMute.Store(true)
		want(w.T, "Withdraw", c.Withdraw(w.T.Context()), wallet.ErrUnfinished)
	},
	"6.8 asked of the broker": func(w *world, c customer, _ *lies) {
		w.pass(359 * day)
		w.brokerMute.Store(true)
		want(w.T, "Renew", c.Renew(w.T.Context()), wallet.ErrUnfinished)
	},
	"RESCUE asked": func(w *world, c customer, _ *lies) {
		w.shutDown()
		w.brokerMute.Store(true)
		_, err := c.Rescue(w.T.Context(), w.vendor())
		want(w.T, "Rescue", err, wallet.ErrUnfinished)
	},
	"PAYOUT asked": func(w *world, _ customer, _ *lies) {
		w.seller()
		w.brokerMute.Store(true)
		want(w.T, "Payout", w.owner.Payout(w.T.Context(), w.vendor(), 5_00, scrip.ToBank), wallet.ErrUnfinished)
	},
	"REKEY asked": func(w *world, c customer, _ *lies) {
		w.brokerMute.Store(true)
		want(w.T, "ReplaceKey", c.ReplaceKey(w.T.Context()), wallet.ErrUnfinished)
	},
	"BANK asked": func(w *world, c customer, _ *lies) {
		w.brokerMute.Store(true)
		want(w.T, "ChangeBank", c.ChangeBank(w.T.Context(), c.ref), wallet.ErrUnfinished)
	},
	"6.1 pending": func(w *world, c customer, _ *lies) {
		want(w.T, "Withdraw", c.Withdraw(w.T.Context()), nil)
		w.confirmable(c)
	},
	"6.4 pending": func(w *world, c customer, _ *lies) { w.confirmable(c) },
	"6.2 with T8": func(w *world, c customer, told *lies) {
		told.t6 = func(o *scrip.Opened[scrip.Exchanged]) { o.Body.Value++ }
		want(w.T, "Exchange", c.Exchange(w.T.Context(), w.vendor(), 5_00), wallet.ErrUnfinished)
		w.wantState(c, 15_00, 35_00, 0)
	},
	"6.5 with T17": func(w *world, c customer, told *lies) {
		told.t19 = func(o *scrip.Opened[scrip.ExtendChange]) { o.Body.Value-- }
		want(w.T, "Extend", c.Extend(w.T.Context(), w.vendor(), 5_00), wallet.ErrUnfinished)
		w.wantState(c, 0, 35_00, 15_00)
	},
}

func (w *world) confirmable(c customer) {
	w.T.Helper()
	if err := c.Load(w.T.Context(), 250_00); !errors.As(err, new(*wallet.Confirm)) {
		w.T.Fatalf("Load of 250.00: got %v, want a confirmation", err)
	}
}

// TestSilentBroker walks every state in which money waits for the broker: however long
// it is silent, nothing is given up that it may have done, and its answer ends it.
func TestSilentBroker(t *testing.T) {
	for name, comes := range brokerWalks {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			var told lies
			c := w.lyingTo(&told)
			want(t, "Load", c.Load(ctx, 50_00), nil)
			want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
			comes(w, c, &told)
			told = lies{}
			who := c
			if name == "PAYOUT asked" {
				who = w.owner
			}
			w.brokerDown.Store(true)
			for range 3 {
				if err := who.Resume(ctx); err == nil {
					t.Error("Resume while the broker is silent: got nil, want that something waits")
				}
				w.pass(day)
			}
			w.brokerDown.Store(false)
			w.brokerMute.Store(false)
			if _, err := who.CallOff(ctx, w.declines); err != nil && !errors.Is(err, wallet.ErrNoWaiting) {
				t.Errorf("CallOff: %v", err)
			}
			want(t, "Resume", who.Resume(ctx), nil)
			if left := must(who.purse.Unfinished(ctx)); len(left) > 0 {
				t.Errorf("unfinished: got %+v, want none", left)
			}
			w.check(c)
		})
	}
}

// elsewhere are rows of the table that the Go wallet has no item for.
var elsewhere = []string{"restore asked", "credit asked", "protection asked"} // walked in static/wallet_test/walk.test.mjs

// TestStatesAreDocumentedAndWalked holds the table in docs/protocol.md to the states
// that the decisions know, and to those that are walked here.
func TestStatesAreDocumentedAndWalked(t *testing.T) {
	rows := documented(t)
	walked := append([]string{}, elsewhere...)
	for name := range stallWalks {
		name, _, _ = strings.Cut(name, ",")
		walked = append(walked, name)
	}
	for name := range brokerWalks {
		walked = append(walked, name)
	}
	for _, state := range append(decidedStates(t), walked...) {
		if !slices.Contains(rows, state) {
			t.Errorf("%s: got no row in docs/protocol.md, want one", state)
		}
	}
	for _, row := range rows {
		if !slices.Contains(walked, row) {
			t.Errorf("%s: got a row in docs/protocol.md that no test walks", row)
		}
	}
}

// documented are the states in the table of docs/protocol.md.
func documented(t *testing.T) (rows []string) {
	t.Helper()
	text := string(must(os.ReadFile(filepath.Join("..", "..", "..", "docs", "protocol.md"))))
	_, after, _ := strings.Cut(text, "### What waits, and how it ends\n")
	section, _, _ := strings.Cut(after, "\n### ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, row[1])
	}
	return rows
}

// decidedStates are the states of which testdata/decisions says what an answer means.
func decidedStates(t *testing.T) (states []string) {
	t.Helper()
	var vectors []struct {
		Transaction string `json:"transaction"`
		Item        struct {
			Pending bool        `json:"pending"`
			Has     []string    `json:"has"`
			Broker  scrip.Money `json:"broker"`
		} `json:"item"`
	}
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join("..", "testdata", "decisions", "settle.json"))), &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		state := v.Transaction + " asked"
		switch {
		case v.Item.Pending:
			state = v.Transaction + " pending"
		case len(v.Item.Has) > 0:
			state = v.Transaction + " with " + v.Item.Has[0]
		case v.Transaction == "6.8" && v.Item.Broker > 0:
			state += " of the broker"
		case v.Transaction == "6.8":
			state += " of a stall"
		}
		states = append(states, state)
	}
	slices.Sort(states)
	return slices.Compact(states)
}
