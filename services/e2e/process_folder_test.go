package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/services/folder"
)

// refuses runs a role that must not start, and returns what it said.
func refuses(t testing.TB, role, data string, args ...string) string {
	t.Helper()
	args = append([]string{role, "--listen", "127.0.0.1:0", "--data", data}, args...)
	out, err := exec.Command(program(t), args...).CombinedOutput()
	if err == nil {
		t.Fatalf("%s with a folder it must not have: got exit code 0, want 1", role)
	}
	return string(out)
}

// says wants a sentence to have some words.
func says(t testing.TB, what, got string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(got, word) {
			t.Errorf("%s: got %q, want a sentence with %q", what, tail(got), word)
		}
	}
}

// TestFolderInUse: of two processes on one data folder the second does not start
// and says why; what only looks goes on as before, and a folder whose process was
// killed is free.
func TestFolderInUse(t *testing.T) {
	t.Parallel()
	broker := startProcess(t, "broker")
	says(t, "a second broker", refuses(t, "broker", broker.data), "peerscrip: ", "in use by another peerscrip process", "--data")
	says(t, "a market on the broker's folder", refuses(t, "market", broker.data, "--broker-url="+broker.url), "in use")
	auditOf(t, broker.data)
	broker.kill()
	broker.start()
}

// TestPurseInUse: while one command has the wallet, no other begins anything with
// it: two payments at once are one payment and one refusal. Looking goes on.
func TestPurseInUse(t *testing.T) {
	t.Parallel()
	broker := startProcess(t, "broker")
	c := newCommands(t, broker.url)
	c.run("fund", "50")
	c.run("load", "20")
	held, err := folder.At(c.data).LockPurse() // as a payment under way does
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"load", "5"}, {"pay", broker.url + "/l/v/o"}, {"withdraw"}, {"restore", filepath.Join(c.data, "wallet", "purse.db")},
	} {
		out, err := c.command(args...).CombinedOutput()
		if err == nil {
			t.Errorf("wallet %s beside another: got exit code 0, want 1", args[0])
		}
		says(t, "wallet "+args[0], string(out), "in use by another wallet command", "Wait until")
	}
	says(t, "wallet balance", c.run("balance"), "another wallet command is at work", "20.00")
	c.run("receipts")
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	c.run("load", "5")
	says(t, "wallet balance afterwards", c.run("balance"), "25.00")
}
