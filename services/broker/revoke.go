package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/services/scrip"
)

// Revoke takes back a stall's certificate, for good, and returns the stall's
// name. The broker whose books these are may run meanwhile: it, and every
// market, sees it at their next look. The error is a sentence; it is
// scrip.ErrAbsent where there is no such stall, and scrip.StallRevoked where it
// was revoked before.
func Revoke(ctx context.Context, books Books, vendor scrip.VendorID, now time.Time, random io.Reader) (name string, err error) {
	stall, err := books.Stall(ctx, vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return "", fmt.Errorf("there is no stall %s: %w", vendor, err)
	}
	if err != nil {
		return "", err
	}
	tx, err := scrip.NewID(random)
	if err != nil {
		return "", err
	}
	at := now.Unix()
	err = books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{Revoke: vendor, Log: []scrip.Record{
		{At: at, Kind: "REVOKE", Tx: tx, Account: stall.Account, Vendor: vendor},
	}}})
	if errors.Is(err, scrip.StallRevoked) {
		return "", fmt.Errorf("%s was revoked before: %w", stall.Name, err)
	}
	return stall.Name, err
}
