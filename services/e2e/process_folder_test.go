package e2e_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
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

// copyOf is a copy of a data folder, to be spoilt.
func copyOf(t testing.TB, data string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	return to
}

// without takes files out of a folder; a database's companions go with it.
func without(t testing.TB, data string, names ...string) {
	t.Helper()
	for _, name := range names {
		for _, companion := range []string{"", "-wal", "-shm"} {
			if err := os.RemoveAll(filepath.Join(data, name+companion)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// put makes an empty file.
func put(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes members of a JSON file of a folder.
func rewrite(t testing.TB, data, name string, members map[string]any) {
	t.Helper()
	file := map[string]any{}
	b, err := os.ReadFile(filepath.Join(data, name))
	if err == nil {
		err = json.Unmarshal(b, &file)
	}
	maps.Copy(file, members)
	if err == nil {
		b, err = json.Marshal(file)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(data, name), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// edit runs SQL on a database of a folder, past what keeps its log append-only.
func edit(t testing.TB, path, query string) {
	t.Helper()
	database, err := sql.Open("peerscrip-sqlite3", "file:"+path)
	if err == nil {
		_, err = database.Exec(query)
	}
	if err == nil {
		err = database.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// logHead asks a broker for its signed head.
func logHead(t testing.TB, brokerURL string) string {
	t.Helper()
	peer, err := api.Dial(api.DialConfig{BaseURL: brokerURL})
	if err != nil {
		t.Fatal(err)
	}
	head, err := peer.Broker().Head(t.Context())
	if err != nil {
		t.Fatalf("ask for the log's head: %v", err)
	}
	return head
}

// TestHalfAFolder: a broker or a stall of which one half is gone, or is another's,
// does not start and says how to go on; put together again it does.
func TestHalfAFolder(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "12.50", "0", "2"})
	newBuyer(t, n.broker.url, 100_00, nil)
	logHead(t, n.broker.url)
	brokerURL := "--broker-url=" + n.broker.url
	n.stall.stop()
	stranger := startProcess(t, "broker")
	stranger.stop()
	for what, tc := range map[string]struct {
		spoil func(data string)
		words []string
	}{
		"no book":    {func(data string) { without(t, data, "stall/book.db") }, []string{"stall/book.db is gone", "empty folder"}},
		"no keys":    {func(data string) { without(t, data, "stall/keys.json") }, []string{"stall/keys.json is gone", "backup"}},
		"other keys": {func(data string) { rewrite(t, data, "stall/keys.json", map[string]any{"id": strings.Repeat("A", 22)}) }, []string{"belongs to another"}},
	} {
		data := copyOf(t, n.stall.data)
		tc.spoil(data)
		says(t, "a stall with "+what, refuses(t, "stall", data, brokerURL, "--name=The Corner Stall"), tc.words...)
	}
	n.stall.start()
	n.stall.stop()
	n.broker.stop()
	var other map[string]any
	if b, err := os.ReadFile(filepath.Join(stranger.data, "broker", "keys.json")); err != nil || json.Unmarshal(b, &other) != nil {
		t.Fatalf("read keys: %v", err)
	}
	delete(other, "id")
	for what, tc := range map[string]struct {
		spoil func(data string)
		words []string
	}{
		"no book":       {func(data string) { without(t, data, "broker/book.db") }, []string{"broker/book.db is gone", "mirror", "empty folder"}},
		"an empty book": {func(data string) { without(t, data, "broker/book.db"); put(t, data+"/broker/book.db") }, []string{"broker/book.db is gone"}},
		"no keys":       {func(data string) { without(t, data, "broker/keys.json") }, []string{"broker/keys.json is gone", "backup"}},
		"another's book": {func(data string) {
			without(t, data, "broker/book.db")
			if err := os.CopyFS(data+"/broker/x", os.DirFS(stranger.data+"/broker")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(data+"/broker/x/book.db", data+"/broker/book.db"); err != nil {
				t.Fatal(err)
			}
		}, []string{"belongs to another"}},
		"other keys of the same name": {func(data string) { rewrite(t, data, "broker/keys.json", other) }, []string{"not of one piece", "Put back the keys"}},
		"first keys of its own": {func(data string) {
			rewrite(t, data, "broker/keys.json", other)
			rewrite(t, data, "broker/keys.json", map[string]any{"keys": nil})
		}, []string{"know of other keys than these", "Put back the keys"}},
		"a log that was cut off": {func(data string) {
			edit(t, data+"/broker/book.db", `PRAGMA foreign_keys = 0; DROP TRIGGER log_no_delete; DROP TRIGGER log_seq_no_delete; DROP TRIGGER log_hash_no_delete;
				DELETE FROM log WHERE id <> (SELECT record FROM log_seq WHERE seq = 0); DELETE FROM log_seq WHERE seq > 0; DELETE FROM log_hash WHERE idx > 0`)
		}, []string{"a head of", "there are 1", "Put back the book"}},
		"a log that was changed": {func(data string) {
			edit(t, data+"/broker/book.db", `DROP TRIGGER log_hash_no_update; UPDATE log_hash SET hash = zeroblob(32)`)
		}, []string{"records are others"}},
	} {
		data := copyOf(t, n.broker.data)
		tc.spoil(data)
		says(t, "a broker with "+what, refuses(t, "broker", data), tc.words...)
	}
	n.broker.start()
}

// TestReadiness: a stall whose broker is frozen sells, and says which part is not
// well; a book of garbage does not start.
func TestReadiness(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "12.50", "0", "2"})
	ready := func() string {
		answer, err := http.Get(n.stall.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(answer.Status + " " + string(b))
	}
	const well, frozen = `200 OK {"status":"ok"}`, `200 OK {"parts":["broker"],"status":"degraded"}`
	if got := ready(); got != well {
		t.Errorf("with everything there: got %s, want %s", got, well)
	}
	n.broker.signal(syscall.SIGSTOP)
	eventually(t, 20*time.Second, "degraded", func() bool { return ready() == frozen })
	if !healthy(t, n.stall) {
		t.Error("peerscrip health: a stall whose broker is frozen is not well, but it sells")
	}
	n.broker.signal(syscall.SIGCONT)
	eventually(t, 20*time.Second, "well again", func() bool { return ready() == well })
	n.stall.stop()
	data := copyOf(t, n.stall.data)
	book := filepath.Join(data, "stall", "book.db")
	b, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * 4096; i < len(b); i++ {
		b[i] = 0xa5
	}
	if err := os.WriteFile(book, b, 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, "a book of garbage", refuses(t, "stall", data, "--broker-url="+n.broker.url, "--name=The Corner Stall"), "damaged", "stall/book.db", "mirror")
}

// TestOlderCopy: a broker put back to an older copy of its book does not start
// with a head that was kept elsewhere, audit says so, and a stall that saw the
// head says it aloud and sells on.
func TestOlderCopy(t *testing.T) {
	t.Parallel()
	broker := startProcess(t, "broker")
	broker.stop()
	older := copyOf(t, broker.data)
	broker.start()
	newBuyer(t, broker.url, 100_00, nil)
	heads := filepath.Join(t.TempDir(), "heads")
	if err := os.WriteFile(heads, []byte(logHead(t, broker.url)), 0o600); err != nil {
		t.Fatal(err)
	}
	stall := startProcess(t, "stall", "--broker-url="+broker.url, "--name=The Corner Stall")
	eventually(t, 20*time.Second, "the head is kept", func() bool {
		kept, err := folder.At(stall.data).KnownHead()
		return err == nil && kept != ""
	})
	stall.stop()
	broker.stop()
	out, err := exec.Command(program(t), "audit", "--data", older, "--heads", heads).CombinedOutput()
	if err == nil {
		t.Error("audit of an older copy: got exit code 0, want 1")
	}
	says(t, "audit of an older copy", string(out), "cut off")
	says(t, "an older copy", refuses(t, "broker", older, "--heads="+heads), "there are 0", "Put back the book")
	args := broker.args
	broker.args = append(broker.args, "--heads="+heads)
	broker.start()
	broker.stop()

	broker.args = args
	without(t, broker.data, "broker")
	if err := os.CopyFS(broker.data, os.DirFS(older)); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(broker.data, "broker"), os.DirFS(filepath.Join(older, "broker"))); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	broker.start()
	stall.start()
	eventually(t, 20*time.Second, "said aloud", func() bool { return strings.Contains(stall.stderr.String(), "put back to an older book") })
	if !healthy(t, stall) {
		t.Error("peerscrip health: a stall whose broker went back is not well, but it sells")
	}
}

// isCertifiedAt waits until a broker's directory has its one stall at an address.
func isCertifiedAt(t testing.TB, broker *process, url string) {
	t.Helper()
	eventually(t, patience, "the stall is certified at "+url, func() bool { return directory(t, broker.url)[0].BaseURL == url })
}

// buysAt has a new wallet buy what a stall offers first, where the directory has it.
func buysAt(t testing.TB, broker *process, vendor scrip.VendorID) {
	t.Helper()
	b := newBuyer(t, broker.url, 50_00, nil)
	offers, err := b.dial(directory(t, broker.url)[0].BaseURL).Stall(vendor).Offers(t.Context())
	b.must("look at the stall", err)
	b.must("load", b.Load(t.Context(), 40_00))
	b.must("exchange", b.Exchange(t.Context(), vendor, 30_00))
	b.buys(offers[0].Offer, "where the stall is certified")
}

// TestMovedStall: a stall that is started at another address than it was certified at has
// itself certified there, as soon as broker and relay answer, and back; also one that was killed
// before it kept the certificate of where it was last.
func TestMovedStall(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "12.50", "0", "2"})
	relay := startProcess(t, "relay", "--broker-url="+n.broker.url)
	before, err := folder.At(n.stall.data).Certificate()
	if err != nil {
		t.Fatal(err)
	}
	started := func(args ...string) *process {
		moved := newProcess(t, "stall", append(args, "--broker-url="+n.broker.url, "--name=The Corner Stall")...)
		moved.args = append(moved.args, "--data="+n.stall.data)
		moved.start()
		return moved
	}
	n.stall.stop()
	n.broker.stop()
	moved := started()
	n.broker.start()
	isCertifiedAt(t, n.broker, moved.url)
	moved.kill()
	relay.stop()
	moved = started("--relay=" + relay.url)
	relay.start()
	isCertifiedAt(t, n.broker, relay.url)
	moved.kill()
	kept, err := folder.At(n.stall.data).Certificate() // of where it was last, or of before
	if err == nil {
		err = folder.At(n.stall.data).KeepCertificate(before, kept.Signed)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.broker.stop()
	n.stall.start()
	n.broker.start()
	isCertifiedAt(t, n.broker, n.stall.url)
	buysAt(t, n.broker, n.vendor)
}

// TestMovedMarket: the stalls that a market hosts are certified where it is, as it moves and moves
// back; also those of which the certificate of where they were last was not kept.
func TestMovedMarket(t *testing.T) {
	t.Parallel()
	broker := startProcess(t, "broker")
	here := startProcess(t, "market", "--broker-url="+broker.url)
	there := newProcess(t, "market", "--broker-url="+broker.url)
	there.args = append(there.args, "--data="+here.data)
	seller, vendor := hostStall(newBuyer(t, broker.url, 1, nil), here.url, "The Ironmonger")
	seller.list(goods{"Lamp", "12.50", "0", "2"})
	before := directory(t, broker.url)[0].Certificate
	here.stop()
	there.start()
	isCertifiedAt(t, broker, there.url)
	there.kill()
	database, err := db.Open(t.Context(), folder.At(here.data).Market(), db.Market)
	if err != nil {
		t.Fatal(err)
	}
	hosted, err := db.NewHosted(database)
	var kept merchant.Tenant
	if err == nil {
		kept, err = hosted.Opened(t.Context(), vendor)
	}
	if err == nil && kept.Signed != before { // it is of where it was last
		err = hosted.Recertify(t.Context(), vendor, kept.Signed, before)
	}
	if err := errors.Join(err, database.Close()); err != nil {
		t.Fatal(err)
	}
	here.start()
	isCertifiedAt(t, broker, here.url)
	buysAt(t, broker, vendor)
}
