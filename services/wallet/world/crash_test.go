package world_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"peerscrip/services/rig"
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

// life is a wallet's whole life: it is made, filled, and used for a purchase that
// leaves change at the broker and at the stall.
type life struct {
	steps     func(s *shopping) []func() error
	walked    int         // of the steps, so many at first are those of another life, which is killed in them
	ahead     scrip.Money // what a purchase exchanges; 0 for no more than its price
	leaves    bool        // in the end everything goes back to the bank
	protected bool        // what is bought is
}

// shopping is one life, of one wallet.
type shopping struct {
	*world
	life
	purse wallet.Purse
	ref   string
	offer string
	c     *wallet.Wallet
}

// live runs until the fuse blows, and reports whether it got to the end.
func (s *shopping) live(f *fuse) error {
	defer s.skew.Store(0)
	defer s.Wire.Set(rig.Open)
	steps := s.steps(s)
	for _, do := range steps[:s.walked] {
		if err := do(); err != nil {
			return err
		}
	}
	if s.walked > 0 {
		var err error
		if s.c, err = wallet.Open(context.Background(), s.fused(f)); err != nil {
			return err
		}
		steps = steps[s.walked:]
	} else {
		steps[0] = func() error { return s.make(s.fused(f)) }
	}
	for _, do := range steps {
		if err := do(); err != nil {
			return err
		}
	}
	return s.c.Deliver(context.Background())
}

// make is the first step of every life.
func (s *shopping) make(cfg wallet.Config) (err error) {
	s.c, err = wallet.Make(context.Background(), cfg, s.ref, "")
	return err
}

// fused is the configuration of a wallet that dies with a fuse.
func (s *shopping) fused(f *fuse) wallet.Config {
	cfg := s.config(fusedPurse{s.purse, f})
	cfg.Broker = fusedBroker{toBroker{s.world}, f}
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return fusedStall{toStall{s.world}, f}, nil }
	return cfg
}

// The steps that lives have in common.
func (s *shopping) made() error { return s.make(s.config(s.purse)) }

func (s *shopping) load(amount scrip.Money) func() error {
	return func() error { return s.c.Load(context.Background(), amount) }
}

func (s *shopping) exchange(value scrip.Money) func() error {
	return func() error { return s.c.Exchange(context.Background(), s.vendor(), value) }
}

func (s *shopping) bought() error { return s.buy(s.c) }

func (s *shopping) buy(c *wallet.Wallet) error {
	_, err := c.BuyAhead(context.Background(), wallet.Just(s.offer, 1, to("here")), s.ahead)
	return err
}

// resume starts the program again and lets it finish what was begun.
func (s *shopping) resume() customer {
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
	short := 40 * 24 * time.Hour
	for _, test := range []struct {
		name     string
		lifetime time.Duration // of scrip; 0 for a year
		deaf     bool          // the stall loses answers: every exchange goes the long way, by CLAIM
		life
	}{
		{name: "with everybody there", life: life{steps: shop}},
		{name: "while the stall loses answers", deaf: true, life: life{steps: shop, walked: 2}},
		{name: "in one purchase that keeps money there", life: life{steps: shopAtOnce, walked: 1, ahead: 30_00}},
		{name: "topping up, renewing and withdrawing", lifetime: short, life: life{steps: moveCash, walked: 2, ahead: 20_00, leaves: true}},
		{name: "collecting", life: life{steps: collect, leaves: true}},
		{name: "talking", life: life{steps: talk, walked: 1, leaves: true}},
		{name: "having a protected purchase back", life: life{steps: reclaim, walked: 2, protected: true, leaves: true}},
		{name: "disputing a protected purchase", life: life{steps: dispute, walked: 2, protected: true, leaves: true}},
		{name: "replacing its key", life: life{steps: replaceKey, walked: 3, leaves: true}},
		{name: "leaving", lifetime: short, life: life{steps: leave, walked: 2, leaves: true}},
		{name: "adding to what is at the stall", life: life{steps: extend, walked: 3, leaves: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorldOf(t, cmp.Or(test.lifetime, 365*day))
			w.wireDown.Store(test.deaf)
			crashes(t, w, test.life)
		})
	}
}

func crashes(t *testing.T, w *world, of life) {
	every := 1
	if testing.Short() {
		every = 6
	}
	for blow := 1; ; blow += every {
		if blow > 100 {
			t.Fatal("the life of a wallet has no end")
		}
		s := &shopping{world: w, life: of, purse: w.purse(), ref: w.account(start), offer: w.item(12_50, 1)}
		if of.protected {
			s.offer = w.protectedItem(12_50)
		}
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

func (s *shopping) survives(t *testing.T) {
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
	if s.protected {
		_, err := c.Holds(ctx)
		want(t, "Holds after the crash", err, nil)
		must(c.TakeCredit(ctx, scrip.ToScrip))
	}
	if s.leaves {
		if err := c.Leave(ctx); !errors.Is(err, wallet.ErrNothing) {
			want(t, "Leave after the crash", err, nil)
		}
		s.wantState(c, 0, 0, 0)
		if due := must(s.shelf.Snapshot(ctx)).Due.Amount; due != 0 {
			t.Errorf("taken back by the stall and not collected: got %d, want none", due)
		}
	}
	s.sameThreads(t, c)
	if s.ahead > 0 && !s.leaves {
		s.wantState(c, 0, s.ahead-12_50, 0)
	}
	if sold := s.sold(t); sold != 1 {
		t.Errorf("sales after asking again: got %d, want 1", sold)
	}
	s.check(c)
}

// sold is how many orders of the offer the stall has.
func (s *shopping) sold(t *testing.T) int {
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
