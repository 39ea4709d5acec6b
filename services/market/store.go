package market

import (
	"context"

	"peerscrip/services/scrip"
)

// Store keeps the catalogue. All methods are safe for concurrent use and see
// what was written before them; each that writes is one durable commit, but where it says
// otherwise.
type Store interface {
	Shelves
	Views
	Photos
	Reports
}

// Shelves are written when the directory or a stall was read.
type Shelves interface {
	// Certify makes the list of certified stalls what the directory says now.
	// Known stalls keep their listings; those not in the list are revoked, and
	// not for ever: a later list may name them again until they are forgotten. Where
	// very many listings are told of, or forgotten, it takes several commits.
	Certify(ctx context.Context, l Listed) error
	// Fill makes a stall's listings what it says now and marks it as answering.
	// A listing keeps the ListedAt with which it was first filled in; one that
	// is missing now has ended. A vendor that was never certified is
	// scrip.ErrAbsent. It returns how many listings are new, or signed anew.
	Fill(ctx context.Context, read Reading) (fresh int, err error)
	// Restock makes what is left of some listings of a stall what it says now: what is
	// so already is not written. scrip.ErrAbsent, and nothing is: one of them is not in the
	// catalogue as it is signed there, or has ended.
	Restock(ctx context.Context, vendor scrip.VendorID, left []Left) error
	// Admitted are the listings of a stall as they were filled in, ended ones too, by their
	// signed text.
	Admitted(ctx context.Context, vendor scrip.VendorID) (map[string]Admitted, error)
	// Miss marks a stall as not answering, since at unless since earlier.
	Miss(ctx context.Context, vendor scrip.VendorID, at int64) error
	// Settle makes searches fast again after time has passed: what stopped being visible, or
	// begins to be, is taken out of what is looked through, or in. It takes many small commits.
	Settle(ctx context.Context, m Moment) error
	// Certified lists the stalls that are not revoked.
	Certified(ctx context.Context) ([]Stall, error)
}

// Listed is what the directory said when it was read.
type Listed struct {
	Stalls []Stall // those whose certificates are good
	At     int64   // unix seconds
	Forget int64   // unix seconds: stalls revoked before are erased, listings and all
}

// Reading is what a stall said when it was read.
type Reading struct {
	Vendor   scrip.VendorID
	Page     scrip.StallPage
	Listings []Entry
	Same     bool  // the listings are those of the reading before: there are none here
	Unshown  int   // Stall.Unshown
	At       int64 // unix seconds
	Forget   int64 // unix seconds: listings that ended before are erased
}

// Left is how many are left of an offer as it was signed.
type Left struct {
	Offer  scrip.ID
	Signed string // JWS
	Stock  int
}

// Admitted is what counts of a listing that was admitted before.
type Admitted struct {
	Offer      scrip.ID
	Version    scrip.ID
	ValidUntil int64 // unix seconds
}

// Entry is a listing with the words it is found by: folded, each once, with a
// space before and after each.
type Entry struct {
	scrip.Listing
	TitleWords string
	AllWords   string // those of the title, the description, the category and below it, attributes and town
	Known      []Known
	// Kept is a listing that was filled in before as it is signed now: of it there is here
	// but which it is, its signed text and what is left.
	Kept bool
}

// Known is an attribute by which things of its category can be filtered, or the town by which those of its country can.
type Known struct {
	Name  string // as the category knows it; of a town the country's code
	Key   string // the words of the value, folded: what counts as the same
	Value string // as the seller wrote it
}

// Views are the questions of buyers. Stall.Listings and Item.Stall are filled
// in everywhere; Item.State nowhere.
type Views interface {
	// Find returns the items selected, how many there are on all pages, and what filters would leave.
	Find(ctx context.Context, s Selection) (Found, error)
	// Item returns a listing, ended and expired ones too, with its stall,
	// revoked ones too, or scrip.ErrAbsent.
	Item(ctx context.Context, vendor scrip.VendorID, offer scrip.ID, m Moment) (Item, error)
	// Stalls lists the visible stalls by name; with a vendor that one alone, be
	// it visible or not.
	Stalls(ctx context.Context, vendor scrip.VendorID, m Moment) ([]Stall, error)
	// Feed returns what has changed after a place in the feed, up to limit listings.
	Feed(ctx context.Context, after FeedCursor, limit int) (Feed, error)
	// Counts returns how many items can be bought in each category.
	Counts(ctx context.Context, m Moment) (map[string]int, error)
	// Named lists the visible stalls whose names have a word that begins with
	// each of words, those with most to buy first, up to limit.
	Named(ctx context.Context, words []string, limit int, m Moment) ([]Stall, error)
	// Vocabulary returns those words of the titles of what can be bought and of its stalls' names
	// which begin with the word, or begin or end like it and are alike, each with the number
	// of listings that have it. Of very many it returns some.
	Vocabulary(ctx context.Context, word string, alike func(other string) bool, m Moment) (map[string]int, error)
}

// Found is what a selection finds.
type Found struct {
	Items  []Item
	Total  int    // on all pages
	Facets Facets // where the selection asks for them
}

// Photos are photos that were fetched and checked.
type Photos interface {
	// Photo returns a photo or its small copy, or scrip.ErrAbsent.
	Photo(ctx context.Context, digest string, thumb bool) ([]byte, error)
	// Showing lists stalls that are not revoked and have a listing which names
	// the photo.
	Showing(ctx context.Context, digest string) ([]Stall, error)
	// Keep adds a photo at the time at and drops the oldest ones beyond a
	// total of limit bytes.
	Keep(ctx context.Context, photo scrip.Photo, at, limit int64) error
}

// Moment says which stalls and listings are visible: those in force at Now, of
// stalls that answer or have not failed to since before FailingSince. Both are
// unix seconds.
type Moment struct {
	Now          int64
	FailingSince int64
}

// Selection is a Query made ready for the store.
type Selection struct {
	Moment
	Words      []string // folded; each must be a word of the item or of its stall's name, in any form, or begin or end one
	AnyWord    bool     // one of Words is enough
	Category   string
	Condition  string
	Vendor     scrip.VendorID
	Except     Except      // not this offer
	Sub        string      // of the category
	Attributes []Chosen    // of the category
	Country    string      // where it is
	Town       string      // of the country: see Known.Key
	To         string      // the country to which it is posted
	Collected  bool        // only what can be
	Protected  bool        // only what the buyer has time to check
	Open       bool        // only of stalls that are there and answer
	Min, Max   scrip.Money // Max 0: no upper bound
	Since      int64       // unix seconds: only what was listed from then on
	SoldOut    bool        // also what is sold out, after everything else
	Sort       Sort
	Offset     int
	Limit      int
	Facets     bool
}

// Except is an offer of a stall. Its zero value is none.
type Except struct {
	Vendor scrip.VendorID
	Offer  scrip.ID
}

// Chosen is an attribute of which an item must have one of the values.
type Chosen struct {
	Name string
	Keys []string // see Known; at least one
}
