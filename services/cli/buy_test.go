package cli

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestGrown: a plan that was made anew is asked about when it takes more than the
// one that was shown, of anything but renewals.
func TestGrown(t *testing.T) {
	leg := func(transaction string, amount scrip.Money) wallet.Leg {
		return wallet.Leg{Transaction: transaction, Amount: amount}
	}
	shown := []wallet.Leg{leg("6.1", 12_50), leg("6.2", 12_50), leg("6.3", 12_50)}
	for _, c := range []struct {
		name  string
		legs  []wallet.Leg
		loads scrip.Money
		want  bool
	}{
		{"the same without the loading, which is done", shown[1:], 0, false},
		{"a renewal before it", append([]wallet.Leg{leg("6.8", 20_00)}, shown[1:]...), 0, false},
		{"less to exchange", []wallet.Leg{leg("6.2", 10_00), leg("6.3", 12_50)}, 0, false},
		{"more to exchange", []wallet.Leg{leg("6.2", 12_51), leg("6.3", 12_50)}, 0, true},
		{"another way", []wallet.Leg{leg("6.5", 2_00), leg("6.3", 12_50)}, 0, true},
		{"the loading again", shown, 12_50, true},
	} {
		if got := grown(shown, wallet.Plan{Legs: c.legs, Loads: c.loads}); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestAsk: only a yes is a yes.
func TestAsk(t *testing.T) {
	w := &Wallet{config: Config{Out: io.Discard}, in: bufio.NewReader(strings.NewReader("y\n YES \nno\n\nyes please\ny"))}
	for i, want := range []bool{true, true, false, false, false, true, false} {
		if got := w.ask("Go on?"); got != want {
			t.Errorf("answer %d: got %v, want %v", i, got, want)
		}
	}
}

// TestQuantityIn: an address says how many, or else they are as many as of each.
func TestQuantityIn(t *testing.T) {
	for address, want := range map[string]int{
		"http://x/l/v/o": 3, "http://x/l/v/o?quantity=2": 2, "http://x/l/v/o/checkout?quantity=1000": 1000,
		"http://x/l/v/o?quantity=0": 0, "http://x/l/v/o?quantity=1001": 0, "http://x/l/v/o?quantity=x": 0, "http://x/l/v/o?quantity=-1": 0,
	} {
		if got, err := quantityIn(address, 3); got != want || (err == nil) != (want > 0) {
			t.Errorf("%s: got %d, %v, want %d", address, got, err, want)
		}
	}
}

// TestNamed: a refusal of one of several things says which.
func TestNamed(t *testing.T) {
	all := []picked{{listing: "/l/v/a"}, {listing: "/l/v/b"}}
	no := &wallet.Refused{Message: "T10", Reason: scrip.OutOfStock, Line: 2}
	if got, want := named(all, no).Error(), "/l/v/b: T10 was refused: out-of-stock"; got != want {
		t.Errorf("two things: got %q, want %q", got, want)
	}
	if got, want := named(all[:1], no).Error(), "T10 was refused: out-of-stock"; got != want {
		t.Errorf("one thing: got %q, want %q", got, want)
	}
	if err := inStock([]picked{{quantity: 1, public: scrip.PublicOffer{Stock: 1}}, {quantity: 2, public: scrip.PublicOffer{Stock: 1}}}); !errors.Is(err, scrip.OutOfStock) {
		t.Errorf("two of one: got %v, want %v", err, scrip.OutOfStock)
	}
}
