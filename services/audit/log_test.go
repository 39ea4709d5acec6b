package audit_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/tree/treetest"
)

// loosened drops what keeps the log append-only, as who has the file can.
const loosened = `DROP TRIGGER log_no_update; DROP TRIGGER log_no_delete; DROP TRIGGER log_seq_no_update; DROP TRIGGER log_seq_no_delete; DROP TRIGGER log_hash_no_update; DROP TRIGGER log_hash_no_delete;
	DROP TRIGGER log_posting_no_update; DROP TRIGGER log_posting_no_delete; DROP TRIGGER log_message_no_update; DROP TRIGGER log_message_no_delete;
	PRAGMA foreign_keys = 0; DROP TRIGGER log_head_no_update; DROP TRIGGER log_head_no_delete;`

// TestAuditHeads: whoever writes the log anew, hashes and all, is found out by
// what was signed of it; and whoever signs anew too, by what was kept elsewhere.
func TestAuditHeads(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, edit string
		resign     bool   // the heads are made anew too
		finds      string // in the folder alone; empty when nothing
		elsewhere  string // with the head that was kept elsewhere
	}{
		{name: "untouched"},
		{name: "edited", edit: `UPDATE log SET salt = zeroblob(16) WHERE id = (SELECT record FROM log_seq WHERE seq = 1)`, finds: "not those of the head that was signed", elsewhere: "not those of the head that was kept elsewhere"},
		{
			name: "moved", edit: `UPDATE log_seq SET seq = 99 WHERE seq = 1; UPDATE log_seq SET seq = 1 WHERE seq = 2; UPDATE log_seq SET seq = 2 WHERE seq = 99;
				UPDATE log_message SET seq = 99 WHERE seq = 1; UPDATE log_message SET seq = 1 WHERE seq = 2; UPDATE log_message SET seq = 2 WHERE seq = 99;`,
			finds: "not those of the head that was signed", elsewhere: "not those of the head that was kept elsewhere",
		},
		{name: "cut off", edit: cutOff, finds: "it was cut off", elsewhere: "it was cut off"},
		{name: "cut off with its heads", edit: cutOff + `DELETE FROM log_head WHERE size > 2;`, elsewhere: "it was cut off"},
		{name: "edited and signed again", edit: `UPDATE log SET salt = zeroblob(16) WHERE id = (SELECT record FROM log_seq WHERE seq = 1)`, resign: true, elsewhere: "not those of the head that was kept elsewhere"},
		{name: "a head edited", edit: `UPDATE log_head SET note = replace(note, 'peerscrip', 'peerscrap')`, finds: "not as the broker signed it", elsewhere: "not as the broker signed it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel() // an audit that finds something looks again for a while
			r := rig.New(t)
			r.Customer(100_00).Acquire(20_00)
			note, err := r.Broker.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			data := copied(t, r.Data)
			books := folder.At(data).Books()
			forge(t, books, tc.edit)
			if tc.resign {
				resign(t, r, books)
			}
			wantFinding(t, tc.finds, data)
			wantFinding(t, tc.elsewhere, data, note)
		})
	}
}

// cutOff leaves the first two records, and nothing that hangs on the others.
const cutOff = `DELETE FROM log_message WHERE seq > 1; DELETE FROM log_posting WHERE record IN (SELECT record FROM log_seq WHERE seq > 1);
	DELETE FROM log WHERE id IN (SELECT record FROM log_seq WHERE seq > 1); DELETE FROM log_seq WHERE seq > 1;`

// copied copies a rig's books with what an audit reads beside them.
func copied(t *testing.T, data string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(data)); err != nil { // the write-ahead log too
		t.Fatal(err)
	}
	return to
}

// forge edits the log in a file, triggers dropped, and makes its hashes anew.
func forge(t *testing.T, path, edit string) {
	t.Helper()
	file := opened(t, path)
	defer file.Close()
	if _, err := file.Exec(loosened + edit); err != nil {
		t.Fatalf("edit: %v", err)
	}
	if edit == "" {
		return
	}
	if _, err := file.Exec(`DELETE FROM log_hash`); err != nil {
		t.Fatal(err)
	}
	for i, h := range hashesOf(t, file).Hashes {
		if _, err := file.Exec(`INSERT INTO log_hash (idx, hash) VALUES (?, ?)`, i, h[:]); err != nil {
			t.Fatal(err)
		}
	}
}

func opened(t *testing.T, path string) *sql.DB {
	t.Helper()
	file, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	file.SetMaxOpenConns(1)
	return file
}

// hashesOf makes the tree of what stands in the log, as a forger would.
func hashesOf(t *testing.T, file *sql.DB) *treetest.Log {
	t.Helper()
	rows, err := file.Query(`SELECT l.leaf, l.salt FROM log_seq s JOIN log l ON l.id = s.record ORDER BY s.seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := &treetest.Log{}
	for rows.Next() {
		var leaf, salt []byte
		if err := rows.Scan(&leaf, &salt); err != nil {
			t.Fatal(err)
		}
		var record scrip.Record
		if err := json.Unmarshal(leaf, &record); err != nil {
			t.Fatal(err)
		}
		e := tree.Entry{Kind: record.Kind, At: record.At, Record: tree.Commit([16]byte(salt), leaf)}
		for _, jws := range record.Evidence {
			e.Messages = append(e.Messages, jose.Signed{JWS: jws}.Digest())
		}
		all.Add(t, e.Text())
	}
	return all
}

// resign signs the forged log, as who has the broker's key can.
func resign(t *testing.T, r *rig.Rig, path string) {
	t.Helper()
	file := opened(t, path)
	defer file.Close()
	if _, err := file.Exec(`DELETE FROM log_head`); err != nil {
		t.Fatal(err)
	}
	all := hashesOf(t, file)
	var size int64
	if err := file.QueryRow(`SELECT count(*) FROM log`).Scan(&size); err != nil {
		t.Fatal(err)
	}
	root, err := tlog.TreeHash(size, all)
	if err != nil {
		t.Fatal(err)
	}
	note, err := tree.Head{Size: size, Root: tree.Hash(root)}.Sign(r.Info.ID, r.Signing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Exec(`INSERT INTO log_head (size, at, note) VALUES (?, 1, ?)`, size, note); err != nil {
		t.Fatal(err)
	}
}

// wantFinding audits a folder and looks for one fault of the log, or none.
func wantFinding(t *testing.T, want, data string, heads ...string) {
	t.Helper()
	report, err := audit.Folders(t.Context(), []string{data}, heads...)
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	var faults []string
	for _, f := range report.Findings {
		if f.Invariant == "log" && !f.OK {
			faults = append(faults, f.Text)
		}
	}
	if text := strings.Join(faults, "\n"); (want == "") != (text == "") || !strings.Contains(text, want) {
		t.Errorf("faults of the log with %d heads from elsewhere: got %q, want %q", len(heads), text, want)
	}
}
