package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// errCrash is what everything answers once the wallet's process is dead.
var errCrash = errors.New("crashed")

// fuse counts the instants at which a process can die: before each commit and
// before each message. (After one is before the next: nothing that lasts happens
// in between.) At the instant blow it dies, and nothing it tries afterwards
// reaches anyone.
type fuse struct {
	at, blow int
	where    string // the instant it died at
}

// alive passes an instant and reports whether the process lives on.
func (f *fuse) alive(where string) bool {
	f.at++
	if f.at == f.blow {
		f.where = where
	}
	return f.at < f.blow
}

// carry sends a request through the fuse.
func (f *fuse) carry(what string, send func() (scrip.Sealed, error)) (scrip.Sealed, error) {
	if !f.alive("before " + what) {
		return scrip.Sealed{}, errCrash
	}
	return send()
}

type fusedPurse struct {
	wallet.Purse
	*fuse
}

func (p fusedPurse) Apply(ctx context.Context, c wallet.PurseChange) error {
	if !p.alive(fmt.Sprintf("before commit %d", p.at)) {
		return errCrash
	}
	return p.Purse.Apply(ctx, c)
}

type fusedBroker struct {
	toBroker
	*fuse
}

func (b fusedBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(message+" to the broker", func() (scrip.Sealed, error) { return b.toBroker.Send(ctx, message, in) })
}

type fusedStall struct {
	toStall
	*fuse
}

func (s fusedStall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(message+" to the stall", func() (scrip.Sealed, error) { return s.toStall.Send(ctx, message, in) })
}

// shopping is a wallet's whole life: made, filled, and used for a purchase
// that leaves change at the broker and at the stall.
type shopping struct {
	*world
	purse wallet.Purse
	ref   string
	offer string
	ahead scrip.Money                              // what one purchase exchanges; 0 to load and exchange on their own
	other func(s shopping, c *wallet.Wallet) error // a life of its own; nil for the usual
}

// live runs until the fuse blows, and reports whether it got to the end.
func (s shopping) live(f *fuse) error {
	ctx := context.Background()
	cfg := s.config(fusedPurse{s.purse, f})
	cfg.Broker = fusedBroker{toBroker{s.world}, f}
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return fusedStall{toStall{s.world}, f}, nil }
	c, err := wallet.Make(ctx, cfg, s.ref, "")
	if err != nil {
		return err
	}
	if s.other != nil {
		return errors.Join(s.other(s, c), c.Deliver(ctx))
	}
	if s.ahead == 0 {
		if err := c.Load(ctx, 50_00); err != nil {
			return err
		}
		if err := c.Exchange(ctx, s.vendor(), 30_00); err != nil {
			return err
		}
	}
	if err := s.buy(c); err != nil {
		return err
	}
	return c.Deliver(ctx)
}

func (s shopping) buy(c *wallet.Wallet) error {
	_, err := c.BuyAhead(context.Background(), wallet.Just(s.offer, 1, "here"), s.ahead)
	return err
}

// resume starts the program again and lets it finish what was begun.
func (s shopping) resume() customer {
	s.T.Helper()
	ctx := context.Background()
	cfg := s.config(s.purse)
	c, err := wallet.Open(ctx, cfg)
	if errors.Is(err, wallet.ErrNoAccount) {
		c, err = wallet.Make(ctx, cfg, s.ref, "")
	}
	want(s.T, "open again", err, nil)
	want(s.T, "the broker's T16", s.Broker.Deliver(ctx), nil)
	want(s.T, "Resume", c.Resume(ctx), nil)
	want(s.T, "Deliver", c.Deliver(ctx), nil)
	return customer{c, s.purse, s.ref}
}

// TestCrashes kills the wallet at every instant of its life. After each it is
// started again: what was begun is finished, the purchase was made once or not
// at all, asking for it again makes it once, and no unit is missing anywhere.
func TestCrashes(t *testing.T) {
	t.Run("with everybody there", func(t *testing.T) { crashes(t, newWorld(t), 0, nil) })
	t.Run("while the stall loses answers", func(t *testing.T) {
		w := newWorld(t)
		w.wireDown.Store(true) // every exchange goes the long way, by CLAIM
		crashes(t, w, 0, nil)
	})
	t.Run("in one purchase that keeps money there", func(t *testing.T) { crashes(t, newWorld(t), 30_00, nil) })
	t.Run("topping up, renewing and withdrawing", func(t *testing.T) {
		crashes(t, newWorldOf(t, 40*24*time.Hour), 20_00, moveCash)
	})
	t.Run("collecting", func(t *testing.T) { crashes(t, newWorld(t), 0, collect) })
	t.Run("talking", func(t *testing.T) { crashes(t, newWorld(t), 0, talk) })
	t.Run("leaving", func(t *testing.T) { crashes(t, newWorldOf(t, 40*24*time.Hour), 0, leave) })
	t.Run("adding to what is at the stall", func(t *testing.T) { crashes(t, newWorld(t), 0, extend) })
}

func crashes(t *testing.T, w *world, ahead scrip.Money, other func(shopping, *wallet.Wallet) error) {
	every := 1
	if testing.Short() {
		every = 6
	}
	for blow := 1; ; blow += every {
		if blow > 100 {
			t.Fatal("the life of a wallet has no end")
		}
		s := shopping{w, w.purse(), w.account(start), w.item(12_50, 1), ahead, other}
		f := &fuse{blow: blow}
		err := s.live(f)
		if f.where == "" {
			want(t, "life without a crash", err, nil)
			s.survives(t)
			return
		}
		parent := w.T
		t.Run(f.where, func(t *testing.T) {
			w.T = t
			s.survives(t)
		})
		w.T = parent
	}
}

func (s shopping) survives(t *testing.T) {
	ctx := context.Background()
	c := s.resume()
	s.check(c)
	if left := must(c.purse.Unfinished(ctx)); len(left) != 0 {
		t.Errorf("unfinished: got %+v, want none", left)
	}
	bought := len(must(c.Receipts(ctx, 0, 10)))
	if sold := s.sold(t); sold != bought {
		t.Errorf("receipts: got %d, and the stall sold %d", bought, sold)
	}
	if bought == 0 {
		want(t, "Buy after the crash", s.buy(c.Wallet), nil)
	}
	if s.other != nil {
		if err := c.Leave(ctx); !errors.Is(err, wallet.ErrNothing) {
			want(t, "Leave after the crash", err, nil)
		}
		s.wantState(c, 0, 0, 0)
		if due := must(s.shelf.Snapshot(ctx)).Due.Amount; due != 0 {
			t.Errorf("taken back by the stall and not collected: got %d, want none", due)
		}
	}
	s.sameThreads(t, c)
	if s.ahead > 0 && s.other == nil {
		s.wantState(c, 0, s.ahead-12_50, 0)
	}
	if sold := s.sold(t); sold != 1 {
		t.Errorf("sales after asking again: got %d, want 1", sold)
	}
	s.check(c)
}

// sold is how many orders of the offer the stall has.
func (s shopping) sold(t *testing.T) int {
	t.Helper()
	n := 0
	o := must(scrip.Verify[scrip.Offer](s.offer, string(s.vendor()), s.stall.Certificate.Signer()))
	for _, sale := range must(s.shelf.Sales(context.Background(), 0, 10_000)) {
		if sale.Lines[0].Offer == o.Body.Offer {
			n++
		}
	}
	return n
}
