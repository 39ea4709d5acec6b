package api

import (
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

// info reads what a broker says of itself.
func (b BrokerInfo) info() (scrip.BrokerInfo, error) {
	info := scrip.BrokerInfo{
		ID: scrip.ID(b.ID), Name: b.Name, BaseURL: b.BaseURL,
		Currency: scrip.Currency{Code: b.Currency, Exponent: b.Exponent},
		Signing:  b.Signing.Signing, Envelope: b.Envelope,
		MaxCharge: scrip.Money(b.Limits.MaxCharge), ScripLifetime: b.ScripLifetime,
	}
	return info, info.Valid()
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
