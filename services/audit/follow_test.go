package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// told is a log that says what it is told to.
type told struct {
	audit.Published
	note string
	err  error
}

func (s told) Head(context.Context) (string, error) { return s.note, s.err }

// TestFollow: whoever kept a head sees that the log goes on behind it, and is told
// when it does not: shorter, empty, or another.
func TestFollow(t *testing.T) {
	t.Parallel()
	r := rig.New(t)
	c := r.Customer(100_00)
	first, err := audit.Follow(t.Context(), r.Broker, r.Info.Chain, "")
	if err != nil || first == "" {
		t.Fatalf("the first time: got %q, %v, want a head", first, err)
	}
	c.Acquire(20_00)
	r.Clock.Advance(2 * time.Minute)
	second, err := audit.Follow(t.Context(), r.Broker, r.Info.Chain, first)
	if err != nil || second == first {
		t.Fatalf("with new records: got %q, %v, want another head", second, err)
	}
	last, err := tree.OpenHead(second, r.Info.ID, r.Info.Ever())
	if err != nil {
		t.Fatal(err)
	}
	signed := func(h tree.Head) string {
		note, err := h.Sign(r.Info.ID, r.Signing)
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	for what, tc := range map[string]struct {
		log          told
		back, proven bool
	}{
		"an older copy":        {told{shortened{r.Broker}, first, nil}, true, false},
		"an empty log":         {told{r.Broker, "", scrip.NotFound}, true, false},
		"another of that size": {told{r.Broker, signed(tree.Head{Size: last.Size, Root: tree.Hash{1}}), nil}, true, true},
		"another, and shorter": {told{r.Broker, signed(tree.Head{Size: last.Size - 1, Root: tree.Hash{1}}), nil}, true, false},
		"another history":      {told{notProven{r.Broker}, signed(tree.Head{Size: last.Size + 1, Root: tree.Hash{1}}), nil}, true, false},
		"out of reach":         {told{r.Broker, "", scrip.Unavailable}, false, false},
		"not a head":           {told{r.Broker, "x", nil}, false, false},
	} {
		kept, err := audit.Follow(t.Context(), tc.log, r.Info.Chain, second)
		if errors.Is(err, audit.ErrWentBack) != tc.back || err == nil || kept != second {
			t.Errorf("%s: got %v, want went back %v and the head as it was", what, err, tc.back)
		}
		var back *audit.WentBack
		if errors.As(err, &back) && (back.Kept != second || back.Shown != tc.log.note || back.Proven != tc.proven) {
			t.Errorf("%s: the evidence: got %+v, want both heads, and proven %v", what, back, tc.proven)
		}
	}
	if kept, err := audit.Follow(t.Context(), told{r.Broker, first, nil}, r.Info.Chain, second); err != nil || kept != second {
		t.Errorf("an older head of the same log, of a process that lags behind: got %v, want no error and the head as it was", err)
	}
	if kept, err := audit.Follow(t.Context(), r.Broker, r.Info.Chain, second); err != nil || kept != second {
		t.Errorf("nothing new: got %v, want no error and the same head", err)
	}
}

// shortened is a log of which there is not as much any more.
type shortened struct{ audit.Published }

func (shortened) Consistency(context.Context, int64, int64) (tree.Consistency, error) {
	return tree.Consistency{}, scrip.NotFound
}

// notProven answers with a proof that proves nothing.
type notProven struct{ audit.Published }

func (notProven) Consistency(_ context.Context, from, to int64) (tree.Consistency, error) {
	return tree.Consistency{From: from, To: to, Path: []tree.Hash{{7}}}, nil
}
