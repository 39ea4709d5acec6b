package db

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// facets counts what each filter of the selection would leave.
func (f *finding) facets() (all market.Facets, err error) {
	kinds := []string{byCategory, byState, byCountry, byTo, byWay, byCheck}
	if f.s.Category != "" {
		kinds = append(kinds, bySub)
	}
	counts := f.counts(kinds...)
	among := func(kind string) []string { return slices.Sorted(maps.Keys(counts[kind])) }
	all = market.Facets{
		Categories: listed(counts[byCategory], scrip.Categories()), Subs: listed(counts[bySub], among(bySub)),
		Conditions: listed(counts[byState], scrip.Conditions()), Countries: listed(counts[byCountry], among(byCountry)),
		ToAny: counts[byTo][toAny], Collected: counts[byWay][scrip.WayCollect], Protected: counts[byCheck][checked],
		Open: f.but("", open).and(f.open).count(),
	}
	delete(counts[byTo], toAny)
	all.To = listed(counts[byTo], among(byTo))
	for i := range all.To {
		all.To[i].Items += all.ToAny
	}
	if all.Least, all.Most, err = f.prices(f.but("", ofPrice)); err != nil {
		return market.Facets{}, err
	}
	all.Attributes, all.Towns, err = f.attributes()
	return all, err
}

// ofKind are the filters that stand in the way of counting the terms of a kind.
var ofKind = map[string][]facet{
	byCategory: {ofCategory, ofSub, ofAttribute}, bySub: {ofSub}, byState: {ofCondition}, byCountry: {ofCountry, ofTown},
	byTo: {ofTo}, byWay: {collected}, byCheck: {protected},
}

// counts are how many listings each term of some kinds has, by kind and name.
func (f *finding) counts(kinds ...string) map[string]map[string]int {
	counts := map[string]map[string]int{}
	for _, kind := range kinds {
		counts[kind] = map[string]int{}
		of := f.but("", ofKind[kind]...)
		for _, c := range f.kept.choices {
			if c.kind == kind {
				counts[kind][c.name] = c.count(of)
			}
		}
	}
	return counts
}

// prices are the least and the most of a set; 0: it is empty.
func (f *finding) prices(of set) (least, most scrip.Money, err error) {
	err = f.columns(of, []int{ofPrices}, func(block int, c []*column) {
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

// attributes are those of the category that is chosen, and the towns of the country that is.
func (f *finding) attributes() (all []market.Attribute, towns market.Attribute, err error) {
	chosen := map[string][]string{} // keys by kind
	var kinds []string
	of, _ := scrip.CategoryOf(f.s.Category)
	for _, name := range of.Attributes {
		kinds = append(kinds, byValue+name)
	}
	for _, a := range f.s.Attributes {
		chosen[byValue+a.Name] = append(chosen[byValue+a.Name], a.Keys...)
	}
	if f.s.Country != "" {
		kinds = append(kinds, byValue+f.s.Country)
	}
	if f.s.Town != "" {
		chosen[byValue+f.s.Country] = []string{f.s.Town}
	}
	if len(kinds) == 0 {
		return nil, market.Attribute{}, nil
	}
	counts, err := f.countValues(kinds)
	if err != nil {
		return nil, market.Attribute{}, err
	}
	labels, err := f.labels(counts, chosen)
	if err != nil {
		return nil, market.Attribute{}, err
	}
	for _, kind := range kinds {
		a := attribute(kind, counts[kind], labels[kind], chosen[kind])
		switch {
		case a.Name == f.s.Country:
			towns = a
		case len(a.Values) > 0:
			all = append(all, a)
		}
	}
	return all, towns, nil
}

// countValues are how many listings each value of some kinds has, by its number: without filters by values of that kind. None has 0.
func (f *finding) countValues(kinds []string) (map[string]map[int64]int, error) {
	counts, sets := map[string]map[int64]int{}, map[string]set{}
	for _, kind := range kinds {
		counts[kind], sets[kind] = map[int64]int{}, f.but(kind)
	}
	return counts, f.values(kinds, func(kind string, id int64, chunk int, bits []byte) error {
		if n := sets[kind].chunk(chunk).shared(bits); n > 0 {
			counts[kind][id] += n
		}
		return nil
	})
}

// labels are how those values are written that most listings have, of each kind as many as are listed, and those that are chosen;
// by kind. Of values that as many have, those that were there first are listed.
func (f *finding) labels(counts map[string]map[int64]int, chosen map[string][]string) (map[string][]termRow, error) {
	var ids []int64
	for _, of := range counts {
		top := best{most: market.MaxValues}
		for id, n := range of {
			top.add(ranked{by: -int64(n), n: id})
		}
		for _, r := range top.list {
			ids = append(ids, r.n)
		}
	}
	for kind, keys := range chosen {
		rows, err := findTerms(f.tx, kind, keys)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	labels := map[string][]termRow{}
	for part := range slices.Chunk(slices.Compact(ids), 128) {
		var rows []termRow
		err := f.tx.SelectContext(f.ctx, &rows, `SELECT id, kind, name, label FROM catalogue_term WHERE id IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err != nil {
			return nil, fmt.Errorf("list the values of attributes: %w", err)
		}
		for _, r := range rows {
			labels[r.Kind] = append(labels[r.Kind], r)
		}
	}
	return labels, nil
}

// attribute lists some values of a kind, and those that are chosen.
func attribute(kind string, counts map[int64]int, listed []termRow, chosen []string) market.Attribute {
	a := market.Attribute{Name: strings.TrimPrefix(kind, byValue), More: len(counts)}
	missing := slices.Clone(chosen)
	for _, r := range listed {
		v := market.Value{Count: market.Count{Value: r.Label, Items: counts[r.ID]}}
		v.Chosen = slices.Contains(chosen, r.Name)
		missing = slices.DeleteFunc(missing, func(key string) bool { return key == r.Name })
		if v.Items > 0 {
			a.More--
		}
		a.Values = append(a.Values, v)
	}
	for _, key := range missing { // nobody has it any more
		a.Values = append(a.Values, market.Value{Count: market.Count{Value: key}, Chosen: true})
	}
	slices.SortFunc(a.Values, func(a, b market.Value) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Value, b.Value))
	})
	return a
}
