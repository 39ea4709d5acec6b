package audit

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// ErrWentBack is returned by Follow for a log that is not what it was.
var ErrWentBack = errors.New("the broker's log went back")

// Published is a broker's log as the world sees it.
type Published interface {
	Head(ctx context.Context) (string, error)
	Consistency(ctx context.Context, from, to int64) (tree.Consistency, error)
}

// Follow asks a broker for its signed head and proves that the log continues the
// one that was kept, which is empty the first time. It returns the head to be
// kept in its place. ErrWentBack for a log that is shorter, or another: then what
// was kept is the evidence, signed by the broker, and stays. Any other error says
// nothing about the log.
func Follow(ctx context.Context, log Published, broker scrip.Chain, kept string) (string, error) {
	note, err := log.Head(ctx)
	if errors.Is(err, scrip.NotFound) && kept != "" {
		return kept, fmt.Errorf("%w: it is empty, and a head of it was signed", ErrWentBack)
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
	return follow(ctx, log, before, now, kept, note)
}

func follow(ctx context.Context, log Published, before, now tree.Head, kept, note string) (string, error) {
	switch {
	case now == before:
		return kept, nil
	case now.Size < before.Size:
		return kept, fmt.Errorf("%w: it has %d records, and a head of %d was signed", ErrWentBack, now.Size, before.Size)
	case now.Size == before.Size:
		return kept, fmt.Errorf("%w: two heads of %d records were signed", ErrWentBack, now.Size)
	}
	proof, err := log.Consistency(ctx, before.Size, now.Size)
	if err != nil {
		return kept, err
	}
	if err := proof.Verify(before, now); err != nil {
		return kept, fmt.Errorf("%w: its first %d records are not those of a head that was signed", ErrWentBack, before.Size)
	}
	return note, nil
}
