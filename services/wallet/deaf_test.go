package wallet

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// errDeaf is what a party says that cannot be reached, or answers with a problem.
var errDeaf = errors.New("no answer")

// newDeafWallet is a wallet whose parties answer with what nobody signed, and
// whose purse refuses every change.
func newDeafWallet(t *testing.T, v vectorSettle) *Wallet {
	t.Helper()
	purse := &bare{}
	cfg := Config{
		Purse: purse, Broker: deaf{v}, Directory: deaf{v}, Key: make([]byte, keySize),
		Dial:  func(scrip.Certificate) (Party, error) { return deaf{v}, nil },
		Clock: func() time.Time { return time.Unix(now, 0) },
	}
	cfg, err := cfg.complete()
	if err != nil {
		t.Fatal(err)
	}
	vault, _, err := newVault(cfg)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if purse.pseudonym, err = vault.seal(placeOfPseudonym(theVendor), key.Secret()); err != nil {
		t.Fatal(err)
	}
	envelope, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &Wallet{
		cfg: cfg, vault: vault, account: scrip.AccountID(another), key: key, ways: transactions(),
		wake: make(chan struct{}, 1), stalls: map[scrip.VendorID]KnownStall{},
		info: Info{SeenAt: now, BrokerInfo: scrip.BrokerInfo{
			ID: theBroker, Currency: scrip.Currency{Code: "EUR", Exponent: 2}, Chain: scrip.Chain{
				Broker: theBroker, Links: []scrip.Link{{Signing: []jose.VerifyKey{key.Public()}}}, Envelope: envelope.Public(),
			},
		}},
	}
	certificate, err := jose.Sign(rand.Reader, scrip.Compose(string(theBroker), string(theVendor), theTx, now, scrip.Certificate{
		Vendor: theVendor, Name: "Attic", Signing: key.Public(), Envelope: envelope.Public(), BaseURL: "http://stall.test",
		NotBefore: now - 1, NotAfter: now + day,
	}, scrip.Attachments{}), key)
	if err != nil {
		t.Fatal(err)
	}
	known := scrip.CertifiedStall{Vendor: theVendor, Name: "Attic", Certificate: certificate.JWS}
	w.stalls[theVendor] = KnownStall{known, now}
	return w
}

// bare is a purse that has one pseudonym, and takes nothing.
type bare struct {
	Purse
	pseudonym []byte
}

func (*bare) Apply(context.Context, PurseChange) error {
	return errors.New("a change where nothing came")
}

func (b *bare) Pseudonym(context.Context, scrip.VendorID) ([]byte, error) { return b.pseudonym, nil }

func (*bare) History(context.Context, int, int) ([]Item, error) { return nil, nil }

func (*bare) Unfinished(context.Context) ([]Item, error) { return nil, nil }

// Holdings has one VendorScrip and one BrokerScrip that are due.
func (*bare) Holdings(context.Context) ([]Holding, error) {
	return []Holding{{ScripID: money, Vendor: theVendor, Expires: now + 1}, {ScripID: cash, Expires: now + 1}}, nil
}

func (*bare) Receipt(context.Context, scrip.ID) (SealedReceipt, error) {
	return SealedReceipt{}, scrip.ErrAbsent
}

// deaf is a party of which nothing comes that was signed.
type deaf struct{ v vectorSettle }

func (d deaf) Send(context.Context, string, scrip.Sealed) (scrip.Sealed, error) {
	if string(d.v.Answer["nothing"]) == `"unreadable"` {
		return scrip.Sealed{Envelope: "no envelope", Order: "none", Payment: "none"}, nil
	}
	return scrip.Sealed{}, errDeaf
}

func (d deaf) Info(context.Context) (scrip.BrokerInfo, error) { return scrip.BrokerInfo{}, errDeaf }

func (d deaf) Keys(context.Context, int64) ([]string, error) { return nil, errDeaf }

func (d deaf) Stall(context.Context, scrip.VendorID) (scrip.CertifiedStall, error) {
	return scrip.CertifiedStall{}, errDeaf
}
