package scrip_test

import (
	"encoding/json"
	"os"
	"testing"

	"peerscrip/services/scrip"
)

// TestFees holds what a payment costs to the vectors that the browser's wallet is held to.
func TestFees(t *testing.T) {
	text, err := os.ReadFile("testdata/fees.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name        string
		Amount, Max scrip.Money
		Way         scrip.PayWay
		Fee         *scrip.Money
	}
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) < 8 {
		t.Fatalf("got %d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		var got scrip.Money
		for left := v.Amount; left > 0; left -= v.Max {
			got += v.Way.Fee(min(left, v.Max))
		}
		if taken := v.Amount >= v.Way.Least; taken != (v.Fee != nil) || taken && got != *v.Fee {
			t.Errorf("%s: got %d, taken %v, want %v", v.Name, got, taken, v.Fee)
		}
	}
}

// TestBankTermsValid: terms that make no sense are refused.
func TestBankTermsValid(t *testing.T) {
	card := scrip.PayWay{Way: scrip.ByCard, Fixed: 25, Rate: 150, Least: 50}
	for name, of := range map[string]struct {
		terms scrip.BankTerms
		good  bool
	}{
		"nothing said":        {scrip.BankTerms{}, true},
		"the sandbox":         {scrip.BankTerms{Kind: scrip.SandboxBank}, true},
		"real":                {scrip.BankTerms{Kind: scrip.RealBank, Ways: []scrip.PayWay{card}}, true},
		"a sandbox with ways": {scrip.BankTerms{Kind: scrip.SandboxBank, Ways: []scrip.PayWay{card}}, false},
		"no way":              {scrip.BankTerms{Kind: scrip.TestBank}, false},
		"another kind":        {scrip.BankTerms{Kind: "toy", Ways: []scrip.PayWay{card}}, false},
		"another way":         {scrip.BankTerms{Kind: scrip.TestBank, Ways: []scrip.PayWay{{Way: "shell"}}}, false},
		"a rate too high":     {scrip.BankTerms{Kind: scrip.TestBank, Ways: []scrip.PayWay{{Way: scrip.ByCard, Rate: 1001}}}, false},
		"less than nothing":   {scrip.BankTerms{Kind: scrip.TestBank, Ways: []scrip.PayWay{{Way: scrip.ByCard, Fixed: -1}}}, false},
	} {
		if err := of.terms.Valid(); (err == nil) != of.good {
			t.Errorf("%s: got %v, want good %v", name, err, of.good)
		}
	}
}
