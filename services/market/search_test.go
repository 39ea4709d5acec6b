package market_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// stocked is a world with one stall of a few different things.
func stocked(t testing.TB) (*world, *stall) {
	w := newWorld(t)
	s := w.certify("Attic")
	for i, o := range []scrip.Offer{
		{Title: "Bicycle lamp", Description: "Bright.", Category: "Bicycles & Sport", Condition: "good", Price: 1500},
		{Title: "Desk lamp, brass", Description: "For a café.", Category: "Home", Condition: "fair", Price: 4000},
		{Title: "Lampshade", Description: "Paper, for any light.", Category: "Home", Condition: "new", Price: 900},
		{Title: "Armchair", Description: "Stood beside a lamp.", Category: "Home", Condition: "good", Price: 9000},
		{Title: "100% wool_coat", Description: "Größe 40, naïve pattern.", Category: "Clothing", Condition: "like new", Price: 6000},
	} {
		good := w.offer(s, o.Title)
		good.Description, good.Category, good.Condition, good.Price = o.Description, o.Category, o.Condition, o.Price
		w.put(s, good, 1, start-int64(i))
	}
	w.refresh()
	return w, s
}

// TestSearchByTrade: what is below a category, where it is, where it is posted to, what
// can be collected, and the order by the price with the least postage.
func TestSearchByTrade(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	collected := scrip.Way{Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}}
	near := scrip.Posted(10_00)
	near.Countries = []string{"NL", "BE"}
	put := func(title, sub, country string, price scrip.Money, ways ...scrip.Way) {
		o := w.offer(s, title)
		o.Edition, o.SendWithin, o.Sub, o.Delivery, o.Price = scrip.Edition, 5, sub, ways, price
		if country != "" {
			o.Place.Country = country
		}
		w.put(s, o, 1, start)
	}
	put("Anywhere", "Lighting", "NL", 20_00, scrip.Posted(1_00))
	put("Near", "Furniture", "NL", 15_00, near, collected)
	put("Here", "Furniture", "DE", 18_00, collected)
	put("Nowhere told", "", "", 30_00, near, scrip.Posted(20_00))
	old := w.offer(s, "Of before")
	old.Price, old.Postage = 10_00, 50_00
	w.put(s, old, 1, start)
	private := w.offer(s, "Private")
	private.Edition, private.SendWithin, private.Delivery, private.For = scrip.Edition, 5, []scrip.Way{collected}, scrip.Pseudonym(jose.Digest(nil))
	w.put(s, private, 1, start)
	w.refresh()
	for what, c := range map[string]struct {
		q    market.Query
		want []string
	}{
		"below a category":      {market.Query{Category: "Home", Sub: "Furniture"}, []string{"Here", "Near"}},
		"below another":         {market.Query{Category: "Clothing", Sub: "Furniture"}, nil},
		"below none":            {market.Query{Sub: "Furniture"}, nil},
		"in a country":          {market.Query{Country: "NL"}, []string{"Anywhere", "Near"}},
		"in no country":         {market.Query{Country: "nl"}, nil},
		"posted near":           {market.Query{To: "BE"}, []string{"Anywhere", "Near", "Nowhere told", "Of before"}},
		"posted far":            {market.Query{To: "JP"}, []string{"Anywhere", "Nowhere told", "Of before"}},
		"collected":             {market.Query{Collected: true}, []string{"Here", "Near"}},
		"collected in Germany":  {market.Query{Collected: true, Country: "DE"}, []string{"Here"}},
		"cheapest with postage": {market.Query{Sort: market.CheapestSent}, []string{"Here", "Anywhere", "Near", "Nowhere told", "Of before"}},
	} {
		got := w.titles(c.q)
		if c.q.Sort == "" {
			slices.Sort(got)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", what, got, c.want)
		}
	}
}

func TestSearch(t *testing.T) {
	w, s := stocked(t)
	const bike, desk, shade, chair, coat = "Bicycle lamp", "Desk lamp, brass", "Lampshade", "Armchair", "100% wool_coat"
	for what, c := range map[string]struct {
		q    market.Query
		want []string
	}{
		"nothing asked":        {market.Query{}, []string{bike, desk, shade, chair, coat}},
		"spaces":               {market.Query{Text: "  "}, []string{bike, desk, shade, chair, coat}},
		"title first":          {market.Query{Text: "LAMP", Sort: market.Relevance}, []string{bike, desk, shade, chair}},
		"newest":               {market.Query{Text: "lamp"}, []string{bike, desk, shade, chair}},
		"beginning of a word":  {market.Query{Text: "bicy lam"}, []string{bike}},
		"middle of a word":     {market.Query{Text: "shade"}, nil},
		"no accents":           {market.Query{Text: "cafe"}, []string{desk}},
		"accents":              {market.Query{Text: "grosse NAIVE"}, []string{coat}},
		"folded":               {market.Query{Text: "GRÖSSE naive"}, []string{coat}},
		"folded as written":    {market.Query{Text: "größe naive"}, []string{coat}},
		"a category's word":    {market.Query{Text: "clothing"}, []string{coat}},
		"what LIKE means":      {market.Query{Text: "%"}, nil},
		"what LIKE means more": {market.Query{Text: "_ %\\%"}, nil},
		"in a category":        {market.Query{Category: "Home"}, []string{desk, shade, chair}},
		"no category":          {market.Query{Category: "Cars"}, nil},
		"in a condition":       {market.Query{Condition: "good"}, []string{bike, chair}},
		"no condition":         {market.Query{Condition: "worn"}, nil},
		"from":                 {market.Query{MinPrice: 4000}, []string{desk, chair, coat}},
		"from to":              {market.Query{MinPrice: 900, MaxPrice: 1500}, []string{bike, shade}},
		"to before from":       {market.Query{MinPrice: 2, MaxPrice: 1}, nil},
		"cheapest":             {market.Query{Sort: market.Cheapest}, []string{shade, bike, desk, coat, chair}},
		"dearest":              {market.Query{Sort: market.Dearest}, []string{chair, coat, desk, bike, shade}},
		"no such order":        {market.Query{Sort: "random"}, nil},
		"of the stall":         {market.Query{Vendor: s.vendor, Text: "desk"}, []string{desk}},
		"of another":           {market.Query{Vendor: scrip.VendorID(rig.NewID(t))}, nil},
		"of no stall":          {market.Query{Vendor: "x' OR 1=1"}, nil},
		"not UTF-8":            {market.Query{Text: "lamp\xff"}, []string{bike, desk, shade, chair}},
	} {
		w.finds(what, c.q, c.want...)
	}
}

func TestSearchRanksWholeWords(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	for i, title := range []string{"Lampoon", "Lamp", "Chair"} { // the newest first
		o := w.offer(s, title)
		o.Description = "With a lamp."
		w.put(s, o, 1, start-int64(i))
	}
	w.refresh()
	w.finds("by relevance", market.Query{Text: "lamp", Sort: market.Relevance}, "Lamp", "Lampoon", "Chair")
}

func TestSearchPages(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	for i := range 25 {
		w.put(s, w.offer(s, fmt.Sprintf("Thing %02d", i)), 1, start) // all at one time
	}
	w.refresh()
	seen := map[string]bool{}
	for page := 1; page <= 3; page++ {
		r, err := w.Search(t.Context(), market.Query{Text: "thing", Page: page, PerPage: 10})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "total, page, pages", []int{r.Total, r.Page, r.Pages}, []int{25, page, 3})
		for _, item := range r.Items {
			seen[item.Title] = true
		}
	}
	same(t, "on all pages", len(seen), 25)
	for _, c := range []struct{ page, perPage, items, got int }{
		{0, 0, 24, 1}, {-5, -5, 24, 1}, {2, 0, 1, 2}, {4, 10, 0, 4}, {1 << 40, 1000, 0, market.MaxPage},
	} {
		r, err := w.Search(t.Context(), market.Query{Page: c.page, PerPage: c.perPage})
		same(t, "items, total, page", []any{len(r.Items), r.Total, r.Page, err}, []any{c.items, 25, c.got, nil})
	}
}

func TestCategories(t *testing.T) {
	w, _ := stocked(t)
	got, err := w.Categories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{"Home": 3, "Clothing": 1, "Bicycles & Sport": 1}
	for i, name := range scrip.Categories() {
		same(t, "category", got[i], market.Category{Name: name, Items: counts[name]})
	}
}

func TestUnknownListings(t *testing.T) {
	w, s := stocked(t)
	for _, c := range []struct {
		vendor scrip.VendorID
		offer  scrip.ID
	}{{s.vendor, rig.NewID(t)}, {scrip.VendorID(rig.NewID(t)), rig.NewID(t)}, {"", ""}, {"../../etc/passwd", "'"}} {
		if _, err := w.Listing(t.Context(), c.vendor, c.offer); !errors.Is(err, scrip.NotFound) {
			t.Errorf("%s/%s: got %v, want %v", c.vendor, c.offer, err, scrip.NotFound)
		}
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("lamp", "Home", int64(1), int64(5000), 1, "relevance")
	f.Add("%' OR 1=1 --", "", int64(-1), int64(0), -1, "price")
	w, _ := stocked(f)
	f.Fuzz(func(t *testing.T, text, category string, least, most int64, page int, sort string) {
		_, err := w.Search(t.Context(), market.Query{
			Text: text, Category: category, MinPrice: scrip.Money(least), MaxPrice: scrip.Money(most),
			Page: page, Sort: market.Sort(sort),
		})
		if err != nil {
			t.Error(err)
		}
	})
}
