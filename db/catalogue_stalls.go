package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
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
	stalls, err := many(ctx, c.db, "list the stalls", marketStallRow.stall,
		`SELECT `+stallColumns+` FROM catalogue_stall s`+w.String()+` ORDER BY lower(s.name), s.vendor`, w.args...)
	slices.SortStableFunc(stalls, func(a, b market.Stall) int { return cmp.Compare(min(b.Listings, 1), min(a.Listings, 1)) })
	return stalls, err
}

// Named lists the visible stalls whose names have the words.
func (c *Catalogue) Named(ctx context.Context, words []string, limit int, m market.Moment) ([]market.Stall, error) {
	var w where
	w.visible(m)
	for _, word := range words {
		forms := terms.Forms(word)
		w.and(`s.vendor IN (SELECT n.vendor FROM catalogue_name n WHERE n.word >= ? AND n.word < ? OR n.word IN (`+marks(forms)+`))`, append([]any{word, word + last}, arguments(nil, forms)...)...)
	}
	return many(ctx, c.db, "find stalls by name", marketStallRow.stall,
		`SELECT `+stallColumns+` FROM catalogue_stall s`+w.String()+` ORDER BY listings DESC, s.vendor LIMIT ?`, append(w.args, limit)...)
}

// Vocabulary returns words of titles and of stalls' names that are alike.
func (c *Catalogue) Vocabulary(ctx context.Context, word string, alike func(string) bool, m market.Moment) (map[string]int, error) {
	words := map[string]int{}
	err := c.db.read(ctx, func(tx *sqlx.Tx) error {
		f, err := c.find(ctx, tx, market.Selection{Moment: m}, false)
		if err != nil {
			return err
		}
		names, err := f.spellings(word, alike)
		if err != nil {
			return err
		}
		for _, name := range names {
			has, err := f.having(inTitle, []string{name})
			if err != nil {
				return err
			}
			named, err := f.having(inName, []string{name})
			if err != nil {
				return err
			}
			if n := has.or(named).and(f.shown).count(); n > 0 {
				words[name] = n
			}
		}
		return nil
	})
	return words, err
}

// How many words are looked at that begin or end like one, and how many of those that are alike.
const (
	mostLike  = 20000
	mostAlike = 64
)

// spellings are written words that begin like a word, or end like it, and are alike. Of two slips at most, one part in three of
// the word is without any; where it is the middle alone, the word is not found.
func (f *finding) spellings(word string, alike func(string) bool) (names []string, err error) {
	letters := []rune(word)
	part := len(letters) / 3
	if len(letters) < 6 { // of one slip, two letters in each other's place at most
		part = min(max((len(letters)-1)/2, 1), len(letters))
	}
	begin, end := string(letters[:part]), reversed(string(letters[len(letters)-part:]))
	var like []string
	for _, kind := range []string{inTitle, inName} {
		for column, from := range map[string]string{"name": begin, "reversed": end} {
			var list []string
			err := f.tx.SelectContext(f.ctx, &list, `SELECT name FROM catalogue_term WHERE kind = ? AND `+column+` >= ? AND `+column+` < ? AND label <> ''
				ORDER BY 0 - weight, length(name), name LIMIT ?`, kind, from, from+last, mostLike)
			if err != nil {
				return nil, fmt.Errorf("look up words that are like one: %w", err)
			}
			like = append(like, list...)
		}
	}
	slices.Sort(like)
	for _, name := range slices.Compact(like) {
		if len(names) < mostAlike && alike(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// Counts returns how many items can be bought in each category.
func (c *Catalogue) Counts(ctx context.Context, m market.Moment) (counts map[string]int, err error) {
	err = c.db.read(ctx, func(tx *sqlx.Tx) error {
		f, err := c.find(ctx, tx, market.Selection{Moment: m}, false)
		if err != nil {
			return err
		}
		counts = f.counts(byCategory)[byCategory]
		return nil
	})
	return counts, err
}
