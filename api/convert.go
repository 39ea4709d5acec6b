package api

import (
	"cmp"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// maxKeySet is how many keys the document lets a key set have.
const maxKeySet = 16

// keySet is the broker's keys as /.well-known/jwks.json shows them, for tools:
// the old signing keys too, as many as a set may have.
func keySet(b scrip.BrokerInfo) jose.JWKS {
	signing := b.Ever()
	return jose.JWKS{Signing: signing[:min(len(signing), maxKeySet-1)], Envelope: []jose.SealKey{b.Envelope}}
}

func fromInfo(b scrip.BrokerInfo) BrokerInfo {
	return BrokerInfo{
		ID: string(b.ID), Name: b.Name, BaseURL: b.BaseURL,
		Currency: b.Currency.Code, Exponent: b.Currency.Exponent,
		Limits: Limits{MaxCharge: int64(b.MaxCharge)}, ScripLifetime: b.ScripLifetime, Bank: fromTerms(b.Bank),
	}
}

// fromTerms says how money gets in.
func fromTerms(t scrip.BankTerms) BankTerms {
	b := BankTerms{Kind: string(cmp.Or(t.Kind, scrip.SandboxBank)), Ways: []PayWay{}}
	for _, w := range t.Ways {
		b.Ways = append(b.Ways, PayWay{Way: w.Way, Fixed: int64(w.Fixed), Rate: w.Rate, Least: int64(w.Least)})
	}
	return b
}

func (b BankTerms) terms() scrip.BankTerms {
	t := scrip.BankTerms{Kind: scrip.BankKind(b.Kind)}
	for _, w := range b.Ways {
		t.Ways = append(t.Ways, scrip.PayWay{Way: w.Way, Fixed: scrip.Money(w.Fixed), Rate: w.Rate, Least: scrip.Money(w.Least)})
	}
	return t
}

// info reads what a broker says of itself.
func (b BrokerInfo) info() (scrip.BrokerInfo, error) {
	info := scrip.BrokerInfo{
		ID: scrip.ID(b.ID), Name: b.Name, BaseURL: b.BaseURL,
		Currency:  scrip.Currency{Code: b.Currency, Exponent: b.Exponent},
		MaxCharge: scrip.Money(b.Limits.MaxCharge), ScripLifetime: b.ScripLifetime, Bank: b.Bank.terms(),
	}
	return info, info.Valid()
}

func fromCertified(s scrip.CertifiedStall) CertifiedStall {
	return CertifiedStall{
		Vendor: string(s.Vendor), Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate, Revoked: s.Revoked, SilentSince: s.SilentSince, Record: s.Record,
	}
}

func (s CertifiedStall) certified() scrip.CertifiedStall {
	return scrip.CertifiedStall{
		Vendor: scrip.VendorID(s.Vendor), Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate, Revoked: s.Revoked, SilentSince: s.SilentSince, Record: s.Record,
	}
}
