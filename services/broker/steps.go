package broker

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// steps binds each message that a broker takes, by its name in docs/protocol.md,
// to the method that answers it.
var steps = map[string]func(*Broker, context.Context, scrip.Sealed) (scrip.Sealed, error){
	"R1":        (*Broker).OpenAccount,
	"BANK":      (*Broker).ChangeBank,
	"R3":        (*Broker).OpenStall,
	"RENAME":    (*Broker).Rename,
	"T1":        (*Broker).Acquire,
	"T3":        (*Broker).Announce,
	"T5":        (*Broker).Exchange,
	"T9":        (*Broker).Notice,
	"T12":       (*Broker).Record,
	"T13":       (*Broker).TopUp,
	"T15":       (*Broker).Extend,
	"T20":       (*Broker).Withdraw,
	"T23":       (*Broker).GiveBack,
	"T26":       (*Broker).Renew,
	"REFUND":    (*Broker).Refund,
	"STATEMENT": (*Broker).Statement,
	"PAYOUT":    (*Broker).Payout,
	"RESCUE":    (*Broker).Rescue,
	"RATE":      (*Broker).Rate,
	"ANSWER":    (*Broker).AnswerRating,
	"SENT":      (*Broker).Sent,
	"RELEASE":   (*Broker).Release,
	"RECLAIM":   (*Broker).Reclaim,
	"DISPUTE":   (*Broker).Dispute,
	"DEFEND":    (*Broker).Defend,
	"WATCH":     (*Broker).Watch,
}

// Send takes a message by its name, as the method does that it stands for: so to
// those who send, a broker here is the same as one behind HTTP. A name that is not
// a broker's is an error that is no refusal.
func (b *Broker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	step, ok := steps[message]
	if !ok {
		return scrip.Sealed{}, fmt.Errorf("a broker takes no %q", message)
	}
	return step(b, ctx, in)
}
