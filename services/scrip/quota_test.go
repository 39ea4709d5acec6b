package scrip_test

import (
	"fmt"
	"testing"

	"peerscrip/services/scrip"
)

// TestQuota: each sender has so many requests a minute, and the same request again,
// whoever sends it, is not another.
func TestQuota(t *testing.T) {
	q := scrip.Quota{Most: 2}
	for _, tc := range []struct {
		sender, digest string
		at             int64
		want           error
	}{
		{"ada", "1", 60, nil},
		{"ada", "2", 61, nil},
		{"ada", "3", 62, scrip.Unavailable},
		{"ada", "1", 63, nil},
		{"bob", "4", 63, nil},
		{"ada", "3", 119, scrip.Unavailable},
		{"ada", "3", 120, nil},
		{"ada", "4", 59, nil}, // a clock that went back
	} {
		if got := q.Take(tc.sender, tc.digest, tc.at); got != tc.want {
			t.Errorf("%s, request %s at %d: got %v, want %v", tc.sender, tc.digest, tc.at, got, tc.want)
		}
	}
	none := scrip.Quota{}
	for i := range 1000 {
		if err := none.Take("ada", fmt.Sprint(i), 60); err != nil {
			t.Fatalf("without a bound: got %v", err)
		}
	}
}
