package market

import (
	"context"
	"fmt"
	"strings"
)

// Bounds on what is shown beside results.
const (
	StallsNamed = 3
	nearItems   = 8
)

// Near is what comes closest to a search that finds nothing. Its zero value is nothing.
type Near struct {
	Items []Item
	Total int
	Text  string // the search's words as they were probably meant; empty: as they are
	Less  bool   // filters were left away, all but the stall
	Any   bool   // one of the words is enough
}

// near fills in the stalls of that name, and what is near where nothing is found.
func (m *Market) near(ctx context.Context, q Query, s Selection, r *Results) (err error) {
	if len(s.Words) > 0 && q.Page == 1 {
		if r.Stalls, err = m.Store.Named(ctx, s.Words, StallsNamed, s.Moment); err != nil {
			return fmt.Errorf("find stalls by name: %w", err)
		}
	}
	if r.Total > 0 {
		return nil
	}
	meant, err := m.meant(ctx, s)
	if err != nil {
		return err
	}
	if len(r.Stalls) == 0 && meant != nil && q.Page == 1 {
		if r.Stalls, err = m.Store.Named(ctx, meant, StallsNamed, s.Moment); err != nil {
			return fmt.Errorf("find stalls by the name that was meant: %w", err)
		}
	}
	for _, try := range tries(s, meant) {
		found, err := m.Store.Find(ctx, try.selection)
		if err != nil {
			return fmt.Errorf("find what is near: %w", err)
		}
		if found.Total > 0 {
			r.Near = try.near
			r.Near.Items, r.Near.Total = withStates(found.Items, s.Now), found.Total
			return nil
		}
	}
	return nil
}

// try is a search that may find something near, and what to call that.
type try struct {
	selection Selection
	near      Near
}

// tries are the searches near one that found nothing, the nearest first: spelled as it was
// meant, without filters, both, and with any of its words. meant is nil where the words
// are spelled as they are elsewhere.
func tries(s Selection, meant []string) (all []try) {
	s.Offset, s.Limit, s.Facets = 0, nearItems, false
	plain := Selection{Moment: s.Moment, Words: s.Words, Vendor: s.Vendor, Sort: s.Sort, Limit: s.Limit}
	filtered := s.filtered()
	text := strings.Join(meant, " ")
	if meant != nil {
		all = append(all, try{s.spelled(meant), Near{Text: text}})
	}
	if filtered {
		all = append(all, try{plain, Near{Less: true}})
	}
	if meant != nil {
		plain.Words = meant
	}
	if filtered && meant != nil {
		all = append(all, try{plain, Near{Text: text, Less: true}})
	}
	if len(s.Words) > 1 {
		plain.AnyWord, plain.Sort = true, Relevance
		all = append(all, try{plain, Near{Text: text, Less: filtered, Any: true}})
	}
	return all
}

func (s Selection) spelled(words []string) Selection {
	s.Words = words
	return s
}

// filtered reports whether anything but words and stall narrows the selection.
func (s Selection) filtered() bool {
	return s.Category != "" || s.Condition != "" || s.Country != "" || s.To != "" || s.Collected || s.Protected || s.Open ||
		s.Min > 0 || s.Max > 0
}
