package e2e_test

import (
	"strings"
	"testing"
)

// TestPayTogether: several listings of one stall are one order and one payment with
// the largest postage; what cannot be had is named, and nothing is loaded for it.
func TestPayTogether(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "20.00", "3.50", "5"}, goods{"Bell", "4.00", "1.00", "2"})
	lamp, bell := n.pageOf("Lamp"), n.pageOf("Bell")
	c := newCommands(t, n.broker.url)
	c.run("fund", "100.00")
	to := []string{"--name", "Ann Lee", "--street", "1 Test Lane", "--postcode", "1011 AB", "--town", "Amsterdam", "--country", "nl"}
	if out := c.run(append([]string{"plan", lamp, bell + "?quantity=2"}, to...)...); !strings.Contains(out, "together, in one parcel: 31.50") {
		t.Errorf("plan: got\n%s, want 20.00 + 2 x 4.00 + 3.50", out)
	}
	out, err := c.command(append([]string{"pay", lamp, bell + "?quantity=3", "--load", "50"}, to...)...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), bell) || c.bankBalance() != 100_00 {
		t.Errorf("pay for three where two are left: got %v and\n%s, want the listing named, and nothing done", err, out)
	}
	if out := c.run(append([]string{"pay", lamp, bell + "?quantity=2", "--load", "31.50"}, to...)...); !strings.Contains(out, "bought Lamp and 1 more") {
		t.Errorf("pay: got\n%s, want both bought", out)
	}
	if held, left := c.state(), c.bankBalance(); held != 0 || left != 68_50 {
		t.Errorf("wallet %d, bank %d, want 0 and 6850", held, left)
	}
	n.closed()
}
