package api

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// step is one step of the protocol, from sealed message to sealed answer.
type step func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)

// errNoAnswer is a service's fault: it has neither answered nor refused.
var errNoAnswer = errors.New("a step of the protocol gave no answer")

// envelope takes a step that has one message in and one out.
func envelope(ctx context.Context, do step, in *SealedEnvelope) (EnvelopeReplyJSONResponse, error) {
	out, err := do(ctx, scrip.Sealed{Envelope: in.Envelope})
	if err == nil && out.Envelope == "" {
		err = errNoAnswer
	}
	return EnvelopeReplyJSONResponse{Envelope: out.Envelope}, err
}

// forward takes a step whose message has somebody else's part beside it.
func forward(ctx context.Context, do step, in *SealedForward) (ForwardReplyJSONResponse, error) {
	out, err := do(ctx, scrip.Sealed{Envelope: in.Envelope, Payment: in.Payment})
	if err == nil && out.Envelope == "" {
		err = errNoAnswer
	}
	return ForwardReplyJSONResponse{Envelope: out.Envelope, Payment: out.Payment}, err
}

// parts takes a step with a two-part message in, and at least one part out.
func parts(ctx context.Context, do step, in *SealedPair) (PartsReplyJSONResponse, error) {
	out, err := do(ctx, scrip.Sealed{Order: in.Order, Payment: in.Payment})
	if err == nil && out.Order == "" && out.Payment == "" {
		err = errNoAnswer
	}
	return PartsReplyJSONResponse{Order: out.Order, Payment: out.Payment}, err
}
