package scrip

import (
	"errors"

	"peerscrip/jose"
)

// BrokerInfo is what a broker says of itself, with the chain of its keys. Over
// HTTP a broker says it without: the chain is what whoever reads it follows.
type BrokerInfo struct {
	ID       ID
	Name     string
	BaseURL  string
	Currency Currency
	Chain
	MaxCharge     Money // the most one T1 may ask for
	ScripLifetime int64 // seconds
}

var errBrokerInfo = errors.New("the broker's description of itself is not complete")

// Valid refuses a description that no broker gives of itself. It says nothing of
// the keys.
func (b BrokerInfo) Valid() error {
	known, err := ParseCurrency(b.Currency.Code)
	if err != nil {
		return err
	}
	if !b.ID.Valid() || known != b.Currency || !b.MaxCharge.Positive() || b.ScripLifetime <= 0 {
		return errBrokerInfo
	}
	return nil
}

// Signer returns Keys that know the certified merchant alone.
func (c Certificate) Signer() Keys {
	return func(from, kid string, _ int64) (jose.VerifyKey, error) {
		if from == string(c.Vendor) && kid == c.Signing.Thumbprint() {
			return c.Signing, nil
		}
		return jose.VerifyKey{}, jose.ErrUnknownKey
	}
}

// CertifiedStall is an entry of the broker's directory.
type CertifiedStall struct {
	Vendor      VendorID
	Name        string
	BaseURL     string
	Certificate string // as signed by the broker
	Revoked     bool
	SilentSince int64 // unix seconds: since when it does not answer the broker, once it is gone for that; else 0
}

// PublicOffer is an offer as anyone may read it.
type PublicOffer struct {
	Offer string // as signed by the merchant
	Stock int    // what is left; told, not signed
}
