package merchant

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// steps binds each message that a stall takes, by its name in docs/protocol.md,
// to the method that answers it.
var steps = map[string]func(*Stall, context.Context, scrip.Sealed) (scrip.Sealed, error){
	"T4":      (*Stall).Exchange,
	"CALL":    (*Stall).Call,
	"CLAIM":   (*Stall).Claim,
	"T10":     (*Stall).Purchase,
	"T16":     (*Stall).Extend,
	"T22":     (*Stall).GiveBack,
	"T26":     (*Stall).Renew,
	"COLLECT": (*Stall).Collect,
	"TELL":    (*Stall).Tell,
}

// Send takes a message by its name, as the method does that it stands for: so to
// those who send, a stall here is the same as one behind HTTP. A name that is not
// a stall's is an error that is no refusal.
func (s *Stall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	step, ok := steps[message]
	if !ok {
		return scrip.Sealed{}, fmt.Errorf("a stall takes no %q", message)
	}
	out, err := step(s, ctx, in)
	if err == nil && s.Head != nil && tellsHead[message] {
		out.Head = s.Head()
	}
	return out, err
}

// tellsHead are the messages whose answers tell the head of the broker's log.
var tellsHead = map[string]bool{"T10": true, "TELL": true}
