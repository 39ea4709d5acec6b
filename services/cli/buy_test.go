package cli

import (
	"bufio"
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
