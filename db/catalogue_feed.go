package db

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// The feed of a catalogue is the listings themselves, in the order of their last change: what was changed twice is told once, so
// that it is no longer than the catalogue, and begins with all of it. A change has the number of its commit, which is given under
// the lock of the one row of catalogue_numbers: whoever has read up to one number has read all below it, whichever process wrote them.

// feedPlace is where a listing stands in the feed.
type feedPlace struct{ changed, id int64 }

// later is the later of two places.
func (p feedPlace) later(o feedPlace) feedPlace {
	if cmp.Or(cmp.Compare(p.changed, o.changed), cmp.Compare(p.id, o.id)) < 0 {
		return o
	}
	return p
}

// tell puts a listing at the end of the feed, or with an empty offer all of a stall's.
func (x *indexing) tell(vendor scrip.VendorID, offer scrip.ID) error {
	n, err := change{tx: x.tx}.exec(`UPDATE catalogue_listing SET changed = ? WHERE vendor = ? AND (offer = ? OR ? = '') AND changed <> ?`,
		x.change, vendor, offer, offer, x.change)
	if err != nil {
		return fmt.Errorf("tell that a listing has changed: %w", err)
	}
	x.rewritten += int(n)
	return nil
}

// writeErased notes the last place at which a listing stood that is erased: who has not read so far cannot be told of it any more.
func (x *indexing) writeErased() error {
	if x.erased == (feedPlace{}) {
		return nil
	}
	_, err := x.tx.Exec(`UPDATE catalogue_numbers SET erased_changed = ?, erased_id = ?
		WHERE one = 1 AND (erased_changed < ? OR erased_changed = ? AND erased_id < ?)`,
		x.erased.changed, x.erased.id, x.erased.changed, x.erased.changed, x.erased.id)
	if err != nil {
		return fmt.Errorf("note what is erased: %w", err)
	}
	return nil
}

// feedRow is a listing with its place in the feed, and of its stall who sells it.
type feedRow struct {
	ID          int64          `db:"id"`
	Changed     int64          `db:"changed"`
	Vendor      scrip.VendorID `db:"vendor"`
	Offer       scrip.ID       `db:"offer"`
	ListedAt    int64          `db:"listed_at"`
	Stock       int            `db:"stock"`
	Ended       int64          `db:"ended"`
	Offered     bool           `db:"offered"`
	Shows       bool           `db:"shows"`
	Signed      string         `db:"signed"`
	Name        string         `db:"name"`
	BaseURL     string         `db:"base_url"`
	Certificate string         `db:"certificate"`
}

// change is what the feed tells of it. What the market does not show it does not show here either.
func (r feedRow) change() market.Change {
	c := market.Change{Vendor: r.Vendor, Offer: r.Offer, State: r.state()}
	if c.State != market.Removed {
		c.JWS, c.ListedAt = r.Signed, r.ListedAt
	}
	return c
}

func (r feedRow) state() market.State {
	switch {
	case !r.Shows:
		return market.Removed
	case r.Offered:
		return market.Live
	case r.Stock == 0:
		return market.SoldOut
	case r.Ended > 0:
		return market.Ended
	}
	return market.Expired
}

// Feed implements [market.Views].
func (c *Catalogue) Feed(ctx context.Context, after market.FeedCursor, limit int) (feed market.Feed, err error) {
	err = c.db.read(ctx, func(tx *sqlx.Tx) error {
		var at struct {
			Changes int64 `db:"changes"`
			Changed int64 `db:"erased_changed"`
			ID      int64 `db:"erased_id"`
		}
		if err := tx.GetContext(ctx, &at, `SELECT changes, erased_changed, erased_id FROM catalogue_numbers WHERE one = 1`); err != nil {
			return fmt.Errorf("read how far the feed goes: %w", err)
		}
		from, erased := feedPlace{after.Change, after.Number}, feedPlace{at.Changed, at.ID}
		// What was erased matters to who may have read it before it came to the place at which it was: not where it stood there
		// already when the reading began.
		missed := from.later(erased) != from && erased.changed > after.Began
		start := after == market.FeedCursor{} || max(from.changed, after.Began) > at.Changes || missed
		if start {
			from, after = feedPlace{}, market.FeedCursor{Began: at.Changes}
		}
		var rows []feedRow
		err := tx.SelectContext(ctx, &rows, `SELECT l.id, l.changed, l.vendor, l.offer, l.listed_at, l.stock, l.ended, l.offered, l.signed,
			s.name, s.base_url, s.certificate, CASE WHEN s.shows > 0
				AND NOT EXISTS (SELECT 1 FROM catalogue_hidden h WHERE h.vendor = l.vendor AND h.offer = l.offer) THEN 1 ELSE 0 END AS shows`+
			listingsOfStalls+`WHERE (l.changed, l.id) > (?, ?) ORDER BY l.changed, l.id LIMIT ?`, from.changed, from.id, limit+1)
		if err != nil {
			return fmt.Errorf("read the feed: %w", err)
		}
		feed = feedOf(rows, after, limit)
		feed.Start = start
		return nil
	})
	return feed, err
}

// feedOf is a page of the feed, of up to one row more than it has.
func feedOf(rows []feedRow, after market.FeedCursor, limit int) market.Feed {
	feed := market.Feed{More: len(rows) > limit, Next: after}
	named := map[scrip.VendorID]bool{}
	for _, r := range rows[:min(limit, len(rows))] {
		c := r.change()
		feed.Changes = append(feed.Changes, c)
		feed.Next.Change, feed.Next.Number = r.Changed, r.ID
		if c.State != market.Removed && !named[r.Vendor] {
			named[r.Vendor] = true
			feed.Stalls = append(feed.Stalls, market.Stall{Vendor: r.Vendor, Name: r.Name, BaseURL: r.BaseURL, Certificate: r.Certificate})
		}
	}
	return feed
}
