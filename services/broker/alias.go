package broker

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// checkAlias wants the pseudonym's own word that it is the account's, for this
// exchange: else a stall could have its customer's pseudonym tied to another
// account, and the customer's money with it.
func (b *Broker) checkAlias(ctx context.Context, m scrip.Opened[scrip.Announcement]) error {
	p, err := scrip.Verify[scrip.AliasPossession](m.Possession, string(b.Identity.ID), nil)
	if err != nil {
		return err
	}
	if p.Tx != m.Tx || p.From != string(m.Body.Pseudonym) || p.Body.Account != m.Body.Account || p.Body.Vendor != m.Body.Vendor {
		return scrip.PartyMismatch
	}
	err = b.checkHolder(ctx, m.Body.Account, m.Body.Pseudonym, m.Body.Vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return nil // T5 will tie it
	}
	return err
}

// checkHolder refuses a pseudonym that is another account's at this merchant. It
// is scrip.ErrAbsent where the pseudonym is nobody's: there it holds nothing.
func (b *Broker) checkHolder(ctx context.Context, a scrip.AccountID, p scrip.Pseudonym, v scrip.VendorID) error {
	alias, err := b.Books.Alias(ctx, p, v)
	if err == nil && alias.Account != a {
		return scrip.PartyMismatch
	}
	return err
}

// checkOwner wants a pseudonym that is the account's at this merchant, where its
// VendorScrip is to grow or to be paid out: what the account puts in or takes out
// is then of the float that covers this VendorScrip, and of no other.
func (b *Broker) checkOwner(ctx context.Context, a scrip.AccountID, p scrip.Pseudonym, v scrip.VendorID) error {
	err := b.checkHolder(ctx, a, p, v)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.PartyMismatch
	}
	return err
}

// proofOf is the digest of what checkAlias reads.
func proofOf(m scrip.Opened[scrip.Announcement]) string {
	return jose.Signed{JWS: m.Possession}.Digest()
}

// proved is the digest of the possession under which an exchange was announced,
// from T3's record.
func (b *Broker) proved(ctx context.Context, t5 scrip.Record) (string, error) {
	records, err := b.Books.Logged(ctx, t5.Tx, scrip.Announcement{}.Type())
	if err != nil {
		return "", err
	}
	for _, r := range records {
		if r.Account == t5.Account && r.Vendor == t5.Vendor && len(r.Evidence) == 2 {
			return jose.Signed{JWS: r.Evidence[1]}.Digest(), nil
		}
	}
	return "", fmt.Errorf("the T3 of exchange %s is not in the log", t5.Tx)
}
