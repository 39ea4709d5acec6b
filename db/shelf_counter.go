package db

import (
	"context"
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// counterRow is live VendorScrip beside one of the offers that are asked for with it; or beside
// none, where none of them stands.
type counterRow struct {
	liveRow
	AwayUntil int64 `db:"away_until"`
	Closed    bool  `db:"closed"`
	listingRow
}

// Counter implements [merchant.Shelf]. It is one statement, because each costs who reads more
// than a row does.
func (s *Shelf) Counter(ctx context.Context, id scrip.ID, versions []scrip.ID) (merchant.Counter, error) {
	in, args := amongst(versions)
	var rows []counterRow
	err := s.db.list(ctx, &rows, `SELECT `+liveColumns+`, coalesce(p.away_until, 0) AS away_until, coalesce(p.closed, 0) AS closed,
		coalesce(l.version, '') AS version, coalesce(l.body, '') AS body, coalesce(l.jws, '') AS jws, coalesce(l.stock, 0) AS stock,
		coalesce(l.ended, 0) AS ended, coalesce(l.listed_at, 0) AS listed_at, coalesce(l.source, '') AS source
		FROM scrip s JOIN vault v ON v.vendor = s.vendor AND v.slot = s.slot LEFT JOIN page p ON p.vendor = s.vendor
		LEFT JOIN listing l ON l.vendor = s.vendor AND l.version IN (`+in+`) WHERE s.vendor = ? AND s.scrip_id = ?`, append(args, s.of, id)...)
	if err == nil && len(rows) == 0 {
		return merchant.Counter{}, scrip.ScripSpent
	}
	if err == nil {
		err = s.db.unseal(&rows[0])
	}
	if err != nil {
		return merchant.Counter{}, fmt.Errorf("read what is paid with and for: %w", err)
	}
	c := merchant.Counter{Page: scrip.StallPage{AwayUntil: rows[0].AwayUntil, Closed: rows[0].Closed}, Listings: map[scrip.ID]scrip.Listing{}}
	if c.Live, err = rows[0].live(); err != nil {
		return merchant.Counter{}, err
	}
	for _, r := range rows {
		if r.Version == "" {
			continue
		}
		if c.Listings[r.Version], err = r.listing(); err != nil {
			return merchant.Counter{}, err
		}
	}
	return c, nil
}
