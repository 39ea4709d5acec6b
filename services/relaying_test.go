package services

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestSpaced: tries in vain come after pauses that grow, and shrink once one was not in vain;
// the last pause ends with the context.
func TestSpaced(t *testing.T) {
	var pauses []time.Duration
	tries := spaced{least: time.Microsecond}
	for n := 0; tries.again(t.Context(), func() bool { n++; return n < 4 }); {
		pauses = append(pauses, tries.pause)
	}
	if want := []time.Duration{1000, 2000, 4000}; !slices.Equal(pauses, want) || tries.pause != 0 {
		t.Errorf("got the pauses %v and %v in the end, want %v and none", pauses, tries.pause, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries = spaced{least: time.Hour}
	if tries.again(ctx, func() bool { cancel(); return true }) || tries.pause != longestMovePause {
		t.Errorf("with a context that has ended: got another try, or a pause of %v, want none, and %v at most", tries.pause, longestMovePause)
	}
}

// faulty is the way to a broker on which the next messages are lost. It counts those that came.
type faulty struct {
	merchant.Broker
	mu    sync.Mutex
	lose  int
	heard map[string]int
}

func (f *faulty) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lose > 0 {
		f.lose--
		return scrip.Sealed{}, scrip.Unavailable
	}
	f.heard[message]++
	return f.Broker.Send(ctx, message, in)
}

// counted is how many messages of a kind came.
func (f *faulty) counted(message string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.heard[message]
}

// hosting is a host of stalls that a rig's broker has certified, with what its market reads.
type hosting struct {
	*house
	t     *testing.T
	rig   *rig.Rig
	store *db.Hosted
	way   *faulty
}

func newHosting(t *testing.T, open dbtest.Opener, stalls ...*rig.Stall) *hosting {
	t.Helper()
	store, err := db.NewHosted(open(t, db.Market))
	if err != nil {
		t.Fatal(err)
	}
	r, key := stalls[0].Rig, [32]byte{7}
	h := &hosting{
		house: &house{Config: Config{BaseURL: stalls[0].Current().BaseURL, Log: slog.New(slog.DiscardHandler)}, listed: make(chan []scrip.CertifiedStall, 1)},
		t:     t, rig: r, store: store, way: &faulty{Broker: r.Broker, heard: map[string]int{}},
	}
	for _, s := range stalls {
		id := rig.NewID(t)
		sealed, err := merchant.SealKeys(key, string(id), s.Secret)
		if err != nil {
			t.Fatal(err)
		}
		tenant := merchant.Tenant{ID: id, Name: s.Current().Name, Account: s.Owner.Account, AccountKey: s.Owner.Key.Public(), Keys: sealed, DraftedAt: 1}
		if _, err := store.Draft(t.Context(), tenant, "", merchant.Bounds{Stalls: 9, Drafts: 9, PerAccount: 9}); err != nil {
			t.Fatal(err)
		}
		tenant.Vendor, tenant.Signed, tenant.OpenedAt = s.Vendor(), s.Standing(), 1
		if err := store.Open(t.Context(), tenant, 9); err != nil {
			t.Fatal(err)
		}
	}
	books := t.TempDir()
	h.host, err = merchant.OpenHost(t.Context(), merchant.HostConfig{
		Stall: merchant.Config{
			Broker: h.way, BrokerInfo: func() scrip.BrokerInfo { return r.Info },
			Clock: r.Clock.Now, Random: rand.Reader, Log: h.Log,
		},
		Directory: r.Broker, Store: store, Operator: key, BaseURL: h.BaseURL,
		OpenShelf: func(_ context.Context, id string) (merchant.Shelf, io.Closer, error) {
			shelf, err := db.NewShelf(dbtest.Open(t, filepath.Join(books, id+".db"), db.Merchant), scrip.VendorID(id))
			return shelf, closer(func() error { return nil }), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { h.moveHosted(ctx); close(over) }()
	t.Cleanup(func() { stop(); <-over })
	return h
}

// reads has the market read the directory, until something is so.
func (h *hosting) reads(what string, so func() bool) {
	h.t.Helper()
	for begun := time.Now(); !so(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			h.t.Fatalf("after a minute of readings: %s is not so", what)
		}
		if _, err := (heard{h.rig.Broker, h.listed}).Stalls(h.t.Context(), ""); err != nil {
			h.t.Fatal(err)
		}
	}
}

// isAs reports whether directory, host and store have one certificate of a stall, under a name at the host.
func (h *hosting) isAs(v scrip.VendorID, name string) bool {
	h.t.Helper()
	listed, err := h.rig.Broker.Stall(h.t.Context(), v)
	if err != nil {
		h.t.Fatal(err)
	}
	kept, err := h.store.Opened(h.t.Context(), v)
	if err != nil {
		h.t.Fatal(err)
	}
	stall, err := h.host.Stall(h.t.Context(), v)
	if err != nil {
		h.t.Fatal(err)
	}
	return listed.Name == name && listed.BaseURL == h.BaseURL && kept.Signed == listed.Certificate && stall.Standing() == listed.Certificate
}

// TestMoveHosted: hosted stalls that keep a certificate of before, because the answer with the next
// one was lost, learn of it from the directory, and are certified where they are; one that gets no
// answer holds up none behind it. Who shows an old entry afterwards costs a stall one question.
func TestMoveHosted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open dbtest.Opener) {
		r := rig.New(t)
		attic, barn, cellar := r.Stall("Attic"), r.Stall("Barn"), r.Stall("Cellar")
		h := newHosting(t, open, attic, barn, cellar)
		old, err := r.Broker.Stall(t.Context(), barn.Vendor())
		if err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{ // of which the host hears nothing
			"move Attic":  attic.Move(t.Context(), "https://elsewhere.example"),
			"rename Barn": barn.Rename(t.Context(), "The Barn"),
		} {
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		r.Clock.Advance(time.Second)
		if err := barn.Move(t.Context(), "https://elsewhere.example"); err != nil {
			t.Fatal(err)
		}
		r.Clock.Advance(time.Second)
		h.way.lose = 1
		h.reads("Attic and Barn are certified here, under the names that they have", func() bool {
			return h.isAs(attic.Vendor(), "Attic") && h.isAs(barn.Vendor(), "The Barn")
		})
		if asked, moved := h.way.counted("R3"), h.way.counted("RENAME"); asked != 2 || moved != 2 {
			t.Errorf("got %d questions and %d moves, want two and two: Cellar is where the directory says", asked, moved)
		}
		for range 3 {
			h.listed <- []scrip.CertifiedStall{old}
		}
		h.reads("the old entry was asked about", func() bool { return h.way.counted("R3") == 3 })
		h.listed <- nil // which is taken after all of those
		h.listed <- nil
		if !h.isAs(barn.Vendor(), "The Barn") || h.way.counted("R3") != 3 || h.way.counted("RENAME") != 2 {
			t.Errorf("an old entry shown three times: got %d questions more and %d moves, want one and none, and the certificate that it had",
				h.way.counted("R3")-2, h.way.counted("RENAME")-2)
		}
		old.Revoked, old.Certificate = true, barn.Standing()
		hosted, err := h.host.Stall(t.Context(), barn.Vendor())
		if err != nil {
			t.Fatal(err)
		}
		r.Clock.Advance(time.Second)
		if again := h.move(t.Context(), hosted, old, "https://moved.example"); again || hosted.Current().BaseURL != "https://moved.example" {
			t.Errorf("a directory that calls a stall revoked, which nobody signed: got it at %s, to be asked for again: %t, want it moved all the same",
				hosted.Current().BaseURL, again)
		}
	})
}
