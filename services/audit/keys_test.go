package audit_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
)

// TestAuditKeys: what the old keys signed is good after a rotation; and KEYS in the
// book that are not those of the broker are found.
func TestAuditKeys(t *testing.T) {
	t.Parallel()
	r := rig.New(t)
	r.Customer(100_00).Acquire(20_00)
	if _, err := r.Broker.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, edit, finds string }{
		{"rotated", "", ""},
		{"a signature changed", `UPDATE broker_keys SET signed = replace(signed, '.', '..')`, "other keys"},
		{"later ones put in", `INSERT INTO broker_keys (serial, signed) VALUES (2, 'a.b.c')`, "other keys"},
	} {
		data := copied(t, r.Data)
		if _, err := folder.At(data).Rotate(rand.Reader, r.Clock.Now().Unix(), folder.Rotation{Signing: true, Envelope: true}); err != nil {
			t.Fatal(err)
		}
		file := opened(t, folder.At(data).Books())
		if _, err := file.Exec(tc.edit); err != nil {
			t.Fatal(err)
		}
		report, err := audit.Folders(t.Context(), []string{data})
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range report.Findings {
			if !f.OK {
				found = append(found, f.Text)
			}
		}
		if got := strings.Join(found, "; "); (tc.finds == "") != (got == "") || !strings.Contains(got, tc.finds) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.finds)
		}
	}
}
