package api

import (
	"slices"
	"strings"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// attributesAsked are names and values with a colon between; names have none.
func attributesAsked(asked []string) (all []scrip.Attribute) {
	for _, a := range asked {
		name, value, _ := strings.Cut(a, ":")
		all = append(all, scrip.Attribute{Name: name, Value: value})
	}
	return all
}

func attributesTold(asked []scrip.Attribute) *[]string {
	if len(asked) == 0 {
		return nil
	}
	told := make([]string, len(asked))
	for i, a := range asked {
		told[i] = a.Name + ":" + a.Value
	}
	return &told
}

func fromFacets(f market.Facets) Facets {
	out := Facets{
		Towns: fromValues(f.Towns.Values), TownsMore: f.Towns.More,
		Categories: fromCounts(f.Categories), Subs: fromCounts(f.Subs), Attributes: make([]FacetAttribute, len(f.Attributes)),
		Conditions: fromCounts(f.Conditions), Countries: fromCounts(f.Countries), To: fromCounts(f.To), ToAny: f.ToAny,
		Collected: f.Collected, Protected: f.Protected, Open: f.Open, Least: int64(f.Least), Most: int64(f.Most),
	}
	for i, a := range f.Attributes {
		out.Attributes[i] = FacetAttribute{Name: a.Name, Values: fromValues(a.Values), More: a.More}
	}
	return out
}

func fromValues(of []market.Value) FacetCounts {
	out := make(FacetCounts, len(of))
	for i, v := range of {
		out[i] = FacetCount{Value: v.Value, Listings: v.Items}
	}
	return out
}

// facets reads them back; of an attribute's values, and of towns, those are chosen that the query asks for.
func (f Facets) facets(q market.Query) market.Facets {
	out := market.Facets{
		Towns:      market.Attribute{Name: q.Country, More: f.TownsMore},
		Categories: counts(f.Categories), Subs: counts(f.Subs), Conditions: counts(f.Conditions), Countries: counts(f.Countries),
		To: counts(f.To), ToAny: f.ToAny, Collected: f.Collected, Protected: f.Protected, Open: f.Open,
		Least: scrip.Money(f.Least), Most: scrip.Money(f.Most),
	}
	for _, c := range counts(f.Towns) {
		out.Towns.Values = append(out.Towns.Values, market.Value{Count: c, Chosen: q.Town != "" && market.SameTown(c.Value, q.Town)})
	}
	for _, a := range f.Attributes {
		read := market.Attribute{Name: a.Name, More: a.More}
		for _, c := range counts(a.Values) {
			chosen := slices.ContainsFunc(q.Attributes, func(asked scrip.Attribute) bool {
				return market.SameValue(asked, scrip.Attribute{Name: a.Name, Value: c.Value})
			})
			read.Values = append(read.Values, market.Value{Count: c, Chosen: chosen})
		}
		out.Attributes = append(out.Attributes, read)
	}
	return out
}

func fromCounts(of []market.Count) FacetCounts {
	out := make(FacetCounts, len(of))
	for i, c := range of {
		out[i] = FacetCount{Value: c.Value, Listings: c.Items}
	}
	return out
}

func counts(of FacetCounts) (out []market.Count) {
	for _, c := range of {
		out = append(out, market.Count{Value: c.Value, Items: c.Listings})
	}
	return out
}

func fromNear(n market.Near) Near {
	out := Near{Listings: make([]Listing, len(n.Items)), Total: n.Total, Text: n.Text, Less: n.Less, Any: n.Any}
	for i, item := range n.Items {
		out.Listings[i] = fromItem(item)
	}
	return out
}

func (n Near) near() market.Near {
	out := market.Near{Items: make([]market.Item, len(n.Listings)), Total: n.Total, Text: n.Text, Less: n.Less, Any: n.Any}
	for i, l := range n.Listings {
		out.Items[i] = l.item()
	}
	return out
}
