package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// room bounds what a stall sends its broker a minute, and what of that others can have
// it send: else a stranger, whose T4s cost him a signature each, would leave none of it
// for the T5s, T12s and T23s of those whose money is here.
type room struct {
	all      *scrip.Pace
	strange  *scrip.Pace // T5s for pseudonyms that never exchanged here: half of all
	familiar *scrip.Pace // T5s and T23s for any other pseudonym: a tenth for each
}

// The parts of the room: all strangers together have half of it, each pseudonym that has
// exchanged here a tenth.
const (
	ofStrangers = 2
	ofEach      = 10
)

// roomFor is room for so many messages; 0 is no bound.
func roomFor(requests int) room {
	part := func(share int) *scrip.Pace {
		return &scrip.Pace{Most: max(requests/share, min(requests, 1)), Window: 60}
	}
	return room{part(1), part(ofStrangers), part(ofEach)}
}

// mayCost asks, before a pseudonym's request is written down, whether there is room for
// the message to the broker that it costs, and takes it as costs does. scrip.Unavailable:
// there is none, and what is not written down need not be sent after the flood.
func (s *Stall) mayCost(ctx context.Context, p scrip.Pseudonym, at int64) error {
	if s.room.all.Full("", at) {
		return scrip.Unavailable
	}
	return s.costs(ctx, p, at)
}

// costs takes one message of what a pseudonym may have sent this minute, or is
// scrip.Unavailable. Of the room for all it takes nothing: who sends it does.
func (s *Stall) costs(ctx context.Context, p scrip.Pseudonym, at int64) error {
	known, err := s.Shelf.Settled(ctx, p)
	if err != nil {
		return err
	}
	if known {
		return s.room.familiar.Take(string(p), 1, at)
	}
	return s.room.strange.Take("", 1, at)
}
