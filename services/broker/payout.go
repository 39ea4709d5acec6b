package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// Refund is REFUND, REFUNDED. Not served yet: scrip.Unavailable.
func (b *Broker) Refund(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}

// Statement is STATEMENT, STATED. Not served yet: scrip.Unavailable.
func (b *Broker) Statement(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}

// Payout is PAYOUT, PAID_OUT. Not served yet: scrip.Unavailable.
func (b *Broker) Payout(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}
