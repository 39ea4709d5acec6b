package web

import (
	"testing"

	"peerscrip/services/scrip"
)

// TestProtectionOf: a listing says when its seller is paid, and that it is not
// protected where it is not.
func TestProtectionOf(t *testing.T) {
	posted, collected := []scrip.Way{scrip.Posted(490)}, []scrip.Way{{Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}}}
	for _, test := range []struct {
		name string
		of   scrip.Offer
		want protection
	}{
		{"posted", scrip.Offer{Edition: scrip.Edition, Delivery: posted, CheckWithin: 3}, protection{true, "You pay now. The seller is paid when you say that all is well, or 3 days after it should have come."}},
		{"collected", scrip.Offer{Edition: scrip.Edition, Delivery: collected, CheckWithin: 1}, protection{true, "You pay now. The seller is paid when you say that all is well, or 1 day after it was handed over."}},
		{"not protected", scrip.Offer{Edition: scrip.Edition, Delivery: posted}, protection{false, "The seller is paid at once. If something goes wrong, only the seller can give your money back."}},
	} {
		if got := protectionOf(t.Context(), test.of); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}
