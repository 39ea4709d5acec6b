package wallet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

const (
	day   = 24 * 3600
	now   = 1_800_000_000
	later = now + 100*day // no need to renew
	soon  = now + 6*day   // to be renewed, but still good
	past  = now           // expired: the first second that it is
)

// TestEveryPlanPays walks every situation of small numbers: there is a plan, and
// it pays the price with what is there.
func TestEveryPlanPays(t *testing.T) {
	for price := scrip.Money(1); price <= 4; price++ {
		for b := scrip.Money(0); b <= 5; b++ {
			for v := scrip.Money(0); v <= 5; v++ {
				for _, expires := range []int64{later, soon, past} {
					s := Situation{Price: price, Now: now}
					if b > 0 {
						s.Broker = &Piece{Scrip: "cash", Value: b, Expires: expires}
					}
					if v > 0 {
						s.Vendor = []Piece{{Scrip: "vendor", Value: v, Expires: expires}}
					}
					legs, err := planFor(s)
					if err != nil {
						t.Errorf("price %d, broker %d, vendor %d: got %v, want a plan", price, b, v, err)
						continue
					}
					checkPays(t, s, legs)
				}
			}
		}
	}
}

// checkPays runs a plan over plain numbers.
func checkPays(t *testing.T, s Situation, legs []Leg) {
	t.Helper()
	cash, pieces := scrip.Money(0), []scrip.Money{}
	if s.Broker != nil {
		cash = s.Broker.Value
	}
	for _, p := range s.Vendor {
		pieces = append(pieces, p.Value)
	}
	for _, leg := range legs {
		switch leg.Transaction {
		case "6.1":
			cash += leg.Amount
		case "6.4":
			cash = leg.Amount
		case "6.2":
			cash -= leg.Amount
			pieces = append(pieces, leg.Amount)
		case "6.5":
			cash -= leg.Amount
			pieces[0] += leg.Amount
		}
	}
	last := legs[len(legs)-1]
	enough := slices.ContainsFunc(pieces, func(p scrip.Money) bool { return p >= s.Price })
	if last != (Leg{"6.3", s.Price, ""}) || cash < 0 || !enough {
		t.Errorf("price %d: plan %s leaves cash %d and pieces %v", s.Price, written(legs), cash, pieces)
	}
}

// written is a plan as the protocol's text writes it: "6.1(5) 6.2(5) 6.3(5)".
func written(legs []Leg) string {
	words := make([]string, len(legs))
	for i, leg := range legs {
		words[i] = strings.TrimSpace(fmt.Sprintf("%s(%d) %s", leg.Transaction, leg.Amount, leg.Scrip))
	}
	return strings.Join(words, ", ")
}
