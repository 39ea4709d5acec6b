package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Facets counts what each filter of a selection would leave.
func (c *Catalogue) Facets(ctx context.Context, s market.Selection) (counted market.Facets, err error) {
	err = c.db.read(ctx, func(tx *sqlx.Tx) error {
		f, err := find(ctx, tx, s, false)
		if err != nil {
			return err
		}
		counted, err = f.facets()
		return err
	})
	return counted, err
}

func (f *finding) facets() (all market.Facets, err error) {
	found := f.found()
	for _, count := range []func() error{
		func() error {
			counts, err := f.counts(f.but("", ofCategory, ofSub, ofAttribute), byCategory)
			all.Categories = listed(counts, scrip.Categories())
			return err
		},
		func() error {
			if f.s.Category == "" {
				return nil
			}
			counts, err := f.counts(f.but("", ofSub), bySub)
			all.Subs = listed(counts, slices.Sorted(maps.Keys(counts)))
			return err
		},
		func() error {
			counts, err := f.counts(f.but("", ofCondition), byState)
			all.Conditions = listed(counts, scrip.Conditions())
			return err
		},
		func() error {
			counts, err := f.counts(f.but("", ofCountry, ofTown), byCountry)
			all.Countries = listed(counts, slices.Sorted(maps.Keys(counts)))
			return err
		},
		func() error {
			counts, err := f.counts(f.but("", ofTo), byTo)
			all.ToAny = counts[toAny]
			delete(counts, toAny)
			all.To = listed(counts, slices.Sorted(maps.Keys(counts)))
			for i := range all.To {
				all.To[i].Items += all.ToAny
			}
			return err
		},
		func() error {
			counts, err := f.counts(f.but("", collected), byWay)
			all.Collected = counts[scrip.WayCollect]
			return err
		},
		func() error {
			counts, err := f.counts(f.but("", protected), byCheck)
			all.Protected = counts[checked]
			return err
		},
		func() (err error) {
			all.Open = f.but("", open).and(f.open).count()
			all.Least, all.Most, err = f.prices(f.but("", ofPrice))
			return err
		},
		func() (err error) {
			all.Attributes, all.Towns, err = f.attributes(found)
			return err
		},
	} {
		if err := count(); err != nil {
			return market.Facets{}, err
		}
	}
	return all, nil
}

// counts are how many listings of a set each term of a kind has.
func (f *finding) counts(of set, kind string) (map[string]int, error) {
	var rows []termRow
	if err := f.tx.SelectContext(f.ctx, &rows, `SELECT id, kind, name, label FROM catalogue_term WHERE kind = ?`, kind); err != nil {
		return nil, fmt.Errorf("list what can be filtered by: %w", err)
	}
	counts, err := f.countTerms(rows, func(string) set { return of })
	named := make(map[string]int, len(rows))
	for _, r := range rows {
		named[r.Name] = counts[r.ID]
	}
	return named, err
}

// countTerms are how many listings each of some terms has, of the set for its kind.
func (f *finding) countTerms(rows []termRow, of func(kind string) set) (map[int64]int, error) {
	ids, sets, counts := make([]int64, len(rows)), make(map[int64]set, len(rows)), make(map[int64]int, len(rows))
	for i, r := range rows {
		ids[i], sets[r.ID] = r.ID, of(r.Kind)
	}
	return counts, f.postings(ids, func(id int64, chunk int, bits []byte) error {
		counts[id] += sets[id].chunk(chunk).shared(bits)
		return nil
	})
}

// prices are the least and the most of a set; 0: it is empty.
func (f *finding) prices(of set) (least, most scrip.Money, err error) {
	err = f.columns(of, []int{ofPrices}, func(block int, c []column) {
		for n := range of.block(block).all() {
			price := scrip.Money(c[0][n])
			least, most = min(cmp.Or(least, price), price), max(most, price)
		}
	})
	return least, most, err
}

// listed are the counts of the words that have any, in their order.
func listed(counts map[string]int, words []string) (all []market.Count) {
	for _, word := range words {
		if counts[word] > 0 {
			all = append(all, market.Count{Value: word, Items: counts[word]})
		}
	}
	return all
}

// Values of attributes, and towns, are counted exactly where fewCounted listings are found, and each of them looked at. Else
// those are counted that the most listings have, as many as can be read soon; and never more than mostCounted: whoever gives
// each of many listings values of its own makes others' searches neither long nor large.
const (
	fewCounted  = 1000
	mostCounted = 4000
	mostRead    = 2000 // rows of catalogue_posting
)

// attributes are those of the category that is chosen, and the towns of the country that is.
func (f *finding) attributes(found set) (all []market.Attribute, towns market.Attribute, err error) {
	of, _ := scrip.CategoryOf(f.s.Category)
	kinds := make([]string, 0, len(of.Attributes)+1)
	for _, name := range of.Attributes {
		kinds = append(kinds, byValue+name)
	}
	if f.s.Country != "" {
		kinds = append(kinds, byValue+f.s.Country)
	}
	if len(kinds) == 0 {
		return nil, market.Attribute{}, nil
	}
	values, err := f.values(kinds, found)
	if err != nil {
		return nil, market.Attribute{}, err
	}
	for _, kind := range kinds {
		a := attribute(strings.TrimPrefix(kind, byValue), slices.Collect(maps.Values(values[kind])))
		switch {
		case a.Name == f.s.Country:
			towns = a
		case len(a.Values) > 0:
			all = append(all, a)
		}
	}
	return all, towns, nil
}

// values are what the listings found have of some kinds, by kind and key, with what the selection asks for.
func (f *finding) values(kinds []string, found set) (map[string]map[string]market.Value, error) {
	sets := map[string]set{}
	union := slices.Clone(found)
	for _, kind := range kinds {
		sets[kind] = f.but(kind)
		union.or(sets[kind])
	}
	rows, counts, err := f.counted(kinds, union, sets)
	if err != nil {
		return nil, err
	}
	values := map[string]map[string]market.Value{}
	for _, kind := range kinds {
		values[kind] = map[string]market.Value{}
	}
	choose := func(kind, key string) {
		if values[kind] != nil {
			values[kind][key] = market.Value{Count: market.Count{Value: key}, Chosen: true}
		}
	}
	if f.s.Town != "" {
		choose(byValue+f.s.Country, f.s.Town)
	}
	for _, a := range f.s.Attributes {
		for _, key := range a.Keys {
			choose(byValue+a.Name, key)
		}
	}
	slices.SortStableFunc(rows, func(a, b termRow) int { return cmp.Compare(counts[b.ID], counts[a.ID]) })
	for i, r := range rows {
		v := values[r.Kind][r.Name]
		v.Value, v.Items = r.Label, counts[r.ID]
		if v.Chosen || v.Items > 0 && i < mostCounted {
			values[r.Kind][r.Name] = v
		}
	}
	return values, nil
}

// counted counts the values of some kinds, each in the set for its kind; union is all of these.
func (f *finding) counted(kinds []string, union set, sets map[string]set) ([]termRow, map[int64]int, error) {
	if union.count() <= fewCounted {
		return f.countedFew(kinds, union, sets)
	}
	rows, err := f.chosen()
	if err != nil {
		return nil, nil, err
	}
	there := map[int64]bool{}
	for _, r := range rows {
		there[r.ID] = true
	}
	most := max(mostRead/len(kinds)/f.shown.chunks(), 2*market.MaxValues)
	for _, kind := range kinds {
		var common []termRow
		err := f.tx.SelectContext(f.ctx, &common, `SELECT id, kind, name, label FROM catalogue_term WHERE kind = ? AND reversed = '' ORDER BY chunks DESC LIMIT ?`, kind, most)
		if err != nil {
			return nil, nil, fmt.Errorf("list the values of attributes: %w", err)
		}
		for _, r := range common {
			if !there[r.ID] {
				rows = append(rows, r)
			}
		}
	}
	counts, err := f.countTerms(rows, func(kind string) set { return sets[kind] })
	return rows, counts, err
}

// chosen are the values that the selection asks for, as far as there are any.
func (f *finding) chosen() (rows []termRow, err error) {
	if f.s.Town != "" {
		if rows, err = findTerms(f.tx, byValue+f.s.Country, []string{f.s.Town}); err != nil {
			return nil, err
		}
	}
	for _, a := range f.s.Attributes {
		list, err := findTerms(f.tx, byValue+a.Name, a.Keys)
		if err != nil {
			return nil, err
		}
		rows = append(rows, list...)
	}
	return rows, nil
}

// countedFew counts by looking at each listing.
func (f *finding) countedFew(kinds []string, union set, sets map[string]set) (rows []termRow, counts map[int64]int, err error) {
	having := map[int64][]int64{} // by term
	for part := range slices.Chunk(slices.Collect(union.all()), 128) {
		var stored []storedTerms
		err := f.tx.SelectContext(f.ctx, &stored, `SELECT id, valued AS terms FROM catalogue_listing WHERE id IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err != nil {
			return nil, nil, fmt.Errorf("read the values of attributes: %w", err)
		}
		for _, l := range stored {
			ids, err := unpacked(l.Terms)
			if err != nil {
				return nil, nil, err
			}
			for _, id := range ids {
				having[id] = append(having[id], l.ID)
			}
		}
	}
	counts = make(map[int64]int, len(having))
	for part := range slices.Chunk(slices.Sorted(maps.Keys(having)), 128) {
		var list []termRow
		err := f.tx.SelectContext(f.ctx, &list, `SELECT id, kind, name, label FROM catalogue_term WHERE id IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err != nil {
			return nil, nil, fmt.Errorf("list the values of attributes: %w", err)
		}
		for _, r := range list {
			if !slices.Contains(kinds, r.Kind) {
				continue
			}
			rows = append(rows, r)
			for _, n := range having[r.ID] {
				if sets[r.Kind].has(n) {
					counts[r.ID]++
				}
			}
		}
	}
	return rows, counts, nil
}

// attribute lists the values with most items, and those that are chosen.
func attribute(name string, values []market.Value) market.Attribute {
	slices.SortFunc(values, func(a, b market.Value) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Value, b.Value))
	})
	a := market.Attribute{Name: name}
	for i, v := range values {
		if i < market.MaxValues || v.Chosen {
			a.Values = append(a.Values, v)
		} else {
			a.More++
		}
	}
	return a
}
