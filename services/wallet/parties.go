package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// Party is who a wallet sends messages to: the broker, or a stall. Send gives a
// message by its name in docs/protocol.md, sealed in as many parts as it has, and
// returns the sealed answer, of which a part may be missing. An error means that
// there is no answer; it proves nothing, and the same message may be sent again.
type Party interface {
	Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)
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

// StallDialer finds the way to a certified merchant. It connects to nothing
// yet; its error says that the certificate names no place to go to.
type StallDialer func(scrip.Certificate) (Party, error)
