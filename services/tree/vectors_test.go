package tree_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// vectors are testdata/log.json; its README says what it means.
type vectors struct {
	Broker   scrip.ID       `json:"broker"`
	Key      jose.VerifyKey `json:"key"`
	Private  string         `json:"private"`
	Verifier string         `json:"verifier"`
	Entries  []struct {
		Kind       string    `json:"kind"`
		Time       int64     `json:"time"`
		Salt       string    `json:"salt"`
		Record     string    `json:"record"`
		Commitment tree.Hash `json:"commitment"`
		Messages   []string  `json:"messages"`
		Entry      string    `json:"entry"`
		Leaf       tree.Hash `json:"leaf"`
	} `json:"entries"`
	Heads []struct {
		Name   string    `json:"name"`
		Head   string    `json:"head"`
		Size   int64     `json:"size"`
		Root   tree.Hash `json:"root"`
		Result string    `json:"result"`
	} `json:"heads"`
	Inclusions []struct {
		Name   string      `json:"name"`
		Index  int64       `json:"index"`
		Entry  string      `json:"entry"`
		Path   []tree.Hash `json:"path"`
		Head   string      `json:"head"`
		Result string      `json:"result"`
	} `json:"inclusions"`
	Consistencies []struct {
		Name   string      `json:"name"`
		From   int64       `json:"from"`
		To     int64       `json:"to"`
		Path   []tree.Hash `json:"path"`
		Older  string      `json:"older"`
		Newer  string      `json:"newer"`
		Result string      `json:"result"`
	} `json:"consistencies"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/log.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// result is how the vectors call what came of a check.
func result(err error) string {
	if err != nil {
		return "refused"
	}
	return "ok"
}

// TestEntryVectors: an entry is made of its record as the vectors say, and read.
func TestEntryVectors(t *testing.T) {
	for _, e := range readVectors(t).Entries {
		salt, err := base64.RawURLEncoding.DecodeString(e.Salt)
		if err != nil {
			t.Fatal(err)
		}
		entry := tree.Entry{Kind: e.Kind, At: e.Time, Record: tree.Commit([16]byte(salt), []byte(e.Record)), Messages: e.Messages}
		if entry.Record != e.Commitment || entry.Text() != e.Entry || tree.LeafHash([]byte(e.Entry)) != e.Leaf {
			t.Errorf("%s: got commitment %s, entry %q, want %s, %q", e.Kind, entry.Record, entry.Text(), e.Commitment, e.Entry)
		}
		if parsed, err := tree.ParseEntry(e.Entry); err != nil || parsed.Text() != e.Entry {
			t.Errorf("%s: read as %+v, %v", e.Kind, parsed, err)
		}
	}
}

// TestHeadVectors: heads are signed byte for byte as the vectors say, and read
// only if they are.
func TestHeadVectors(t *testing.T) {
	v := readVectors(t)
	seed, err := base64.RawURLEncoding.DecodeString(v.Private)
	if err != nil {
		t.Fatal(err)
	}
	private, err := jose.ParseSigningKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Key.NoteKey(tree.Name(v.Broker)); err != nil || got != v.Verifier {
		t.Errorf("verifier: got %s, %v, want %s", got, err, v.Verifier)
	}
	for _, h := range v.Heads {
		got, err := tree.OpenHead(h.Head, v.Broker, []jose.VerifyKey{v.Key})
		if result(err) != h.Result || got != (tree.Head{Size: h.Size, Root: h.Root}) {
			t.Errorf("head %s: got %+v, %v, want %s", h.Name, got, err, h.Result)
		}
		if h.Result != "ok" {
			continue
		}
		if signed, err := got.Sign(v.Broker, private); err != nil || signed != h.Head {
			t.Errorf("head %s: signed %q, %v, want %q", h.Name, signed, err, h.Head)
		}
	}
}

// TestProofVectors: of the paths in the vectors those prove that should.
func TestProofVectors(t *testing.T) {
	v := readVectors(t)
	keys := []jose.VerifyKey{v.Key}
	for _, i := range v.Inclusions {
		p := tree.Inclusion{Index: i.Index, Leaf: tree.LeafHash([]byte(i.Entry)), Entry: i.Entry, Path: i.Path, Head: i.Head}
		if _, err := p.Verify(v.Broker, keys); result(err) != i.Result {
			t.Errorf("inclusion %s: got %v, want %s", i.Name, err, i.Result)
		}
	}
	for _, c := range v.Consistencies {
		older, err := tree.OpenHead(c.Older, v.Broker, keys)
		if err != nil {
			t.Fatal(err)
		}
		newer, err := tree.OpenHead(c.Newer, v.Broker, keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := (tree.Consistency{From: c.From, To: c.To, Path: c.Path}).Verify(older, newer); result(err) != c.Result {
			t.Errorf("consistency %s: got %v, want %s", c.Name, err, c.Result)
		}
	}
}
