package api

import (
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// keySet is the broker's keys as /.well-known/jwks.json shows them.
func keySet(b scrip.BrokerInfo) jose.JWKS {
	return jose.JWKS{Signing: b.Signing, Envelope: []jose.SealKey{b.Envelope}}
}

func fromInfo(b scrip.BrokerInfo) BrokerInfo {
	return BrokerInfo{
		ID: string(b.ID), Name: b.Name, BaseURL: b.BaseURL,
		Currency: b.Currency.Code, Exponent: b.Currency.Exponent,
		Signing: jose.JWKS{Signing: b.Signing}, Envelope: b.Envelope,
		Limits: Limits{MaxCharge: int64(b.MaxCharge)}, ScripLifetime: b.ScripLifetime,
	}
}

// info reads what a broker says of itself. A wallet pins it, so what makes no
// sense is an error.
func (b BrokerInfo) info() (scrip.BrokerInfo, error) {
	currency, err := scrip.ParseCurrency(b.Currency)
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	info := scrip.BrokerInfo{
		ID: scrip.ID(b.ID), Name: b.Name, BaseURL: b.BaseURL, Currency: currency,
		Signing: b.Signing.Signing, Envelope: b.Envelope,
		MaxCharge: scrip.Money(b.Limits.MaxCharge), ScripLifetime: b.ScripLifetime,
	}
	if !info.ID.Valid() || currency.Exponent != b.Exponent || len(info.Signing) == 0 || info.Envelope.IsZero() ||
		!info.MaxCharge.Positive() || info.ScripLifetime <= 0 {
		return scrip.BrokerInfo{}, errors.New("the broker's description of itself is not complete")
	}
	return info, nil
}

func fromCertified(s scrip.CertifiedStall) CertifiedStall {
	return CertifiedStall{
		Vendor: string(s.Vendor), Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate, Revoked: s.Revoked,
	}
}

func (s CertifiedStall) certified() scrip.CertifiedStall {
	return scrip.CertifiedStall{
		Vendor: scrip.VendorID(s.Vendor), Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate, Revoked: s.Revoked,
	}
}
