package web

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestEarnings: the seller reads what is held, free and paid out, over time and as a file, also while the market is away.
func TestEarnings(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	one := s.protect(s.attic.List(5_00, 3))
	s.protect(s.attic.List(7_00, 3))
	if _, err := s.SendHold(one.Buyer.Pseudonymous(s.attic, scrip.ReleaseRequest(one.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.list(s.attic, sample{0, "=1+1", "Home", "good", 100, 1, 0})
	s.sell(s.listed(), rig.To("Elm Street 3"))
	v.get("/desk").want(t, 200, `href="/desk/earnings"`)
	// the typewriter and the vase were not protected, and their reports have come: 91.90 and 54.90
	v.get("/desk/earnings").want(t, 200, ">€7.00<", ">€151.80<", "Paid out so far", "Earned each week", "Week of 11\u00a0Jan\u00a02027", "!cannot be reached")
	file := v.get("/desk/earnings.csv")
	file.want(t, 200, "order,paid,what,pieces,price", ",A thing,1,5.00,0.00,0.00,5.00,0.00,EUR,released,2027-", ",A thing,1,7.00,0.00,0.00,0.00,7.00,EUR,held,2027-",
		",'=1+1,1,7.90,6.90,0.00,0.00,7.90,EUR,not reported yet,\n", `,"Portable typewriter, green, 1962",1,91.90,6.90,0.00,91.90,0.00,EUR,not protected,2027-`)
	if got := file.header.Get("Content-Disposition"); !strings.Contains(got, "earnings.csv") {
		t.Errorf("the file: got %q, want it to be saved", got)
	}
	s.Clock.Advance(300 * 24 * time.Hour)
	v = atDesk(t, s)
	v.get("/desk/earnings").want(t, 200, "Earned each month", "January 2027", "November 2027")
	off := s.attic.Config
	off.Broker = away{}
	c := s.config()
	c.Desk = func(context.Context, scrip.VendorID) (Desk, error) { return merchant.Open(off), nil }
	atDeskOf(t, c).get("/desk/earnings").want(t, 200, "cannot be reached", ">€14.90<", "!Paid out so far")
}

// openDesk is a Desk under another name, since a Desk has a method of that one.
type openDesk interface{ Desk }

// busy is a desk at which something is sold behind each reading of its orders.
type busy struct {
	openDesk
	sell func()
}

func (b busy) Orders(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, error) {
	list, err := b.openDesk.Orders(ctx, after, limit)
	b.sell()
	return list, err
}

// TestOrdersWhileOneIsSold: of orders that are read a part at a time, each is told once, whatever is sold meanwhile.
func TestOrdersWhileOneIsSold(t *testing.T) {
	s := newShop(t)
	for range 2 {
		s.protect(s.attic.List(5_00, 3))
	}
	d := busy{s.attic.Stall, func() { s.protect(s.attic.List(5_00, 3)) }}
	before, err := s.attic.Shelf.Sales(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	first, err := d.Orders(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []scrip.ID
	for sale, err := range ordersFrom(t.Context(), d, first, 1) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, sale.ID)
	}
	var want []scrip.ID
	for _, sale := range before {
		want = append(want, sale.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want each once: %v", got, want)
	}
}

// away is a broker that is off.
type away struct{}

func (away) Send(context.Context, string, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}
