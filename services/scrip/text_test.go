package scrip_test

import (
	"testing"
	"unicode"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Of all characters that turn, hide or break a line, people get none to write,
// but the joiners, without which many cannot write at all.
func TestShowable(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == '\u200C' || r == '\u200D'
		if unicode.In(r, unicode.Noncharacter_Code_Point, unicode.Other_Default_Ignorable_Code_Point) && r != '\u200C' {
			want = false
		}
		if got := scrip.Showable(r); got != want {
			t.Errorf("Showable(%U): got %t, want %t", r, got, want)
		}
	}
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\u00ad\u200b\u2060\x00\x1b\x7f\u0085" {
		if scrip.Showable(r) {
			t.Errorf("Showable(%U): got true, want false", r)
		}
	}
	for _, r := range "aß市ا🏺\u0301\ufe0f🏽 \u00a0\U0001F1E9" {
		if !scrip.Showable(r) {
			t.Errorf("Showable(%U): got false, want true", r)
		}
	}
}

// Text that is not UTF-8 cannot be signed; if it reaches us otherwise, it is
// refused all the same.
func TestNamesAreUTF8(t *testing.T) {
	if err := scrip.ValidName("Mar\xffta"); err != scrip.NameInvalid {
		t.Errorf("ValidName: got %v, want %v", err, scrip.NameInvalid)
	}
	w := newWorld()
	bad := w.find(t, "OFFER").body.(scrip.Offer)
	bad.Title = "Ket\xfftle"
	if err := bad.Valid(); err != scrip.Unreadable {
		t.Errorf("Offer.Valid: got %v, want %v", err, scrip.Unreadable)
	}
}

func TestInForce(t *testing.T) {
	c := scrip.Certificate{NotBefore: 100, NotAfter: 200}
	for at, want := range map[int64]error{
		0: scrip.NotYetInForce, 99: scrip.NotYetInForce, 100: nil, 199: nil, 200: scrip.StallRevoked,
	} {
		if got := c.CheckTime(at); got != want || c.InForce(at) != (want == nil) {
			t.Errorf("CheckTime(%d): got %v, want %v", at, got, want)
		}
	}
}

// A broker is known by its ID and its keys, an old one in its time, a merchant by its
// one key.
func TestSigner(t *testing.T) {
	old, current := must(jose.NewSigningKey(seeded("old"))).Public(), must(jose.NewSigningKey(seeded("current"))).Public()
	broker := scrip.Chain{Broker: id("broker"), Links: []scrip.Link{
		{NotBefore: 100, Signing: []jose.VerifyKey{old}}, {NotBefore: 200, Signing: []jose.VerifyKey{current}},
	}}.Signer()
	stall := scrip.Certificate{Vendor: scrip.VendorID(id("vendor")), Signing: current}.Signer()
	for _, test := range []struct {
		name string
		keys scrip.Keys
		from scrip.ID
		kid  string
		at   int64
		want jose.VerifyKey
		err  error
	}{
		{"the broker's key", broker, id("broker"), current.Thumbprint(), 300, current, nil},
		{"the broker's key, by a clock set back", broker, id("broker"), current.Thumbprint(), 150, current, nil},
		{"the broker's old key in its time", broker, id("broker"), old.Thumbprint(), 200, old, nil},
		{"the broker's old key after its time", broker, id("broker"), old.Thumbprint(), 201, jose.VerifyKey{}, jose.ErrUnknownKey},
		{"the broker's key from another", broker, id("vendor"), current.Thumbprint(), 300, jose.VerifyKey{}, jose.ErrUnknownKey},
		{"a key the broker has not", broker, id("broker"), hash("x"), 300, jose.VerifyKey{}, jose.ErrUnknownKey},
		{"the merchant's key", stall, id("vendor"), current.Thumbprint(), 300, current, nil},
		{"another's from the merchant", stall, id("vendor"), old.Thumbprint(), 300, jose.VerifyKey{}, jose.ErrUnknownKey},
		{"the merchant's from another", stall, id("broker"), current.Thumbprint(), 300, jose.VerifyKey{}, jose.ErrUnknownKey},
	} {
		if got, err := test.keys(string(test.from), test.kid, test.at); got != test.want || err != test.err {
			t.Errorf("%s: got %v, %v, want %v, %v", test.name, got, err, test.want, test.err)
		}
	}
}
