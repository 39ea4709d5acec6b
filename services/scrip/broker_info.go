package scrip

import (
	"context"
	"errors"
	"fmt"

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
	Bank          BankTerms
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
	return b.Bank.Valid()
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
	Record      string // RECORD, as signed by the broker; empty where a stall says it of itself
	SilentSince int64  // unix seconds: since when it does not answer the broker, once it is gone for that; else 0
}

// Bounds on the directory of a broker, in stalls.
const (
	MaxStallsPage = 200    // shown at once
	MaxDirectory  = 20_000 // read of it at once, revoked ones too
)

// DirectoryPages shows the stalls that a broker certified after one, or from the
// first, the oldest first, MaxStallsPage at most.
type DirectoryPages func(ctx context.Context, after VendorID) ([]CertifiedStall, error)

// DirectoryPart is some of a broker's directory, in its order: what one reading takes.
type DirectoryPart struct {
	Stalls []CertifiedStall
	After  VendorID // it begins after this one; empty: with the first
	Next   VendorID // the next part begins after this one; empty: the directory ends here
}

// Whole reports whether the part is all of the directory.
func (p DirectoryPart) Whole() bool { return p.After == "" && p.Next == "" }

// ReadDirectory reads page after page, after a stall or from the first, until one is not
// full, or MaxDirectory is reached: whoever wants all of a longer one goes on from there the
// next time. A page that is longer, or whose last stall is its own beginning, is
// Unavailable: it would never end. After a stall that the broker does not know, it begins
// anew.
func ReadDirectory(ctx context.Context, pages DirectoryPages, after VendorID) (DirectoryPart, error) {
	part := DirectoryPart{After: after, Next: after}
	for len(part.Stalls) < MaxDirectory {
		page, err := pages(ctx, part.Next)
		if errors.Is(err, UnknownVendor) && part.Next == after && after != "" {
			return ReadDirectory(ctx, pages, "")
		}
		if err != nil {
			return DirectoryPart{}, err
		}
		if len(page) > MaxStallsPage || len(page) > 0 && page[len(page)-1].Vendor == part.Next {
			return DirectoryPart{}, fmt.Errorf("%w: a page of the directory that is none", Unavailable)
		}
		part.Stalls = append(part.Stalls, page...)
		if len(page) < MaxStallsPage {
			part.Next = ""
			break
		}
		part.Next = page[len(page)-1].Vendor
	}
	return part, nil
}

// PublicOffer is an offer as anyone may read it.
type PublicOffer struct {
	// AwayUntil is when the stall takes orders again, unix seconds; 0: it does. Told,
	// not signed, as the stock is.
	AwayUntil int64
	Offer     string // as signed by the merchant
	Stock     int    // what is left; Several stands for that many and more
}

// Several is the stock from which on nobody is told a number: stock that is counted
// tells a stall's sales.
const Several = 4

// Lacks reports whether what is left is told, and is less than a quantity.
func (o PublicOffer) Lacks(quantity int) bool { return o.Stock < Several && o.Stock < quantity }
