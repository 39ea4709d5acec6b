package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// pseudonym returns the key the wallet shows to a merchant. A new one comes
// with its sealed form, to be kept by the commit that first uses it.
func (w *Wallet) pseudonym(ctx context.Context, vendor scrip.VendorID) (jose.SigningKey, *SealedKey, error) {
	sealed, err := w.cfg.Purse.Pseudonym(ctx, vendor)
	if err == nil {
		secret, err := w.vault.open(placeOfPseudonym(vendor), sealed)
		if err != nil {
			return jose.SigningKey{}, nil, err
		}
		key, err := jose.ParseSigningKey(secret)
		return key, nil, err
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return jose.SigningKey{}, nil, fmt.Errorf("look up a pseudonym: %w", err)
	}
	key, err := jose.NewSigningKey(w.cfg.Random)
	if err != nil {
		return jose.SigningKey{}, nil, err
	}
	sealed, err = w.vault.seal(placeOfPseudonym(vendor), key.Secret())
	return key, &SealedKey{vendor, sealed}, err
}
