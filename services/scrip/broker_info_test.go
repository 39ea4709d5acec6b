package scrip_test

import (
	"testing"

	"peerscrip/services/scrip"
)

// TestBrokerInfoValid: each thing that a wallet needs to know of its broker has to
// be there and to make sense.
func TestBrokerInfoValid(t *testing.T) {
	good := scrip.BrokerInfo{
		ID: id("broker"), Name: "Town Bank", BaseURL: "https://bank.example", Currency: scrip.Currency{Code: "EUR", Exponent: 2},
		MaxCharge: 1, ScripLifetime: 1,
	}
	if err := good.Valid(); err != nil {
		t.Errorf("a whole description: got %v, want none", err)
	}
	for name, spoil := range map[string]func(*scrip.BrokerInfo){
		"no ID":                func(b *scrip.BrokerInfo) { b.ID = "" },
		"an unknown currency":  func(b *scrip.BrokerInfo) { b.Currency.Code = "XXX" },
		"another exponent":     func(b *scrip.BrokerInfo) { b.Currency.Exponent = 3 },
		"nothing to be loaded": func(b *scrip.BrokerInfo) { b.MaxCharge = 0 },
		"scrip of no lifetime": func(b *scrip.BrokerInfo) { b.ScripLifetime = 0 },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Valid(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
