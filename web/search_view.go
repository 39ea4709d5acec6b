package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/search"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// attributeFilter is an attribute with the values by which listings can be narrowed.
type attributeFilter struct {
	Name   string
	Values []option // following one that is chosen takes it away
	More   string   // how many values are not among them; empty: none
	Chosen bool     // one of them is
}

// filters are what a search can be narrowed by, each with how many listings there would be.
func (s *server) filters(ctx context.Context, v *searchView, of market.Facets) {
	f := v.Form
	v.Categories = links(ctx, f.outside(), tr(ctx, "All categories"), f.Category, of.Categories, func(f *searchForm) *string { return &f.Category })
	if f.Category != "" {
		v.Subs = links(ctx, f, tr(ctx, "All of it"), f.Sub, of.Subs, func(f *searchForm) *string { return &f.Sub })
	}
	v.Conditions = links(ctx, f, tr(ctx, "Any condition"), f.Condition, of.Conditions, func(f *searchForm) *string { return &f.Condition })
	for _, a := range of.Attributes {
		v.Attributes = append(v.Attributes, valueLinks(ctx, f, a))
	}
	v.Countries, v.To = countriesCounted(ctx, f.Country, of.Countries, 0), countriesCounted(ctx, f.To, of.To, of.ToAny)
	if v.Towns = townsCounted(ctx, f.Town, of.Towns); of.Towns.More > 0 {
		v.TownsMore = tr(ctx, "{{.N}} more towns", "N", of.Towns.More)
	}
	v.Collected, v.Protected, v.Open = number(ctx, of.Collected), number(ctx, of.Protected), number(ctx, of.Open)
	if v.Prices = tr(ctx, "{{.Least}} to {{.Most}}", "Least", s.sum(of.Least), "Most", s.sum(of.Most)); of.Least == of.Most {
		v.Prices = "" // one price, or none: there is nothing to narrow
	}
}

// links lists the values of a closed list that would leave something, each as the same search with that value in the field,
// after one for none, and with the one that is chosen, whatever it leaves.
func links(ctx context.Context, f searchForm, all, chosen string, counts []market.Count, field func(*searchForm) *string) []option {
	f.Page = 1
	link := func(slug, name string) option {
		*field(&f) = slug
		return option{Slug: slug, Name: name, Href: f.address(), Chosen: slug == chosen}
	}
	options, there := []option{link("", all)}, chosen == ""
	for _, c := range counts {
		o := link(slug(c.Value), tr(ctx, capital(c.Value)))
		o.Count = number(ctx, c.Items)
		options, there = append(options, o), there || o.Chosen
	}
	if !there {
		o := link(chosen, tr(ctx, capital(nameOf(chosen))))
		o.Count = "0"
		options = append(options, o)
	}
	return options
}

// nameOf is the word that a slug stands for in any of the closed lists.
func nameOf(s string) string {
	words := append(scrip.Categories(), scrip.Conditions()...)
	for _, name := range scrip.Categories() {
		of, _ := scrip.CategoryOf(name)
		words = append(words, of.Subs...)
	}
	return unslug(s, words)
}

// valueLinks are the values of an attribute, each as the same search with it, or without it where it is chosen.
func valueLinks(ctx context.Context, f searchForm, a market.Attribute) attributeFilter {
	f.Page = 1
	filter := attributeFilter{Name: tr(ctx, a.Name)}
	if a.More > 0 {
		filter.More = tr(ctx, "{{.N}} more values", "N", a.More)
	}
	asked := f.Attributes
	for _, v := range a.Values {
		this := scrip.Attribute{Name: a.Name, Value: v.Value}
		if v.Chosen {
			f.Attributes = without(asked, this)
		} else {
			f.Attributes = append(slices.Clone(asked), this)
		}
		filter.Chosen = filter.Chosen || v.Chosen
		filter.Values = append(filter.Values, option{Name: v.Value, Href: f.address(), Chosen: v.Chosen, Count: number(ctx, v.Items)})
	}
	return filter
}

// without leaves one attribute out.
func without(all []scrip.Attribute, one scrip.Attribute) []scrip.Attribute {
	return slices.DeleteFunc(slices.Clone(all), func(a scrip.Attribute) bool { return market.SameValue(a, one) })
}

// countriesCounted are the countries that would leave something, by name, and the one that is chosen; those that
// have no count of their own have that of any other.
func countriesCounted(ctx context.Context, chosen string, counts []market.Count, other int) (all []option) {
	items := map[string]int{}
	for _, c := range counts {
		items[c.Value] = c.Items
	}
	for _, o := range countryOptions(ctx, chosen) {
		n, own := items[o.Slug]
		if !own {
			n = other
		}
		if n > 0 || o.Chosen {
			o.Count = number(ctx, n)
			all = append(all, o)
		}
	}
	return all
}

// townsCounted are towns of a country, those with most listings first.
func townsCounted(ctx context.Context, asked string, of market.Attribute) (all []option) {
	for _, t := range of.Values {
		if t.Items == 0 {
			t.Value = asked // nobody wrote it otherwise
		}
		all = append(all, option{Slug: t.Value, Name: t.Value, Count: number(ctx, t.Items), Chosen: t.Chosen})
	}
	return all
}

// outside is the search without what is below its category.
func (f searchForm) outside() searchForm {
	f.Sub, f.Attributes = "", nil
	return f
}

func heading(ctx context.Context, f searchForm) string {
	category := unslug(f.Category, scrip.Categories())
	switch {
	case f.Words != "" && category != "":
		return tr(ctx, "“{{.Words}}” in {{.Category}}", "Words", f.Words, "Category", tr(ctx, category))
	case f.Words != "":
		return quote(ctx, f.Words)
	case category != "":
		return tr(ctx, category)
	}
	return tr(ctx, "All listings")
}

func sorts(ctx context.Context, f searchForm) []option {
	names := []option{
		{Slug: string(market.Newest), Name: tr(ctx, "Newest")},
		{Slug: string(market.Cheapest), Name: tr(ctx, "Lowest price")},
		{Slug: string(market.CheapestSent), Name: tr(ctx, "Price with postage")},
		{Slug: string(market.Dearest), Name: tr(ctx, "Highest price")},
	}
	if f.Words != "" {
		names = append([]option{{Slug: string(market.Relevance), Name: tr(ctx, "Best match")}}, names...)
	}
	chosen := f.Sort
	f.Page = 1
	for i := range names {
		f.Sort = names[i].Slug
		names[i].Href, names[i].Chosen = f.address(), names[i].Slug == chosen
	}
	return names
}

// active lists the filters that are on, which a bound that is no amount is not; following one takes it away.
func (s *server) active(ctx context.Context, f searchForm, q market.Query) []option {
	f.Page = 1
	var on []option
	add := func(is bool, name string, take func(f *searchForm)) {
		if is {
			without := f
			take(&without)
			on = append(on, option{Name: name, Href: without.address()})
		}
	}
	add(f.Category != "", tr(ctx, q.Category), func(f *searchForm) { *f = f.outside(); f.Category = "" })
	add(q.Sub != "", tr(ctx, q.Sub), func(f *searchForm) { f.Sub = "" })
	for _, a := range f.Attributes {
		add(true, tr(ctx, a.Name)+": "+a.Value, func(f *searchForm) { f.Attributes = without(f.Attributes, a) })
	}
	add(f.Condition != "", tr(ctx, capital(q.Condition)), func(f *searchForm) { f.Condition = "" })
	add(f.Country != "", tr(ctx, "In {{.Country}}", "Country", countryName(ctx, f.Country)), func(f *searchForm) { f.Country, f.Town = "", "" })
	add(f.Town != "", f.Town, func(f *searchForm) { f.Town = "" })
	add(f.To != "", tr(ctx, "Posted to {{.Country}}", "Country", countryName(ctx, f.To)), func(f *searchForm) { f.To = "" })
	add(f.Collected != "", tr(ctx, "Can be collected"), func(f *searchForm) { f.Collected = "" })
	add(f.Protected != "", tr(ctx, "Protected"), func(f *searchForm) { f.Protected = "" })
	add(f.Open != "", tr(ctx, "Seller is there"), func(f *searchForm) { f.Open = "" })
	add(q.MinPrice > 0, tr(ctx, "From {{.Price}}", "Price", s.sum(q.MinPrice)), func(f *searchForm) { f.Min = "" })
	add(q.MaxPrice > 0, tr(ctx, "Up to {{.Price}}", "Price", s.sum(q.MaxPrice)), func(f *searchForm) { f.Max = "" })
	return on
}

// notFound is what to try where nothing is found.
func notFound(ctx context.Context, words string) string {
	if words == "" {
		return tr(ctx, "Try another category or a wider price range.")
	}
	return tr(ctx, "Sellers write in their own language: try the words in another one, or fewer of them.")
}

// nearView is what comes closest to a search that finds nothing. The zero value is nothing.
type nearView struct {
	Title string
	Meant string // the words as they were probably meant; empty: as they are
	Href  string // the search that finds it; empty: none does
	All   string // what that shows
	Cards []card
}

func (s *server) nearView(ctx context.Context, f searchForm, n market.Near) nearView {
	if n.Total == 0 {
		return nearView{}
	}
	v := nearView{Meant: n.Text, Title: tr(ctx, "Results for {{.Words}}", "Words", quote(ctx, n.Text)), Cards: s.cards(ctx, n.Items, true)}
	f.Page = 1
	if n.Text != "" {
		f.Words = n.Text
	}
	if n.Less {
		f = searchForm{Words: f.Words, Sort: f.Sort}
	}
	v.Href, v.All = f.address(), tr(ctx, "Show {{.N}} listings", "N", n.Total)
	switch {
	case n.Any:
		v.Title, v.Href = tr(ctx, "Listings with some of the words"), ""
		if n.Text != "" {
			v.Title = tr(ctx, "Listings with some of {{.Words}}", "Words", quote(ctx, n.Text))
		}
		v.Meant = ""
	case n.Less && n.Text != "":
		v.Title = tr(ctx, "Results for {{.Words}}, without the filters", "Words", quote(ctx, n.Text))
	case n.Less:
		v.Title = tr(ctx, "Without the filters")
	}
	return v
}

// otherThings are listings to look through where nothing is near the words: of the kind of thing that the words name, in any
// language of pages, or else the newest. Words of other languages are found by the kind alone: sellers write in their own.
func (s *server) otherThings(ctx context.Context, f searchForm) (nearView, error) {
	other := searchForm{Sort: string(market.Newest), Page: 1}
	category, sub := kindNamed(f.Words)
	for _, kind := range [][2]string{{category, sub}, {category, ""}, {}} {
		found, err := s.Catalogue.Search(ctx, market.Query{Category: kind[0], Sub: kind[1], Sort: market.Newest, PerPage: otherItems})
		if err != nil {
			return nearView{}, fmt.Errorf("look for other things: %w", err)
		}
		if found.Total > 0 {
			other.Category, other.Sub = slug(kind[0]), slug(kind[1])
			v := nearView{Title: tr(ctx, "Newest listings"), Href: other.address(), All: tr(ctx, "Show {{.N}} listings", "N", found.Total), Cards: s.cards(ctx, found.Items, true)}
			if name := cmp.Or(kind[1], kind[0]); name != "" {
				v.Title = tr(ctx, "Newest in {{.Category}}", "Category", tr(ctx, name))
			}
			return v, nil
		}
	}
	return nearView{}, nil
}

// otherItems is how many listings are shown where nothing is near.
const otherItems = 8

// kindNamed is the category, and the kind of thing in it, whose name in any language of pages has one of the words; empty: none.
func kindNamed(words string) (category, sub string) {
	all := strings.Fields(words)
	for _, category := range scrip.Categories() {
		of, _ := scrip.CategoryOf(category)
		for _, sub := range append(slices.Clone(of.Subs), "") {
			for _, l := range locales() {
				if nameHas(l.say(cmp.Or(sub, category)), all) {
					return category, sub
				}
			}
		}
	}
	return "", ""
}

// leastOfName is how many letters of a name a word must have.
const leastOfName = 4

// nameHas reports whether a word of a name begins with one of the words, whatever their case and accents.
func nameHas(name string, words []string) bool {
	m := search.New(language.Und, search.Loose)
	return slices.ContainsFunc(words, func(word string) bool {
		if utf8.RuneCountInString(word) < leastOfName {
			return false
		}
		at, _ := m.IndexString(name, word)
		before, _ := utf8.DecodeLastRuneInString(name[:max(at, 0)])
		return at == 0 || at > 0 && !unicode.IsLetter(before)
	})
}

func pages(ctx context.Context, f searchForm, total int) pager {
	p := paged(ctx, f.Page, total, func(page int) string {
		f.Page = page
		return f.address()
	})
	if over := total - perPage*maxPages; over > 0 {
		p.Cut = tr(ctx, "The first {{.Number}} can be looked through. Add a word, a category or a price to see the others.", "Number", perPage*maxPages)
	}
	return p
}
