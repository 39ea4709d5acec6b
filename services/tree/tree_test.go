package tree_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/tree/treetest"
)

const brokerID = scrip.ID("sXUVUIUsQypR-ta5E-HfAw")

func signingKey(t testing.TB) jose.SigningKey {
	t.Helper()
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func entry(n int) tree.Entry {
	digest := jose.Digest([]byte{byte(n)})
	return tree.Entry{Kind: "T12", At: 1_800_000_000 + int64(n), Record: tree.Commit([16]byte{1}, []byte{byte(n)}), Messages: []string{digest}}
}

// grown is a log in memory.
type grown struct{ treetest.Log }

func logOf(t testing.TB, n int) *grown {
	t.Helper()
	g := &grown{}
	for i := range n {
		g.Add(t, entry(i).Text())
	}
	return g
}

func (g *grown) head(t testing.TB, size int64) tree.Head {
	t.Helper()
	root, err := tlog.TreeHash(size, g)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Head{Size: size, Root: tree.Hash(root)}
}

func (g *grown) inclusion(t testing.TB, n, size int64, key jose.SigningKey) tree.Inclusion {
	t.Helper()
	path, err := tlog.ProveRecord(size, n, g)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := g.head(t, size).Sign(brokerID, key)
	if err != nil {
		t.Fatal(err)
	}
	text := entry(int(n)).Text()
	return tree.Inclusion{Index: n, Leaf: tree.LeafHash([]byte(text)), Entry: text, Path: tree.Path(path), Head: signed}
}

// A head opens under its broker's keys and name alone, and any other tool for
// notes opens it too.
func TestHead(t *testing.T) {
	key, old := signingKey(t), signingKey(t)
	head := logOf(t, 5).head(t, 5)
	signed, err := head.Sign(brokerID, key)
	if err != nil {
		t.Fatal(err)
	}
	keys := []jose.VerifyKey{old.Public(), key.Public()}
	if got, err := tree.OpenHead(signed, brokerID, keys); err != nil || got != head {
		t.Errorf("OpenHead: got %v, %v, want %v", got, err, head)
	}
	text, err := key.Public().NoteKey(tree.Name(brokerID))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(signed), note.VerifierList(verifier)); err != nil {
		t.Errorf("note.Open: %v", err)
	}
	other, err := tree.Head{Size: 6}.Sign("R_2y3N7PIkQMZsjQOFFoAQ", key)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"another size":     strings.Replace(signed, "\n5\n", "\n6\n", 1),
		"another broker's": other,
		"twice signed":     signed + strings.Split(signed, "\n\n")[1],
		"cut":              signed[:len(signed)-3],
		"longer":           signed + "\n",
		"empty":            "",
		"huge":             signed + strings.Repeat("\n", tree.MaxHead),
	} {
		if _, err := tree.OpenHead(bad, brokerID, keys); !errors.Is(err, tree.ErrProof) {
			t.Errorf("%s: got %v, want %v", name, err, tree.ErrProof)
		}
	}
	if _, err := tree.OpenHead(signed, brokerID, keys[:1]); !errors.Is(err, tree.ErrProof) {
		t.Errorf("without the key: got %v, want %v", err, tree.ErrProof)
	}
}

// TestHeadText: what is signed but not written in the one way is no head.
func TestHeadText(t *testing.T) {
	key := signingKey(t)
	signer, err := key.NoteSigner(tree.Name(brokerID))
	if err != nil {
		t.Fatal(err)
	}
	root := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	name := tree.Name(brokerID) + "\n"
	for text, ok := range map[string]bool{
		name + "5\n" + root:                          true,
		name + "05\n" + root:                         false,
		name + "+5\n" + root:                         false,
		name + "-5\n" + root:                         false,
		name + "9007199254740992\n" + root:           false,
		name + "5\n" + root + "more\n":               false,
		name + "5\n" + strings.Repeat("A", 8) + "\n": false,
		"other\n5\n" + root:                          false,
		name + "5\n":                                 false,
	} {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tree.OpenHead(string(signed), brokerID, []jose.VerifyKey{key.Public()}); (err == nil) != ok {
			t.Errorf("%q: got %v, want taken: %v", text, err, ok)
		}
	}
}

// Every proof holds for what it is about, and for nothing else.
func TestInclusion(t *testing.T) {
	key := signingKey(t)
	keys := []jose.VerifyKey{key.Public()}
	g := logOf(t, 9)
	for n := range int64(9) {
		p := g.inclusion(t, n, 9, key)
		if _, err := p.Verify(brokerID, keys); err != nil {
			t.Errorf("record %d: %v", n, err)
		}
		e := entry(int(n))
		if _, err := p.Records(e.Messages[0], "T12"); err != nil {
			t.Errorf("record %d: Records: %v", n, err)
		}
		for name, edit := range map[string]func(*tree.Inclusion){
			"index":       func(p *tree.Inclusion) { p.Index = (n + 1) % 9 },
			"beyond":      func(p *tree.Inclusion) { p.Index = 9 },
			"negative":    func(p *tree.Inclusion) { p.Index = -1 },
			"leaf":        func(p *tree.Inclusion) { p.Leaf[3] ^= 1 },
			"entry":       func(p *tree.Inclusion) { p.Entry = entry(int(n) + 1).Text() },
			"longer path": func(p *tree.Inclusion) { p.Path = append(p.Path, tree.Hash{}) },
			"path":        func(p *tree.Inclusion) { p.Path = append([]tree.Hash{{1}}, p.Path[1:]...) },
			"no path":     func(p *tree.Inclusion) { p.Path = nil },
			"other head":  func(p *tree.Inclusion) { p.Head = g.inclusion(t, n, 9, signingKey(t)).Head },
		} {
			bad := g.inclusion(t, n, 9, key)
			edit(&bad)
			if _, err := bad.Verify(brokerID, keys); !errors.Is(err, tree.ErrProof) {
				t.Errorf("record %d, %s: got %v, want %v", n, name, err, tree.ErrProof)
			}
		}
		if _, err := p.Records(jose.Digest(nil), "T12"); !errors.Is(err, tree.ErrProof) {
			t.Errorf("record %d, another message: got %v, want %v", n, err, tree.ErrProof)
		}
		if _, err := p.Records(e.Messages[0], "T9"); !errors.Is(err, tree.ErrProof) {
			t.Errorf("record %d, another kind: got %v, want %v", n, err, tree.ErrProof)
		}
	}
}

func TestConsistency(t *testing.T) {
	g := logOf(t, 9)
	for from := int64(1); from <= 9; from++ {
		path, err := tlog.ProveTree(9, from, g)
		if err != nil {
			t.Fatal(err)
		}
		c := tree.Consistency{From: from, To: 9, Path: tree.Path(path)}
		older, newer := g.head(t, from), g.head(t, 9)
		if err := c.Verify(older, newer); err != nil {
			t.Errorf("from %d: %v", from, err)
		}
		rewritten := older
		rewritten.Root[0] ^= 1
		if err := c.Verify(rewritten, newer); !errors.Is(err, tree.ErrProof) {
			t.Errorf("from %d, rewritten: got %v, want %v", from, err, tree.ErrProof)
		}
		if err := c.Verify(g.head(t, from), g.head(t, 8)); !errors.Is(err, tree.ErrProof) {
			t.Errorf("from %d, to another: got %v, want %v", from, err, tree.ErrProof)
		}
	}
}

func TestParseEntry(t *testing.T) {
	good := entry(1).Text()
	if got, err := tree.ParseEntry(good); err != nil || got.Text() != good {
		t.Errorf("got %+v, %v", got, err)
	}
	record := tree.Hash{}.String()
	for _, bad := range []string{
		"", "\n", strings.TrimSuffix(good, "\n"), good + "\n", good + "x\n", "peerscrip log 2" + good[len("peerscrip log 1"):],
		"peerscrip log 1\nT12\n01\n" + record + "\n", "peerscrip log 1\nT12\n0\n" + record + "\n", "peerscrip log 1\nT12\n-1\n" + record + "\n",
		"peerscrip log 1\nT 12\n1\n" + record + "\n", "peerscrip log 1\n\n1\n" + record + "\n", "peerscrip log 1\nT12\n1\n" + record[1:] + "\n",
		"peerscrip log 1\nT12\n1\n" + record + "\r\n", good + strings.Repeat(record+"\n", tree.MaxMessages),
	} {
		if got, err := tree.ParseEntry(bad); !errors.Is(err, tree.ErrProof) {
			t.Errorf("%q: got %+v, %v, want %v", bad, got, err, tree.ErrProof)
		}
	}
}

// FuzzParseEntry: what is taken is written in its one way.
func FuzzParseEntry(f *testing.F) {
	f.Add(entry(1).Text())
	f.Add("peerscrip log 1\nT1\n1\n" + tree.Hash{}.String() + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := tree.ParseEntry(text)
		if err == nil && e.Text() != text {
			t.Errorf("%q is taken as %q", text, e.Text())
		}
	})
}

// FuzzOpenHead signs whatever text is there: what is taken as a head signs to
// the same text.
func FuzzOpenHead(f *testing.F) {
	key := signingKey(f)
	signer, err := key.NoteSigner(tree.Name(brokerID))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(tree.Name(brokerID) + "\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	f.Add(tree.Name(brokerID) + "\n05\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return // no note: cannot be signed
		}
		head, err := tree.OpenHead(string(signed), brokerID, []jose.VerifyKey{key.Public()})
		if err != nil {
			return
		}
		if again, err := head.Sign(brokerID, key); err != nil || again != string(signed) {
			t.Errorf("%q is taken as %+v, which signs to %q, %v", text, head, again, err)
		}
	})
}

func TestHashJSON(t *testing.T) {
	h := tree.Hash{7}
	b, err := json.Marshal(h)
	var got tree.Hash
	if err != nil || json.Unmarshal(b, &got) != nil || got != h {
		t.Errorf("got %v from %s, %v", got, b, err)
	}
	for _, bad := range []string{"", "x", h.String() + "A", strings.Repeat("_", 43), h.String()[:41] + "\r\n"} {
		if _, err := tree.ParseHash(bad); err == nil {
			t.Errorf("%q: got a hash, want an error", bad)
		}
	}
}
