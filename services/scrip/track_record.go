package scrip

import "slices"

// TrackRecord is RECORD: what a broker says of a merchant, from its own books. Its
// counts are coarse, so that the sales of a small stall cannot be counted by others.
type TrackRecord struct {
	Vendor       VendorID `json:"vendor"`
	Since        int64    `json:"since"`               // unix seconds: open since then
	Sales        int      `json:"sales"`               // at least so many purchases were recorded
	SendDays     *int     `json:"send_days,omitempty"` // days from payment to parcel, of half of them at most; nil: not known
	Reclaimed    int      `json:"reclaimed"`           // at least so many were reclaimed, for want of a parcel
	DisputesLost int      `json:"disputes_lost"`       // at least so many disputes the merchant lost
	Ratings      int      `json:"ratings"`
	Average      int      `json:"average,omitempty,omitzero"` // of its ratings, in tenths of a star; 0 where there are none
	ValidUntil   int64    `json:"valid_until"`                // unix seconds
}

// Counts are what a broker's books say of a merchant. Each is counted up to MaxCounted.
type Counts struct {
	Sales        int
	Sent         int // parcels of protected purchases
	SendDays     int // of the last of them: half were sent so many days after they were paid, or sooner
	Reclaimed    int // protected purchases that nobody sent, and whose buyers had the money back
	DisputesLost int // of whose money the operator gave the buyer the larger part
	Ratings      int
	Stars        int // of all ratings together
}

// LeastSent is of how many parcels SendDays is told: of fewer it would be told of each.
const LeastSent = 5

// MaxCounted is how far the purchases and the ratings of a merchant are counted.
const MaxCounted = 1000

// MaxRecordDays bounds SendDays.
const MaxRecordDays = 1000

// coarse are the counts that a RECORD tells: each means at least so many.
var coarse = []int{0, 1, 5, 10, 20, 50, 100, 200, 500, MaxCounted}

// Coarse is the largest count a RECORD tells that is not above n.
func Coarse(n int) int {
	i, found := slices.BinarySearch(coarse, n)
	if found {
		return n
	}
	return coarse[max(i-1, 0)]
}

// Record is what a broker says of a merchant that it certified from a time on, by its
// counts.
func (c Counts) Record(vendor VendorID, since, validUntil int64) TrackRecord {
	r := TrackRecord{Vendor: vendor, Since: since, Sales: Coarse(c.Sales), Reclaimed: Coarse(c.Reclaimed), DisputesLost: Coarse(c.DisputesLost), Ratings: c.Ratings, ValidUntil: validUntil}
	if c.Sent >= LeastSent {
		days := min(c.SendDays, MaxRecordDays)
		r.SendDays = &days
	}
	if c.Ratings > 0 {
		r.Average = (c.Stars*10 + c.Ratings/2) / c.Ratings
	}
	return r
}

// ReadTrackRecord reads what the broker says of a merchant at a time: PartyMismatch
// where it is of another, Unavailable where it is over.
func ReadTrackRecord(jws string, vendor VendorID, broker Keys, at int64) (TrackRecord, error) {
	m, err := Verify[TrackRecord](jws, string(vendor), broker)
	switch {
	case err != nil:
		return TrackRecord{}, err
	case m.Body.Vendor != vendor:
		return TrackRecord{}, PartyMismatch
	case at >= m.Body.ValidUntil:
		return TrackRecord{}, Unavailable
	}
	return m.Body, nil
}

// Type returns the message's typ on the wire.
func (TrackRecord) Type() string { return "RECORD" }

// Valid checks the form of RECORD.
func (r TrackRecord) Valid() error {
	if err := valid(r.Vendor.Valid() && validTime(r.Since) && validTime(r.ValidUntil)); err != nil {
		return err
	}
	for _, n := range []int{r.Sales, r.Reclaimed, r.DisputesLost} {
		if n < 0 || Coarse(n) != n {
			return TooMany
		}
	}
	if r.SendDays != nil && (*r.SendDays < 0 || *r.SendDays > MaxRecordDays) || r.Ratings < 0 || r.Ratings > MaxCounted ||
		r.Average < 0 || r.Average > 10*MaxStars {
		return TooMany
	}
	return nil
}
