package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// unhiddenStall and unhidden hold for a stall s and a listing l that are not hidden.
const (
	unhiddenStall = `s.vendor NOT IN (SELECT vendor FROM catalogue_hidden WHERE offer = '')`
	unhidden      = `l.id NOT IN (SELECT x.id FROM catalogue_hidden h JOIN catalogue_listing x ON x.vendor = h.vendor AND x.offer = h.offer)`
)

// Report implements [market.Reports].
func (c *Catalogue) Report(ctx context.Context, r market.Report, limit, all int) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		var of, total int
		if err := tx.Get(&of, `SELECT count(*) FROM catalogue_report WHERE vendor = ? AND offer = ?`, r.Vendor, r.Offer); err != nil || of >= limit {
			return err
		}
		if err := tx.Get(&total, `SELECT count(*) FROM catalogue_report`); err != nil || of > 0 && total >= all {
			return err
		}
		_, err := tx.Exec(`INSERT INTO catalogue_report (vendor, offer, reason, words, at) VALUES (?, ?, ?, ?, ?)`, r.Vendor, r.Offer, r.Reason, r.Words, r.At)
		if orphaned(err) {
			return scrip.NotFound
		}
		return err
	})
}

type reportRow struct {
	Vendor scrip.VendorID `db:"vendor"`
	Offer  scrip.ID       `db:"offer"`
	Reason string         `db:"reason"`
	Words  string         `db:"words"`
	At     int64          `db:"at"`
}

func (r reportRow) report() (market.Report, error) { return market.Report(r), nil }

// Reported implements [market.Reports].
func (c *Catalogue) Reported(ctx context.Context, limit int) ([]market.Report, error) {
	return many(ctx, c.db, "list what was reported", reportRow.report, `SELECT r.vendor, r.offer, r.reason, r.words, r.at FROM catalogue_report r
		JOIN (SELECT vendor, offer, min(number) AS first FROM catalogue_report GROUP BY vendor, offer ORDER BY first LIMIT ?) f
		ON f.vendor = r.vendor AND f.offer = r.offer ORDER BY f.first, r.number`, limit)
}

// Dismiss implements [market.Reports].
func (c *Catalogue) Dismiss(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`DELETE FROM catalogue_report WHERE vendor = ? AND (offer = ? OR ? = '')`, vendor, offer, offer)
		return err
	})
}

// Hide implements [market.Reports].
func (c *Catalogue) Hide(ctx context.Context, h market.Hidden) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		x, err := index(tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO catalogue_hidden (vendor, offer, why, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (vendor, offer) DO UPDATE SET why = excluded.why`, h.Vendor, h.Offer, h.Why, h.At)
		if err != nil {
			return err
		}
		if h.Offer != "" {
			return x.reveal(h.Vendor, h.Offer, h.At)
		}
		if err := x.settle(h.Vendor, market.Moment{Now: h.At}); err != nil {
			return err
		}
		return x.write()
	})
}

// reveal brings in line whether one thing can be bought that was hidden, or is not hidden any more.
func (x *indexing) reveal(vendor scrip.VendorID, offer scrip.ID, now int64) error {
	if err := x.tell(vendor, offer); err != nil {
		return err
	}
	return x.reoffer(vendor, offer, now)
}

// Unhide implements [market.Reports].
func (c *Catalogue) Unhide(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		x, err := index(tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM catalogue_hidden WHERE vendor = ? AND offer = ?`, vendor, offer)
		if err != nil || offer == "" {
			return err
		}
		return x.reveal(vendor, offer, 0) // what is over is taken out where it is looked for
	})
}

type hiddenRow struct {
	Vendor scrip.VendorID `db:"vendor"`
	Offer  scrip.ID       `db:"offer"`
	Stall  string         `db:"stall"`
	Body   string         `db:"body"` // of its offer; empty: there is none
	Why    string         `db:"why"`
	At     int64          `db:"at"`
}

func (r hiddenRow) hidden() (market.Hidden, error) {
	h := market.Hidden{Vendor: r.Vendor, Offer: r.Offer, Stall: r.Stall, Why: r.Why, At: r.At}
	if r.Body == "" {
		return h, nil
	}
	var offer scrip.Offer
	if err := json.Unmarshal([]byte(r.Body), &offer); err != nil {
		return h, fmt.Errorf("read what is hidden: %w", err)
	}
	h.Title = offer.Title
	return h, nil
}

// Hidden implements [market.Reports].
func (c *Catalogue) Hidden(ctx context.Context) ([]market.Hidden, error) {
	return many(ctx, c.db, "list what is hidden", hiddenRow.hidden, `SELECT h.vendor, h.offer, coalesce(s.name, '') AS stall,
		coalesce(l.body, '') AS body, h.why, h.at FROM catalogue_hidden h
		LEFT JOIN catalogue_stall s ON s.vendor = h.vendor LEFT JOIN catalogue_listing l ON l.vendor = h.vendor AND l.offer = h.offer
		ORDER BY h.at DESC, h.vendor, h.offer`)
}

// HiddenOf implements [market.Reports].
func (c *Catalogue) HiddenOf(ctx context.Context, vendor scrip.VendorID) ([]scrip.ID, error) {
	var offers []scrip.ID
	if err := c.db.list(ctx, &offers, `SELECT offer FROM catalogue_hidden WHERE vendor = ? ORDER BY offer`, vendor); err != nil {
		return nil, fmt.Errorf("list what is hidden of a stall: %w", err)
	}
	return offers, nil
}

// IsHidden implements [market.Reports].
func (c *Catalogue) IsHidden(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (bool, error) {
	var n int
	err := c.db.get(ctx, &n, `SELECT count(*) FROM catalogue_hidden WHERE vendor = ? AND offer IN ('', ?)`, vendor, offer)
	if err != nil {
		return false, fmt.Errorf("look whether it is hidden: %w", err)
	}
	return n > 0, nil
}
