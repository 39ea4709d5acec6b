package scrip_test

import (
	"testing"

	"peerscrip/services/scrip"
)

func TestCoarse(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 4: 1, 5: 5, 9: 5, 10: 10, 99: 50, 100: 100, 999: 500, 1000: 1000, 5000: 1000} {
		if got := scrip.Coarse(n); got != want {
			t.Errorf("Coarse(%d) = %d, want %d", n, got, want)
		}
	}
	r := scrip.Counts{Ratings: 3, Stars: 14}.Record("v", 1, 2)
	if r.Average != 47 {
		t.Errorf("14 stars of 3 ratings: got %v, want 47 tenths", r.Average)
	}
}
