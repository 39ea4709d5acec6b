package market

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"peerscrip/services/scrip"
)

// Bounds on what is reported: strangers write it. The first report of a listing is always
// taken, so that nobody can shut out what others report, and is no larger than the listing.
const (
	MaxReportWords = 500  // characters
	maxReportsOf   = 20   // of one listing that wait; more say nothing new
	maxReports     = 5000 // that wait in all; from then on only the first of a listing is added
	mostReported   = 200  // listings that are shown at a time
)

// Report is what somebody says is wrong with a listing. Who says so is not asked, and
// not kept.
type Report struct {
	Vendor scrip.VendorID
	Offer  scrip.ID
	Reason string // one of Reasons
	Words  string // may be empty
	At     int64  // unix seconds
}

// Reasons lists why a listing may be reported.
func Reasons() []string {
	return []string{"forbidden", "fake", "misleading", "stolen", "offensive", "spam", "other"}
}

// Reported is a listing with what was said of it.
type Reported struct {
	Item    Item
	Reports []Report // the first first
}

// Hidden is a listing, or a whole stall, that this market does not show.
type Hidden struct {
	Vendor scrip.VendorID
	Offer  scrip.ID // empty: the whole stall
	Stall  string   // its name; empty where the catalogue has forgotten it
	Title  string   // the listing's; likewise
	Why    string   // for the operator
	At     int64    // unix seconds
}

// ErrHidden says that the market does not show a listing or a stall that is there.
var ErrHidden = fmt.Errorf("the market does not show it: %w", scrip.NotFound)

// Reports are what people report, and what is hidden. Each that writes is one durable
// commit.
type Reports interface {
	// Report adds one. To a listing that has limit of them it adds none, and to one that has
	// any none where there are all in all.
	Report(ctx context.Context, r Report, limit, all int) error
	// Reported lists the reports of so many listings that wait, those of the listing that has
	// waited longest first.
	Reported(ctx context.Context, limit int) ([]Report, error)
	// Dismiss forgets what was reported of a listing, or of all of a stall's.
	Dismiss(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error
	// Hide hides a listing, or a stall where the offer is empty. Once more it is the later why.
	Hide(ctx context.Context, h Hidden) error
	// Unhide shows it again.
	Unhide(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error
	// Hidden lists what is hidden, the last first.
	Hidden(ctx context.Context) ([]Hidden, error)
	// HiddenOf lists what is hidden of a stall: offers, and an empty one for all of it.
	HiddenOf(ctx context.Context, vendor scrip.VendorID) ([]scrip.ID, error)
	// IsHidden reports whether a listing is hidden, or its stall is; with an empty offer,
	// whether the stall is.
	IsHidden(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (bool, error)
}

// Report notes what somebody says of a listing, for the operator. scrip.NotFound: no
// such listing; scrip.Unreadable: no such reason; scrip.TooMany: too long. Of a listing
// that was reported often enough it keeps what it has.
func (m *Market) Report(ctx context.Context, vendor scrip.VendorID, offer scrip.ID, reason, words string) error {
	if _, err := m.Listing(ctx, vendor, offer); err != nil {
		return err
	}
	words = scrip.Clean(words)
	switch {
	case !slices.Contains(Reasons(), reason):
		return scrip.Unreadable
	case utf8.RuneCountInString(words) > MaxReportWords:
		return scrip.TooMany
	}
	return m.Store.Report(ctx, Report{vendor, offer, reason, words, m.Clock().Unix()}, maxReportsOf, maxReports)
}

// Reported lists the listings that were reported, the one that has waited longest
// first.
func (m *Market) Reported(ctx context.Context) ([]Reported, error) {
	reports, err := m.Store.Reported(ctx, mostReported)
	if err != nil {
		return nil, err
	}
	var list []Reported
	for _, r := range reports {
		if n := len(list); n > 0 && list[n-1].Item.Stall.Vendor == r.Vendor && list[n-1].Item.Offer.Offer == r.Offer {
			list[n-1].Reports = append(list[n-1].Reports, r)
			continue
		}
		item, err := m.Store.Item(ctx, r.Vendor, r.Offer, m.moment())
		if errors.Is(err, scrip.ErrAbsent) {
			continue // forgotten meanwhile, and the reports with it
		}
		if err != nil {
			return nil, fmt.Errorf("look up what was reported: %w", err)
		}
		list = append(list, Reported{item.as(m.moment().Now), []Report{r}})
	}
	return list, nil
}

// Dismiss forgets what was reported of a listing: nothing is wrong with it.
func (m *Market) Dismiss(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error {
	return m.Store.Dismiss(ctx, vendor, offer)
}

// Hide takes a listing, or with an empty offer a whole stall, out of this market, until
// Unhide. What was bought stays bought. scrip.NotFound: it is not in the catalogue;
// scrip.TooMany: too long a why, or none.
func (m *Market) Hide(ctx context.Context, vendor scrip.VendorID, offer scrip.ID, why string) error {
	why = scrip.Clean(why)
	if n := utf8.RuneCountInString(why); n < 1 || n > MaxReportWords {
		return scrip.TooMany
	}
	if offer == "" {
		found, err := m.Store.Stalls(ctx, vendor, m.moment())
		if err != nil {
			return absent(err, "look up a stall")
		}
		if len(found) == 0 {
			return scrip.NotFound
		}
	} else if _, err := m.Store.Item(ctx, vendor, offer, m.moment()); err != nil {
		return absent(err, "look up a listing")
	}
	return m.Store.Hide(ctx, Hidden{Vendor: vendor, Offer: offer, Why: why, At: m.Clock().Unix()})
}

// Unhide shows again what was hidden. What was not changes nothing.
func (m *Market) Unhide(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error {
	return m.Store.Unhide(ctx, vendor, offer)
}

// Hidden lists what is hidden, the last first.
func (m *Market) Hidden(ctx context.Context) ([]Hidden, error) { return m.Store.Hidden(ctx) }

// HiddenOf lists what is hidden of one stall: its listings, and an empty ID for all of it.
func (m *Market) HiddenOf(ctx context.Context, vendor scrip.VendorID) ([]scrip.ID, error) {
	return m.Store.HiddenOf(ctx, vendor)
}

// shown refuses what is hidden, with ErrHidden.
func (m *Market) shown(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error {
	hidden, err := m.Store.IsHidden(ctx, vendor, offer)
	if err == nil && hidden {
		err = ErrHidden
	}
	return err
}
