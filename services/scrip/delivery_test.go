package scrip_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"peerscrip/services/scrip"
)

// deliveries are testdata/delivery.json.
func deliveries(t *testing.T) (all struct {
	Countries string `json:"countries"`
	Postcodes string `json:"postcodes"`
	Totals    []struct {
		Name  string `json:"name"`
		Lines []struct {
			Price    scrip.Money  `json:"price"`
			Quantity int          `json:"quantity"`
			Delivery []scrip.Way  `json:"delivery"`
			Postage  *scrip.Money `json:"postage"`
		} `json:"lines"`
		Delivery struct {
			Way     string `json:"way"`
			Label   string `json:"label"`
			Country string `json:"country"`
		} `json:"delivery"`
		Total   scrip.Money   `json:"total"`
		Refused scrip.Refusal `json:"refused"`
		Line    *int          `json:"line"`
	} `json:"totals"`
},
) {
	t.Helper()
	if err := json.Unmarshal(must(os.ReadFile("testdata/delivery.json")), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTotalVectors: what things cost together, delivered in a way, is what the
// vectors say, and what cannot be delivered is refused with its line.
func TestTotalVectors(t *testing.T) {
	for _, v := range deliveries(t).Totals {
		var portions []scrip.Portion
		for _, l := range v.Lines {
			o := scrip.Offer{Price: l.Price, Delivery: l.Delivery, Postage: l.Postage}
			if l.Delivery != nil {
				o.Edition = scrip.Edition
			}
			portions = append(portions, scrip.Portion{Offer: o, Quantity: l.Quantity})
		}
		d := scrip.Delivery{Way: v.Delivery.Way, Label: v.Delivery.Label}
		if d.Way == scrip.WayPost {
			d.Address = &scrip.Address{Country: v.Delivery.Country}
		}
		got, err := scrip.Total(portions, d)
		var want error
		switch {
		case v.Line != nil:
			want = scrip.AtLine{Refusal: v.Refused, Line: *v.Line}
		case v.Refused != "":
			want = v.Refused
		}
		if got != v.Total && want == nil || !errors.Is(err, want) {
			t.Errorf("%s: got %d, %v, want %d, %v", v.Name, got, err, v.Total, want)
		}
	}
}

// TestTotalOfNone: less than one of a thing costs nothing that could be paid.
func TestTotalOfNone(t *testing.T) {
	o := scrip.Offer{Price: 12_50, Edition: scrip.Edition, Delivery: []scrip.Way{scrip.Posted(0)}}
	if got, err := o.Total(-1, scrip.Delivery{Way: scrip.WayPost}); err != scrip.AmountOutOfBounds {
		t.Errorf("-1 of it: got %d, %v, want %v", got, err, scrip.AmountOutOfBounds)
	}
}

// TestCountries: the countries are those of the vectors, in order, and each has a
// name of its own.
func TestCountries(t *testing.T) {
	all := scrip.Countries()
	var need []string
	for _, code := range all {
		if scrip.NeedsPostcode(code) {
			need = append(need, code)
		}
	}
	if got, want := strings.Join(need, " "), deliveries(t).Postcodes; got != want {
		t.Errorf("countries that need a postcode: got %s, want %s", got, want)
	}
	if got, want := strings.Join(all, " "), deliveries(t).Countries; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for i, code := range all {
		region, err := language.ParseRegion(code)
		if err != nil || !region.IsCountry() || region.Canonicalize().String() != code {
			t.Errorf("%s: got %v, %v, want a country", code, region, err)
		}
		if i > 0 && all[i-1] >= code || !scrip.ValidCountry(code) {
			t.Errorf("%s stands in the wrong place, or is not valid", code)
		}
	}
	for _, code := range []string{"", "N", "nl", "NLD", "XX", "D ", "\n\t", "TA", "YU"} {
		if scrip.ValidCountry(code) {
			t.Errorf("ValidCountry(%q): got true, want false", code)
		}
	}
}

// TestCategories: every category has subs and attributes, and an offer may have
// each of them and none of another's.
func TestCategories(t *testing.T) {
	good := newWorld().find(t, "OFFER").body.(scrip.Offer)
	for _, name := range scrip.Categories() {
		c, ok := scrip.CategoryOf(name)
		if !ok || len(c.Subs) < 2 || len(c.Attributes) < 2 || len(c.Attributes) > scrip.MaxAttributes {
			t.Errorf("%s: got %+v, %t", name, c, ok)
		}
		for _, sub := range c.Subs {
			o := good
			o.Category, o.Sub = name, sub
			if err := o.Valid(); err != nil {
				t.Errorf("%s, %s: got %v, want it taken", name, sub, err)
			}
		}
		o := good
		o.Category, o.Sub = name, "Elsewhere"
		if err := o.Valid(); err != scrip.Unreadable {
			t.Errorf("%s, elsewhere: got %v, want %v", name, err, scrip.Unreadable)
		}
	}
}
