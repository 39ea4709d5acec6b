// Package bank is where real money lives. A [Provider] moves it between a
// customer and the customer's account in the broker's books; [Sandbox] is the
// provider that comes with the program: test money, real bookkeeping.
package bank

import (
	"context"

	"peerscrip/services/scrip"
)

// Provider collects real money for the broker. It is safe for concurrent use.
type Provider interface {
	// Collect asks once for an amount of a bank account. Asked again with the
	// same key it answers for the same collection, so that a T1 that is sent
	// again is not paid twice. A refusal (scrip.BankDeclined,
	// scrip.AmountOutOfBounds) is final for this key.
	Collect(ctx context.Context, c scrip.Collection) (scrip.Collected, error)
}
