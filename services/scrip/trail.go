package scrip

import "context"

// Trail is what the step that answers a request tells who carried it there, for logs and
// figures: the one name by which the lines of a purchase are found at wallet, stall and
// broker. It names nobody, and is known to each of the three by the protocol itself: T10
// at the stall and T9 at the broker have one tx, and T12 reports it. It belongs to the
// goroutine that serves the request.
type Trail struct {
	Tx      ID      // of the message, once it was opened
	Of      []ID    // of a message about several purchases (T12): theirs
	Refused Refusal // the word of a sealed REFUSE; empty: there was none
	Again   bool    // the answer is one that was given before
}

type trailKey struct{}

// WithTrail has the steps that are taken with ctx tell into t.
func WithTrail(ctx context.Context, t *Trail) context.Context {
	return context.WithValue(ctx, trailKey{}, t)
}

// TrailOf is where steps with ctx leave theirs; where nobody looks, nowhere.
func TrailOf(ctx context.Context) *Trail {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		return t
	}
	return new(Trail)
}
