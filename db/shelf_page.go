package db

import (
	"context"
	"database/sql"

	"peerscrip/services/scrip"
)

// page keeps what the stall says of itself. A picture that is not there is NotFound.
func page(c change) error {
	p := c.Stall.Page
	if p == nil {
		return nil
	}
	err := c.do(`INSERT INTO page (vendor, about, place, picture, away_until, closed) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (vendor) DO UPDATE SET about = excluded.about, place = excluded.place, picture = excluded.picture,
			away_until = excluded.away_until, closed = excluded.closed`,
		c.of, p.About, p.Place, null(p.Picture), p.AwayUntil, flag(p.Closed))
	if orphaned(err) {
		return scrip.NotFound
	}
	return err
}

type pageRow struct {
	About     string         `db:"about"`
	Place     string         `db:"place"`
	Picture   sql.NullString `db:"picture"`
	AwayUntil int64          `db:"away_until"`
	Closed    bool           `db:"closed"`
}

func (r pageRow) page() (scrip.StallPage, error) {
	return scrip.StallPage{About: r.About, Place: r.Place, Picture: r.Picture.String, AwayUntil: r.AwayUntil, Closed: r.Closed}, nil
}

// Page returns what the stall says of itself, or scrip.ErrAbsent.
func (s *Shelf) Page(ctx context.Context) (scrip.StallPage, error) {
	return one(ctx, s.db, "read the stall's page", pageRow.page,
		`SELECT about, place, picture, away_until, closed FROM page WHERE vendor = ?`, s.of)
}
