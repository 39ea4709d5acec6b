package web

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"peerscrip/services/scrip"
)

// countryName is what a country is called; its code where it is none.
func countryName(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := display.English.Regions().Name(region); name != "" {
		return name
	}
	return code
}

// countryOptions are all countries by their names, for a select.
func countryOptions(chosen string) []option {
	var all []option
	for _, code := range scrip.Countries() {
		all = append(all, option{Slug: code, Name: countryName(code), Chosen: code == chosen})
	}
	slices.SortFunc(all, func(a, b option) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// placeName is where a thing is, in words; empty where it is not told.
func placeName(p scrip.Place) string {
	if p.Town == "" {
		return countryName(p.Country)
	}
	return p.Town + ", " + p.Country
}

// addressLines is an address as it stands on a parcel.
func addressLines(a *scrip.Address) []string {
	if a == nil {
		return nil
	}
	lines := slices.Concat([]string{a.Name}, a.Lines, []string{strings.TrimSpace(a.Postcode + " " + a.Town), countryName(a.Country), a.Phone})
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// way is one way in which a thing gets to its buyer, as a page tells it.
type way struct {
	How   string // "Posted within 3 days from Utrecht, NL"
	Price string // "4.90 EUR", "free"; empty where it is collected
	More  string // to which countries, and how long it is on its way
}

// ways tells them in the seller's order.
func (s *server) ways(o scrip.Offer) []way {
	var all []way
	for _, w := range o.Ways() {
		if w.Way == scrip.WayCollect {
			all = append(all, way{How: joined("Collect it in", placeName(o.Place)), More: w.Label})
			continue
		}
		how := "Posted"
		if o.SendWithin > 0 {
			how += " within " + count(o.SendWithin, "day")
		}
		price := "free"
		if w.Price > 0 {
			price = s.priced(w.Price)
		}
		all = append(all, way{How: joined(how+" from", placeName(o.Place)), Price: price, More: posted(w)})
	}
	return all
}

// joined is a sentence that ends in a place, or without one in itself.
func joined(words, place string) string {
	if place == "" {
		return words[:strings.LastIndex(words, " ")]
	}
	return words + " " + place
}

// posted says of a way what it is called, how long it takes and where it goes.
func posted(w scrip.Way) string {
	parts := []string{days(w.Days) + " on its way", reach(w.Countries)}
	if w.Label != "" {
		parts = append([]string{w.Label}, parts...)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}

// days is a span of them, in words.
func days(of []int) string {
	if of[0] == of[1] {
		return count(of[1], "day")
	}
	return strconv.Itoa(of[0]) + " to " + count(of[1], "day")
}

// reach names the countries that a parcel goes to, as long as they are few.
func reach(codes []string) string {
	const few = 4
	switch {
	case len(codes) == 0:
		return "to any country"
	case len(codes) > few:
		return "to " + count(len(codes), "country")
	}
	var names []string
	for _, c := range codes {
		names = append(names, countryName(c))
	}
	return "to " + strings.Join(names, ", ")
}

// postage is what a parcel of it costs at least, before a way is chosen.
func (s *server) postage(o scrip.Offer) string {
	least, most := o.Cheapest(), o.Dearest()
	switch {
	case most == 0:
		return "None"
	case least == most:
		return s.priced(least)
	}
	return "from " + s.priced(least)
}
