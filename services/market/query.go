package market

import (
	"slices"

	"peerscrip/services/scrip"
)

// Bounds on what is asked.
const (
	MaxText    = 200 // bytes of search text that are looked at
	MaxWords   = 8   // words of it
	MaxPage    = 10000
	MaxPerPage = 100
	// MaxChosen is how many values of attributes are looked at.
	MaxChosen = 24
	perPage   = 24 // when Query.PerPage is 0
)

// Sort is an order of items.
type Sort string

// The orders. The empty Sort, and Relevance without words, are Newest.
const (
	Relevance Sort = "relevance" // title before text, whole words before beginnings and ends
	Newest    Sort = "newest"
	Cheapest  Sort = "price"
	Dearest   Sort = "price-desc"
	// CheapestSent counts the least postage that there is.
	CheapestSent Sort = "price-postage"
)

// Query is what a buyer looks for. Empty and zero fields do not narrow it.
type Query struct {
	Text       string // every word must be found in the item or its stall's name: see package terms
	Category   string
	Condition  string
	Vendor     scrip.VendorID
	Sub        string            // of Category
	Attributes []scrip.Attribute // of Category; of one name any value will do
	Country    string            // where it is
	Town       string            // of Country, or a region: whatever its case or accents
	To         string            // the country to which it is posted
	Collected  bool              // only what can be
	Protected  bool              // only what the buyer has time to check before the seller is paid
	Open       bool              // only of stalls that are there and answer
	MinPrice   scrip.Money       // without postage, both bounds included
	MaxPrice   scrip.Money
	Since      int64 // unix seconds: only what was listed from then on
	Sort       Sort
	Page       int  // from 1; 0 is 1
	PerPage    int  // at most MaxPerPage; 0 is 24
	Facets     bool // count what each filter would leave
	Near       bool // find stalls of that name, and where nothing is found what is near
}

// Results are one page of items that can be bought now.
type Results struct {
	Items []Item
	Total int // on all pages
	Page  int // as asked for, made valid
	Pages int // 0 when there is nothing

	Facets Facets  // where the Query asks for them
	Stalls []Stall // whose names have the words, or those that were probably meant, up to StallsNamed, where the Query asks for what is near
	Near   Near    // where it asks for that and nothing is found
}

// selection makes q ready for the store, and reports false for a query that
// nothing can match: a category that does not exist, words of no letters.
func (q *Query) selection(m Moment) (Selection, bool) {
	q.Page = min(max(q.Page, 1), MaxPage)
	if q.PerPage <= 0 {
		q.PerPage = perPage
	}
	q.PerPage = min(q.PerPage, MaxPerPage)
	s := Selection{
		Moment: m, Words: queryWords(q.Text), Category: q.Category, Condition: q.Condition, Vendor: q.Vendor,
		Sub: q.Sub, Attributes: chosen(q.Category, q.Attributes), Country: q.Country, Town: key(q.Town), To: q.To,
		Collected: q.Collected, Protected: q.Protected, Open: q.Open,
		Since: q.Since, Min: q.MinPrice, Max: q.MaxPrice, Sort: q.Sort,
		Offset: (q.Page - 1) * q.PerPage, Limit: q.PerPage, Facets: q.Facets,
	}
	if s.Sort == "" || (s.Sort == Relevance && len(s.Words) == 0) {
		s.Sort = Newest
	}
	return s, q.possible(s)
}

func (q *Query) possible(s Selection) bool {
	switch {
	case q.Text != "" && len(s.Words) == 0 && !blank(q.Text),
		q.Vendor != "" && !q.Vendor.Valid(),
		len(q.Attributes) > MaxChosen,
		q.MaxPrice < 0, q.MaxPrice > 0 && q.MinPrice > q.MaxPrice:
		return false
	}
	return len(q.Unlisted()) == 0
}

// Unlisted names what q narrows by that stands in no closed list, or not in that of its
// category: nothing can match it, and whoever asks is to be told. The names are those of
// the parameters of GET /v1/market/listings.
func (q *Query) Unlisted() (names []string) {
	of, _ := scrip.CategoryOf(q.Category)
	for _, list := range []struct {
		name   string
		listed bool
	}{
		{"category", q.Category == "" || slices.Contains(scrip.Categories(), q.Category)},
		{"condition", q.Condition == "" || slices.Contains(scrip.Conditions(), q.Condition)},
		{"sub", q.Sub == "" || slices.Contains(of.Subs, q.Sub)},
		{"attribute", !slices.ContainsFunc(q.Attributes, func(a scrip.Attribute) bool { _, known := Filter(q.Category, a); return !known })},
		{"country", q.Country == "" || scrip.ValidCountry(q.Country)},
		{"town", q.Town == "" || ValidTown(q.Country, q.Town)},
		{"to", q.To == "" || scrip.ValidCountry(q.To)},
		{"sort", slices.Contains([]Sort{"", Relevance, Newest, Cheapest, Dearest, CheapestSent}, q.Sort)},
	} {
		if !list.listed {
			names = append(names, list.name)
		}
	}
	return names
}
