package web

import (
	"fmt"
	"net/http"
	"net/url"
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
	Sub                                        string // slug, of Category
	Country, To                                string // codes: where it is, and where it is posted to
	Collected                                  string // "1": only what can be collected
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
	Countries  []option // where it is
	To         []option // where it is posted to
	Sorts      []option
	Active     []option // filters that are on, each with the address without it
	Cards      []card
	Pages      pager
	Currency   string
	Unknown    []string // filters of the address that are none, in sentences
	MinError   string
	MaxError   string
}

func (s *server) search(w http.ResponseWriter, r *http.Request) error {
	form := readSearch(r.URL.Query())
	view := s.searchView(form)
	query := s.query(form, &view)
	view.Active = s.active(form, query)
	view.Unknown = unknown(r.URL.Query())
	found, err := s.Catalogue.Search(r.Context(), query)
	if err != nil {
		return fmt.Errorf("search the catalogue: %w", err)
	}
	view.Total = count(found.Total, "listing")
	view.Cards = s.cards(found.Items, true)
	view.Pages = pages(form, found.Total)
	h := s.head("browse", view.Heading)
	h.Words = form.Words
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
	return searchForm{
		Sub: slug(unslug(v.Get("sub"), of.Subs)), Country: knownCountry(v.Get("country")), To: knownCountry(v.Get("to")),
		Collected: map[bool]string{true: "1"}[v.Get("collected") == "1"],
		Words:     words, Category: slug(unslug(v.Get("category"), scrip.Categories())),
		Condition: slug(unslug(v.Get("condition"), scrip.Conditions())),
		Min:       strings.TrimSpace(v.Get("min")), Max: strings.TrimSpace(v.Get("max")),
		Sort: sortOf(v.Get("sort"), words), Page: pageOf(v),
	}
}

// knownCountry is a country's code, or empty.
func knownCountry(code string) string {
	if code = strings.ToUpper(code); scrip.ValidCountry(code) {
		return code
	}
	return ""
}

// unknown names the values of an address that stand in no closed list: they narrow nothing, and that is said.
func unknown(v url.Values) []string {
	var all []string
	for _, list := range []struct {
		name  string
		words []string
	}{{"category", scrip.Categories()}, {"condition", scrip.Conditions()}} {
		if asked := v.Get(list.name); asked != "" && unslug(asked, list.words) == "" {
			all = append(all, "There is no "+list.name+" “"+cut(scrip.CleanLine(asked), 40)+"” here.")
		}
	}
	if asked := v.Get("sort"); asked != "" && sortOf(asked, "words") != asked {
		all = append(all, "Listings have no order “"+cut(scrip.CleanLine(asked), 40)+"”.")
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
func (s *server) query(f searchForm, view *searchView) market.Query {
	q := market.Query{
		Text: f.Words, Category: unslug(f.Category, scrip.Categories()), Condition: unslug(f.Condition, scrip.Conditions()),
		Country: f.Country, To: f.To, Collected: f.Collected != "",
		Sort: market.Sort(f.Sort), Page: f.Page, PerPage: perPage,
	}
	of, _ := scrip.CategoryOf(q.Category)
	q.Sub = unslug(f.Sub, of.Subs)
	q.MinPrice, view.MinError = s.bound(f.Min)
	q.MaxPrice, view.MaxError = s.bound(f.Max)
	if q.MaxPrice > 0 && q.MinPrice > q.MaxPrice {
		q.MinPrice, q.MaxPrice, view.MaxError = 0, 0, "This is below the lower price."
	}
	return q
}

func (s *server) bound(text string) (scrip.Money, string) {
	if text == "" {
		return 0, ""
	}
	m, err := s.Site.Currency.Parse(text)
	if err != nil {
		return 0, sentence(err)
	}
	return m, ""
}

// address is the search as a link; page 1 and the expected order are left out.
func (f searchForm) address() string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", f.Words)
	set("category", f.Category)
	set("sub", f.Sub)
	set("condition", f.Condition)
	set("country", f.Country)
	set("to", f.To)
	set("collected", f.Collected)
	set("min", f.Min)
	set("max", f.Max)
	if f.Sort != sortOf("", f.Words) {
		set("sort", f.Sort)
	}
	if f.Page > 1 {
		set("page", strconv.Itoa(f.Page))
	}
	if len(v) == 0 {
		return "/search"
	}
	return "/search?" + v.Encode()
}
