package world_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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
	put := func(title, sub, country, town string, price scrip.Money, ways ...scrip.Way) {
		o := w.offer(s, title)
		o.Edition, o.SendWithin, o.Sub, o.Delivery, o.Price = scrip.Edition, 5, sub, ways, price
		if country != "" {
			o.Place = scrip.Place{Country: country, Town: town}
		}
		w.put(s, o, 1, start)
	}
	put("Anywhere", "Lighting", "NL", "Den Haag", 20_00, scrip.Posted(1_00))
	put("Near", "Furniture", "NL", "den  HAAG", 15_00, near, collected)
	put("Here", "Furniture", "DE", "Halle", 18_00, collected)
	put("Nowhere told", "", "", "", 30_00, near, scrip.Posted(20_00))
	old := w.offer(s, "Of before")
	old.Price, old.Postage = 10_00, new(scrip.Money(50_00))
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
		"in a town":             {market.Query{Country: "NL", Town: "dén haag"}, []string{"Anywhere", "Near"}},
		"in part of a town":     {market.Query{Country: "NL", Town: "Haag"}, nil},
		"in another's town":     {market.Query{Country: "NL", Town: "Halle"}, nil},
		"in a town of none":     {market.Query{Town: "Halle"}, nil},
		"in no town":            {market.Query{Country: "NL", Town: "-"}, nil},
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
		"end of a word":        {market.Query{Text: "shade"}, []string{shade}},
		"middle of a word":     {market.Query{Text: "cycl"}, nil},
		"a plural":             {market.Query{Text: "bicycles lamps"}, []string{bike}},
		"a stall's name":       {market.Query{Text: "attic shade"}, []string{shade}},
		"another spelling":     {market.Query{Text: "groesse"}, []string{coat}},
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

// TestSearchByDetails: attributes that the category knows, protection, stalls that are there, and names of stalls.
func TestSearchByDetails(t *testing.T) {
	w := newWorld(t)
	here, away := w.certify("Brass & Sons"), w.certify("Cellar")
	put := func(s *stall, title, category string, check int, attributes ...string) {
		o := w.offer(s, title)
		o.Edition, o.SendWithin, o.CheckWithin, o.Category, o.Delivery = scrip.Edition, 5, check, category, []scrip.Way{scrip.Posted(1_00)}
		for _, a := range attributes {
			name, value, _ := strings.Cut(a, ":")
			o.Attributes = append(o.Attributes, scrip.Attribute{Name: name, Value: value})
		}
		w.put(s, o, 1, start)
	}
	put(here, "Coat", "Clothing", 3, "size:M", "Colour:Dark  red", "Smell:none")
	put(here, "Shirt", "Clothing", 0, "Size:m", "Colour:blue")
	put(away, "Hat", "Clothing", 3, "Size:L", "Colour:Dark  red")
	put(away, "Vase", "Home", 0, "Size:M")
	w.change(func() { away.page.AwayUntil = start + 1000 })
	w.refresh()
	size := func(values ...string) (all []scrip.Attribute) {
		for _, v := range values {
			all = append(all, scrip.Attribute{Name: "SIZE", Value: v})
		}
		return all
	}
	red := scrip.Attribute{Name: "Colour", Value: "DARK red"}
	for what, c := range map[string]struct {
		q    market.Query
		want []string
	}{
		"a size":                   {market.Query{Category: "Clothing", Attributes: size("M")}, []string{"Coat", "Shirt"}},
		"one of two sizes":         {market.Query{Category: "Clothing", Attributes: size("M", "l")}, []string{"Coat", "Hat", "Shirt"}},
		"a size and a colour":      {market.Query{Category: "Clothing", Attributes: append(size("m"), red)}, []string{"Coat"}},
		"what nothing is":          {market.Query{Category: "Clothing", Attributes: size("XXL")}, nil},
		"an attribute of another":  {market.Query{Category: "Home", Attributes: size("M")}, nil},
		"one that nobody knows":    {market.Query{Category: "Clothing", Attributes: []scrip.Attribute{{Name: "Smell", Value: "none"}}}, nil},
		"of no category":           {market.Query{Attributes: size("M")}, nil},
		"no value":                 {market.Query{Category: "Clothing", Attributes: size("%")}, nil},
		"too many":                 {market.Query{Category: "Clothing", Attributes: size(strings.Split(strings.Repeat("M ", market.MaxChosen+1), " ")...)}, nil},
		"protected":                {market.Query{Protected: true}, []string{"Coat", "Hat"}},
		"there":                    {market.Query{Open: true}, []string{"Coat", "Shirt"}},
		"a stall's name":           {market.Query{Text: "cellar"}, []string{"Hat", "Vase"}},
		"a stall's and a thing's":  {market.Query{Text: "brass coat"}, []string{"Coat"}},
		"the value of a detail":    {market.Query{Text: "blue"}, []string{"Shirt"}},
		"a thing's and a detail's": {market.Query{Text: "hat dark"}, []string{"Hat"}},
	} {
		got := w.titles(c.q)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", what, got, c.want)
		}
	}
	r, err := w.Search(t.Context(), market.Query{Category: "Clothing", Attributes: size("m"), Facets: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "facets", r.Facets.Attributes, []market.Attribute{
		{Name: "Size", Values: []market.Value{{Count: market.Count{Value: "M", Items: 2}, Chosen: true}, {Count: market.Count{Value: "L", Items: 1}}}},
		{Name: "Colour", Values: []market.Value{{Count: market.Count{Value: "Dark  red", Items: 1}}, {Count: market.Count{Value: "blue", Items: 1}}}},
	})
	w.change(func() { away.down = true })
	w.refresh()
	w.sleep(time.Hour)
	w.finds("there and answering", market.Query{Open: true, Protected: true}, "Coat")
}

// TestNear: a search that finds nothing is told what comes closest, and every search which stalls have its words in their names.
func TestNear(t *testing.T) {
	w, s := stocked(t)
	for what, c := range map[string]struct {
		q      market.Query
		near   market.Near
		items  []string
		stalls int
	}{
		"found":          {q: market.Query{Text: "lamp"}},
		"a stall's name": {q: market.Query{Text: "atti"}, stalls: 1},
		"a slip in a stall's name": {q: market.Query{Text: "attik"}, near: market.Near{Text: "attic", Total: 5}, stalls: 1,
			items: []string{"Bicycle lamp", "Desk lamp, brass", "Lampshade", "Armchair", "100% wool_coat"}},
		"a slip":              {q: market.Query{Text: "bicylce"}, near: market.Near{Text: "bicycle", Total: 1}, items: []string{"Bicycle lamp"}},
		"a slip and a filter": {q: market.Query{Text: "armchiar", Condition: "new"}, near: market.Near{Text: "armchair", Total: 1, Less: true}, items: []string{"Armchair"}},
		"a filter too many":   {q: market.Query{Text: "armchair", Category: "Clothing"}, near: market.Near{Total: 1, Less: true}, items: []string{"Armchair"}},
		"a word too many": {q: market.Query{Text: "wool armchair", Sort: market.Cheapest}, near: market.Near{Total: 2, Any: true},
			items: []string{"Armchair", "100% wool_coat"}},
		"a slip and a word too many": {q: market.Query{Text: "wolo armchair"}, near: market.Near{Total: 2, Text: "wool armchair", Any: true},
			items: []string{"Armchair", "100% wool_coat"}},
		"of another stall": {q: market.Query{Text: "armchair", Vendor: scrip.VendorID(rig.NewID(t))}},
		"of the stall":     {q: market.Query{Text: "armchir", Vendor: s.vendor}, near: market.Near{Text: "armchair", Total: 1}, items: []string{"Armchair"}},
		"too short":        {q: market.Query{Text: "xy"}},
		"nothing like it":  {q: market.Query{Text: "submarine"}},
		"past the end":     {q: market.Query{Text: "lamp", Page: 9}},
	} {
		c.q.Near = true
		r, err := w.Search(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range r.Near.Items {
			got = append(got, i.Title)
		}
		slices.Sort(got)
		slices.Sort(c.items)
		r.Near.Items = nil
		same(t, what, []any{r.Near, got, len(r.Stalls)}, []any{c.near, c.items, c.stalls})
	}
	w.put(s, w.offer(s, "Submarine"), 1, start)
	w.refresh()
	w.sleep(2 * time.Minute)
	r, err := w.Search(t.Context(), market.Query{Text: "submarnie", Near: true})
	same(t, "a new word", []any{r.Near.Text, err}, []any{"submarine", nil})
}

// TestBeside: beside a thing stands what else its stall sells, and of others what is most like it; beside what is gone too.
func TestBeside(t *testing.T) {
	w, s := stocked(t)
	other := w.certify("Barn")
	for i, title := range []string{"Armchair of oak", "Brass lamp", "Table lamp of brass", "Chest", "Vase", "Rug"} {
		w.put(other, w.offer(other, title), 1, start-int64(i))
	}
	lamp, stool := w.offer(s, "Desk lamp of brass, green"), w.offer(s, "Desk stool")
	lamp.Edition, lamp.SendWithin, lamp.Delivery, lamp.Sub = scrip.Edition, 5, []scrip.Way{scrip.Posted(1)}, "Lighting" // of which there is no other
	w.put(s, lamp, 1, start-100)
	w.put(s, stool, 1, start-100)
	w.refresh()
	titles := func(items []market.Item) (all []string) {
		for _, i := range items {
			all = append(all, i.Title)
		}
		return all
	}
	look := func() {
		t.Helper()
		item, err := w.Listing(t.Context(), s.vendor, lamp.Offer)
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Beside(t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "from the stall", titles(b.FromStall), []string{"Bicycle lamp", "Desk lamp, brass", "Lampshade", "Armchair"})
		same(t, "similar", titles(b.Similar), []string{"Brass lamp", "Table lamp of brass", "Desk stool", "Armchair of oak"})
	}
	look()
	w.put(s, lamp, 0, start)
	w.refresh()
	w.state(s, lamp, market.SoldOut)
	look()
}
