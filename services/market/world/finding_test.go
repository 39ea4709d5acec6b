package world_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
	"peerscrip/services/scrip"
)

// TestFindingVectors: a search finds what the browser, which looks out for saved searches by itself, finds too
// (static/wallet_test/finding.test.mjs reads the same file).
func TestFindingVectors(t *testing.T) {
	b, err := os.ReadFile("../testdata/finding.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Words []struct {
			Text  string
			Words []string
		}
		Listing struct {
			Title, Description, Stall, Category, Sub, Condition string
			Price                                               scrip.Money
			CheckWithin                                         int `json:"check_within"`
			Attributes                                          []scrip.Attribute
			Place                                               scrip.Place
			Delivery                                            []scrip.Way
			Terms                                               []string
		}
		Searches []struct {
			Search struct {
				Terms                                          [][]string
				Q, Category, Sub, Condition, Country, Town, To string
				Attribute                                      []string
				Collected, Protected, Open                     bool
				MinPrice                                       scrip.Money `json:"min_price"`
				MaxPrice                                       scrip.Money `json:"max_price"`
			}
			Found bool
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Words {
		if got := terms.Words(c.Text); !slices.Equal(got, c.Words) {
			t.Errorf("%q: got %q, want %q", c.Text, got, c.Words)
		}
	}
	w := newWorld(t)
	s, l := w.certify(file.Listing.Stall), file.Listing
	o := w.offer(s, l.Title)
	o.Description, o.Category, o.Sub, o.Condition, o.Price = l.Description, l.Category, l.Sub, l.Condition, l.Price
	o.Edition, o.SendWithin, o.CheckWithin, o.Attributes, o.Place = scrip.Edition, 5, l.CheckWithin, l.Attributes, l.Place
	for _, way := range l.Delivery {
		way.Days = []int{0, 0}
		o.Delivery = append(o.Delivery, way)
	}
	w.put(s, o, 1, start)
	w.refresh()
	if r, err := w.Search(t.Context(), market.Query{}); err != nil || len(r.Items) != 1 || !slices.Equal(r.Items[0].Terms(), l.Terms) {
		t.Errorf("terms of %v (%v), want those of the one of %q", r.Items, err, l.Terms)
	}
	for _, c := range file.Searches {
		if got := market.TermsOf(c.Search.Q); !slices.EqualFunc(got, c.Search.Terms, slices.Equal) {
			t.Errorf("terms of %q: got %q, want %q", c.Search.Q, got, c.Search.Terms)
		}
		q := market.Query{
			Text: c.Search.Q, Category: c.Search.Category, Sub: c.Search.Sub, Condition: c.Search.Condition, Country: c.Search.Country, Town: c.Search.Town, To: c.Search.To,
			Collected: c.Search.Collected, Protected: c.Search.Protected, Open: c.Search.Open, MinPrice: c.Search.MinPrice, MaxPrice: c.Search.MaxPrice,
		}
		for _, a := range c.Search.Attribute {
			name, value, _ := strings.Cut(a, ":")
			q.Attributes = append(q.Attributes, scrip.Attribute{Name: name, Value: value})
		}
		if got := len(w.titles(q)) > 0; got != c.Found {
			t.Errorf("%+v: got %t, want %t", c.Search, got, c.Found)
		}
		q.Since = start
		if got := len(w.titles(q)) > 0; got != c.Found {
			t.Errorf("%+v, listed since: got %t, want %t", c.Search, got, c.Found)
		}
		if q.Since++; len(w.titles(q)) > 0 {
			t.Errorf("%+v: found what was listed before", c.Search)
		}
	}
}
