package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere is the same customer with another data folder.
func (c *commands) elsewhere() *commands {
	other := *c
	other.data = c.t.TempDir()
	return &other
}

// fails wants a command to end with an error that says something.
func (c *commands) fails(says string, args ...string) {
	c.t.Helper()
	if out, err := c.command(args...).CombinedOutput(); err == nil || !strings.Contains(string(out), says) {
		c.t.Errorf("wallet %s: got %v, want an error that says %q\n%s", args[0], err, says, out)
	}
}

// TestWalletBackup: a backup brings back what has not moved since, in one place,
// and says of the rest that it is gone.
func TestWalletBackup(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "serve")
	c := newCommands(t, p.url)
	file := filepath.Join(t.TempDir(), "purse.backup")
	c.run("fund", "100.00")
	c.run("load", "20.00")
	c.run("backup", file)
	c.run("load", "30.00")
	if out := c.run("backup", file); !strings.Contains(out, "backed up: 50.00 EUR in 1 pieces") {
		t.Errorf("backup: want 50.00 in 1, got\n%s", out)
	}
	b, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(b), c.bank) || strings.Contains(string(b), p.url) {
		t.Errorf("the backup: got %v, or something of the purse in the clear", err)
	}
	if left, err := filepath.Glob(file + "*"); err != nil || len(left) != 1 {
		t.Errorf("files beside the backup: got %v, %v, want none", left, err)
	}
	c.fails("there is a wallet in this purse already", "restore", file)

	second := c.elsewhere()
	changed := filepath.Join(t.TempDir(), "changed")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(b), `"sealed":"`, `"sealed":"AAAA`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	second.fails("not a backup", "restore", changed)
	second.fails("there is no wallet in this purse", "balance")
	if out := second.run("restore", file); second.money(out) != 50_00 || !strings.Contains(out, "not moved since") {
		t.Errorf("restore: want 50.00, and what it cannot bring, got\n%s", out)
	}
	c.fails("there is no money to take back to the bank", "withdraw") // the first copy's is dead
	second.run("backup", file)
	second.run("withdraw")
	if got := second.bankBalance(); got != 100_00 {
		t.Errorf("at the bank: got %d, want 10000", got)
	}

	third := c.elsewhere()
	out := third.run("restore", file)
	if third.money(out) != 0 || !strings.Contains(out, "not accepted by its issuer  50.00 EUR") {
		t.Errorf("restore of what was spent: want it set aside, got\n%s", out)
	}
	third.run("load", "10.00")
	p.stop()
	auditOf(t, p.data, c.data, second.data, third.data)
}

// TestWalletBackupIsLocked: without the passphrase there is nothing to restore.
func TestWalletBackupIsLocked(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "serve")
	c := newLockedCommands(t, p.url)
	file := filepath.Join(t.TempDir(), "purse.backup")
	c.run("backup", file)
	other := c.elsewhere()
	cmd := other.command("restore", file)
	cmd.Env = append(cmd.Env, "PEERSCRIP_PASSPHRASE=wrong horse")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "this passphrase does not open the purse") {
		t.Errorf("restore with another passphrase: got %v\n%s", err, out)
	}
	other.run("restore", file)
	p.stop()
	auditOf(t, p.data, c.data, other.data)
}
