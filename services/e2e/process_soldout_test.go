package e2e_test

import (
	"strings"
	"testing"
)

// TestWalletSoldOut: no money goes to a stall for what is sold out, nor for what is
// posted and has no address, an exchange covers the price, and who has no stall is told so.
func TestWalletSoldOut(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "20.00", "0", "1"}, goods{"Vase", "5.00", "1.00", "1"})
	page := n.pageOf("Lamp")
	c := newCommands(t, n.broker.url)
	c.run("fund", "100.00")
	for _, told := range []struct{ args, want string }{
		{"pay " + page + " --exchange 1.00", "exchange at least"},
		{"pay " + n.pageOf("Vase"), "say with --name, --street"},
		{"payout --to bank", "this account has no stall"},
	} {
		if out, err := c.command(strings.Fields(told.args)...).CombinedOutput(); err == nil || !strings.Contains(string(out), told.want) {
			t.Errorf("%s: got %v and\n%s, want a failure that says %q", told.args, err, out, told.want)
		}
	}
	out, err := c.command("pay", page).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "load from the bank             20.00") || !strings.Contains(string(out), "say --load 20.00") || c.bankBalance() != 100_00 {
		t.Errorf("pay by a plan that takes money from the bank, with nobody to ask: got %v and\n%s, want it shown and not done", err, out)
	}
	asked := c.command("pay", page)
	asked.Stdin = strings.NewReader("y\n")
	if out, err := asked.CombinedOutput(); err != nil || !strings.Contains(string(out), "Load 20.00 EUR from your bank? [y/N]") {
		t.Errorf("pay, and say yes: got %v and\n%s, want it asked and done", err, out)
	}
	for _, word := range []string{"plan", "pay"} {
		if out, err := c.command(word, page).CombinedOutput(); err == nil || !strings.Contains(string(out), "not as many are left") {
			t.Errorf("%s what is sold out: got %v and\n%s, want to be told so", word, err, out)
		}
	}
	if held, left := c.state(), c.bankBalance(); held != 0 || left != 80_00 {
		t.Errorf("wallet %d, bank %d, want 0 and 8000: nothing was loaded for what is sold out", held, left)
	}
	n.closed()
}
