package services

import (
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// TestContradictionIsKept: of a broker elsewhere that signs two histories both heads are kept, the first that are found
// and in their place the first that prove it; a process that starts again knows them. What was not proven goes
// when the broker has proved, what is when the operator takes the file away.
func TestContradictionIsKept(t *testing.T) {
	t.Parallel()
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	broker, err := scrip.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, chain, err := scrip.Chain{Broker: broker}.Succeed(rand.Reader, []jose.VerifyKey{key.Public()}, sealing.Public(), 1, key)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(size int64, root byte) string {
		note, err := tree.Head{Size: size, Root: tree.Hash{root}}.Sign(broker, key)
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	at := folder.At(t.TempDir())
	begin := func() *house {
		h := &house{Config: Config{Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, parts: &parts{}, folder: at}
		h.issuer.known.Store(&scrip.BrokerInfo{ID: broker, Chain: chain})
		if err := h.recallContradiction(); err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := begin()
	wants := func(when string, proven bool, heads ...string) {
		t.Helper()
		found := h.followed.otherBooks()
		if got := tree.Heads(found.Evidence); len(got) != len(heads) || found.Proven != proven || len(heads) > 0 && (got[0] != heads[0] || got[len(got)-1] != heads[len(heads)-1]) {
			t.Errorf("%s: got proven %v, heads %q, want proven %v, %q", when, found.Proven, got, proven, heads)
		}
		if well := h.followed.check(t.Context()) == nil; well != (len(heads) == 0) {
			t.Errorf("%s: the part is well: got %v", when, well)
		}
	}
	tell := func(what error) {
		t.Helper()
		if what != nil {
			t.Error(what)
		}
	}
	wants("at first", false)
	h.contradicted(&audit.WentBack{Kept: sign(7, 1)})
	wants("an empty log", false, sign(7, 1))
	tell(h.mended())
	wants("proved", false)
	h.contradicted(&audit.WentBack{Kept: sign(7, 1), Shown: sign(5, 2)})
	h.contradicted(&audit.WentBack{Kept: sign(7, 1), Shown: sign(6, 2)})
	wants("the second that is not proven", false, sign(7, 1), sign(5, 2))
	h = begin()
	wants("started again", false, sign(7, 1), sign(5, 2))
	h.contradicted(&audit.WentBack{Kept: sign(7, 1), Shown: sign(7, 2), Proven: true})
	h.contradicted(&audit.WentBack{Kept: sign(7, 1), Shown: sign(7, 3), Proven: true})
	wants("proven", true, sign(7, 1), sign(7, 2))
	h = begin()
	wants("proven, and started again", true, sign(7, 1), sign(7, 2))
	tell(h.mended())
	wants("proven, and the broker goes on", true, sign(7, 1), sign(7, 2))
	tell(at.ForgetContradiction())
	tell(h.mended())
	wants("taken away", false)
	file := filepath.Join(t.TempDir(), "file")
	tell(os.WriteFile(file, nil, 0o600))
	h.folder = folder.At(file)
	h.contradicted(&audit.WentBack{Kept: sign(7, 1), Shown: sign(7, 2), Proven: true})
	wants("on a disk that does not take it", true, sign(7, 1), sign(7, 2))
	h.folder = at
	h.contradicted(&audit.WentBack{Kept: sign(7, 1), Shown: sign(7, 2), Proven: true})
	h = begin()
	wants("on one that does again", true, sign(7, 1), sign(7, 2))
}
