package broker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// call calls the stalls once a day, for so many days.
func call(r *rig.Rig, days int) {
	r.T.Helper()
	for range days {
		r.Clock.Advance(day)
		if err := r.Broker.Call(r.T.Context()); err != nil {
			r.T.Fatalf("call the stalls: %v", err)
		}
	}
}

// wantInForce wants a RESCUE to be refused while its stall is not gone.
func wantInForce(c *rig.Customer, s *rig.Stall, when string) {
	c.Rig.T.Helper()
	if _, err := c.SendRescue(c.Rescuing(s)); !errors.Is(err, scrip.StallInForce) {
		c.Rig.T.Errorf("RESCUE %s: got %v, want %v", when, err, scrip.StallInForce)
	}
}

// wantSilence wants the book to say for how long a stall was silent, and its directory
// since when it is gone.
func wantSilence(r *rig.Rig, s *rig.Stall, days int, gone bool) {
	r.T.Helper()
	stall, err := r.Books.Stall(r.T.Context(), s.Vendor())
	told, err2 := r.Broker.Stall(r.T.Context(), s.Vendor())
	if err := errors.Join(err, err2); err != nil || stall.Silence.Days != days || (told.SilentSince != 0) != gone {
		r.T.Errorf("silence: got %+v, told %d, %v; want %d days, gone %v", stall.Silence, told.SilentSince, err, days, gone)
	}
}

// TestRescueOfASilentStall: what a customer has at a stall that left the broker's
// question unanswered on thirty days comes back to it, and nothing does before; one
// answer, or any other word of the stall, and the days are counted anew.
func TestRescueOfASilentStall(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	call(r, 40)
	wantSilence(r, s, 0, false)
	wantInForce(c, s, "at a stall that answers")

	r.Wire.Set(rig.Cut)
	call(r, 29)
	wantSilence(r, s, 29, false)
	r.Wire.Set(rig.Open)
	call(r, 1)
	wantSilence(r, s, 0, false)

	r.Wire.Set(rig.Mute) // it hears, and what it says is lost
	call(r, 29)
	c.Buy(s, held, s.List(5_00, 1))
	if err := s.Deliver(t.Context()); err != nil { // T12 arrives
		t.Fatal(err)
	}
	wantSilence(r, s, 0, false)

	r.Wire.Set(rig.Cut)
	call(r, 30)
	wantInForce(c, s, "after thirty days, the first 29 days ago")
	r.Clock.Advance(day)
	wantSilence(r, s, 30, true)
	wantRescued(c, s, c.Rescuing(s), 15_00, 0)
	wantBalance(t, c, 65_00)

	r.Wire.Set(rig.Open) // it comes back, and holds what it held
	late := r.Customer(10_00)
	late.Trade(s, late.Acquire(5_00), 5_00)
	wantSilence(r, s, 0, false)
	wantInForce(late, s, "at a stall that is back")
}

// TestSilenceAndClocks: a clock of the broker's that is wrong by a year, for an hour or
// for good, one that goes back, and a broker that was off for a year, make no month of
// a day.
func TestSilenceAndClocks(t *testing.T) {
	const year = 365 * day
	for name, jumps := range map[string][]time.Duration{
		"ahead for an hour":      {day, 40 * day, time.Hour, -40 * day, day, day},
		"ahead for good":         {day, 40 * day, time.Hour, 2 * time.Hour, day},
		"back":                   {day, -40 * day, time.Hour, day, 39 * day},
		"to and fro":             {day, 40 * day, -40 * day, 40 * day, -40 * day, 40 * day},
		"off for most of a year": {day, year - 60*day},
	} {
		t.Run(name, func(t *testing.T) {
			r := rig.New(t)
			c, s := r.Customer(100_00), r.Stall("Attic")
			c.Trade(s, c.Acquire(50_00), 20_00)
			r.Wire.Set(rig.Cut)
			for i, jump := range jumps {
				r.Clock.Advance(jump)
				if err := r.Broker.Call(t.Context()); err != nil {
					t.Fatal(err)
				}
				wantInForce(c, s, fmt.Sprint("after jump ", i))
			}
		})
	}
}

// TestLapseAndClocks: a clock of the broker's that is a year ahead, and put right within
// a week, has no customer paid back for what a stall, which is there, still sells for.
func TestLapseAndClocks(t *testing.T) {
	const year = 365 * day
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	r.Clock.Advance(year)
	wantInForce(c, s, "at once after the leap")
	for range 7 {
		call(r, 1)
		wantInForce(c, s, "while the clock is a year ahead")
	}
	wantSilence(r, s, 7, false)
	r.Clock.Advance(-year)
	wantInForce(c, s, "with the clock put right")
	call(r, 1)
	wantSilence(r, s, 0, false)
	c.Buy(s, held, s.List(5_00, 1))
	r.Clock.Advance(year)
	call(r, 6)
	if err := s.Deliver(t.Context()); err != nil { // T12: no word of a stall that lapsed keeps its customers' money there
		t.Fatal(err)
	}
	if got := earned(r, s); got != 5_00 {
		t.Errorf("earned: got %d, want 500", got)
	}
	wantSilence(r, s, 6, false)
	call(r, 2)
	wantRescued(c, s, c.Rescuing(s), 15_00, 0)
}

// TestReserveAtAStallThatIsGone: what a 6.5 holds for a stall that lapsed, or is silent
// for good, comes back as it does when the stall is revoked, and not before.
func TestReserveAtAStallThatIsGone(t *testing.T) {
	for name, gone := range map[string]func(*rig.Rig){
		"lapsed": func(r *rig.Rig) { r.Clock.Advance(366 * day); call(r, 8) },
		"silent": func(r *rig.Rig) { call(r, 31) },
	} {
		t.Run(name, func(t *testing.T) {
			r := rig.New(t)
			c, s := r.Customer(100_00), r.Stall("Attic")
			vendor, change := c.Trade(s, c.Acquire(50_00), 20_00)
			r.Wire.Set(rig.Cut)
			t15 := c.Extension(s, change, vendor, 10_00)
			if e, err := c.SendExtension(t15); err != nil || e.Noted == 0 {
				t.Fatalf("T15: got %+v, %v; want NOTED", e, err)
			}
			r.Clock.Advance(time.Hour)
			if e, err := c.SendExtension(t15); err != nil || e.Change.Scrip.Value != 20_00 {
				t.Fatalf("T15 after its time: got %+v, %v; want T19 of 20.00", e, err)
			}
			call(r, 20)
			if err := r.Broker.Deliver(t.Context()); err == nil {
				t.Error("Deliver: got nil, want that T15 waits")
			}
			wantBalance(t, c, 50_00)
			gone(r)
			if err := r.Broker.Deliver(t.Context()); err != nil {
				t.Errorf("Deliver: %v", err)
			}
			wantBalance(t, c, 60_00)
			wantRescued(c, s, c.Rescuing(s), 20_00, 0)
		})
	}
}

// many are books with a thousand stalls that hold customers' money.
type many struct {
	broker.Books
	stalls []scrip.Stall
}

func (m *many) Callable(_ context.Context, silent bool, after scrip.VendorID, limit int) ([]scrip.Stall, error) {
	var list []scrip.Stall
	for _, s := range m.stalls {
		if s.Vendor > after && !silent && len(list) < limit {
			list = append(list, s)
		}
	}
	return list, nil
}

// TestCallsAreFair: a round asks 64 stalls, each is asked once before any is asked
// again, and none twice a day.
func TestCallsAreFair(t *testing.T) {
	r := rig.New(t)
	envelope := r.EnvelopeKey().Public()
	books, line := &many{Books: r.Books}, &counted{}
	for range 150 {
		books.stalls = append(books.stalls, scrip.Stall{
			Certificate: scrip.Certificate{Vendor: scrip.VendorID(r.ID()), Envelope: envelope},
			Silence:     scrip.Silence{Since: 1, Last: 1, Days: 30}, // nothing is to be logged any more
		})
	}
	slices.SortFunc(books.stalls, func(a, b scrip.Stall) int { return strings.Compare(string(a.Vendor), string(b.Vendor)) })
	b := broker.New(broker.Config{
		Identity: r.Info, Signing: r.Signing, Books: books, Merchants: line, Clock: r.Clock.Now, Random: r.Broker.Random, Bank: r.Bank,
	})
	for _, want := range []int{64, 64, 22, 0, 0} {
		if err := b.Call(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := line.take(); len(got) != want || len(slices.Compact(got)) != want {
			t.Errorf("a round: got %d calls of %d stalls, want %d", len(got), len(slices.Compact(got)), want)
		}
		r.Clock.Advance(time.Hour)
	}
	r.Clock.Advance(day)
	if err := b.Call(t.Context()); err != nil || len(line.take()) != 64 {
		t.Errorf("the next day: got %v, want 64 calls", err)
	}
}

// counted notes who was called.
type counted struct {
	mu    sync.Mutex
	asked []scrip.VendorID // under mu
}

func (c *counted) Send(_ context.Context, s scrip.CertifiedStall, _ string, _ scrip.Sealed) (scrip.Sealed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, s.Vendor)
	return scrip.Sealed{}, errors.New("no answer")
}

func (c *counted) take() []scrip.VendorID {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.asked
	slices.Sort(all)
	c.asked = nil
	return all
}
