package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"net/url"

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

// example runs one of docs/examples; what it says may be read while it runs.
func example(t *testing.T, name string, env []string, args ...string) (said *output, done chan error) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts node")
	}
	script, err := filepath.Abs("../../docs/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	said, done = &output{}, make(chan error, 1)
	cmd := exec.CommandContext(t.Context(), "node", append([]string{script}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { done <- cmd.Wait() }()
	return said, done
}

var offered = regexp.MustCompile(`offered (\S+)\n`)

// TestExamples: the programs of docs/examples deal with each other: one sells over the seller API, one
// buys over the wallet's; the receipt holds, and the books close.
func TestExamples(t *testing.T) {
	t.Parallel()
	data, folder := t.TempDir(), t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	desk, vendor := hostStall(newBuyer(t, program.URL, 1, nil), program.URL, "The Ironmonger")
	key := desk.key(vendor)
	selling, sold := example(t, "seller.mjs", []string{"BASE=" + program.URL, "KEY=" + key, "CURSOR=" + filepath.Join(folder, "cursor")}, "1")
	eventually(t, patience, "the seller's program to offer something", func() bool { return offered.MatchString(selling.String()) })
	listing := program.URL + "/l/" + string(vendor) + "/" + offered.FindStringSubmatch(selling.String())[1]

	c := &speaker{t: t, data: t.TempDir(), broker: program.URL, ran: map[string]bool{}}
	c.say("make", "", "make")
	c.say("fund", "", "fund", "50.00")
	address, token := c.serving()
	receipt := filepath.Join(folder, "receipt.json")
	buying, bought := example(t, "shop.mjs", []string{"WALLET=" + address, "TOKEN=" + token}, listing, receipt)
	if err := <-bought; err != nil || !strings.Contains(buying.String(), "JD014600003RR") || !strings.Contains(buying.String(), "; 0 is left in the wallet") {
		t.Errorf("shop.mjs: got %v, want it bought, sent and done\n%s", err, buying.String())
	}
	if err := <-sold; err != nil || !strings.Contains(selling.String(), "to Amsterdam") {
		t.Errorf("seller.mjs: got %v, want it sent\n%s", err, selling.String())
	}
	var proven bytes.Buffer
	if err := cli.PrintVerified(t.Context(), &proven, receipt, program.URL, ""); err != nil || !strings.Contains(proven.String(), "20.40 EUR") {
		t.Errorf("the receipt: got %v\n%s", err, proven.String())
	}
	auditOf(t, data)
}
