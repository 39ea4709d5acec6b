package wallet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

const (
	now   = 1_800_000_000
	later = now + 100*24*3600 // no need to renew
	soon  = now + Margin - 1  // to be renewed, but still good
	past  = now               // expired: the first second that it is
)

func broker(value scrip.Money, expires int64) *Piece { return &Piece{"cash", value, expires} }

func vendor(values ...scrip.Money) []Piece {
	var list []Piece
	for _, v := range values {
		list = append(list, Piece{"vendor", v, later})
	}
	return list
}

// written is a plan as the protocol's text writes it: "6.1(5) 6.2(5) 6.3(5)".
func written(steps []Step) string {
	var words []string
	for _, s := range steps {
		words = append(words, fmt.Sprintf("%s(%d)", s.Transaction, s.Amount))
	}
	return strings.Join(words, " ")
}

// figure is every line of Figure 3 for a price of 10: what the figure says, and
// what is run of it if that is something else.
var figure = []struct {
	name   string
	broker *Piece
	vendor []Piece
	figure string
	run    string
}{
	{name: "VendorScrip enough", vendor: vendor(10), figure: "6.3(10)"},
	{name: "VendorScrip more than enough, cash or not", broker: broker(3, later), vendor: vendor(4, 11), figure: "6.3(10)"},
	{name: "short, cash for the difference", broker: broker(6, later), vendor: vendor(4), figure: "6.5(6) 6.3(10)"},
	{name: "short, cash for the whole", broker: broker(10, later), vendor: vendor(4), figure: "6.5(6) 6.3(10)"},
	{name: "short, too little cash", broker: broker(5, later), vendor: vendor(4), figure: "6.4(6) 6.5(6) 6.3(10)"},
	{name: "short, no cash", vendor: vendor(4), figure: "6.1(6) 6.5(6) 6.3(10)"},
	{name: "short, the largest is topped up", vendor: vendor(4, 7, 1), figure: "6.1(3) 6.5(3) 6.3(10)"},
	{name: "nothing at all", figure: "6.1(10) 6.2(10) 6.3(10)"},
	{name: "no VendorScrip, cash enough", broker: broker(10, later), figure: "6.2(10) 6.3(10)"},
	{name: "no VendorScrip, cash to spare", broker: broker(99, later), figure: "6.2(10) 6.3(10)"},
	{name: "no VendorScrip, too little cash", broker: broker(9, later), figure: "6.4(10) 6.2(10) 6.3(10)"},

	{name: "VendorScrip near expiry", vendor: []Piece{{"vendor", 10, soon}}, figure: "6.8(10) 6.3(10)"},
	{name: "VendorScrip expired, no cash", vendor: []Piece{{"vendor", 10, past}}, figure: "6.8(10) 6.3(10)"},
	{name: "VendorScrip expired, too little of it", vendor: []Piece{{"vendor", 9, past}}, figure: "6.8(9) 6.1(1) 6.5(1) 6.3(10)"},
	{name: "cash near expiry", broker: broker(10, soon), figure: "6.8(10) 6.2(10) 6.3(10)"},
	{name: "cash expired", broker: broker(10, past), figure: "6.8(10) 6.2(10) 6.3(10)"},
	{name: "cash expired, too little", broker: broker(9, past), figure: "6.8(9) 6.4(10) 6.2(10) 6.3(10)"},
	{name: "cash expired, not needed", broker: broker(10, past), vendor: vendor(10), figure: "6.8(10) 6.3(10)", run: "6.3(10)"},
	{name: "both near expiry, cash not needed", broker: broker(6, soon), vendor: []Piece{{"vendor", 11, soon}}, figure: "6.8(11) 6.8(6) 6.3(10)", run: "6.8(11) 6.3(10)"},
	{name: "both near expiry, short", broker: broker(6, soon), vendor: []Piece{{"vendor", 4, soon}}, figure: "6.8(4) 6.8(6) 6.5(6) 6.3(10)"},
}

func TestFigure3(t *testing.T) {
	for _, c := range figure {
		t.Run(c.name, func(t *testing.T) {
			s := Situation{Price: 10, Broker: c.broker, Vendor: c.vendor, Now: now, Margin: Margin}
			if got := written(figure3(s)); got != c.figure {
				t.Errorf("Figure 3: got %s, want %s", got, c.figure)
			}
			run := cmp.Or(c.run, c.figure)
			if steps, err := planFor(s); err != nil || written(steps) != run {
				t.Errorf("plan: got %s, %v, want %s", written(steps), err, run)
			}
		})
	}
}

// TestPlanNamesWhatIsRenewed: two pieces of one value are not mistaken for one
// another.
func TestPlanNamesWhatIsRenewed(t *testing.T) {
	s := Situation{Price: 20, Broker: broker(10, soon), Vendor: []Piece{{"vendor", 10, past}}, Now: now, Margin: Margin}
	var got []scrip.ID
	for _, step := range figure3(s) {
		if step.Transaction == "6.8" {
			got = append(got, step.Scrip)
		}
	}
	if want := []scrip.ID{"vendor", "cash"}; !slices.Equal(got, want) {
		t.Errorf("renewed: got %q, want %q", got, want)
	}
}

// TestPlanAhead: more than the price is exchanged where something is exchanged
// at all, and only then.
func TestPlanAhead(t *testing.T) {
	for _, c := range []struct {
		name     string
		broker   *Piece
		vendor   []Piece
		exchange scrip.Money
		want     string
		err      error
	}{
		{name: "nothing at all", exchange: 30, want: "6.1(30) 6.2(30) 6.3(10)"},
		{name: "cash for it", broker: broker(30, later), exchange: 30, want: "6.2(30) 6.3(10)"},
		{name: "cash for the price only", broker: broker(29, later), exchange: 30, want: "6.4(30) 6.2(30) 6.3(10)"},
		{name: "VendorScrip enough", broker: broker(29, later), vendor: vendor(10), exchange: 30, want: "6.3(10)"},
		{name: "VendorScrip short", broker: broker(50, later), vendor: vendor(9), exchange: 30, want: "6.5(30) 6.3(10)"},
		{name: "cash near expiry", broker: broker(50, soon), exchange: 30, want: "6.8(50) 6.2(30) 6.3(10)"},
		{name: "just the price", exchange: 10, want: "6.1(10) 6.2(10) 6.3(10)"},
		{name: "less than the price", exchange: 9, err: ErrExchange},
		{name: "less than nothing", exchange: -1, err: ErrExchange},
		{name: "more than money can be", exchange: scrip.MaxMoney + 1, err: scrip.AmountOutOfBounds},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, err := planFor(Situation{
				Price: 10, Broker: c.broker, Vendor: c.vendor, Now: now, Margin: Margin, Exchange: c.exchange,
			})
			if written(steps) != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %q, %v, want %q, %v", written(steps), err, c.want, c.err)
			}
		})
	}
}

// TestPlansOfToday walks every situation of small numbers: there is a plan, and
// it pays the price with what is there.
func TestPlansOfToday(t *testing.T) {
	for price := scrip.Money(1); price <= 4; price++ {
		for b := scrip.Money(0); b <= 5; b++ {
			for v := scrip.Money(0); v <= 5; v++ {
				for _, expires := range []int64{later, soon, past} {
					s := Situation{Price: price, Now: now, Margin: Margin}
					if b > 0 {
						s.Broker = broker(b, expires)
					}
					if v > 0 {
						s.Vendor = []Piece{{"vendor", v, expires}}
					}
					steps, err := planFor(s)
					if err != nil {
						t.Errorf("price %d, broker %d, vendor %d: got %v, want a plan", price, b, v, err)
						continue
					}
					checkPays(t, s, steps)
				}
			}
		}
	}
}

// checkPays runs a plan over plain numbers.
func checkPays(t *testing.T, s Situation, steps []Step) {
	t.Helper()
	cash, pieces := scrip.Money(0), []scrip.Money{}
	if s.Broker != nil {
		cash = s.Broker.Value
	}
	for _, p := range s.Vendor {
		pieces = append(pieces, p.Value)
	}
	for _, step := range steps {
		switch step.Transaction {
		case "6.1":
			cash += step.Amount
		case "6.4":
			cash = step.Amount
		case "6.2":
			cash -= step.Amount
			pieces = append(pieces, step.Amount)
		case "6.5":
			cash -= step.Amount
			pieces[0] += step.Amount
		}
	}
	last := steps[len(steps)-1]
	enough := slices.ContainsFunc(pieces, func(p scrip.Money) bool { return p >= s.Price })
	if last != (Step{"6.3", s.Price, ""}) || cash < 0 || !enough {
		t.Errorf("price %d: plan %s leaves cash %d and pieces %v", s.Price, written(steps), cash, pieces)
	}
}

func TestPlanRefusesPrice(t *testing.T) {
	for _, price := range []scrip.Money{-1, 0, scrip.MaxMoney + 1} {
		_, err := planFor(Situation{Price: price, Now: now, Margin: Margin})
		if !errors.Is(err, scrip.AmountOutOfBounds) {
			t.Errorf("price %d: got %v, want %v", price, err, scrip.AmountOutOfBounds)
		}
	}
}
