package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// command runs the program once and returns what it printed.
func command(t testing.TB, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(program(t), args...).CombinedOutput()
	return string(out), err
}

// knownTo is the broker's chain as a process has followed it.
func knownTo(t testing.TB, p *process) scrip.Chain {
	t.Helper()
	info, known, err := folder.At(p.data).KnownBroker()
	if err != nil || !known {
		t.Fatalf("what the %s knows of its broker: got %v, %v", p.role, known, err)
	}
	return info.Chain
}

// TestRotationOfProcesses: the broker's operator makes new keys while wallets load, exchange
// and buy. Stall, market and wallets follow them without a restart, nothing is lost and
// nothing counts twice; what is certified under the new keys is believed, and the broker
// starts with them.
func TestRotationOfProcesses(t *testing.T) {
	t.Parallel()
	n := startNode(t, append([]goods{{"Spirit level", "12.50", "0", "1000"}}, wares...)...)
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	b := newBuyer(t, n.broker.url, 100_00, nil)
	jws := found(t, b, m, "spirit")
	b.must("load", b.Load(t.Context(), 30_00))
	b.must("exchange", b.Exchange(t.Context(), n.vendor, 20_00))
	first := knownTo(t, n.stall)

	c := gather(t, seeded(t), 3, n.broker.url, n.stall.url, n.vendor)
	c.open()
	out, err := command(t, "keys", "--data", n.broker.data, "--new=signing,envelope")
	if err != nil || !strings.Contains(out, first.Fingerprint()) {
		t.Fatalf("peerscrip keys: %v\n%s", err, out)
	}
	if out, err := command(t, "keys", "--data", n.broker.data, "--new=signing"); err == nil || !strings.Contains(out, "wait until") {
		t.Errorf("again while the keys before are in force: got %v\n%s", err, out)
	}
	eventually(t, patience, "the stall to follow under load", func() bool { return knownTo(t, n.stall).Serial() == 2 })
	time.Sleep((scrip.KeysOverlap + 1) * time.Second) // what the old key signed late would be found out
	c.shoppers = append(c.shoppers, &shopper{buyer: b, ear: &ear{}, cutOff: map[scrip.ID]bool{}})
	c.stop()
	c.close(func() shelf { return readShelf(t, folder.At(n.stall.data).OwnShelf()) }, n.broker.data, n.stall.data)
	n.broker.stop()
	n.broker.start()

	b.buys(jws, "after the rotation")
	b.must("withdraw", b.Withdraw(t.Context()))
	b.must("load again", b.Load(t.Context(), 10_00))
	b.must("exchange again", b.Exchange(t.Context(), n.vendor, 5_00))
	eventually(t, patience, "T12 to be recorded", func() bool { return readShelf(t, folder.At(n.stall.data).OwnShelf()).recorded() })
	if got := knownTo(t, n.stall); !got.Has(first.Fingerprint()) {
		t.Errorf("the stall follows %v, which is not of the chain it pinned", got)
	}

	late := newProcess(t, "stall", "--broker-url="+n.broker.url, "--name=The Late Stall", "--broker-key="+first.Fingerprint())
	late.start()
	enterDesk(late).list(goods{"Plumb bob", "4.00", "0", "1"})
	found(t, b, m, "plumb")
	if got := knownTo(t, m).Serial(); got != 2 {
		t.Errorf("the market knows %d KEYS, want 2", got)
	}
	if out, err := command(t, "audit", "--data", n.broker.data, "--with", n.stall.data, "--with", late.data); err != nil {
		t.Errorf("audit: %v\n%s", err, out)
	}
}

// TestManInTheMiddleOfProcesses: another broker at the known address, with the
// known ID and keys of its own. Stall and market go on with the keys they know, and
// say so.
func TestManInTheMiddleOfProcesses(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	pinned := knownTo(t, n.stall)
	n.broker.stop()
	n.broker.data = impostor(t, pinned.Broker)
	for i, arg := range n.broker.args {
		if arg == "--data" {
			n.broker.args[i+1] = n.broker.data
		}
	}
	n.broker.start()
	for _, p := range []*process{n.stall, m} {
		p.stop()
		p.start()
		eventually(t, patience, "the "+p.role+" to say so", func() bool { return strings.Contains(readiness(t, p), "broker's keys") })
		if got := knownTo(t, p); got.Fingerprint() != pinned.Fingerprint() {
			t.Errorf("the %s took the keys of the man in the middle", p.role)
		}
	}
	fresh := newProcess(t, "market", "--broker-url="+n.broker.url, "--broker-key="+pinned.Fingerprint())
	if out, err := command(t, fresh.args...); err == nil || !strings.Contains(out, "fingerprint") {
		t.Errorf("a market that was given the fingerprint: got %v\n%s", err, out)
	}
}

// impostor makes the folder of a broker with an ID that is another's.
func impostor(t testing.TB, id scrip.ID) string {
	t.Helper()
	data := t.TempDir()
	if _, err := folder.At(data).BrokerKeys(rand.Reader, 1); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(data, "broker", "keys.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	kept["id"] = id
	delete(kept, "keys")
	if text, err = json.Marshal(kept); err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readiness is what a process says of itself at /readyz.
func readiness(t testing.TB, p *process) string {
	t.Helper()
	resp, err := http.Get(p.url + "/readyz")
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
