package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// tradeForm is the part of the form that says how trade goes, as it was typed.
type tradeForm struct {
	Attributes              []attributeForm
	Ways                    []wayForm
	Country, Town           string
	SendWithin, CheckWithin string // days
}

// attributeForm is one attribute in the form; one without a value is left out.
type attributeForm struct{ Name, Value string }

// wayForm is one way of delivery in the form; one without a kind is left out.
type wayForm struct {
	Way, Label, Price, Countries, Least, Most string
}

// tradeOf fills the form from a listing that is there.
func tradeOf(ctx context.Context, o scrip.Offer, c scrip.Currency) tradeForm {
	f := tradeForm{Country: o.Place.Country, Town: o.Place.Town, SendWithin: strconv.Itoa(o.SendWithin), CheckWithin: strconv.Itoa(o.CheckWithin)}
	if o.SendWithin == 0 {
		f.SendWithin = strconv.Itoa(scrip.MaxSendWithin)
	}
	for _, a := range o.Attributes {
		f.Attributes = append(f.Attributes, attributeForm{tr(ctx, a.Name), a.Value})
	}
	for _, w := range o.Ways() {
		f.Ways = append(f.Ways, wayForm{
			Way: w.Way, Label: w.Label, Price: localeOf(ctx).typed(w.Price, c), Countries: strings.Join(w.Countries, ", "),
			Least: strconv.Itoa(w.Days[0]), Most: strconv.Itoa(w.Days[1]),
		})
	}
	return f
}

// newTrade is how the seller's last listing trades, without what is of that thing alone; for the first one what most
// promise. It is protected, whatever the last one was: to sell without is said for each thing.
func (s *server) newTrade(ctx context.Context, all []scrip.Listing) tradeForm {
	if len(all) == 0 {
		return tradeForm{
			Ways:       []wayForm{{Way: scrip.WayPost, Least: leastDays, Most: mostDays}},
			SendWithin: strconv.Itoa(sendWithin), CheckWithin: strconv.Itoa(checkWithin),
		}
	}
	f := tradeOf(ctx, all[0].Offer, s.Site.Currency)
	f.Attributes = nil
	if f.CheckWithin == "0" {
		f.CheckWithin = strconv.Itoa(checkWithin)
	}
	return f
}

// readTrade reads the part of the form.
func readTrade(v url.Values) tradeForm {
	f := tradeForm{
		Country: v.Get("country"), Town: scrip.CleanLine(v.Get("town")),
		SendWithin: scrip.CleanLine(v.Get("send-within")), CheckWithin: scrip.CleanLine(v.Get("check-within")),
	}
	for n := range scrip.MaxAttributes {
		a := attributeForm{scrip.CleanLine(v.Get(numbered("attribute", n))), scrip.CleanLine(v.Get(numbered("value", n)))}
		if a.Value != "" {
			f.Attributes = append(f.Attributes, a)
		}
	}
	for n := range scrip.MaxWays {
		of := func(field string) string { return scrip.CleanLine(v.Get(numbered(field, n))) }
		if w := of("way"); w != "" {
			f.Ways = append(f.Ways, wayForm{w, of("label"), of("price"), of("countries"), of("least"), of("most")})
		}
	}
	return f
}

// numbered is the name of a field of one of several rows.
func numbered(field string, n int) string { return field + "-" + strconv.Itoa(n) }

// trade checks the part of the form and puts it into the item.
func (f *tradeForm) trade(ctx context.Context, i *merchant.Item, wrong faults, c scrip.Currency) {
	wrong.want(numbered("attribute", scrip.MaxAttributes), len(f.Attributes) <= scrip.MaxAttributes, tr(ctx, "Give at most {{.Most}} details.", "Most", scrip.MaxAttributes))
	for n, a := range f.Attributes {
		wrong.wantText(ctx, numbered("attribute", n), a.Name, scrip.MaxAttribute)
		wrong.wantText(ctx, numbered("value", n), a.Value, scrip.MaxValue)
		i.Attributes = append(i.Attributes, scrip.Attribute{Name: attributeNamed(ctx, a.Name), Value: a.Value})
	}
	if f.Country != "" || f.Town != "" {
		wrong.want("country", scrip.ValidCountry(f.Country), tr(ctx, "Choose the country."))
		wrong.want("town", len([]rune(f.Town)) <= scrip.MaxTown, tr(ctx, "Use at most {{.Most}} characters.", "Most", scrip.MaxTown))
		i.Place = scrip.Place{Country: f.Country, Town: f.Town}
	}
	wrong.want("way-0", len(f.Ways) > 0, tr(ctx, "Choose at least one way."))
	for n, w := range f.Ways {
		i.Delivery = append(i.Delivery, w.way(ctx, n, wrong, c))
	}
	i.SendWithin = wrong.days(ctx, "send-within", f.SendWithin, 1, scrip.MaxSendWithin)
	i.CheckWithin = wrong.days(ctx, "check-within", f.CheckWithin, 0, scrip.MaxCheckWithin)
}

// way checks one way. What is collected costs nothing and goes nowhere.
func (f wayForm) way(ctx context.Context, n int, wrong faults, c scrip.Currency) scrip.Way {
	wrong.want(numbered("way", n), f.Way == scrip.WayPost || f.Way == scrip.WayCollect, tr(ctx, "Choose one of the two."))
	wrong.want(numbered("label", n), len([]rune(f.Label)) <= scrip.MaxLabel, tr(ctx, "Use at most {{.Most}} characters.", "Most", scrip.MaxLabel))
	w := scrip.Way{Way: f.Way, Label: f.Label, Countries: []string{}, Days: []int{0, 0}}
	if f.Way != scrip.WayPost {
		return w
	}
	if f.Price != "" {
		w.Price = wrong.amount(ctx, numbered("price", n), f.Price, c)
	}
	w.Countries = strings.FieldsFunc(strings.ToUpper(f.Countries), func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
	foreign := slices.ContainsFunc(w.Countries, func(code string) bool { return !scrip.ValidCountry(code) })
	wrong.want(numbered("countries", n), !foreign, tr(ctx, "Write countries by their two letters, like NL, BE. Leave it empty for any."))
	wrong.want(numbered("countries", n), len(w.Countries) <= scrip.MaxReach, tr(ctx, "Name at most {{.Most}} countries.", "Most", scrip.MaxReach))
	if f.Least == "" && f.Most == "" {
		f.Least, f.Most = leastDays, mostDays
	}
	w.Days = []int{wrong.days(ctx, numbered("least", n), f.Least, 0, scrip.MaxDays), wrong.days(ctx, numbered("most", n), f.Most, 0, scrip.MaxDays)}
	wrong.want(numbered("most", n), w.Days[0] <= w.Days[1], tr(ctx, "This is less than at least."))
	return w
}

// days reads a number of days.
func (f faults) days(ctx context.Context, field, text string, least, most int) int {
	n, err := strconv.Atoi(text)
	f.want(field, err == nil && n >= least && n <= most, tr(ctx, "Write a number of days from {{.Least}} to {{.Most}}.", "Least", least, "Most", most))
	return n
}

// wayRow is a way in the form, with its number.
type wayRow struct {
	wayForm
	N int
}

// wayRows are the ways that were typed, and room for more.
func (f tradeForm) wayRows() []wayRow {
	rows := make([]wayRow, min(max(len(f.Ways)+1, 2), scrip.MaxWays))
	for n := range rows {
		rows[n].N = n
		if n < len(f.Ways) {
			rows[n].wayForm = f.Ways[n]
		}
	}
	return rows
}

// attributeRow is an attribute in the form, with its number.
type attributeRow struct {
	attributeForm
	N int
}

// attributeRows are the attributes that were typed, those that the category knows beside them, and room for others.
func (f tradeForm) attributeRows(ctx context.Context, category string) []attributeRow {
	const spare = 3
	list := slices.Clone(f.Attributes)
	known, _ := scrip.CategoryOf(category)
	for _, name := range known.Attributes {
		if !slices.ContainsFunc(list, func(a attributeForm) bool { return strings.EqualFold(a.Name, tr(ctx, name)) }) {
			list = append(list, attributeForm{Name: tr(ctx, name)})
		}
	}
	for range spare {
		list = append(list, attributeForm{})
	}
	rows := make([]attributeRow, min(len(list), scrip.MaxAttributes))
	for n := range rows {
		rows[n] = attributeRow{list[n], n}
	}
	return rows
}

// attributeNames are all names that any category knows, once each.
func attributeNames(ctx context.Context) (names []string) {
	for _, name := range scrip.Categories() {
		c, _ := scrip.CategoryOf(name)
		for _, name := range c.Attributes {
			names = append(names, tr(ctx, name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// translated are words in the language of a page.
func translated(ctx context.Context, words []string) (all []string) {
	for _, word := range words {
		all = append(all, tr(ctx, word))
	}
	return all
}

// attributeNamed is an attribute's name as offers have it, of one that was typed in the language of a page.
func attributeNamed(ctx context.Context, typed string) string {
	for _, category := range scrip.Categories() {
		c, _ := scrip.CategoryOf(category)
		for _, name := range c.Attributes {
			if strings.EqualFold(typed, tr(ctx, name)) {
				return name
			}
		}
	}
	return typed
}

// categoryGroup is a category with what is one level below it, for a select.
type categoryGroup struct {
	Name    string
	Subs    []option
	Details string // the names of the attributes that it knows, with | between them
}

// categoryGroups are all of them; the slug of a sub is behind its category's.
func categoryGroups(ctx context.Context, chosen string) []categoryGroup {
	var all []categoryGroup
	for _, name := range scrip.Categories() {
		c, _ := scrip.CategoryOf(name)
		h := categoryGroup{Name: tr(ctx, name), Details: strings.Join(translated(ctx, c.Attributes), "|"), Subs: []option{{Slug: slug(name), Name: tr(ctx, "Other in {{.Category}}", "Category", tr(ctx, name)), Chosen: slug(name) == chosen}}}
		for _, sub := range c.Subs {
			s := subSlug(name, sub)
			h.Subs = append(h.Subs, option{Slug: s, Name: tr(ctx, sub), Chosen: s == chosen})
		}
		all = append(all, h)
	}
	return all
}

// subSlug is a category and its sub as the form has them.
func subSlug(category, sub string) string {
	if sub == "" {
		return slug(category)
	}
	return slug(category) + "/" + slug(sub)
}

// unsub finds the category and the sub that a slug stands for; both are empty where it stands for none.
func unsub(s string) (category, sub string) {
	first, second, below := strings.Cut(s, "/")
	category = unslug(first, scrip.Categories())
	if !below {
		return category, ""
	}
	c, _ := scrip.CategoryOf(category)
	if sub = unslug(second, c.Subs); sub == "" {
		return "", ""
	}
	return category, sub
}

// tradeFields names the fields of the part, as the summary speaks of them; those of rows end with a hyphen, behind which is
// their number: price is the thing's, price- a way's postage.
var tradeFields = []struct{ name, label string }{
	{"attribute-", phrase("Name of a detail")}, {"value-", phrase("Detail")}, {"way-", phrase("Delivery")}, {"label-", phrase("Name of the delivery")}, {"price-", phrase("Postage")},
	{"countries-", phrase("Countries")}, {"least-", phrase("At least")}, {"most-", phrase("At most")}, {"town", phrase("Town")}, {"country", phrase("Country")},
	{"send-within", phrase("Sent within")}, {"check-within", phrase("Time to check")},
}

// tradeFaults lists what is wrong with the part.
func tradeFaults(ctx context.Context, wrong faults) (all []fieldFault) {
	for _, field := range tradeFields {
		names := []string{field.name}
		if row, numbers := strings.CutSuffix(field.name, "-"); numbers {
			names = nil
			for n := range scrip.MaxAttributes {
				names = append(names, numbered(row, n))
			}
		}
		for _, name := range names {
			if text := wrong[name]; text != "" {
				all = append(all, fieldFault{name, tr(ctx, field.label) + ": " + text})
			}
		}
	}
	return all
}

// heading is the category that was chosen; empty for none.
func (f listingForm) heading() string {
	category, _ := unsub(f.Category)
	return category
}

// detailsSay is what the details say, in a line.
func (v editView) detailsSay(ctx context.Context) string {
	var said []string
	for _, a := range v.Form.Trade.Attributes {
		said = append(said, a.Name+": "+a.Value)
	}
	if len(said) == 0 {
		return tr(ctx, "Size, brand, colour: what buyers filter by")
	}
	return strings.Join(said, ", ")
}

// typedSum is an amount that was typed, as sums are written; one that is none stays as it is.
func typedSum(ctx context.Context, text, code string) string {
	c, err := scrip.ParseCurrency(code)
	if err != nil {
		return text
	}
	m, err := c.Parse(text)
	if err != nil {
		return text
	}
	return sum{m, c}.words(ctx)
}

// anywhere says of a way that is left open to all countries that it is.
func anywhere(ctx context.Context, w wayForm) string {
	if w.Countries != "" {
		return ""
	}
	return " " + tr(ctx, "to any country")
}

// deliverySays is how the thing gets to its buyer and what is promised, in a line.
func (v editView) deliverySays(ctx context.Context) string {
	f := v.Form.Trade
	var said []string
	for _, w := range f.Ways {
		switch {
		case w.Way == scrip.WayCollect:
			said = append(said, tr(ctx, "collected"))
		case w.Price == "" || w.Price == v.Free:
			said = append(said, tr(ctx, "posted free")+anywhere(ctx, w))
		default:
			said = append(said, tr(ctx, "posted for {{.Price}}", "Price", typedSum(ctx, w.Price, v.Currency))+anywhere(ctx, w))
		}
	}
	line := capital(strings.Join(said, " "+tr(ctx, "or")+" "))
	if f.Town != "" {
		line += " " + tr(ctx, "from {{.Place}}", "Place", f.Town)
	}
	return line + tr(ctx, "; sent within {{.Send}} days, {{.Check}} days to check", "Send", f.SendWithin, "Check", f.CheckWithin)
}
