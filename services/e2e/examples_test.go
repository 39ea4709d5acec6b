package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"peerscrip/services"
	"peerscrip/services/cli"
	"peerscrip/services/scrip"
)

var keyShown = regexp.MustCompile(`value="(pss_[^"]*)"`)

// key makes a key for a program that may do everything.
func (s *seller) key(vendor scrip.VendorID) string {
	s.t.Helper()
	scopes := url.Values{"name": {"Bot"}, "scope": {"listings:write", "orders:read", "orders:write", "money:read"}}
	_, page := s.send("POST", "/desk/programs/keys?desk="+string(vendor), "application/x-www-form-urlencoded", strings.NewReader(scopes.Encode()))
	key := keyShown.FindSubmatch(page)
	if key == nil {
		s.t.Fatal("the desk shows no key")
	}
	return string(key[1])
}

// examples is a folder with docs/examples and what its package.json names.
var examples = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "peerscrip-examples-")
	if err != nil {
		return "", err
	}
	whenOver(func() { os.RemoveAll(folder) })
	if err := os.CopyFS(folder, os.DirFS("../../docs/examples")); err != nil {
		return "", err
	}
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
	install.Dir = folder
	if said, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install: %w: %s", err, said)
	}
	return folder, nil
})

// nodeLine is what runs them: Node 20 or newer. Debian's may be older, and fetches one.
var nodeLine = sync.OnceValue(func() []string {
	said, err := exec.Command("node", "--version").Output()
	var major int
	if _, bad := fmt.Sscanf(string(said), "v%d.", &major); err == nil && bad == nil && major >= 20 {
		return []string{"node"}
	}
	return []string{"npx", "--yes", "--package=node@22", "--", "node"}
})

// example runs one of docs/examples; what it says may be read while it runs.
func example(t *testing.T, name string, env []string, args ...string) (said *output, done chan error, stop context.CancelFunc) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts node")
	}
	folder, err := examples()
	if err != nil {
		t.Fatal(err)
	}
	said, done = &output{}, make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	line := slices.Concat(nodeLine(), []string{filepath.Join(folder, name)}, args)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // npx's node, too, is stopped
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { done <- cmd.Wait() }()
	return said, done, stop
}

var offered = regexp.MustCompile(`offered (\S+)\n`)

// TestExamples: the programs of docs/examples deal with each other: one sells over the seller API, one
// buys over the wallet's, one is a wallet by itself, and one hears by webhook of what is sold, also while it was down; the receipts
// hold, and the books close, though the wallet is cut off in the middle. Who follows the market's feed hears what becomes of the offer.
func TestExamples(t *testing.T) {
	t.Parallel()
	data, folder := t.TempDir(), t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	desk, vendor := hostStall(newBuyer(t, program.URL, 1, nil), program.URL, "The Ironmonger")
	key := desk.key(vendor)
	hook := hookAt(t, desk, freePort(t))
	down := hook.down()
	selling, sold, _ := example(t, "seller.mjs", []string{"BASE=" + program.URL, "KEY=" + key, "CURSOR=" + filepath.Join(folder, "cursor")}, "2")
	eventually(t, patience, "the seller's program to offer something", func() bool { return offered.MatchString(selling.String()) })
	offer := offered.FindStringSubmatch(selling.String())[1]
	feed := feedReader{robot: robot{t: t, url: program.URL}, states: map[string]string{}}
	feed.waits(offer, "live")
	listing := program.URL + "/l/" + string(vendor) + "/" + offer
	own := filepath.Join(folder, "own.json")
	wallet := []string{"BROKER=" + program.URL, "STATE=" + filepath.Join(folder, "state")}
	paying, paid, cut := example(t, "wallet.mjs", wallet, listing, own)

	c := &speaker{t: t, data: t.TempDir(), broker: program.URL, ran: map[string]bool{}}
	c.say("make", "", "make")
	c.say("fund", "", "fund", "50.00")
	address, token := c.serving()
	receipt := filepath.Join(folder, "receipt.json")
	buying, bought, _ := example(t, "shop.mjs", []string{"WALLET=" + address, "TOKEN=" + token}, listing, receipt)
	down()
	heard, _ := hook.listen()
	eventually(t, patience, "wallet.mjs to have bought", func() bool { return strings.Contains(paying.String(), "bought") })
	cut() // and it goes on where it was
	<-paid
	paying, paid, _ = example(t, "wallet.mjs", wallet, listing, own)
	if err := <-bought; err != nil || !strings.Contains(buying.String(), "JD014600003RR") || !strings.Contains(buying.String(), "; 0 is left in the wallet") {
		t.Fatalf("shop.mjs: got %v, want it bought, sent and done\n%s", err, buying.String())
	}
	if err := <-paid; err != nil || !strings.Contains(paying.String(), "The Ironmonger: “Is it posted today?” Yes") || !strings.Contains(paying.String(), "; 500 is at the bank") {
		t.Fatalf("wallet.mjs: got %v, want it bought, answered and the rest at the bank\n%s", err, paying.String())
	}
	if err := <-sold; err != nil || strings.Count(selling.String(), "to Amsterdam") != 2 {
		t.Errorf("seller.mjs: got %v, want both sent\n%s", err, selling.String())
	}
	for _, file := range []string{receipt, own} {
		var proven bytes.Buffer
		if err := cli.PrintVerified(t.Context(), &proven, file, program.URL, ""); err != nil || !strings.Contains(proven.String(), "20.40 EUR") {
			t.Errorf("the receipt %s: got %v\n%s", filepath.Base(file), err, proven.String())
		}
	}
	feed.waits(offer, "sold")
	eventually(t, 30*time.Second, "webhook.mjs hears of both orders, once each", func() bool {
		return strings.Count(heard.String(), "order.paid ") == 2 && strings.Contains(heard.String(), "offer.sold_out "+offer)
	})
	robot{t, program.URL, key}.ask("POST", "/v1/seller/offers/"+offer+"/restock", `{"add":2}`)
	feed.waits(offer, "live")
	auditOf(t, data)
}

var (
	secretShown = regexp.MustCompile(`value="(whsec_[^"]*)"`)
	hookLinked  = regexp.MustCompile(`href="(/desk/programs/webhooks/[^"?]+)`)
)

// hooked is an address that a stall tells, where webhook.mjs listens now and then.
type hooked struct {
	t       *testing.T
	address string
	env     []string
}

// hookAt has an address told. The receiver there is tried at the desk, takes nothing that nobody signed, and is stopped.
func hookAt(t *testing.T, desk *seller, address string) hooked {
	t.Helper()
	made := desk.form("/desk/programs/webhooks", url.Values{"url": {"http://" + address}})
	secret, linked := secretShown.FindStringSubmatch(made), hookLinked.FindStringSubmatch(made)
	if secret == nil || linked == nil {
		t.Fatalf("no secret, or no webhook, is shown:\n%s", made)
	}
	_, port, _ := strings.Cut(address, ":")
	h := hooked{t, address, []string{"SECRET=" + secret[1], "PORT=" + port, "SEEN=" + filepath.Join(t.TempDir(), "seen")}}
	said, stop := h.listen()
	desk.form(linked[1]+"/test", nil)
	if !strings.Contains(said.String(), "test") {
		t.Errorf("a test: the receiver says %q, want it told", said.String())
	}
	resp, err := http.Post("http://"+address, "application/json", strings.NewReader(`{"type":"order.paid","data":{}}`))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a message that nobody signed: got %v, %v, want 401", resp, err)
	}
	resp.Body.Close()
	stop()
	return h
}

// listen starts the receiver.
func (h hooked) listen() (said *output, stop func()) {
	h.t.Helper()
	said, done, kill := example(h.t, "webhook.mjs", h.env)
	eventually(h.t, patience, "the receiver listens", func() bool { return strings.Contains(said.String(), "listening") })
	return said, func() { kill(); <-done }
}

// down has whoever tells the address hear nothing from there; it is over when somebody has tried.
func (h hooked) down() (tried func()) {
	h.t.Helper()
	listener, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	return func() {
		h.t.Helper()
		defer listener.Close()
		if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
			h.t.Fatal(err)
		}
		conn, err := listener.Accept()
		if err != nil {
			h.t.Fatalf("the receiver that is down is tried: %v", err)
		}
		conn.Close()
	}
}

// feedReader follows a market's feed.
type feedReader struct {
	robot
	after  string
	states map[string]string // of offers, as last told
}

// waits follows it until it has told that of an offer.
func (f *feedReader) waits(offer, state string) {
	f.t.Helper()
	eventually(f.t, patience, "the feed tells that it is "+state, func() bool {
		page := f.ask("GET", "/v1/market/feed"+f.after, "")
		for _, one := range page["changes"].([]any) {
			change := one.(map[string]any)
			f.states[change["offer_id"].(string)] = change["state"].(string)
		}
		f.after = "?after=" + page["next"].(string)
		return f.states[offer] == state
	})
}
