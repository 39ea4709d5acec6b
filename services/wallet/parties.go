package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// Broker is what a customer sends to the broker. Each method takes a sealed
// request and gives the sealed answer to it. An error means that there is no
// answer; it proves nothing, and the same request may be sent again.
type Broker interface {
	OpenAccount(ctx context.Context, r1 scrip.Sealed) (scrip.Sealed, error)
	ChangeBank(ctx context.Context, bank scrip.Sealed) (scrip.Sealed, error)
	Acquire(ctx context.Context, t1 scrip.Sealed) (scrip.Sealed, error)
	Announce(ctx context.Context, t3 scrip.Sealed) (scrip.Sealed, error)
	Notice(ctx context.Context, t9 scrip.Sealed) (scrip.Sealed, error)
	TopUp(ctx context.Context, t13 scrip.Sealed) (scrip.Sealed, error)
	// Extend sends T15, both parts, and gives T17 in the answer's order part,
	// T19 or NOTED in its payment part: what there is of them.
	Extend(ctx context.Context, t15 scrip.Sealed) (scrip.Sealed, error)
	Withdraw(ctx context.Context, t20 scrip.Sealed) (scrip.Sealed, error)
	Renew(ctx context.Context, t26 scrip.Sealed) (scrip.Sealed, error)
	Statement(ctx context.Context, statement scrip.Sealed) (scrip.Sealed, error)
	Payout(ctx context.Context, payout scrip.Sealed) (scrip.Sealed, error)
	Rescue(ctx context.Context, rescue scrip.Sealed) (scrip.Sealed, error)
}

// Directory is what a broker publishes. It is asked now and then, not for each
// payment; a purchase goes on without it.
type Directory interface {
	// Info returns who the broker is and its limits; of its keys nothing is
	// believed but what Keys shows.
	Info(ctx context.Context) (scrip.BrokerInfo, error)
	// Keys lists the broker's KEYS after a serial, the oldest first, a page of them.
	Keys(ctx context.Context, after int64) ([]string, error)
	// Stall returns a merchant's certificate: scrip.UnknownVendor or
	// scrip.NotFound when there is none.
	Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error)
}

// Stall is what a customer sends to a merchant; errors as in Broker.
type Stall interface {
	Exchange(ctx context.Context, t4 scrip.Sealed) (scrip.Sealed, error)
	Claim(ctx context.Context, claim scrip.Sealed) (scrip.Sealed, error)
	Purchase(ctx context.Context, t10 scrip.Sealed) (scrip.Sealed, error)
	// GiveBack sends T22, both parts, and gives T25 in the answer's payment
	// part, or the merchant's REFUSE in its order part.
	GiveBack(ctx context.Context, t22 scrip.Sealed) (scrip.Sealed, error)
	Collect(ctx context.Context, collect scrip.Sealed) (scrip.Sealed, error)
	Renew(ctx context.Context, t26 scrip.Sealed) (scrip.Sealed, error)
	Tell(ctx context.Context, tell scrip.Sealed) (scrip.Sealed, error)
}

// StallDialer finds the way to a certified merchant. It connects to nothing
// yet; its error says that the certificate names no place to go to.
type StallDialer func(scrip.Certificate) (Stall, error)
