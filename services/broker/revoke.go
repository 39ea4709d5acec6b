package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/services/scrip"
)

// RevokeStall is REVOKE, NOTED: the account that owns a stall takes its certificate
// back, for good, as the operator can (Revoke). Of a stall that was revoked before it is noted
// once more, so that a lost answer is no loss. scrip.UnknownVendor, scrip.PartyMismatch.
func (b *Broker) RevokeStall(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Revocation](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		stall, err := b.Books.Stall(ctx, m.Body.Vendor)
		switch {
		case errors.Is(err, scrip.ErrAbsent):
			return scrip.Answer{}, scrip.UnknownVendor
		case err != nil:
			return scrip.Answer{}, err
		case string(stall.Account) != m.From:
			return scrip.Answer{}, scrip.PartyMismatch
		case stall.Revoked:
			return scrip.Answer{Body: scrip.Noted{}, Unstored: true}, nil
		}
		return scrip.Answer{Body: scrip.Noted{}, Change: scrip.Change{Broker: &scrip.BrokerChange{
			Revoke: stall.Vendor,
			Log:    []scrip.Record{{At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: stall.Account, Vendor: stall.Vendor, Evidence: []string{m.JWS}}},
		}}}, nil
	})
}

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
