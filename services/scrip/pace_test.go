package scrip_test

import (
	"testing"

	"peerscrip/services/scrip"
)

// TestPace: each has a window's worth, whatever others take, and again in the next.
func TestPace(t *testing.T) {
	p := scrip.Pace{Most: 2, Window: 60}
	for i, step := range []struct {
		who  string
		n    int
		at   int64
		want error
	}{
		{"ada", 1, 0, nil}, {"ada", 1, 59, nil}, {"ada", 1, 59, scrip.Unavailable}, {"bob", 1, 59, nil},
		{"bob", 64, 59, nil}, {"bob", 1, 59, scrip.Unavailable}, {"ada", 1, 60, nil}, {"bob", 1, 61, nil},
	} {
		if err := p.Take(step.who, step.n, step.at); err != step.want {
			t.Errorf("step %d: %s takes %d at %d: got %v, want %v", i, step.who, step.n, step.at, err, step.want)
		}
	}
	p.Return("ada", 1)
	for i := range 2 {
		if err := p.Take("ada", 1, 61); err != nil {
			t.Errorf("what was returned, time %d: %v", i, err)
		}
	}
	var none scrip.Pace
	none.Window = 60
	for range 100 {
		if err := none.Take("ada", 1, 0); err != nil {
			t.Fatalf("without a bound: %v", err)
		}
	}
}

// TestDueFrom: the last quarter of that scrip's own life, at most its last seven
// days, as wallets reckon too.
func TestDueFrom(t *testing.T) {
	const day = 24 * 3600
	for _, test := range []struct{ made, expires, want int64 }{
		{0, 365 * day, 358*day + 1}, {day, 366 * day, 359*day + 1}, {1, 4001, 3002}, {5, 5, 5}, {10, 5, 5},
	} {
		if got := scrip.DueFrom(test.made, test.expires); got != test.want {
			t.Errorf("made %d, expires %d: due from %d, want %d", test.made, test.expires, got, test.want)
		}
	}
}
