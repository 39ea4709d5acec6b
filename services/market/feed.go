package market

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"peerscrip/services/scrip"
)

// MaxFeed is how many changes a page of the feed has at most.
const MaxFeed = 100

// Removed is the state, in the feed alone, of what the market does not show any more: it is hidden, or its stall is gone, closed, or
// has not answered for too long.
const Removed State = "removed"

// Change is a listing as it stands since its last change.
type Change struct {
	Vendor   scrip.VendorID
	Offer    scrip.ID
	State    State
	JWS      string // the OFFER as signed; empty where it is Removed
	ListedAt int64  // unix seconds: its first version; 0 where it is Removed
}

// Feed is a page of what has changed in the catalogue, in the order in which it last did, each listing once.
type Feed struct {
	Changes []Change
	Stalls  []Stall    // who sells what is not Removed, each once: vendor, name, base URL and certificate
	Next    FeedCursor // to go on from
	More    bool       // there are more changes now
	// Start is set where the page begins with the first listing of all, since nothing was read before, or what was read was
	// forgotten meanwhile: what the reader has of before is void.
	Start bool
}

// FeedCursor is a place in the feed. Its zero value is before all of it.
type FeedCursor struct {
	Began  int64 // number of the last commit when its reader began with the first listing
	Change int64 // number of the commit up to which it has read
	Number int64 // of the listing, among those of it
}

// String is the cursor as programs have it.
func (c FeedCursor) String() string { return fmt.Sprintf("%d-%d-%d", c.Began, c.Change, c.Number) }

// ParseFeedCursor reads what String wrote; an empty text is the zero cursor. False: it is none.
func ParseFeedCursor(text string) (FeedCursor, bool) {
	if text == "" {
		return FeedCursor{}, true
	}
	parts := strings.Split(text, "-")
	if len(parts) != 3 {
		return FeedCursor{}, false
	}
	var c FeedCursor
	for i, n := range []*int64{&c.Began, &c.Change, &c.Number} {
		var err error
		if *n, err = strconv.ParseInt(parts[i], 10, 64); err != nil || *n < 0 {
			return FeedCursor{}, false
		}
	}
	return c, true
}

// Feed returns a page of what has changed after a place in the feed, up to limit changes, MaxFeed at most and where limit is 0. Who
// reads from the zero cursor until there is no More has all of the catalogue, and who goes on from Next has what became of it. A sale
// that leaves some is no change; what time alone changes is told once Settle was there.
func (m *Market) Feed(ctx context.Context, after FeedCursor, limit int) (Feed, error) {
	if limit <= 0 {
		limit = MaxFeed
	}
	feed, err := m.Store.Feed(ctx, after, min(limit, MaxFeed))
	if err != nil {
		return Feed{}, fmt.Errorf("read the feed of the catalogue: %w", err)
	}
	return feed, nil
}
