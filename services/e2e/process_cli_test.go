package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// commands is a wallet on the command line, with its data folder.
type commands struct {
	t      testing.TB
	data   string
	broker string
	env    []string // what opens it
	bank   string
	euro   scrip.Currency
}

// byKey has a key open a wallet: its passphrase, which it asks for as ever, would take each
// command half a second.
var byKey = []string{"PEERSCRIP_PASSPHRASE=correct horse", "PEERSCRIP_TEST_WALLET_KEY=32 characters for a test's purse"}

// newCommands makes a wallet, with the arguments of `wallet make`.
func newCommands(t testing.TB, brokerURL string, args ...string) *commands {
	t.Helper()
	c := &commands{t: t, broker: brokerURL, env: byKey}
	c.make(args...)
	return c
}

// newLockedCommands makes a wallet that its passphrase opens.
func newLockedCommands(t testing.TB, brokerURL string) *commands {
	t.Helper()
	c := &commands{t: t, broker: brokerURL, env: []string{"PEERSCRIP_PASSPHRASE=correct horse"}}
	c.make()
	return c
}

func (c *commands) make(args ...string) {
	t := c.t
	t.Helper()
	c.data = t.TempDir()
	var err error
	if c.euro, err = scrip.ParseCurrency("EUR"); err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`(?m)^bank +(\S+)$`).FindStringSubmatch(c.run(append([]string{"make"}, args...)...))
	if made == nil {
		t.Fatal("wallet make names no bank account")
	}
	c.bank = made[1]
}

func (c *commands) command(args ...string) *exec.Cmd {
	cmd := exec.Command(program(c.t), append([]string{"wallet", "--data", c.data, "--broker-url", c.broker}, args...)...)
	cmd.Env = append(os.Environ(), c.env...)
	return cmd
}

// run runs a command to its end, which must be a good one.
func (c *commands) run(args ...string) string {
	c.t.Helper()
	out, err := c.command(args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("wallet %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// watched is a command's output, which tells when a word is in it.
type watched struct {
	output
	word string
	seen chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.output.Write(p)
	if w.seen != nil && strings.Contains(w.String(), w.word) {
		close(w.seen)
		w.seen = nil
	}
	return n, err
}

// killed starts a command and kills it some time after a word was printed; it
// returns what was printed until then. The command may end before.
func (c *commands) killed(word string, after time.Duration, args ...string) string {
	c.t.Helper()
	cmd, seen := c.command(args...), make(chan struct{})
	out := &watched{word: word, seen: seen}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-seen:
	case <-done:
		return out.String()
	}
	time.Sleep(after)
	if err := cmd.Process.Signal(os.Kill); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.t.Error(err)
	}
	<-done
	return out.String()
}

var total = regexp.MustCompile(`(?m)^total +([0-9.]+) EUR$`)

// money reads the total of `wallet balance`.
func (c *commands) money(balance string) scrip.Money {
	c.t.Helper()
	found := total.FindStringSubmatch(balance)
	if found == nil {
		c.t.Fatalf("no total in the balance:\n%s", balance)
	}
	m, err := c.euro.Parse(found[1])
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// state finishes what is unfinished and returns what the wallet holds.
func (c *commands) state() scrip.Money {
	c.t.Helper()
	balance := c.run("balance")
	if strings.Contains(balance, "unfinished") || strings.Contains(balance, "owed") {
		c.t.Errorf("got an unfinished payment with everyone there:\n%s", balance)
	}
	return c.money(balance)
}

// receipts returns how many there are and what they sum to.
func (c *commands) receipts() (paid scrip.Money, n int) {
	c.t.Helper()
	for line := range strings.Lines(c.run("receipts")) {
		if line == "nothing was bought yet\n" {
			continue
		}
		m, err := c.euro.Parse(regexp.MustCompile(`([0-9.]+) EUR`).FindStringSubmatch(line)[1])
		if err != nil {
			c.t.Fatal(err)
		}
		paid, n = paid+m, n+1
	}
	return paid, n
}

// bankBalance asks the sandbox bank.
func (c *commands) bankBalance() scrip.Money {
	c.t.Helper()
	peer, err := api.Dial(api.DialConfig{BaseURL: c.broker})
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := peer.Bank().Balance(context.Background(), c.bank)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// pageOf is the address of a listing's page.
func (n node) pageOf(title string) string {
	for _, l := range readShelf(n.stall.t, folder.At(n.stall.data).OwnShelf()).listings {
		if l.Title == title {
			return fmt.Sprintf("%s/l/%s/%s", n.stall.url, n.vendor, l.Offer.Offer)
		}
	}
	n.stall.t.Fatalf("no listing %q", title)
	return ""
}

// sold returns how many orders the stall has and what they sum to.
func (n node) sold() (paid scrip.Money, orders int) {
	for _, sale := range readShelf(n.stall.t, folder.At(n.stall.data).OwnShelf()).sales {
		paid, orders = paid+sale.Price, orders+1
	}
	return paid, orders
}

// closed waits until the broker has heard of every sale, and audits.
func (n node) closed() {
	n.stall.t.Helper()
	eventually(n.stall.t, 20*time.Second, "all T12 at the broker", func() bool {
		return readShelf(n.stall.t, folder.At(n.stall.data).OwnShelf()).recorded()
	})
	auditOf(n.stall.t, n.broker.data, n.stall.data)
}

// moments are when a command is killed: after a message was printed as sent or
// received, or, with the empty word, at any time since the program's start.
var moments = []string{
	"T1        sent", "T10       sent", "T3        sent", "", "T4        sent", "T8        received", "", "T6        received",
	"T10       sent", "NOTED     received", "T11       received", "", "bought", "T9        sent",
}

// TestKilledWallet: a wallet on the command line is killed at any moment of a
// payment. The next command finishes it or undoes it: one payment is never two
// purchases, and no cent is lost.
func TestKilledWallet(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	n := startNode(t, goods{"Hinge", "2.50", "0.50", "1000"})
	page := n.pageOf("Hinge")
	c := newCommands(t, n.broker.url)
	c.run("fund", "1000.00")
	before := 0
	for i := range killsIn(t, len(moments)) {
		word, after := moments[i%len(moments)], between(chance, 0, 3*time.Millisecond)
		if word == "" {
			after = between(chance, 0, 250*time.Millisecond)
		}
		out := c.killed(word, after, "pay", page, "--name", "Ann Lee", "--street", "1 Test Lane", "--postcode", "1011", "--town", "Amsterdam", "--country", "nl", "--load", "3.00", "--again")
		held, left := c.state(), c.bankBalance()
		paid, orders := n.sold()
		if left+held+paid != 1000_00 || orders < before || orders > before+1 {
			t.Fatalf("killed at %q: bank %d, wallet %d and orders %d sum to %d, want 100000; got %d orders after %d\n%s",
				word, left, held, paid, left+held+paid, orders, before, out)
		}
		before = orders
	}
	paid, orders := n.sold()
	if orders == 0 {
		t.Error("nothing was bought")
	}
	if got, receipts := c.receipts(); orders <= 50 && (got != paid || receipts != orders) { // 50 are printed
		t.Errorf("got %d receipts for %d, want %d for %d as at the stall", receipts, got, orders, paid)
	}
	t.Logf("%d payments killed, %d purchases made", killsIn(t, len(moments)), orders)
	n.closed()
}

// TestKilledWalletPaysAgain: a payment was cut off after T10 left and before
// T11 came. Who pays for the same again goes on with it and buys one, not two.
func TestKilledWalletPaysAgain(t *testing.T) {
	t.Parallel()
	front := newProxy(t, "C -> M", nil)
	n := startNodeBehind(t, front, nil, goods{"Lamp", "20.00", "0", "5"})
	page := n.pageOf("Lamp")
	c := newCommands(t, n.broker.url)
	c.run("fund", "100.00")
	c.run("load", "70.00") // so that the first payment exchanges too
	for i, arrives := range []bool{false, true} {
		c.cutOff(front, page, arrives)
		if again := c.run("pay", page, "--again"); !strings.Contains(again, "bought Lamp") {
			t.Errorf("paying again: got %s", again)
		}
		if _, got := n.sold(); got != i+1 {
			t.Errorf("a payment was cut off (T10 arrived: %v) and made again: got %d orders, want %d", arrives, got, i+1)
		}
	}
	held := c.state()
	if paid, receipts := c.receipts(); held != 30_00 || paid != 40_00 || receipts != 2 {
		t.Errorf("got %d held, %d paid with %d receipts, want 3000, 4000 and 2", held, paid, receipts)
	}
	n.closed()
}

// cutOff pays until T10 is under way, and kills the wallet before T11 is. T10
// arrives at the stall, or gets lost.
func (c *commands) cutOff(front *proxy, page string, arrives bool) {
	c.t.Helper()
	reached, over := make(chan struct{}), make(chan struct{})
	lose := meddling(func(s spoken, forward func() spoken) {
		if !strings.HasSuffix(s.path, "/purchases") {
			return
		}
		if arrives {
			forward()
		}
		close(reached)
		<-over
		panic(http.ErrAbortHandler)
	})
	front.meddle.Store(&lose)
	cmd := c.command("pay", page, "--again")
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		c.t.Error("no T10 after 30 seconds")
	}
	if err := cmd.Process.Kill(); err != nil {
		c.t.Error(err)
	}
	_ = cmd.Wait() // it was killed
	front.meddle.Store(nil)
	close(over)
}

// TestWalletCash: money goes to the broker, more comes to it, and all of it
// goes back.
func TestWalletCash(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "serve")
	c := newCommands(t, p.url)
	c.run("fund", "100.00")
	c.run("load", "50.00")
	out := c.run("load", "30.00")
	if c.money(out) != 80_00 || c.bankBalance() != 20_00 || !strings.Contains(out, "T14       received") {
		t.Errorf("load, and load again: want T13, T14 and 80.00 in all, got\n%s", out)
	}
	if out := c.run("renew"); !strings.Contains(out, "first to be renewed  before 20") || strings.Contains(out, "T26") {
		t.Errorf("renew: want an expiry and nothing renewed, got\n%s", out)
	}
	if out := c.run("withdraw"); c.money(out) != 0 || c.bankBalance() != 100_00 {
		t.Errorf("withdraw: want everything at the bank, got\n%s", out)
	}
	if out, err := c.command("withdraw").CombinedOutput(); err == nil {
		t.Errorf("withdraw nothing: want an error, got\n%s", out)
	}
	p.stop()
	auditOf(t, p.data)
}

// TestWalletLeave: a stall's own money is added to for a purchase, and all that
// is left goes back to the bank, once the stall can be reached.
func TestWalletLeave(t *testing.T) {
	t.Parallel()
	front := newProxy(t, "C -> M", nil)
	n := startNodeBehind(t, front, nil, goods{"Lamp", "20.00", "0", "5"})
	page := n.pageOf("Lamp")
	c := newCommands(t, n.broker.url)
	c.run("fund", "100.00")
	c.run("load", "60.00")
	c.refused("at most 60.00 EUR in one piece, and this needs 500.00 EUR", "exchange", page, "500.00")
	c.refused(`"given":6000,"needed":50000`, "exchange", page, "500.00", "--json")
	c.run("exchange", page, "15.00")
	c.refused("4.00 EUR is less than this purchase needs, which is 5.00 EUR", "pay", page, "--exchange", "4.00")
	if out := c.run("plan", page); !strings.Contains(out, "6.5  add to the stall's scrip") {
		t.Errorf("plan: want 6.5, got\n%s", out)
	}
	if out := c.run("pay", page, "--exchange", "25.00"); !strings.Contains(out, "T17       received") {
		t.Errorf("pay: want T15, T17, T19, got\n%s", out)
	}
	lose := meddling(func(s spoken, _ func() spoken) { panic(http.ErrAbortHandler) })
	front.meddle.Store(&lose)
	out, err := c.command("leave").CombinedOutput()
	if err == nil || c.bankBalance() != 60_00 {
		t.Errorf("leave while the stall is away: want an error, and the rest at the bank, got\n%s", out)
	}
	front.meddle.Store(nil)
	if out := c.run("leave"); c.money(out) != 0 || c.bankBalance() != 80_00 {
		t.Errorf("leave: want everything at the bank, got\n%s", out)
	}
	n.closed()
}
