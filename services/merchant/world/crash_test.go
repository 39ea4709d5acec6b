package world_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// errDead is what everything answers once the stall's process is dead.
var errDead = errors.New("crashed")

// fuse counts the instants at which a stall's process can die: before each commit and
// before each message to the broker. At the instant blow it dies, and nothing that it
// tries afterwards reaches anyone.
type fuse struct {
	at, blow int
	where    string
}

func (f *fuse) alive(where string) bool {
	f.at++
	if f.at == f.blow {
		f.where = where
	}
	return f.at < f.blow
}

type fusedShelf struct {
	merchant.Shelf
	*fuse
}

func (s fusedShelf) Apply(ctx context.Context, c scrip.Change) error {
	if !s.alive(fmt.Sprintf("before commit %d", s.at)) {
		return errDead
	}
	return s.Shelf.Apply(ctx, c)
}

type fusedBroker struct {
	merchant.Broker
	*fuse
}

func (b fusedBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if !b.alive("before " + message) {
		return scrip.Sealed{}, errDead
	}
	return b.Broker.Send(ctx, message, in)
}

// TestProtectedSaleCrashes kills a stall at every instant of the life of a protected
// sale: sent, disputed, defended, decided. Started again it goes on, and in the end it
// knows what the broker knows, and has told its buyer each word once.
func TestProtectedSaleCrashes(t *testing.T) {
	for blow := 1; ; blow++ {
		if blow > 100 {
			t.Fatal("the life of a sale has no end")
		}
		s, p, sale := protectedSale(t)
		f := &fuse{blow: blow}
		where := ""
		t.Run(fmt.Sprint("instant ", blow), func(t *testing.T) {
			s.T = t
			where = s.dieIn(f, p, sale)
			s.wantHold(sale, scrip.HoldDecided, 2)
			s.wantThread(sale, "decided", scrip.HoldDecided, 3)
			th := s.customer.Listen(s.stall, s.customer.Ordered(s.stall, rig.Sealed{Signed: jose.Signed{JWS: p.Mandate}}, p.Paid.Body))
			if th.State != "decided" {
				t.Errorf("the buyer's thread, died %s: got %s, want it decided", where, th.State)
			}
			if waiting, err := s.stall.Underway(t.Context(), 9); err != nil || len(waiting) != 0 {
				t.Errorf("Underway, died %s: got %+v, %v, want nothing", where, waiting, err)
			}
			if said, err := s.stall.Shelf.Defences(t.Context(), sale); err != nil || len(said) != 1 || !said[0].Told {
				t.Errorf("Defences, died %s: got %+v, %v, want one that is told", where, said, err)
			}
		})
		if where == "" {
			return
		}
	}
}

// dieIn lives the life of a sale with a stall that dies, and from there on with one that
// was started again. It returns where it died.
func (s shop) dieIn(f *fuse, p rig.Purchase, sale scrip.ID) string {
	s.T.Helper()
	ctx := s.T.Context()
	mortal := s.stall.Config
	mortal.Shelf, mortal.Broker = fusedShelf{mortal.Shelf, f}, fusedBroker{mortal.Broker, f}
	st := merchant.Open(mortal)
	id := s.ID()
	deliver := func() error {
		s.Clock.Advance(2 * time.Minute)
		return st.Deliver(ctx)
	}
	dispute := s.customer.Pseudonymous(s.stall, scrip.Dispute{Vendor: s.stall.Vendor(), Purchase: p.Tx, Text: "It is broken.", Shows: []scrip.Shown{}})
	for i, do := range []func() error{
		func() error { return st.MarkSent(ctx, sale, scrip.Parcel{Carrier: "PostNL"}) },
		deliver,
		func() error { _, err := s.SendHold(dispute); return err },
		deliver,
		func() error { return st.Defend(ctx, id, sale, "It was whole.", nil) },
		deliver,
		func() error { _, err := s.Judge().Decide(ctx, s.stall.Vendor(), p.Tx, 5_00, "Half of it."); return err },
		deliver,
	} {
		err := do()
		if f.where != "" && st != s.stall.Stall {
			st = s.stall.Stall
			err = do()
		}
		if err != nil {
			s.T.Fatalf("step %d, died %s: %v", i, f.where, err)
		}
	}
	return f.where
}
