package merchant

import (
	"context"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// id is the stall as an issuer of scrip.
func (s *Stall) id() scrip.ID { return scrip.ID(s.Certificate.Vendor) }

// issue makes VendorScrip of value for a pseudonym. It is money once its row is
// applied, and not before.
func (s *Stall) issue(p scrip.Pseudonym, key jose.VerifyKey, value scrip.Money, at int64) (scrip.Live, scrip.Held, error) {
	return scrip.Issue(s.Random, scrip.Terms{
		Issuer: s.id(), Value: value, Made: at, Expires: at + int64(s.ScripLifetime/time.Second),
		Currency: s.BrokerInfo().Currency.Code, Holder: string(p), HolderKey: key,
	})
}

// presented finds VendorScrip that its holder presented to be spent in tx: the
// scrip, its secret and the signature of the key on its row. The commit still
// decides whether it lives.
func (s *Stall) presented(ctx context.Context, from string, tx scrip.ID, key jose.VerifyKey, a scrip.Attachments, at int64) (scrip.Live, error) {
	live, err := s.Shelf.Live(ctx, a.Scrip.ScripID)
	if err == nil {
		err = s.checkPresented(live, from, tx, key, a, at)
	}
	if err != nil {
		return scrip.Live{}, err
	}
	return live, nil
}

// checkPresented is presented, of a row that was read.
func (s *Stall) checkPresented(live scrip.Live, from string, tx scrip.ID, key jose.VerifyKey, a scrip.Attachments, at int64) error {
	if err := live.CheckPresented(s.id(), *a.Scrip, a.Secret); err != nil {
		return err
	}
	if err := live.CheckSpendable(from, tx, at); err != nil {
		return err
	}
	if !live.HolderKey.Equal(key) {
		return scrip.ScripInvalid
	}
	return nil
}
