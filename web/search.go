package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// maxWords bounds what is searched for, in characters.
const maxWords = 200

// searchForm is a search as it stands in the address. Its zero value asks for everything.
type searchForm struct {
	Words, Category, Condition, Min, Max, Sort string
	Sub                                        string            // slug, of Category
	Attributes                                 []scrip.Attribute // of Category
	Country, To                                string            // codes: where it is, and where it is posted to
	Town                                       string            // of Country
	Collected, Protected, Open                 string            // "1": only what can be collected, what is protected, of stalls that are there
	Page                                       int
}

// searchView is the page of results.
type searchView struct {
	Form       searchForm
	Heading    string
	Total      string
	Categories []option
	Conditions []option
	Subs       []option
	Attributes []attributeFilter
	Countries  []option // where it is
	Towns      []option // of the country that is chosen
	TownsMore  string   // how many are not among them; empty: none
	To         []option // where it is posted to
	Collected  string   // how many
	Protected  string
	Open       string
	Prices     string // what there is; empty: nothing
	Sorts      []option
	Active     []option // filters that are on, each with the address without it
	Stalls     []stallCard
	Cards      []card
	Near       nearView
	Save       saveView
	Pages      pager
	Currency   string
	Unknown    []string // filters of the address that are none, in sentences
	MinError   string
	MaxError   string
}

func (s *server) search(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form := readSearch(r.URL.Query())
	view := searchView{Form: form, Heading: heading(ctx, form), Currency: s.Site.Currency.Code}
	query := s.query(ctx, form, &view)
	view.Active = s.active(ctx, form, query)
	view.Unknown = unknown(ctx, r.URL.Query())
	found, err := s.Catalogue.Search(ctx, query)
	if err != nil {
		return fmt.Errorf("search the catalogue: %w", err)
	}
	s.filters(ctx, &view, found.Facets)
	if view.Total = tr(ctx, "{{.N}} listings", "N", found.Total); found.Total > 1 {
		view.Sorts = sorts(ctx, form)
	}
	view.Cards = s.cards(ctx, found.Items, true)
	for _, stall := range found.Stalls {
		view.Stalls = append(view.Stalls, s.stallCard(ctx, stall))
	}
	if view.Near = s.nearView(ctx, form, found.Near); found.Total == 0 && len(view.Near.Cards) == 0 {
		if view.Near, err = s.otherThings(ctx, form); err != nil {
			return err
		}
	}
	view.Pages = pages(ctx, form, found.Total)
	if view.Save, err = saveViewOf(ctx, view, query); err != nil {
		return err
	}
	h := s.head("browse", view.Heading)
	h.Words, h.Feed = form.Words, form.feed()
	return s.render(w, r, http.StatusOK, searchPage(h, view))
}

// readSearch takes what it knows from an address and leaves out what it does not.
func readSearch(v url.Values) searchForm {
	words := strings.TrimSpace(strings.ToValidUTF8(v.Get("q"), ""))
	if runes := []rune(words); len(runes) > maxWords {
		words = string(runes[:maxWords])
	}
	category := unslug(v.Get("category"), scrip.Categories())
	of, _ := scrip.CategoryOf(category)
	one := func(name string) string { return map[bool]string{true: "1"}[v.Get(name) == "1"] }
	attributes, _ := attributesAsked(category, v)
	return searchForm{
		Sub: slug(unslug(v.Get("sub"), of.Subs)), Attributes: attributes, Country: knownCountry(v.Get("country")), Town: townAsked(v), To: knownCountry(v.Get("to")),
		Collected: one("collected"), Protected: one("protected"), Open: one("open"),
		Words: words, Category: slug(category),
		Condition: slug(unslug(v.Get("condition"), scrip.Conditions())),
		Min:       strings.TrimSpace(v.Get("min")), Max: strings.TrimSpace(v.Get("max")),
		Sort: sortOf(v.Get("sort"), words), Page: pageOf(v),
	}
}

// attributesAsked are the attributes that an address asks for, each once, and those that the category does not know.
func attributesAsked(category string, v url.Values) (all []scrip.Attribute, strange []string) {
	for _, asked := range v["attribute"] {
		name, value, _ := strings.Cut(asked, ":")
		a, known := market.Filter(category, scrip.Attribute{Name: name, Value: cut(scrip.CleanLine(value), scrip.MaxValue)})
		switch {
		case !known || len(all) == market.MaxChosen:
			strange = append(strange, asked)
		case !slices.ContainsFunc(all, func(b scrip.Attribute) bool { return market.SameValue(a, b) }):
			all = append(all, a)
		}
	}
	return all, strange
}

// townAsked is the town that an address asks for, if it is one of the country; empty where the form that was sent had the
// towns of another country, which was chosen before.
func townAsked(v url.Values) string {
	town, country := cut(scrip.CleanLine(v.Get("town")), scrip.MaxTown), knownCountry(v.Get("country"))
	if of := v.Get("towns-of"); of != "" && knownCountry(of) != country || !market.ValidTown(country, town) {
		return ""
	}
	return town
}

// knownCountry is a country's code, or empty.
func knownCountry(code string) string {
	if code = strings.ToUpper(code); scrip.ValidCountry(code) {
		return code
	}
	return ""
}

// unknown names the values of an address that stand in no closed list: they narrow nothing, and that is said.
func unknown(ctx context.Context, v url.Values) []string {
	var all []string
	told := func(text string) string { return quote(ctx, cut(scrip.CleanLine(text), 40)) }
	category := unslug(v.Get("category"), scrip.Categories())
	of, _ := scrip.CategoryOf(category)
	for _, list := range []struct {
		name, missing string
		words         []string
	}{
		{"category", phrase("There is no category {{.Word}} here."), scrip.Categories()},
		{"sub", phrase("There is no kind {{.Word}} here."), of.Subs},
		{"condition", phrase("There is no condition {{.Word}} here."), scrip.Conditions()},
	} {
		if asked := v.Get(list.name); asked != "" && unslug(asked, list.words) == "" {
			all = append(all, tr(ctx, list.missing, "Word", told(asked)))
		}
	}
	for _, name := range []string{"country", "to"} {
		if asked := v.Get(name); asked != "" && knownCountry(asked) == "" {
			all = append(all, tr(ctx, "{{.Word}} is no country.", "Word", told(asked)))
		}
	}
	if asked := v.Get("town"); asked != "" && townAsked(v) == "" && v.Get("towns-of") == "" {
		all = append(all, tr(ctx, "There is no town {{.Word}} without its country.", "Word", told(asked)))
	}
	for _, name := range []string{"collected", "protected", "open"} {
		if asked := v.Get(name); asked != "" && asked != "1" {
			all = append(all, tr(ctx, "{{.Filter}} is switched on by 1, not by {{.Word}}.", "Filter", told(name), "Word", told(asked)))
		}
	}
	if _, strange := attributesAsked(category, v); len(strange) > 0 {
		all = append(all, tr(ctx, "Listings here cannot be narrowed by {{.Word}}.", "Word", told(strange[0])))
	}
	if asked := v.Get("sort"); asked != "" && sortOf(asked, "words") != asked {
		all = append(all, tr(ctx, "Listings have no order {{.Word}}.", "Word", told(asked)))
	}
	return all
}

// cut shortens text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// sortOf is the order asked for, or the one people expect: by relevance when they asked for words.
func sortOf(asked, words string) string {
	switch order := market.Sort(asked); {
	case order == market.Newest || order == market.Cheapest || order == market.Dearest || order == market.CheapestSent, order == market.Relevance && words != "":
		return asked
	case words != "":
		return string(market.Relevance)
	}
	return string(market.Newest)
}

// query turns a form into a question to the catalogue; bounds that are no amounts, or leave nothing between them, are
// explained beside their field and do not filter.
func (s *server) query(ctx context.Context, f searchForm, view *searchView) market.Query {
	q := market.Query{
		Text: f.Words, Category: unslug(f.Category, scrip.Categories()), Condition: unslug(f.Condition, scrip.Conditions()),
		Country: f.Country, Town: f.Town, To: f.To, Collected: f.Collected != "", Protected: f.Protected != "", Open: f.Open != "",
		Attributes: f.Attributes, Sort: market.Sort(f.Sort), Page: f.Page, PerPage: perPage, Facets: true, Near: true,
	}
	of, _ := scrip.CategoryOf(q.Category)
	q.Sub = unslug(f.Sub, of.Subs)
	q.MinPrice, view.MinError = s.bound(ctx, f.Min)
	q.MaxPrice, view.MaxError = s.bound(ctx, f.Max)
	if q.MaxPrice > 0 && q.MinPrice > q.MaxPrice {
		q.MinPrice, q.MaxPrice, view.MaxError = 0, 0, tr(ctx, "This is below the lower price.")
	}
	return q
}

func (s *server) bound(ctx context.Context, text string) (scrip.Money, string) {
	if text == "" {
		return 0, ""
	}
	m, err := s.Site.Currency.Parse(text)
	if err != nil {
		return 0, amountFault(ctx, err)
	}
	return m, ""
}

// values are the search as an address has it; page 1 and the expected order are left out.
func (f searchForm) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", f.Words)
	set("category", f.Category)
	set("sub", f.Sub)
	for _, a := range f.Attributes {
		v.Add("attribute", a.Name+":"+a.Value)
	}
	set("condition", f.Condition)
	set("country", f.Country)
	set("town", f.Town)
	set("to", f.To)
	set("collected", f.Collected)
	set("protected", f.Protected)
	set("open", f.Open)
	set("min", f.Min)
	set("max", f.Max)
	if f.Sort != sortOf("", f.Words) {
		set("sort", f.Sort)
	}
	if f.Page > 1 {
		set("page", strconv.Itoa(f.Page))
	}
	return v
}

// address is the search as a link.
func (f searchForm) address() string {
	if v := f.values(); len(v) > 0 {
		return "/search?" + v.Encode()
	}
	return "/search"
}

// feed is where its newest listings are told of as they come.
func (f searchForm) feed() string {
	f.Sort, f.Page = sortOf("", f.Words), 1
	return atomPath + strings.TrimPrefix(f.address(), "/search")
}

// hidden are the fields of a search that the form for price, place and delivery does not ask for.
func (f searchForm) hidden() (all [][2]string) {
	f.Country, f.Town, f.To, f.Collected, f.Protected, f.Open, f.Min, f.Max, f.Page = "", "", "", "", "", "", "", "", 1
	values := f.values()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			all = append(all, [2]string{name, value})
		}
	}
	return all
}
