package audit

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// ErrWentBack is what a WentBack is, for errors.Is.
var ErrWentBack = errors.New("the broker's log went back")

// WentBack is Follow's word for a log that is not what it was, with the evidence.
type WentBack struct {
	Kept   string // the head that was kept, as the broker signed it
	Shown  string // the one that it shows now, and that does not belong to the same log, as it signed it; empty: it shows none
	Proven bool   // both are of the same size: no log has both. Else the broker has not proved that the longer one continues the other
	why    string
}

// Error says what was found.
func (w *WentBack) Error() string { return ErrWentBack.Error() + ": " + w.why }

// Unwrap returns ErrWentBack.
func (w *WentBack) Unwrap() error { return ErrWentBack }

// Published is a broker's log as the world sees it.
type Published interface {
	Head(ctx context.Context) (string, error)
	Consistency(ctx context.Context, from, to int64) (tree.Consistency, error)
}

// Follow asks a broker for its signed head and proves that it and the one that was
// kept, which is empty the first time, are of one log. It returns the head to be
// kept in its place: the longer of the two, for a process of the broker that lags behind may
// show an old one. A *WentBack for a log that is shorter, or another: then
// what was kept stays. Any other error says nothing about the log.
func Follow(ctx context.Context, log Published, broker scrip.Chain, kept string) (string, error) {
	note, err := log.Head(ctx)
	if errors.Is(err, scrip.NotFound) && kept != "" {
		return kept, &WentBack{Kept: kept, why: "it is empty, and a head of it was signed"}
	}
	if err != nil {
		return kept, err
	}
	now, err := tree.OpenHead(note, broker.Broker, broker.Ever())
	if err != nil {
		return kept, fmt.Errorf("the broker's head: %w", err)
	}
	if kept == "" {
		return note, nil
	}
	before, err := tree.OpenHead(kept, broker.Broker, broker.Ever())
	if err != nil {
		return kept, fmt.Errorf("the head that was kept: %w", err)
	}
	if now == before {
		return kept, nil
	}
	if err := belong(ctx, log, before, now); err != nil {
		var back *WentBack
		if errors.As(err, &back) {
			back.Kept, back.Shown = kept, note
		}
		return kept, err
	}
	if now.Size < before.Size {
		return kept, nil
	}
	return note, nil
}

// belong asks for the proof that two heads are of one log.
func belong(ctx context.Context, log Published, before, now tree.Head) error {
	if now.Size == before.Size {
		return &WentBack{Proven: true, why: fmt.Sprintf("two heads of %d records were signed", now.Size)}
	}
	older, newer := before, now
	if now.Size < before.Size {
		older, newer = now, before
	}
	proof, err := log.Consistency(ctx, older.Size, newer.Size)
	switch {
	case errors.Is(err, scrip.NotFound) && now.Size < before.Size:
		return &WentBack{why: fmt.Sprintf("it has %d records, and a head of %d was signed", now.Size, before.Size)}
	case err != nil:
		return err
	case proof.Verify(older, newer) != nil:
		return &WentBack{why: fmt.Sprintf("its first %d records are not those of a head that was signed", older.Size)}
	}
	return nil
}
