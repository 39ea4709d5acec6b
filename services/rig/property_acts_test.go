package rig_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"pgregory.net/rapid"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// act is something a person does with a wallet, drawn before it is done, so
// that several can be done at once.
type act struct {
	who  *walletProcess
	what string
	do   func(ctx context.Context, c *wallet.Wallet) error
	// confirms is whether the person confirms at the bank what it asks about.
	confirms bool
}

// acts are all a person can do with a wallet.
var acts = map[string]func(*rapid.T, *town, *walletProcess) act{
	"load":     drawLoad,
	"load 2":   drawLoad, // without money there is little else to do
	"buy 2":    drawBuy,
	"exchange": drawExchange,
	"extend":   drawExtend,
	"buy":      drawBuy,
	"buy on":   drawBuyAgain,
	"withdraw": func(*rapid.T, *town, *walletProcess) act {
		return act{what: "withdraw", do: func(ctx context.Context, c *wallet.Wallet) error { return c.Withdraw(ctx) }}
	},
	"leave": func(*rapid.T, *town, *walletProcess) act {
		return act{what: "leave", do: func(ctx context.Context, c *wallet.Wallet) error { return c.Leave(ctx) }}
	},
	"collect": func(*rapid.T, *town, *walletProcess) act {
		return act{what: "collect refunds", do: func(ctx context.Context, c *wallet.Wallet) error {
			_, err := c.CollectAll(ctx)
			return err
		}}
	},
	// Nobody is gone for long enough in a town: RESCUE would pay for what is still good.
	"rescue": func(t *rapid.T, w *town, _ *walletProcess) act {
		s := pick(t, "stall", w.stalls)
		return act{what: "rescue what is at " + s.label, do: func(ctx context.Context, c *wallet.Wallet) error {
			_, err := c.Rescue(ctx, s.opened.Vendor())
			return err
		}}
	},
	"resume": func(*rapid.T, *town, *walletProcess) act {
		return act{what: "resume", do: func(ctx context.Context, c *wallet.Wallet) error { return c.Resume(ctx) }}
	},
	"rekey": func(*rapid.T, *town, *walletProcess) act {
		return act{what: "replace its key", do: func(ctx context.Context, c *wallet.Wallet) error { return c.ReplaceKey(ctx) }}
	},
	"write":         drawWrite,
	"protect":       drawProtect,
	"return":        drawReturn,
	"propose":       drawPropose,
	"show":          drawShow,
	"buy privately": drawBuyPrivately,
	"deliver": func(*rapid.T, *town, *walletProcess) act {
		return act{what: "deliver", do: func(ctx context.Context, c *wallet.Wallet) error { return c.Deliver(ctx) }}
	},
}

func (w *town) drawAct(t *rapid.T) act {
	who := pick(t, "wallet", w.wallets)
	names := make([]string, 0, len(acts))
	for name := range acts {
		names = append(names, name)
	}
	slices.Sort(names)
	a := acts[rapid.SampledFrom(names).Draw(t, "act")](t, w, who)
	a.who, a.confirms = who, rapid.IntRange(0, 3).Draw(t, "confirms") > 0
	return a
}

// pick draws one of a list by its number, for the log is read by people.
func pick[T any](t *rapid.T, label string, list []T) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(t, label)]
}

func drawLoad(t *rapid.T, _ *town, _ *walletProcess) act {
	amount := scrip.Money(rapid.SampledFrom([]int{1, 5_00, 40_00, 90_00, 210_00}).Draw(t, "amount"))
	return act{what: fmt.Sprintf("load %d", amount), do: func(ctx context.Context, c *wallet.Wallet) error {
		return c.Load(ctx, amount)
	}}
}

// drawWrite says something about one of the last orders, whether it may be said or
// not.
func drawWrite(t *rapid.T, _ *town, _ *walletProcess) act {
	kind := rapid.SampledFrom([]string{"message", "message", "address", "received", "cancel"}).Draw(t, "event")
	which := rapid.IntRange(0, 2).Draw(t, "order")
	return act{what: fmt.Sprintf("write %s about order %d", kind, which), do: func(ctx context.Context, c *wallet.Wallet) error {
		receipts, err := c.Receipts(ctx, which, 1)
		if err != nil || len(receipts) == 0 {
			return errors.Join(wallet.ErrNothing, err)
		}
		e := scrip.Event{Kind: kind, Text: "At the gate."}
		if kind == "address" {
			e.Address = rig.To("13 Elm Street").Address
		}
		return c.Say(ctx, receipts[0].Tx, e)
	}}
}

// drawProtect says something to the broker about one of the last orders, whether it is
// time for it or not.
func drawProtect(t *rapid.T, _ *town, _ *walletProcess) act {
	what := rapid.SampledFrom([]string{"release", "reclaim", "reclaim", "reclaim to the bank", "dispute", "holds", "credit", "credit to the bank"}).Draw(t, "what")
	which := rapid.IntRange(0, 2).Draw(t, "order")
	return act{what: fmt.Sprintf("%s of order %d", what, which), do: func(ctx context.Context, c *wallet.Wallet) error {
		receipts, err := c.Receipts(ctx, which, 1)
		if err != nil || len(receipts) == 0 {
			return errors.Join(wallet.ErrNothing, err)
		}
		switch what {
		case "release":
			_, err = c.ReleaseHold(ctx, receipts[0].Tx)
		case "reclaim":
			_, err = c.ReclaimHold(ctx, receipts[0].Tx, scrip.ToScrip)
		case "reclaim to the bank":
			_, err = c.ReclaimHold(ctx, receipts[0].Tx, scrip.ToBank)
		case "dispute":
			_, err = c.DisputeHold(ctx, receipts[0].Tx, "It is broken.", nil)
		case "holds":
			_, err = c.Holds(ctx)
		case "credit":
			_, err = c.TakeCredit(ctx, scrip.ToScrip)
		case "credit to the bank":
			_, err = c.TakeCredit(ctx, scrip.ToBank)
		}
		return err
	}}
}

func drawExchange(t *rapid.T, w *town, _ *walletProcess) act {
	s := pick(t, "stall", w.stalls)
	amount := scrip.Money(rapid.SampledFrom([]int{1, 4_00, 25_00}).Draw(t, "amount"))
	return act{what: fmt.Sprintf("exchange %d at %s", amount, s.label), do: func(ctx context.Context, c *wallet.Wallet) error {
		return c.Exchange(ctx, s.opened.Vendor(), amount)
	}}
}

func drawExtend(t *rapid.T, w *town, _ *walletProcess) act {
	s := pick(t, "stall", w.stalls)
	amount := scrip.Money(rapid.SampledFrom([]int{1, 3_00, 40_00}).Draw(t, "amount"))
	return act{what: fmt.Sprintf("extend by %d at %s", amount, s.label), do: func(ctx context.Context, c *wallet.Wallet) error {
		return c.Extend(ctx, s.opened.Vendor(), amount)
	}}
}

// bought is what one wallet was told of its purchases.
type bought struct {
	mu       sync.Mutex
	orders   []*ordered
	receipts map[scrip.ID]*ordered // every one that Buy returned
}

// asPasted are addresses as phones and messengers give them, with letters that nobody
// sees.
var asPasted = []string{"order %s", "ord\u00ader %s", "\u2068order %s\u2069", "\u202dorder\u202c %s", "order\u200b\ufeff %s"}

// ordered is one thing somebody wants. Its delivery is like no other's.
type ordered struct {
	wallet.Basket
	asked int // how often Buy was called for it
}

func drawBuy(t *rapid.T, w *town, who *walletProcess) act {
	s := pick(t, "stall", w.stalls)
	thing := pick(t, "listing", s.listings)
	quantity := rapid.IntRange(1, 2).Draw(t, "quantity")
	ahead := scrip.Money(rapid.SampledFrom([]int{0, 0, 60_00}).Draw(t, "ahead"))
	o := &ordered{Basket: wallet.Just(thing.JWS, quantity, rig.To(fmt.Sprintf(rapid.SampledFrom(asPasted).Draw(t, "as pasted"), w.ID())))}
	who.bought.orders = append(who.bought.orders, o)
	return who.buys(o, ahead, fmt.Sprintf("buy %d for %d at %s, %d ahead", quantity, thing.Offer.Price, s.label, ahead))
}

func drawBuyAgain(t *rapid.T, _ *town, who *walletProcess) act {
	if len(who.bought.orders) == 0 {
		t.Skip()
	}
	return who.buys(pick(t, "order", who.bought.orders), 0, "buy the same again")
}

func (c *walletProcess) buys(o *ordered, ahead scrip.Money, what string) act {
	return act{what: what, do: func(ctx context.Context, lives *wallet.Wallet) error {
		c.bought.mu.Lock()
		o.asked++
		c.bought.mu.Unlock()
		r, err := lives.BuyAhead(ctx, o.Basket, ahead)
		if err != nil {
			return err
		}
		c.bought.mu.Lock()
		defer c.bought.mu.Unlock()
		if c.bought.receipts == nil {
			c.bought.receipts = map[scrip.ID]*ordered{}
		}
		c.bought.receipts[r.Tx] = o
		return nil
	}}
}

// run does what was drawn, with the wallet's program as it runs or, as another
// window would, with the purse opened once more.
func (w *town) run(a act, window bool) {
	lives := a.who.lives
	if a.who.now().isDead() {
		w.log("%s is dead", a.who.label)
		return
	}
	if window {
		var err error
		if lives, err = a.who.open(a.who.now()); err != nil {
			w.log("%s opened once more: %v", a.who.label, err)
			return
		}
	}
	err := a.do(w.T.Context(), lives)
	w.log("%s: %s: %v", a.who.label, a.what, err)
	var confirm *wallet.Confirm
	if errors.As(err, &confirm) && a.confirms {
		w.log("  confirmed: %v", w.Bank.Confirm(w.T.Context(), rig.Charge(confirm.Link)))
	}
	if !foreseen(err) {
		w.T.Errorf("%s: %s: got %v, want an error that says what to do", a.who.label, a.what, err)
	}
}

// foreseen reports whether err is one a wallet's owner can be told.
func foreseen(err error) bool {
	var confirm *wallet.Confirm
	if _, refused := scrip.AsRefusal(err); refused || err == nil || errors.As(err, &confirm) {
		return true
	}
	for _, known := range []error{
		wallet.ErrUnfinished, wallet.ErrUndone, wallet.ErrDeclined, wallet.ErrBusy, wallet.ErrNothing, wallet.ErrExchange, wallet.ErrConflict, wallet.ErrClock, wallet.ErrNoAnswer, errCrash, errWire,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
