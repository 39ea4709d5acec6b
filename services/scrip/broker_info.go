package scrip

import (
	"errors"

	"peerscrip/jose"
)

// BrokerInfo is what a broker publishes of itself. A wallet pins ID when it is
// made and accepts the signing keys the broker publishes, old and new.
type BrokerInfo struct {
	ID            ID
	Name          string
	BaseURL       string
	Currency      Currency
	Signing       []jose.VerifyKey // the first signs; the others are still good
	Envelope      jose.SealKey
	MaxCharge     Money // the most one T1 may ask for
	ScripLifetime int64 // seconds
}

var errBrokerInfo = errors.New("the broker's description of itself is not complete")

// Valid refuses a description that no broker gives of itself. A wallet pins what
// it is given, so it is asked before anything is believed.
func (b BrokerInfo) Valid() error {
	known, err := ParseCurrency(b.Currency.Code)
	if err != nil {
		return err
	}
	if !b.ID.Valid() || known != b.Currency || len(b.Signing) == 0 || b.Envelope.IsZero() || !b.MaxCharge.Positive() || b.ScripLifetime <= 0 {
		return errBrokerInfo
	}
	return nil
}

// Signer returns Keys that know the broker alone.
func (b BrokerInfo) Signer() Keys {
	return func(from, kid string) (jose.VerifyKey, error) {
		for _, key := range b.Signing {
			if from == string(b.ID) && kid == key.Thumbprint() {
				return key, nil
			}
		}
		return jose.VerifyKey{}, jose.ErrUnknownKey
	}
}

// Signer returns Keys that know the certified merchant alone.
func (c Certificate) Signer() Keys {
	return func(from, kid string) (jose.VerifyKey, error) {
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
}

// PublicOffer is an offer as anyone may read it.
type PublicOffer struct {
	Offer string // as signed by the merchant
	Stock int    // what is left; told, not signed
}
