package scrip

import (
	"unicode/utf8"

	"peerscrip/jose"
)

// Bounds on what a stall says of itself, in characters.
const (
	MaxAbout = 2000
	MaxPlace = 60
)

// MaxAway is how far ahead, in seconds, a stall may say that it is away until.
const MaxAway = 366 * 24 * 60 * 60

// StallPage is what a stall says of itself. It is told as stock is, not signed.
type StallPage struct {
	About     string // may have line breaks; may be empty
	Place     string // where it sells from, in words; may be empty
	Picture   string // digest of a photo of the stall; empty: none
	AwayUntil int64  // unix seconds: it takes no orders before; 0: it does
	Closed    bool   // it takes no orders until it says otherwise, and offers nothing
}

// Away reports whether the stall is away at a time (unix seconds). What it offers stays to be seen.
func (p StallPage) Away(at int64) bool { return !p.Closed && at < p.AwayUntil }

// TakesOrders refuses an order at a time (unix seconds) at which the stall is away
// or closed: StallClosed.
func (p StallPage) TakesOrders(at int64) error {
	if p.Closed || p.Away(at) {
		return StallClosed
	}
	return nil
}

// Valid refuses what is too long (TooMany), or cannot be shown or is no digest or
// time (Unreadable).
func (p StallPage) Valid() error {
	if err := validText(p.About, 0, MaxAbout, true); err != nil {
		return err
	}
	if err := validText(p.Place, 0, MaxPlace, false); err != nil {
		return err
	}
	return valid((p.Picture == "" || jose.ValidDigest(p.Picture)) && p.AwayUntil >= 0 && p.AwayUntil < 1<<53)
}

// Tidy is the page of a stall elsewhere, made fit to be shown at a time: what is too
// long, or not of its form, is left out.
func (p StallPage) Tidy(at int64) StallPage {
	p.About, p.Place = within(Clean(p.About), MaxAbout), within(CleanLine(p.Place), MaxPlace)
	if !jose.ValidDigest(p.Picture) {
		p.Picture = ""
	}
	p.AwayUntil = min(max(p.AwayUntil, 0), at+MaxAway)
	return p
}

// within is a text, or none where it is too long.
func within(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		return ""
	}
	return text
}

// Rename is RENAME: a merchant asks for its certificate under another name, or for
// another address. The old name stays its own for NameKept.
type Rename struct {
	Vendor  VendorID `json:"vendor"`
	Name    string   `json:"name"`
	BaseURL string   `json:"base_url,omitempty"` // "": the address stays
	Counter int64    `json:"counter"`            // greater than in every RENAME of the merchant before
}

// NameKept is for how long, in seconds, nobody else gets a name that a stall had: as
// long as a certificate with it may be in force.
const NameKept = 366 * 24 * 60 * 60

// MaxOldNames is how many names a stall keeps in that way: it cannot be renamed
// sooner.
const MaxOldNames = 3

// Type returns the message's typ on the wire.
func (Rename) Type() string { return "RENAME" }

// Valid checks the form of RENAME.
func (m Rename) Valid() error {
	if err := valid(m.Vendor.Valid() && validTime(m.Counter) && (m.BaseURL == "" || ValidBaseURL(m.BaseURL))); err != nil {
		return err
	}
	return ValidName(m.Name)
}

// Renamed is what a RENAME does at the broker: NameInvalid where the name is
// another's, TooMany where the stall keeps MaxOldNames, CounterStale, StallRevoked.
type Renamed struct {
	Stall          // with its name and certificate as they are now
	Saw     string // its certificate as it was seen, as the broker signed it
	Counter int64  // RENAME's
	At      int64  // unix seconds
}

// Recertified is a stall whose certificate was renewed.
type Recertified struct {
	Stall        // with its certificate as it is now
	Saw   string // its certificate as it was seen, as the broker signed it
}
