package db_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// thing is an entry with what a search sees of it and its stall.
type thing struct {
	market.Entry
	open bool
	name string // of the stall, as words
}

// countriesOf and the others are what random things are made of, and what is chosen among.
var (
	facetCountries = []string{"DE", "NL", "FR"}
	facetWords     = []string{"lamp", "lampshade", "chair", "brass"}
	facetKnown     = []market.Known{{Name: "Colour", Key: "red", Value: "Red"}, {Name: "Colour", Key: "blue", Value: "blue"}, {Name: "Brand", Key: "a b", Value: "A-B"}}
	facetTowns     = []market.Known{{Name: "DE", Key: "halle", Value: "Halle"}, {Name: "NL", Key: "halle", Value: "halle"}, {Name: "NL", Key: "den haag", Value: "Den Haag"}}
	facetNames     = map[string]string{"a": " attic lamp ", "b": " barn ", "c": " cellar "}
)

func randomThing(r *rand.Rand, vendor string, n int) thing {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	e := entry(vendor, fmt.Sprint(vendor, n), pick(facetWords...)+" "+pick(facetWords...), "p")
	e.Category, e.Condition = pick("Home", "Clothing"), pick("good", "fair")
	if e.Category == "Home" {
		e.Sub = pick("", "Lighting", "Furniture")
	}
	e.Place.Country, e.Price, e.Stock, e.CheckWithin, e.Edition = pick("", "DE", "NL"), scrip.Money(1+r.IntN(5)), r.IntN(4), r.IntN(2), scrip.Edition
	for range 1 + r.IntN(3) {
		w := scrip.Posted(1)
		if r.IntN(3) > 0 {
			w.Countries = []string{pick(facetCountries...)}
		}
		if r.IntN(3) == 0 {
			w = scrip.Way{Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}}
		}
		e.Delivery = append(e.Delivery, w)
	}
	for _, k := range facetKnown {
		if r.IntN(2) == 0 {
			e.Known = append(e.Known, k)
		}
	}
	if k := facetTowns[r.IntN(len(facetTowns))]; k.Name == e.Place.Country {
		e.Place.Town, e.Known = k.Value, append(e.Known, k)
	}
	return thing{e, vendor == "a", facetNames[vendor]}
}

// has says in Go what the database says in SQL: whether a search finds the thing.
func (e thing) has(s market.Selection) bool {
	begins := func(word string) bool {
		return strings.Contains(e.AllWords, " "+word) || strings.Contains(e.name, " "+word)
	}
	if e.Stock == 0 || len(s.Words) > 0 && s.AnyWord && !slices.ContainsFunc(s.Words, begins) {
		return false
	}
	for _, word := range s.Words {
		if !s.AnyWord && !begins(word) {
			return false
		}
	}
	for _, c := range s.Attributes {
		if !slices.ContainsFunc(e.Known, func(k market.Known) bool { return k.Name == c.Name && slices.Contains(c.Keys, k.Key) }) {
			return false
		}
	}
	if s.Town != "" && !slices.ContainsFunc(e.Known, func(k market.Known) bool { return k.Name == s.Country && k.Key == s.Town }) {
		return false
	}
	is := func(chosen, value string) bool { return chosen == "" || chosen == value }
	return is(s.Category, e.Category) && is(s.Sub, e.Sub) && is(s.Condition, e.Condition) && is(s.Country, e.Place.Country) &&
		(s.To == "" || e.goesTo(s.To)) && (!s.Collected || e.isCollected()) && (!s.Protected || e.CheckWithin > 0) && (!s.Open || e.open) &&
		e.Price >= s.Min && (s.Max == 0 || e.Price <= s.Max)
}

func (e thing) goesTo(country string) bool {
	return slices.ContainsFunc(e.Ways(), func(w scrip.Way) bool {
		return w.Way == scrip.WayPost && (len(w.Countries) == 0 || slices.Contains(w.Countries, country))
	})
}

func (e thing) isCollected() bool {
	return slices.ContainsFunc(e.Ways(), func(w scrip.Way) bool { return w.Way == scrip.WayCollect })
}

// randomSelection has some filters on.
func randomSelection(r *rand.Rand, m market.Moment) market.Selection {
	maybe := func(words ...string) string {
		if r.IntN(2) == 0 {
			return ""
		}
		return words[r.IntN(len(words))]
	}
	s := market.Selection{Moment: m, Condition: maybe("good", "fair"), Country: maybe("DE", "NL"), To: maybe(facetCountries...), Limit: 1000}
	if s.Country != "" {
		s.Town = maybe("halle", "den haag")
	}
	if s.Category = maybe("Home", "Clothing"); s.Category == "Home" {
		s.Sub = maybe("Lighting", "Furniture")
	}
	s.Collected, s.Protected, s.Open = r.IntN(3) == 0, r.IntN(3) == 0, r.IntN(3) == 0
	if r.IntN(3) == 0 {
		s.Min, s.Max = 2, scrip.Money(2+r.IntN(3))
	}
	for range r.IntN(3) {
		s.Words = append(s.Words, facetWords[r.IntN(len(facetWords))])
	}
	s.AnyWord = r.IntN(4) == 0
	if s.Category != "" && r.IntN(2) == 0 {
		s.Attributes = []market.Chosen{{Name: "Colour", Keys: []string{"red", "blue"}[:1+r.IntN(2)]}, {Name: "Brand", Keys: []string{"a b"}}}[:1+r.IntN(2)]
	}
	return s
}

// wantFacets counts one by one.
func wantFacets(all []thing, s market.Selection) (f market.Facets) {
	count := func(s market.Selection) (n int) {
		for _, e := range all {
			if e.has(s) {
				n++
			}
		}
		return n
	}
	each := func(words []string, with func(s *market.Selection, word string)) (counts []market.Count) {
		for _, word := range words {
			t := s
			with(&t, word)
			if n := count(t); n > 0 {
				counts = append(counts, market.Count{Value: word, Items: n})
			}
		}
		return counts
	}
	f.Categories = each(scrip.Categories(), func(s *market.Selection, word string) { s.Category, s.Sub, s.Attributes = word, "", nil })
	if s.Category != "" {
		f.Subs = each([]string{"Furniture", "Lighting"}, func(s *market.Selection, word string) { s.Sub = word })
	}
	f.Conditions = each(scrip.Conditions(), func(s *market.Selection, word string) { s.Condition = word })
	f.Countries = each([]string{"DE", "NL"}, func(s *market.Selection, word string) { s.Country, s.Town = word, "" })
	f.To = each(slices.Sorted(slices.Values(facetCountries)), func(s *market.Selection, word string) { s.To = word })
	anywhere, collected, protected, open, bounds := s, s, s, s, s
	anywhere.To, collected.Collected, protected.Protected, open.Open = "JP", true, true, true
	f.ToAny, f.Collected, f.Protected, f.Open = count(anywhere), count(collected), count(protected), count(open)
	bounds.Min, bounds.Max = 0, 0
	for _, e := range all {
		if e.has(bounds) {
			f.Most = max(f.Most, e.Price)
			if f.Least == 0 || e.Price < f.Least {
				f.Least = e.Price
			}
		}
	}
	return f
}

// everyCountry spells out what is posted to each country, named or not.
func everyCountry(f market.Facets) (all []market.Count) {
	for _, code := range slices.Sorted(slices.Values(facetCountries)) {
		n := market.Count{Value: code, Items: f.ToAny}
		if i := slices.IndexFunc(f.To, func(c market.Count) bool { return c.Value == code }); i >= 0 {
			n = f.To[i]
		}
		if n.Items > 0 {
			all = append(all, n)
		}
	}
	return all
}

// wantValues are the counts of an attribute's values, by value.
func wantValues(all []thing, s market.Selection, name string) map[string]int {
	counts := map[string]int{}
	for _, k := range facetKnown {
		t := s
		t.Attributes = slices.DeleteFunc(slices.Clone(s.Attributes), func(c market.Chosen) bool { return c.Name == name })
		t.Attributes = append(t.Attributes, market.Chosen{Name: name, Keys: []string{k.Key}})
		for _, e := range all {
			if k.Name == name && s.Category != "" && e.has(t) {
				counts[k.Value]++
			}
		}
	}
	return counts
}

// wantTowns are the counts of the towns of the country that is chosen.
func wantTowns(all []thing, s market.Selection) map[string]int {
	counts := map[string]int{}
	for _, k := range facetTowns {
		t := s
		t.Town = k.Key
		for _, e := range all {
			if k.Name == s.Country && e.has(t) {
				counts[k.Value]++
			}
		}
	}
	return counts
}

// counted are the values that any item has.
func counted(of market.Attribute) map[string]int {
	counts := map[string]int{}
	for _, v := range of.Values {
		if v.Items > 0 {
			counts[v.Value] = v.Items
		}
	}
	return counts
}

// facetMarket is a catalogue of random things at three stalls: one open, one away, one that does
// not answer.
func facetMarket(t *testing.T, r *rand.Rand) (*db.Catalogue, []thing) {
	c, ctx := openCatalogue(t), t.Context()
	var stalls []market.Stall
	for _, vendor := range slices.Sorted(maps.Keys(facetNames)) {
		s := marketStall(vendor)
		s.Words = facetNames[vendor]
		stalls = append(stalls, s)
	}
	if err := c.Certify(ctx, market.Listed{Stalls: stalls, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	var all []thing
	for _, s := range stalls {
		reading := market.Reading{Vendor: s.Vendor, At: catalogueStart}
		if s.Vendor == "b" {
			reading.Page.AwayUntil = catalogueStart + 100
		}
		for n := range 60 {
			e := randomThing(r, string(s.Vendor), n)
			all = append(all, e)
			reading.Listings = append(reading.Listings, e.Entry)
		}
		if _, err := c.Fill(ctx, reading); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Miss(ctx, "c", catalogueStart); err != nil {
		t.Fatal(err)
	}
	return c, all
}

// TestFacetsAreCounts: each count of each filter is what counting one by one gives, and so is
// what is found.
func TestFacetsAreCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c, all := facetMarket(t, r)
	m := market.Moment{Now: catalogueStart + 1, FailingSince: catalogueStart - 1}
	found := 0
	for range 300 {
		s := randomSelection(r, m)
		s.Facets = true
		result, err := c.Find(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, e := range all {
			if e.has(s) {
				want++
			}
		}
		found += want
		if result.Total != want || len(result.Items) != want {
			t.Fatalf("%+v: found %d and %d, want %d", s, result.Total, len(result.Items), want)
		}
		got := result.Facets
		for _, a := range got.Attributes {
			if got, want := counted(a), wantValues(all, s, a.Name); !maps.Equal(got, want) {
				t.Fatalf("%+v: %s: got %v, want %v", s, a.Name, got, want)
			}
		}
		if s.Category != "" && len(got.Attributes) == 0 && len(wantValues(all, s, "Colour")) > 0 {
			t.Fatalf("%+v: no attributes are counted", s)
		}
		if got, want := counted(got.Towns), wantTowns(all, s); !maps.Equal(got, want) {
			t.Fatalf("%+v: towns: got %v, want %v", s, got, want)
		}
		if chosen := slices.ContainsFunc(got.Towns.Values, func(v market.Value) bool { return v.Chosen }); chosen != (s.Town != "") {
			t.Fatalf("%+v: a town is chosen: got %t, want %t", s, chosen, s.Town != "")
		}
		got.Attributes, got.Towns, got.To = nil, market.Attribute{}, everyCountry(got)
		if want := wantFacets(all, s); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%+v:\ngot  %+v\nwant %+v", s, got, want)
		}
	}
	if found == 0 {
		t.Error("no selection found anything")
	}
}

// TestValuesAreBounded: of a thousand values those with most items are listed, what is chosen beside them,
// and how many there are beyond.
func TestValuesAreBounded(t *testing.T) {
	c, ctx := openCatalogue(t), t.Context()
	if err := c.Certify(ctx, market.Listed{Stalls: []market.Stall{marketStall("a")}, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	reading := market.Reading{Vendor: "a", At: catalogueStart}
	for n := range 50 {
		e := entry("a", fmt.Sprint(n), "lamp", "p")
		value := fmt.Sprintf("v%02d", n/2)
		e.Known = []market.Known{{Name: "Brand", Key: value, Value: value}}
		reading.Listings = append(reading.Listings, e)
	}
	if _, err := c.Fill(ctx, reading); err != nil {
		t.Fatal(err)
	}
	found, err := c.Find(ctx, market.Selection{
		Facets: true, Moment: market.Moment{Now: catalogueStart}, Category: "Home", Attributes: []market.Chosen{{Name: "Brand", Keys: []string{"v24", "none"}}},
	})
	f := found.Facets
	if err != nil || len(f.Attributes) != 1 {
		t.Fatalf("got %+v, %v", f.Attributes, err)
	}
	a := f.Attributes[0]
	last := a.Values[len(a.Values)-1]
	if len(a.Values) != market.MaxValues+2 || a.More != 4 || last != (market.Value{Count: market.Count{Value: "none"}, Chosen: true}) {
		t.Errorf("got %d values, %d more, at last %+v", len(a.Values), a.More, last)
	}
}

// TestManyValuesAreCounted: of thousands of values each is counted, what most things have is first, and what is asked for is
// there all the same.
func TestManyValuesAreCounted(t *testing.T) {
	c, ctx := openCatalogue(t), t.Context()
	if err := c.Certify(ctx, market.Listed{Stalls: []market.Stall{marketStall("a")}, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	const each, listings = 5, 900
	reading := market.Reading{Vendor: "a", At: catalogueStart}
	for n := range listings {
		e := entry("a", fmt.Sprint(n), "lamp", "p")
		for i := range each {
			value := fmt.Sprintf("v%04d", n*each+i)
			e.Known = append(e.Known, market.Known{Name: "Brand", Key: value, Value: value})
		}
		if n < 2 {
			e.Known = append(e.Known, market.Known{Name: "Brand", Key: "zz", Value: "Zz"})
		}
		reading.Listings = append(reading.Listings, e)
	}
	if _, err := c.Fill(ctx, reading); err != nil {
		t.Fatal(err)
	}
	rare := fmt.Sprintf("v%04d", each*listings-1)
	found, err := c.Find(ctx, market.Selection{
		Facets: true, Moment: market.Moment{Now: catalogueStart}, Category: "Home", Attributes: []market.Chosen{{Name: "Brand", Keys: []string{rare}}},
	})
	f := found.Facets
	if err != nil || len(f.Attributes) != 1 {
		t.Fatalf("got %+v, %v", f.Attributes, err)
	}
	a := f.Attributes[0]
	want := []market.Value{{Count: market.Count{Value: "Zz", Items: 2}}, {Count: market.Count{Value: rare, Items: 1}, Chosen: true}}
	for _, v := range want {
		if !slices.Contains(a.Values, v) {
			t.Errorf("got %+v, want %+v in it", a.Values, v)
		}
	}
	if total := len(a.Values) + a.More; total != each*listings+1 || a.Values[0].Value != "Zz" {
		t.Errorf("got %d values in all, %+v the first, want %d and Zz", total, a.Values[0], each*listings+1)
	}
}

// TestNamed: stalls are found by the beginnings of their names' words, and the vocabulary has the words of both.
func TestNamed(t *testing.T) {
	c, all := facetMarket(t, rand.New(rand.NewPCG(3, 4)))
	m := market.Moment{Now: catalogueStart + 1, FailingSince: catalogueStart - 1}
	for words, want := range map[string]string{"att lamp": "a", "attics lamps": "a", "barn": "b", "attic barn": "", "tic": ""} {
		stalls, err := c.Named(t.Context(), strings.Fields(words), 3, m)
		got := ""
		for _, s := range stalls {
			got += string(s.Vendor)
		}
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", words, got, err, want)
		}
	}
	counts := map[string]int{}
	for _, e := range all {
		for _, word := range facetWords {
			if e.Stock > 0 && strings.Contains(e.TitleWords+e.name, " "+word+" ") {
				counts[word]++
			}
		}
		for _, word := range []string{"attic", "barn", "cellar"} {
			if e.Stock > 0 && strings.Contains(e.name, " "+word+" ") {
				counts[word]++
			}
		}
	}
	for word, n := range counts {
		if got, err := c.Vocabulary(t.Context(), word, func(other string) bool { return other == word }, m); err != nil || !maps.Equal(got, map[string]int{word: n}) {
			t.Errorf("vocabulary: got %v, %v, want %s: %d", got, err, word, n)
		}
	}
	for asked, want := range map[string]string{"lmap": "lamp", "chiar": "chair", "celar": "cellar", "lampshade": "lampshade", "bras": "brass", "submarine": ""} {
		got, err := c.Vocabulary(t.Context(), asked, func(other string) bool { return other[0] == asked[0] && other != "lampshade" || other == asked }, m)
		if _, there := got[want]; err != nil || there != (want != "") || want == "" && len(got) > 0 {
			t.Errorf("vocabulary like %s: got %v, %v, want %s in it", asked, got, err, want)
		}
	}
}
