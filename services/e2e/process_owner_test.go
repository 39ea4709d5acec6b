package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/services/scrip"
)

// another starts a second stall at the node's broker, that lists some goods.
func (n node) another(name string, thing goods) node {
	n.broker.t.Helper()
	s := startProcess(n.broker.t, "stall", "--broker-url="+n.broker.url, "--name="+name)
	enterDesk(s).list(thing)
	return node{broker: n.broker, stall: s, vendor: vendorNamed(n.broker.t, n.broker.url, name)}
}

// ownerOf is the wallet of the account that owns the node's stall.
func (n node) ownerOf() *commands {
	n.broker.t.Helper()
	return newCommands(n.broker.t, n.broker.url, "--stall", n.stall.data)
}

// refused wants a command to end badly and to say something.
func (c *commands) refused(says string, args ...string) {
	c.t.Helper()
	if out, err := c.command(args...).CombinedOutput(); err == nil || !strings.Contains(string(out), says) {
		c.t.Errorf("wallet %v: got %v, want an error that says %q\n%s", args, err, says, out)
	}
}

// says wants words in a command's output.
func (c *commands) says(words string, args ...string) {
	c.t.Helper()
	if out := c.run(args...); !strings.Contains(out, words) {
		c.t.Errorf("wallet %v: want %q, got\n%s", args, words, out)
	}
}

// releases says of all that was bought under protection that it is here and fine.
func (c *commands) releases() {
	c.t.Helper()
	list := strings.Split(strings.TrimSpace(c.run("holds")), "\n")
	for _, line := range list {
		if order, _, ok := strings.Cut(line, "  "); ok && strings.Contains(line, "to be sent by") {
			c.says("the seller has the money", "release", order)
		}
	}
}

// TestOwner: who runs a stall on an own node gets at what it earned with a
// wallet of the stall's account: at the bank, and as scrip, which buys elsewhere.
func TestOwner(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "20.00", "0", "5"})
	other := n.another("The Other Corner", goods{"Hinge", "5.00", "0", "5"})
	buyer := newCommands(t, n.broker.url)
	buyer.run("fund", "100.00")
	buyer.run("pay", n.pageOf("Lamp"), "--load", "20")
	buyer.releases()
	n.closed()

	owner := n.ownerOf()
	owner.says("The Corner Stall  earned 20.00 EUR", "earnings")
	owner.refused("there is a wallet in this purse already", "make", "--stall", n.stall.data)
	owner.run("payout", "--to", "bank", "--amount", "8.00")
	if got := owner.bankBalance(); got != 8_00 {
		t.Errorf("a payout of 8.00 to the bank: got %d there, want 800", got)
	}
	if out := owner.run("payout", "--to", "scrip", "--amount", "7.00"); owner.money(out) != 7_00 {
		t.Errorf("a payout of 7.00 into scrip: got\n%s", out)
	}
	owner.run("pay", other.pageOf("Hinge"))
	owner.releases()
	owner.says("T14       received", "load", "3.00") // from the bank account that was paid into
	owner.says("The Corner Stall  earned 5.00 EUR", "earnings")
	other.closed()

	poor := other.ownerOf()
	poor.refused("Your bank declined", "load", "1.00")
	poor.refused("The bank does not know that account", "bank", "NOWHERE")
	before := poor.run("bank")
	changed := poor.run("bank", "--new")
	if after := poor.run("bank"); after == before || !strings.HasSuffix(changed, after) {
		t.Errorf("another bank account: got %q, then %q, and %q before, want two", changed, after, before)
	}
	poor.run("fund", "2.00")
	poor.says("T2        received", "load", "2.00")
	poor.run("withdraw")
	poor.says("The Other Corner  earned 5.00 EUR", "earnings")
	if out := poor.run("payout", "--to", "scrip"); poor.money(out) != 5_00 {
		t.Errorf("a payout into scrip, with nothing at the bank: got\n%s", out)
	}
	poor.refused("is not this wallet's account's", "rekey", "--stall", n.stall.data)
	owner.run("rekey", "--stall", n.stall.data)
	owner.says("The Corner Stall", "earnings")
	n.ownerOf().says("The Corner Stall", "earnings") // made of the folder, which has the new key
	n.stall.stop()
	n.stall.start()
	auditOf(t, n.broker.data, n.stall.data, other.stall.data, buyer.data, owner.data, poor.data)
}

// TestOwnerElsewhere: a stall's account keeps its bank account, and its wallet
// wants the stall's own folder and broker.
func TestOwnerElsewhere(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	c := &commands{t: t, data: t.TempDir(), broker: startProcess(t, "broker").url, env: byKey}
	c.refused("belongs to another broker", "make", "--stall", n.stall.data)
	c.refused("no stand-alone stall has run", "make", "--stall", c.data)
	c.refused("can't be used together", "make", "--stall", n.stall.data, "--bank", "SBX")

	n.stall.stop()
	kept := filesIn(t, filepath.Join(n.stall.data, "stall"))["account.json"]
	out, err := exec.Command(program(t), append(n.stall.args, "--bank=SBX")...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "which cannot be changed to SBX here") {
		t.Errorf("another --bank: got %v, want an error that says so\n%s", err, out)
	}
	n.stall.start()
	if now := filesIn(t, filepath.Join(n.stall.data, "stall"))["account.json"]; string(now) != string(kept) {
		t.Error("the account's file was changed")
	}
}

// TestOwnersBank: a stall does not start for a bank account that is not there, and
// starts afterwards for one that is.
func TestOwnersBank(t *testing.T) {
	t.Parallel()
	broker := startProcess(t, "broker")
	stall := newProcess(t, "stall", "--broker-url="+broker.url, "--name=The Corner Stall")
	out, err := exec.Command(program(t), append(stall.args, "--bank=NOWHERE")...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the bank knows no account NOWHERE") {
		t.Errorf("--bank of no account: got %v, want an error that says so\n%s", err, out)
	}
	stall.start()
	soleVendor(t, broker.url)
}

// vendorNamed is the stall of a name in a broker's directory.
func vendorNamed(t testing.TB, brokerURL, name string) (v scrip.VendorID) {
	t.Helper()
	eventually(t, 10*time.Second, name+" is in the directory", func() bool {
		for _, s := range directory(t, brokerURL) {
			if s.Name == name {
				v = s.Vendor
			}
		}
		return v != ""
	})
	return v
}
