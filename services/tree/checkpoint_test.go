package tree_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"peerscrip/jose"
	"peerscrip/services/tree"
)

// TestCheckpoint: the head of a log opens as a checkpoint under its key and cosigned, with
// lines behind the root too; and what is no checkpoint does not.
func TestCheckpoint(t *testing.T) {
	key, witness := signingKey(t), signingKey(t)
	head := logOf(t, 5).head(t, 5)
	signed, err := head.Sign(brokerID, key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := key.Public().NoteVerifier(tree.Name(brokerID))
	if err != nil {
		t.Fatal(err)
	}
	cosigner, err := witness.Cosigner("witness.example", 1_800_000_000)
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := witness.Public().CosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	by, err := jose.CosignerVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tree.OpenCheckpoint(signed, []note.Verifier{own})
	if err != nil || c.Origin != tree.Name(brokerID) || c.Head != head {
		t.Fatalf("got %+v, %v", c, err)
	}
	line, err := c.Cosign(cosigner)
	if err != nil {
		t.Fatal(err)
	}
	said, err := tree.OpenCosignature(signed, "— another.example AAAAAAAAAAA=\n"+line, by)
	if err != nil || said.Line != line || said.At != 1_800_000_000 {
		t.Errorf("the cosignature: got %+v, %v, want %q", said, err, line)
	}
	if _, err := tree.OpenCheckpoint(signed+line, []note.Verifier{own}); err != nil {
		t.Errorf("with the cosignature: %v", err)
	}
	for name, bad := range map[string][2]string{
		"of another head": {strings.Replace(signed, "\n5\n", "\n6\n", 1), line},
		"none":            {signed, ""},
		"another's":       {signed, "— another.example AAAAAAAAAAA=\n"},
	} {
		if got, err := tree.OpenCosignature(bad[0], bad[1], by); !errors.Is(err, tree.ErrProof) {
			t.Errorf("a cosignature, %s: got %+v, %v, want %v", name, got, err, tree.ErrProof)
		}
	}
	root := strings.Split(signed, "\n")[2]
	for text, ok := range map[string]bool{
		"a.example\n5\n" + root + "\n":                                true,
		"a.example\n0\n" + root + "\n":                                true,
		"a.example\n5\n" + root + "\nmore\n":                          true,
		"a.example\n05\n" + root + "\n":                               false,
		"a.example\n5\n" + root + "\n\nmore\n":                        false,
		"a.example\n5\n" + root[1:] + "\n":                            false,
		"a.example\n5\n" + root:                                       false,
		"a.example\n5\n":                                              false,
		"\n5\n" + root + "\n":                                         false,
		"a.example\n5\n" + root + "\n" + strings.Repeat("more\n", 20): false,
	} {
		if _, _, err := tree.ParseCheckpoint(text); (err == nil) != ok {
			t.Errorf("%q: got %v, want taken: %v", text, err, ok)
		}
	}
}

// TestHeads: heads are found in a text with words before, between and behind them, and
// without the cosignatures of theirs.
func TestHeads(t *testing.T) {
	key := signingKey(t)
	var want []string
	for size := range int64(3) {
		signed, err := logOf(t, 3).head(t, size+1).Sign(brokerID, key)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, signed)
	}
	text := "Two words.\n\n" + want[0] + "— witness.example AAAAAAAAAAA=\n\nAnd:\n\n" + want[1] + want[2] + "the end"
	if got := tree.Heads(text); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := tree.Heads("no head\n"); len(got) != 0 {
		t.Errorf("got %q, want none", got)
	}
}
