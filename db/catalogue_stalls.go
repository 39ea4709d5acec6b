package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Certified lists the stalls that are not revoked.
func (c *Catalogue) Certified(ctx context.Context) ([]market.Stall, error) {
	return many(ctx, c.db, "list the certified stalls", marketStallRow.stall, `SELECT `+stallColumns+` FROM catalogue_stall s WHERE s.revoked = 0 ORDER BY s.vendor`)
}

// Reach counts the stalls that are not revoked, and those of them that did not answer when
// they were last read.
func (c *Catalogue) Reach(ctx context.Context) (known, unreachable int, err error) {
	var n struct {
		Known       int `db:"known"`
		Unreachable int `db:"unreachable"`
	}
	err = c.db.get(ctx, &n, `SELECT count(*) AS known, coalesce(sum(CASE WHEN failing > 0 THEN 1 ELSE 0 END), 0) AS unreachable
		FROM catalogue_stall WHERE revoked = 0`)
	if err != nil {
		return 0, 0, fmt.Errorf("count the stalls: %w", err)
	}
	return n.Known, n.Unreachable, nil
}

// Stalls lists the visible stalls by name, those that offer nothing last, or the one asked for.
func (c *Catalogue) Stalls(ctx context.Context, vendor scrip.VendorID, m market.Moment) ([]market.Stall, error) {
	var w where
	if vendor != "" {
		w.and(`s.vendor = ?`, vendor)
	} else {
		w.visible(m)
	}
	var stalls []market.Stall
	err := c.db.read(ctx, func(tx *sqlx.Tx) error {
		var rows []marketStallRow
		query := `SELECT ` + stallColumns + ` FROM catalogue_stall s` + w.String() + ` ORDER BY lower(s.name), s.vendor`
		if err := tx.SelectContext(ctx, &rows, query, w.args...); err != nil {
			return fmt.Errorf("list the stalls: %w", err)
		}
		counts, err := listingCounts(ctx, tx, vendor, m)
		if err != nil {
			return err
		}
		stalls, err = convert(rows, marketStallRow.stall)
		for i := range stalls {
			stalls[i].Listings = counts[stalls[i].Vendor]
		}
		slices.SortStableFunc(stalls, func(a, b market.Stall) int { return cmp.Compare(min(b.Listings, 1), min(a.Listings, 1)) })
		return err
	})
	return stalls, err
}

// Named lists the visible stalls whose names have the words.
func (c *Catalogue) Named(ctx context.Context, words []string, limit int, m market.Moment) ([]market.Stall, error) {
	w, on := searched(market.Selection{Moment: m}), where{}
	on.visible(m)
	for _, word := range words {
		on.and(`s.name_words LIKE ?`, begins(word))
	}
	var rows []struct {
		marketStallRow
		Items int `db:"items"`
	}
	err := c.db.list(ctx, &rows, `SELECT `+stallColumns+`, (SELECT COUNT(*) FROM catalogue_listing l`+w.String()+` AND l.vendor = s.vendor) AS items
		FROM catalogue_stall s`+on.String()+` ORDER BY items DESC, s.vendor LIMIT ?`, append(append(w.args, on.args...), limit)...)
	if err != nil {
		return nil, fmt.Errorf("find stalls by name: %w", err)
	}
	stalls := make([]market.Stall, len(rows))
	for i, r := range rows {
		if stalls[i], err = r.stall(); err != nil {
			return nil, err
		}
		stalls[i].Listings = r.Items
	}
	return stalls, nil
}

// Vocabulary returns the words of titles and of stalls' names, each with the number of
// listings that have it. They are taken apart here as they are read: nothing but the words is kept.
func (c *Catalogue) Vocabulary(ctx context.Context, m market.Moment) (map[string]int, error) {
	words := map[string]int{}
	err := c.db.read(ctx, func(tx *sqlx.Tx) error {
		w := searched(market.Selection{Moment: m})
		rows, err := tx.QueryContext(ctx, `SELECT l.title_words, s.name_words`+counting+w.String()+` AND s.vendor = l.vendor`, w.args...)
		if err != nil {
			return fmt.Errorf("read the words of listings: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var title, name string
			if err := rows.Scan(&title, &name); err != nil {
				return fmt.Errorf("read the words of a listing: %w", err)
			}
			for _, word := range distinct(title + name) {
				words[word]++
			}
		}
		return rows.Err()
	})
	return words, err
}

// Counts returns how many items can be bought in each category.
func (c *Catalogue) Counts(ctx context.Context, m market.Moment) (map[string]int, error) {
	w := selected(market.Selection{Moment: m})
	var rows []struct {
		Category string `db:"category"`
		Items    int    `db:"items"`
	}
	err := c.db.list(ctx, &rows, `SELECT a.category, COUNT(*) AS items`+counting+`JOIN catalogue_alike a ON a.id = l.alike`+w.String()+
		` AND s.vendor = l.vendor GROUP BY a.category`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count the categories: %w", err)
	}
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.Category] = r.Items
	}
	return counts, nil
}

// listingCounts counts what can be bought from one stall, or from each.
func listingCounts(
	ctx context.Context, tx *sqlx.Tx, vendor scrip.VendorID, m market.Moment,
) (map[scrip.VendorID]int, error) {
	w := selected(market.Selection{Moment: m, Vendor: vendor})
	var rows []struct {
		Vendor scrip.VendorID `db:"vendor"`
		Items  int            `db:"items"`
	}
	err := tx.SelectContext(ctx, &rows, `SELECT l.vendor, COUNT(*) AS items`+counting+w.String()+
		` AND s.vendor = l.vendor GROUP BY l.vendor`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count a stall's listings: %w", err)
	}
	counts := map[scrip.VendorID]int{}
	for _, r := range rows {
		counts[r.Vendor] = r.Items
	}
	return counts, nil
}

// counted fills in Stall.Listings of items, once for each stall.
func counted(ctx context.Context, tx *sqlx.Tx, items []market.Item, m market.Moment) error {
	known := map[scrip.VendorID]int{}
	for i := range items {
		vendor := items[i].Stall.Vendor
		if _, ok := known[vendor]; !ok {
			counts, err := listingCounts(ctx, tx, vendor, m)
			if err != nil {
				return err
			}
			known[vendor] = counts[vendor]
		}
		items[i].Stall.Listings = known[vendor]
	}
	return nil
}
