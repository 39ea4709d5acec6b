package web

import (
	"strconv"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// searchView prepares all of the page that does not depend on what is found.
func (s *server) searchView(f searchForm) searchView {
	return searchView{
		Form: f, Heading: heading(f), Currency: s.Site.Currency.Code,
		Categories: links(without(f), "All categories", scrip.Categories(), func(f *searchForm) *string { return &f.Category }),
		Conditions: links(f, "Any condition", scrip.Conditions(), func(f *searchForm) *string { return &f.Condition }),
		Subs:       subs(f), Countries: countryOptions(f.Country), To: countryOptions(f.To),
		Sorts: sorts(f),
	}
}

// subs are what is one level below the category that is chosen, each as a link.
func subs(f searchForm) []option {
	of, ok := scrip.CategoryOf(unslug(f.Category, scrip.Categories()))
	if !ok {
		return nil
	}
	return links(f, "All of it", of.Subs, func(f *searchForm) *string { return &f.Sub })
}

func heading(f searchForm) string {
	category := unslug(f.Category, scrip.Categories())
	switch {
	case f.Words != "" && category != "":
		return "“" + f.Words + "” in " + category
	case f.Words != "":
		return "“" + f.Words + "”"
	case category != "":
		return category
	}
	return "All listings"
}

// without is the search without what is below its category.
func without(f searchForm) searchForm {
	f.Sub = ""
	return f
}

// links lists the words of a closed list, each as the same search with that word in the field, after one for none.
func links(f searchForm, all string, words []string, field func(*searchForm) *string) []option {
	chosen := *field(&f)
	f.Page = 1
	link := func(slug, name string) option {
		*field(&f) = slug
		return option{Slug: slug, Name: name, Href: f.address(), Chosen: slug == chosen}
	}
	options := []option{link("", all)}
	for _, word := range words {
		options = append(options, link(slug(word), capital(word)))
	}
	return options
}

func sorts(f searchForm) []option {
	names := []option{
		{Slug: string(market.Newest), Name: "Newest"},
		{Slug: string(market.Cheapest), Name: "Lowest price"},
		{Slug: string(market.CheapestSent), Name: "With postage"},
		{Slug: string(market.Dearest), Name: "Highest price"},
	}
	if f.Words != "" {
		names = append([]option{{Slug: string(market.Relevance), Name: "Best match"}}, names...)
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
func (s *server) active(f searchForm, q market.Query) []option {
	f.Page = 1
	var on []option
	add := func(name string, without searchForm) {
		on = append(on, option{Name: name, Href: without.address()})
	}
	if f.Category != "" {
		without := f
		without.Category, without.Sub = "", ""
		add(unslug(f.Category, scrip.Categories()), without)
	}
	if f.Condition != "" {
		without := f
		without.Condition = ""
		add(capital(unslug(f.Condition, scrip.Conditions())), without)
	}
	if q.Sub != "" {
		without := f
		without.Sub = ""
		add(q.Sub, without)
	}
	if f.Country != "" {
		without := f
		without.Country = ""
		add("In "+countryName(f.Country), without)
	}
	if f.To != "" {
		without := f
		without.To = ""
		add("Posted to "+countryName(f.To), without)
	}
	if f.Collected != "" {
		without := f
		without.Collected = ""
		add("Can be collected", without)
	}
	if q.MinPrice > 0 {
		without := f
		without.Min = ""
		add("From "+s.priced(q.MinPrice), without)
	}
	if q.MaxPrice > 0 {
		without := f
		without.Max = ""
		add("Up to "+s.priced(q.MaxPrice), without)
	}
	return on
}

func pages(f searchForm, total int) pager {
	p := paged(f.Page, total, func(page int) string {
		f.Page = page
		return f.address()
	})
	if over := total - perPage*maxPages; over > 0 {
		p.Cut = "The first " + strconv.Itoa(perPage*maxPages) + " can be looked through. Add a word, a category or a price to see the others."
	}
	return p
}
