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
