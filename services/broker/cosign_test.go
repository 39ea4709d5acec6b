package broker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/tree"
)

// oneWitness cosigns as a witness does, in memory.
type oneWitness struct {
	r     *rig.Rig
	key   jose.SigningKey
	last  tree.Head
	fails error // before it answers
	lost  bool  // its answer is
	asked int
}

func (w *oneWitness) Name() string { return "witness.example" }

func (w *oneWitness) Key() string {
	key, err := w.key.Public().CosignerKey(w.Name())
	if err != nil {
		w.r.T.Fatal(err)
	}
	return key
}

func (w *oneWitness) Cosign(_ context.Context, old int64, proof []tree.Hash, signed string) (tree.Cosignature, error) {
	w.asked++
	if w.fails != nil {
		return tree.Cosignature{}, w.fails
	}
	h, err := tree.OpenHead(signed, w.r.Info.ID, w.r.Info.Ever())
	if err != nil {
		return tree.Cosignature{}, err
	}
	switch {
	case old != w.last.Size:
		return tree.Cosignature{}, tree.OtherSize(w.last.Size)
	case old == h.Size && h != w.last,
		old > 0 && tlog.CheckTree(tree.Unwrap(proof), h.Size, tlog.Hash(h.Root), old, tlog.Hash(w.last.Root)) != nil:
		return tree.Cosignature{}, tree.ErrContradicts
	}
	w.last = h
	if w.lost {
		return tree.Cosignature{}, errors.New("connection reset")
	}
	signer, err := w.key.Cosigner(w.Name(), w.r.Clock.Now().Unix())
	if err != nil {
		return tree.Cosignature{}, err
	}
	line, err := tree.Checkpoint{Note: signed}.Cosign(signer)
	return tree.Cosignature{Line: line, At: w.r.Clock.Now().Unix()}, err
}

func withWitness(t *testing.T) (*rig.Rig, *oneWitness) {
	t.Helper()
	w := &oneWitness{key: rig.NewSigningKey(t)}
	r := rig.New(t, func(c *broker.Config) { c.Witnesses = []broker.Witness{w} })
	w.r = r
	return r, w
}

// cosigned are the lines behind the broker's signature of the checkpoint.
func cosigned(r *rig.Rig, w *oneWitness) (tree.Head, []note.Signature) {
	r.T.Helper()
	text, err := r.Broker.Checkpoint(r.T.Context())
	if err != nil {
		r.T.Fatalf("Checkpoint: %v", err)
	}
	by, err := jose.CosignerVerifier(w.Key())
	if err != nil {
		r.T.Fatal(err)
	}
	own, err := r.Signing.Public().NoteVerifier(tree.Name(r.Info.ID))
	if err != nil {
		r.T.Fatal(err)
	}
	n, err := note.Open([]byte(text), note.VerifierList(own, by))
	if err != nil {
		r.T.Fatalf("open the checkpoint: %v\n%s", err, text)
	}
	_, h, err := tree.ParseCheckpoint(n.Text)
	if err != nil {
		r.T.Fatal(err)
	}
	return h, n.Sigs[1:]
}

// TestCosigned: each head is cosigned as it is signed, once, and shown with its cosignatures;
// until then the one before is. An answer that is lost, and a witness that starts anew or
// knows the log already, cost one question more.
func TestCosigned(t *testing.T) {
	r, w := withWitness(t)
	ctx := t.Context()
	ask := func(what string, want int) {
		t.Helper()
		w.asked = 0
		if err := r.Broker.Cosign(ctx, w); err != nil || w.asked != want {
			t.Fatalf("%s: got %v after %d questions, want %d", what, err, w.asked, want)
		}
	}
	ask("an empty log", 0)
	r.Customer(100_00)
	first, _ := head(r)
	if h, lines := cosigned(r, w); h != first || len(lines) != 0 {
		t.Errorf("before: got %+v with %d cosignatures, want the head with none", h, len(lines))
	}
	ask("the first head", 1)
	ask("the same", 0)
	if h, lines := cosigned(r, w); h != first || len(lines) != 1 {
		t.Errorf("got %+v with %d cosignatures, want the head with one", h, len(lines))
	}
	r.Customer(1)
	r.Clock.Advance(time.Minute)
	second, _ := head(r)
	if h, _ := cosigned(r, w); h != first {
		t.Errorf("before the next is cosigned: got %+v, want %+v", h, first)
	}
	states, err := r.Broker.WitnessStates(ctx)
	if err != nil || len(states) != 1 || states[0].Behind != r.Clock.Now().Unix() || states[0].Size != first.Size {
		t.Errorf("the states: got %+v, %v, want one that waits since now", states, err)
	}
	w.lost = true
	if err := r.Broker.Cosign(ctx, w); err == nil {
		t.Error("an answer that was lost: got no error")
	}
	w.lost = false
	ask("after that", 2)
	if h, lines := cosigned(r, w); h != second || len(lines) != 1 {
		t.Errorf("got %+v with %d cosignatures, want %+v with one", h, len(lines), second)
	}
	if states, err := r.Broker.WitnessStates(ctx); err != nil || states[0].Behind != 0 || states[0].Not != nil {
		t.Errorf("the states: got %+v, %v, want one that waits for nothing", states, err)
	}
	r.Clock.Advance(2 * time.Hour)
	ask("the same head hours later", 1)
	w.last = tree.Empty
	r.Customer(1)
	r.Clock.Advance(time.Minute)
	head(r)
	ask("a witness that starts anew", 2)
}

// TestWitnessOfAnotherLog: a witness that cosigned another history, or more of this one than
// there is, is told of, until it cosigns this one.
func TestWitnessOfAnotherLog(t *testing.T) {
	r, w := withWitness(t)
	r.Customer(100_00)
	now, _ := head(r)
	for name, last := range map[string]tree.Head{
		"as long":  {Size: now.Size, Root: tree.Hash{1}},
		"longer":   {Size: now.Size + 7, Root: tree.Hash{1}},
		"shorter?": {Size: 1, Root: tree.Hash{1}},
	} {
		if name == "shorter?" && now.Size == 1 {
			continue
		}
		w.last = last
		if err := r.Broker.Cosign(t.Context(), w); !errors.Is(err, tree.ErrContradicts) {
			t.Errorf("%s: got %v, want %v", name, err, tree.ErrContradicts)
		}
		if states, err := r.Broker.WitnessStates(t.Context()); err != nil || !errors.Is(states[0].Not, tree.ErrContradicts) {
			t.Errorf("%s: got %+v, %v, want that it is told", name, states, err)
		}
	}
	w.last, w.fails = tree.Empty, errors.New("away")
	if err := r.Broker.Cosign(t.Context(), w); !errors.Is(err, w.fails) {
		t.Errorf("away: got %v", err)
	}
	w.fails = nil
	if err := r.Broker.Cosign(t.Context(), w); err != nil {
		t.Errorf("this log: got %v", err)
	}
	if states, err := r.Broker.WitnessStates(t.Context()); err != nil || states[0].Not != nil {
		t.Errorf("this log: got %+v, %v, want that all is well", states, err)
	}
	if text, err := r.Broker.Checkpoint(t.Context()); err != nil || strings.Count(text, "\n— ") != 2 {
		t.Errorf("the checkpoint: got %q, %v, want two signatures", text, err)
	}
}
