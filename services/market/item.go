package market

import "peerscrip/services/scrip"

// Stall is a certified stall as the catalogue knows it.
type Stall struct {
	Vendor scrip.VendorID
	Name   string
	Words  string // those of Name, as in Entry; known when the directory was read, not to who reads the catalogue
	scrip.StallPage
	BaseURL     string
	Record      string // RECORD, as signed by the broker; empty: it says nothing
	Certificate string // as signed by the broker
	NotBefore   int64  // unix seconds: when its certificate began
	NotAfter    int64  // unix seconds
	Revoked     bool   // or no longer in the broker's directory
	ReadAt      int64  // unix seconds: when it last answered; 0: never
	Failing     int64  // unix seconds: since when it does not answer; 0: it does
	Listings    int    // what can be bought from it now
	Unshown     int    // offers beyond MaxOffers when it last answered
}

// TrackRecord is what the broker says of the stall, if that is in force at a time.
func (s Stall) TrackRecord(at int64) (r scrip.TrackRecord, there bool) {
	r, err := scrip.Unchecked[scrip.TrackRecord](s.Record)
	return r, err == nil && at < r.ValidUntil
}

// Unreachable reports whether the stall did not answer when last asked.
func (s Stall) Unreachable() bool { return s.Failing != 0 }

// Item is a listing as buyers see it.
type Item struct {
	scrip.Listing // Stock and Ended as the stall said when last read
	State         State
	AwayUntil     int64 // unix seconds: one of a stall that is away can be bought from then on; else 0
	Stall         Stall
}

// State says whether an item can be bought.
type State string

// An item is Live until it is bought up, taken back by its seller, or past its
// ValidUntil. What is sold out can come back.
const (
	Live    State = "live"
	SoldOut State = "sold"
	Ended   State = "ended"
	Expired State = "expired"
)

// StateOf is a listing's state at the time now, of a stall whose certificate ends
// at notAfter (both unix seconds). Sold comes before ended: a seller who takes
// down what is sold does not make it unsold.
func StateOf(l scrip.Listing, notAfter, now int64) State {
	switch {
	case l.Stock == 0:
		return SoldOut
	case l.Ended:
		return Ended
	case now >= l.ValidUntil || now >= notAfter:
		return Expired
	}
	return Live
}

func (i Item) state(now int64) State { return StateOf(i.Listing, i.Stall.NotAfter, now) }

// as is the item with what is true of it at a time.
func (i Item) as(now int64) Item {
	i.State = i.state(now)
	if i.Stall.Away(now) {
		i.AwayUntil = i.Stall.StallPage.AwayUntil
	}
	return i
}

func withStates(items []Item, now int64) []Item {
	for i := range items {
		items[i] = items[i].as(now)
	}
	return items
}
