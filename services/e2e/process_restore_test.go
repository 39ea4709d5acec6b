package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/services"
	"peerscrip/services/folder"
)

// backedUp backs a data folder up beside the process that runs on it.
func backedUp(t testing.TB, data string) string {
	t.Helper()
	backup := filepath.Join(t.TempDir(), "backup")
	if out, err := command(t, "backup", backup, "--data", data); err != nil || !strings.Contains(out, "records of the log") {
		t.Fatalf("peerscrip backup: %v\n%s", err, out)
	}
	if out, err := command(t, "backup", backup, "--data", data); err == nil || !strings.Contains(out, folder.ErrFilled.Error()) {
		t.Errorf("over a backup: got %v\n%s", err, out)
	}
	return backup
}

// headOf keeps the signed head of a broker's log in a file.
func headOf(t testing.TB, url string) string {
	t.Helper()
	answer, err := http.Get(url + "/v1/broker/log/head")
	if err != nil {
		t.Fatal(err)
	}
	_, text := readAnswer(t, answer)
	_, note, _ := strings.Cut(text, `"head":"`)
	note, _, _ = strings.Cut(note, `"`)
	path := filepath.Join(t.TempDir(), "now.head")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(note, `\n`, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// marked has a restored broker say that it is one until its operator has settled what happened
// since; the broker need not be stopped for that.
func marked(t testing.TB, data string) {
	t.Helper()
	if out, err := command(t, "restored", "--data", data); err != nil || !strings.Contains(out, "records of the log") {
		t.Errorf("peerscrip restored: got %v, want of which backup it is\n%s", err, out)
	}
	p := start(t, services.Config{Role: services.Broker, Data: data})
	if said := textAt(t, p.URL+"/readyz"); !strings.Contains(said, "restored backup") {
		t.Errorf("a restored broker: /readyz says %s", said)
	}
	if out, err := command(t, "restored", "--settled", "--data", data); err != nil || !strings.Contains(out, "settled") {
		t.Errorf("peerscrip restored --settled: got %v\n%s", err, out)
	}
	eventually(t, patience, "it to be settled", func() bool { return !strings.Contains(textAt(t, p.URL+"/readyz"), "restored backup") })
	if out, err := command(t, "restored", "--settled", "--data", data); err == nil {
		t.Errorf("settled again: got %s, want an error", out)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// restored has the drill say that what a backup has, closes, and what is missing by a head
// that was signed later; and that a backup that was changed is none.
func restored(t testing.TB, backup, head string) {
	t.Helper()
	into := filepath.Join(t.TempDir(), "restored")
	out, err := command(t, "restore", backup, "--data", into, "--heads", head)
	if err != nil {
		t.Errorf("peerscrip restore: %v\n%s", err, out)
	}
	for _, want := range []string{"ok   I1", "could be spent twice", "What it cannot bring back", "live in it", "Do not put it in service"} {
		if !strings.Contains(out, want) {
			t.Errorf("the drill does not say %q:\n%s", want, out)
		}
	}
	auditOf(t, into)
	marked(t, into)
	if out, err := command(t, "restore", backup, "--data", into); err == nil || !strings.Contains(out, folder.ErrFilled.Error()) {
		t.Errorf("into a folder with something in it: got %v\n%s", err, out)
	}
	book := folder.At(backup).Books()
	content, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(book, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(t, "restore", backup, "--data", filepath.Join(t.TempDir(), "again")); err == nil || !strings.Contains(out, "not as it was made") {
		t.Errorf("a backup that was changed: got %v\n%s", err, out)
	}
}
