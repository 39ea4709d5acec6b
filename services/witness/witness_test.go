package witness_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/tree"
	"peerscrip/services/tree/treetest"
	"peerscrip/services/witness"
)

const origin = "log.example/1"

// signer is a log that anybody can have sign anything.
type signer struct {
	treetest.Log
	t   testing.TB
	key jose.SigningKey
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{t: t, key: key}
}

// grow adds records, which a letter tells from those of another history.
func (s *signer) grow(letter string, n int) {
	for range n {
		s.Add(s.t, letter)
	}
}

func (s *signer) head(size int64) tree.Head {
	s.t.Helper()
	root, err := tlog.TreeHash(size, s)
	if err != nil {
		s.t.Fatal(err)
	}
	return tree.Head{Size: size, Root: tree.Hash(root)}
}

// sign is the checkpoint of so many records.
func (s *signer) sign(size int64) string {
	s.t.Helper()
	by, err := s.key.NoteSigner(origin)
	if err != nil {
		s.t.Fatal(err)
	}
	h := s.head(size)
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(h.Root[:]))}, by)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(signed)
}

func (s *signer) proof(from, to int64) []tree.Hash {
	s.t.Helper()
	if from == 0 || from == to {
		return nil
	}
	p, err := tlog.ProveTree(to, from, s)
	if err != nil {
		s.t.Fatal(err)
	}
	return tree.Path(p)
}

// Keys and Learn make it a witness.Log.
func (s *signer) Keys(of string) []note.Verifier {
	v, err := s.key.Public().NoteVerifier(origin)
	if err != nil || of != origin {
		return nil
	}
	return []note.Verifier{v}
}

func (s *signer) Learn(context.Context) {}

// world is a witness that is asked over HTTP.
type world struct {
	t     testing.TB
	path  string // of its database
	key   jose.SigningKey
	state *db.Witnessed
	close func() error
	at    string
	*witness.Client
}

func newWorld(t testing.TB, log witness.Log) *world {
	t.Helper()
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, path: filepath.Join(t.TempDir(), "witness.db"), key: key}
	if err := dbtest.Make(w.path, db.Witness); err != nil {
		t.Fatal(err)
	}
	w.open()
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path != witness.Path {
			http.NotFound(out, in)
			return
		}
		witness.New(witness.Config{
			Name: "witness.example", Key: key, Logs: []witness.Log{log}, State: w.state, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		}).ServeHTTP(out, in)
	}))
	t.Cleanup(server.Close)
	w.at = server.URL
	vkey, err := key.Public().CosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	if w.Client, err = witness.Named(server.URL+" "+vkey, http.DefaultTransport); err != nil {
		t.Fatal(err)
	}
	return w
}

// open opens its database, again after a crash.
func (w *world) open() {
	w.t.Helper()
	database, err := db.Open(context.Background(), w.path, db.Witness)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.state, err = db.NewWitnessed(database); err != nil {
		w.t.Fatal(err)
	}
	w.close = database.Close
}

// TestCosign: a log is cosigned as it grows; who asks from another size is told the one that
// was cosigned last, and the same is cosigned again.
func TestCosign(t *testing.T) {
	log := newSigner(t)
	w, ctx := newWorld(t, log), t.Context()
	log.grow("a", 9)
	for _, step := range [][2]int64{{0, 3}, {3, 3}, {3, 7}, {7, 9}, {9, 9}} {
		said, err := w.Cosign(ctx, step[0], log.proof(step[0], step[1]), log.sign(step[1]))
		if err != nil || said.At < 1_700_000_000 {
			t.Fatalf("from %d to %d: got %+v, %v", step[0], step[1], said, err)
		}
	}
	for _, old := range []int64{0, 3} {
		_, err := w.Cosign(ctx, old, log.proof(old, 9), log.sign(9))
		var other tree.OtherSize
		if !errors.As(err, &other) || other != 9 {
			t.Errorf("from %d: got %v, want that 9 were cosigned", old, err)
		}
	}
}

// TestCosignsNoFork: of a log with two histories one is cosigned, whatever it says that it
// continues, with whatever proof; and two heads of one size are kept.
func TestCosignsNoFork(t *testing.T) {
	log := newSigner(t)
	w, ctx := newWorld(t, log), t.Context()
	log.grow("a", 6)
	other := &signer{t: t, key: log.key}
	other.grow("a", 3)
	other.grow("b", 6)
	if _, err := w.Cosign(ctx, 0, nil, log.sign(6)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		old   int64
		proof []tree.Hash
		head  string
	}{
		"of the same size":            {6, nil, other.sign(6)},
		"as if nothing was":           {0, nil, other.sign(9)},
		"with its own proof":          {6, other.proof(6, 9), other.sign(9)},
		"without a proof":             {6, nil, other.sign(9)},
		"from what both have":         {3, other.proof(3, 9), other.sign(9)},
		"back":                        {3, nil, log.sign(3)},
		"of the same size, from none": {0, nil, other.sign(6)},
	} {
		if said, err := w.Cosign(ctx, tc.old, tc.proof, tc.head); err == nil {
			t.Errorf("%s: got %+v, want no cosignature", name, said)
		}
	}
	kept, err := w.state.Contradictions(ctx)
	if err != nil || len(kept) != 1 || kept[0].Seen != other.sign(6) || kept[0].Before != log.sign(6) {
		t.Errorf("kept: got %+v, %v, want the two heads of 6 records", kept, err)
	}
	if last, err := w.state.Latest(ctx, origin); err != nil || last.Head != log.head(6) {
		t.Errorf("last: got %+v, %v", last, err)
	}
}

// TestCosignRefuses: what is not of the protocol, of no log that is witnessed, or signed by
// nobody known.
func TestCosignRefuses(t *testing.T) {
	log, stranger := newSigner(t), newSigner(t)
	w := newWorld(t, log)
	log.grow("a", 4)
	stranger.grow("a", 4)
	for name, tc := range map[string]struct {
		body   string
		status int
	}{
		"nothing":                  {"", 400},
		"no size":                  {"\n" + log.sign(4), 400},
		"a size twice written":     {"old 00\n\n" + log.sign(4), 400},
		"a later size":             {"old 5\n\n" + log.sign(4), 400},
		"a proof from nothing":     {"old 0\n" + strings.Repeat("A", 43) + "=\n\n" + log.sign(4), 400},
		"no hash":                  {"old 0\nAAAA\n\n" + log.sign(4), 400},
		"too many hashes":          {"old 1\n" + strings.Repeat(strings.Repeat("A", 43)+"=\n", 64) + "\n" + log.sign(4), 400},
		"another log":              {"old 0\n\n" + strings.ReplaceAll(log.sign(4), origin, "log.example/2"), 404},
		"another key":              {"old 0\n\n" + stranger.sign(4), 403},
		"another size than signed": {"old 0\n\n" + strings.Replace(log.sign(4), "\n4\n", "\n5\n", 1), 403},
		"too large":                {"old 0\n\n" + log.sign(4) + strings.Repeat("x", 20_000), 413},
	} {
		wantStatus(t, w.at, name, tc.body, tc.status)
	}
	wantStatus(t, w.at, "right", "old 0\n\n"+log.sign(4), 200)
	if kind, body := wantStatus(t, w.at, "again from nothing", "old 0\n\n"+log.sign(4), 409); kind != "text/x.tlog.size" || body != "4\n" {
		t.Errorf("another size: got %q %q, want 4 as text/x.tlog.size", kind, body)
	}
}

func wantStatus(t *testing.T, at, name, body string, status int) (kind, text string) {
	t.Helper()
	answer, err := http.Post(at+witness.Path, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		t.Errorf("%s: got %d %q, %v, want %d", name, answer.StatusCode, said, err, status)
	}
	return answer.Header.Get("Content-Type"), string(said)
}

// TestCosignsOneHistory: of a log with two histories that grow and are shown at once, from
// whatever size, to a witness that crashes now and then, all that was cosigned is of one.
func TestCosignsOneHistory(t *testing.T) {
	for seed := range int64(6) {
		draw := mathrand.New(mathrand.NewSource(seed))
		log := newSigner(t)
		other := &signer{t: t, key: log.key}
		shared := draw.Intn(3)
		log.grow("a", shared)
		other.grow("a", shared)
		log.grow("a", 12)
		other.grow("b", 12)
		w := newWorld(t, log)
		var mu sync.Mutex
		cosigned := map[int64]tree.Hash{}
		for range 8 {
			var all sync.WaitGroup
			for range 6 {
				of, old, size := log, int64(draw.Intn(12)), int64(1+draw.Intn(12))
				if draw.Intn(2) == 0 {
					of = other
				}
				if last, err := w.state.Latest(t.Context(), origin); err == nil && draw.Intn(3) > 0 {
					old = last.Size
				}
				if old > size {
					old, size = size, old
				}
				if size == 0 {
					continue
				}
				head, proof, signed := of.head(size), of.proof(old, size), of.sign(size)
				all.Go(func() {
					if _, err := w.Cosign(context.Background(), old, proof, signed); err != nil {
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if root, there := cosigned[size]; there && root != head.Root {
						t.Errorf("seed %d: two heads of %d records were cosigned", seed, size)
					}
					cosigned[size] = head.Root
				})
			}
			all.Wait()
			if err := w.close(); err != nil { // as a crash does: what was answered is on disk
				t.Fatal(err)
			}
			w.open()
		}
		mine, theirs := true, true
		for size, root := range cosigned {
			mine = mine && root == log.head(size).Root
			theirs = theirs && root == other.head(size).Root
		}
		if !mine && !theirs || len(cosigned) == 0 {
			t.Errorf("seed %d: of %d heads that were cosigned some are of one history, some of the other", seed, len(cosigned))
		}
	}
}

// unkept is a state that cannot keep evidence now.
type unkept struct{ witness.State }

func (unkept) Contradict(context.Context, tree.Contradiction) error {
	return errors.New("the disk is full")
}

// TestEvidenceThatIsNotKept: who brings a second history while it cannot be kept is not told that it was, and brings it again.
func TestEvidenceThatIsNotKept(t *testing.T) {
	one := newSigner(t)
	one.grow("a", 2)
	other := &signer{t: t, key: one.key}
	other.grow("b", 2)
	w := newWorld(t, one)
	if _, err := w.Cosign(t.Context(), 0, nil, one.sign(2)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(witness.New(witness.Config{
		Name: "witness.example", Key: w.key, Logs: []witness.Log{one}, State: unkept{w.state}, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	full, err := witness.Named(server.URL+" "+w.Key(), http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := full.Cosign(t.Context(), 2, nil, other.sign(2)); err == nil || errors.Is(err, tree.ErrContradicts) {
		t.Errorf("evidence that is not kept: got %v, want that it is to be brought again", err)
	}
	if _, err := w.Cosign(t.Context(), 2, nil, other.sign(2)); !errors.Is(err, tree.ErrContradicts) {
		t.Errorf("brought again: got %v, want %v", err, tree.ErrContradicts)
	}
	if kept, err := w.state.Contradictions(t.Context()); err != nil || len(kept) != 1 {
		t.Errorf("kept: got %d, %v, want one", len(kept), err)
	}
}
