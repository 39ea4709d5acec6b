package web

import (
	"context"
	"slices"
	"strings"

	"peerscrip/services/scrip"
)

// countryName is what a country is called; its code where it is none.
func countryName(ctx context.Context, code string) string { return localeOf(ctx).country(code) }

// countryOptions are all countries by their names, for a select.
func countryOptions(ctx context.Context, chosen string) []option {
	all := slices.Clone(localeOf(ctx).lands)
	for i := range all {
		all[i].Chosen = all[i].Slug == chosen
	}
	return all
}

// placeName is where a thing is, in words; empty where it is not told.
func placeName(ctx context.Context, p scrip.Place) string {
	if p.Town == "" {
		return countryName(ctx, p.Country)
	}
	return p.Town + ", " + p.Country
}

// addressLines is an address as it stands on a parcel.
func addressLines(ctx context.Context, a *scrip.Address) []string {
	if a == nil {
		return nil
	}
	lines := slices.Concat([]string{a.Name}, a.Lines, []string{strings.TrimSpace(a.Postcode + " " + a.Town), countryName(ctx, a.Country), a.Phone})
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// way is one way in which a thing gets to its buyer, as a page tells it.
type way struct {
	How   string // "Posted within 3 days from Utrecht, NL"
	Price string // "€4.90", "free"; empty where it is collected
	More  string // to which countries, and how long it is on its way
}

// ways tells them in the seller's order. From where and how soon it is posted is told once; of several parcels each is called
// by its own name.
func (s *server) ways(ctx context.Context, o scrip.Offer) []way {
	var all []way
	place := placeName(ctx, o.Place)
	posts, called := 0, map[string]int{}
	for _, w := range o.Ways() {
		if w.Way == scrip.WayPost {
			posts++
			called[w.Label]++
		}
	}
	if posts > 1 {
		all = append(all, way{How: postedFrom(ctx, o.SendWithin, place)})
	}
	for _, w := range o.Ways() {
		if w.Way == scrip.WayCollect {
			how := tr(ctx, "Collect it")
			if place != "" {
				how = tr(ctx, "Collect it in {{.Place}}", "Place", place)
			}
			all = append(all, way{How: how, More: w.Label})
			continue
		}
		price := tr(ctx, "free")
		if w.Price > 0 {
			price = s.sum(w.Price).words(ctx)
		}
		switch {
		case posts == 1:
			all = append(all, way{How: postedFrom(ctx, o.SendWithin, place), Price: price, More: dotted(w.Label, onItsWay(ctx, w), reach(ctx, w.Countries))})
		case w.Label != "" && called[w.Label] == 1:
			all = append(all, way{How: w.Label, Price: price, More: dotted(onItsWay(ctx, w), reach(ctx, w.Countries))})
		default:
			all = append(all, way{How: capital(reach(ctx, w.Countries)), Price: price, More: dotted(w.Label, onItsWay(ctx, w))})
		}
	}
	return all
}

// postedFrom says how soon a thing is posted, and from where, as far as that is told.
func postedFrom(ctx context.Context, within int, place string) string {
	switch {
	case within > 0 && place != "":
		return tr(ctx, "Posted within {{.N}} days from {{.Place}}", "N", within, "Place", place)
	case within > 0:
		return tr(ctx, "Posted within {{.N}} days", "N", within)
	case place != "":
		return tr(ctx, "Posted from {{.Place}}", "Place", place)
	}
	return tr(ctx, "Posted")
}

// onItsWay says how long it takes.
func onItsWay(ctx context.Context, w scrip.Way) string {
	return tr(ctx, "{{.Days}} on its way", "Days", days(ctx, w.Days))
}

// dotted puts what is told of a way behind each other.
func dotted(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}

// days is a span of them, in words.
func days(ctx context.Context, of []int) string {
	if of[0] == of[1] {
		return tr(ctx, "{{.N}} days", "N", of[1])
	}
	return tr(ctx, "{{.Least}} to {{.N}} days", "Least", of[0], "N", of[1])
}

// reach names the countries that a parcel goes to, as long as they are few.
func reach(ctx context.Context, codes []string) string {
	const few = 4
	switch {
	case len(codes) == 0:
		return tr(ctx, "to any country")
	case len(codes) > few:
		return tr(ctx, "to {{.N}} countries", "N", len(codes))
	}
	var names []string
	for _, c := range codes {
		names = append(names, countryName(ctx, c))
	}
	return tr(ctx, "to {{.Countries}}", "Countries", strings.Join(names, ", "))
}

// postage is what a parcel of it costs at least, before a way is chosen.
func (s *server) postage(ctx context.Context, o scrip.Offer) string {
	least, most := o.Cheapest(), o.Dearest()
	switch {
	case most == 0:
		return tr(ctx, "None|postage")
	case least == most:
		return s.sum(least).words(ctx)
	}
	return tr(ctx, "from {{.Price}}", "Price", s.sum(least))
}
