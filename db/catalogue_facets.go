package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Facets counts what each filter of a selection would leave. The database counts things
// together that are alike in all that filters ask, and in which filters of the selection
// hold for them; a facet adds up those for which all filters hold that are not its own.
func (c *Catalogue) Facets(ctx context.Context, s market.Selection) (market.Facets, error) {
	on := filters(s)
	var alike []alikeRow
	var values []valueRow
	err := c.db.read(ctx, func(tx *sqlx.Tx) (err error) {
		if alike, err = countAlike(ctx, tx, s, on); err != nil || s.Category == "" && s.Country == "" {
			return err
		}
		values, err = countValues(ctx, tx, s, on)
		return err
	})
	if err != nil {
		return market.Facets{}, err
	}
	f := faceted(alike, on)
	f.Attributes, f.Towns = attributes(s, values, on)
	return f, nil
}

// alikeRow counts the listings that agree in all columns that filters ask about.
type alikeRow struct {
	Category  string      `db:"category"`
	Sub       string      `db:"sub"`
	Condition string      `db:"condition"`
	Country   string      `db:"country"`
	PostedTo  string      `db:"posted_to"`
	Collected bool        `db:"collected"`
	Protected bool        `db:"protected"`
	Open      bool        `db:"open"`
	Holds     string      `db:"holds"` // for each filter 1 where it holds, 0 where it does not; those of what is alike first
	Least     scrip.Money `db:"least"`
	Most      scrip.Money `db:"most"`
	Items     int         `db:"items"`
}

func countAlike(ctx context.Context, tx *sqlx.Tx, s market.Selection, on []filter) ([]alikeRow, error) {
	w, sub := searched(s), `''`
	if s.Category != "" {
		sub = `a.sub`
	}
	first, args := holding(on, true)
	then, more := holding(on, false)
	args = append(append(append(args, s.Now), more...), w.args...)
	var rows []alikeRow
	err := tx.SelectContext(ctx, &rows, `SELECT a.category, `+sub+` AS sub, a.condition, a.country, a.posted_to, a.collected, a.protected,
			g.open, `+first+` || g.holds AS holds, g.least, g.most, g.items
		FROM (SELECT l.alike, `+isOpen+` AS open, `+then+` AS holds, MIN(l.price) AS least, MAX(l.price) AS most, COUNT(*) AS items`+
		counting+w.String()+` AND s.vendor = l.vendor GROUP BY 1, 2, 3) g JOIN catalogue_alike a ON a.id = g.alike`, args...)
	if err != nil {
		return nil, fmt.Errorf("count listings that are alike: %w", err)
	}
	return rows, nil
}

// holding is SQL for a text with one digit for each filter, in their order: 1 for a listing that
// passes it, 0 for one that does not. It is of the filters that are the same for all listings
// that are alike, or of the others.
func holding(on []filter, alike bool) (string, []any) {
	holds := []string{`''`}
	var args []any
	for _, f := range on {
		if f.alike == alike {
			holds = append(holds, `CASE WHEN `+f.clause+` THEN '1' ELSE '0' END`)
			args = append(args, f.args...)
		}
	}
	return strings.Join(holds, " || "), args
}

// but reports, of the digits of holding, whether all filters hold but those of the facets in own,
// which do not count.
func but(holds string, on []filter, own ...facet) bool {
	for i, f := range on {
		if holds[i] == '0' && !slices.Contains(own, f.facet) {
			return false
		}
	}
	return true
}

// below are the facets of a category.
func below(on []filter) []facet {
	all := []facet{ofCategory, ofSub}
	for _, f := range on {
		if strings.HasPrefix(string(f.facet), string(ofAttribute)) {
			all = append(all, f.facet)
		}
	}
	return all
}

// faceted adds up the facets that have columns of their own.
func faceted(alike []alikeRow, on []filter) (f market.Facets) {
	categories, subs, conditions, countries, to := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	category := below(on)
	for _, r := range alike {
		count := func(counts map[string]int, value string, own ...facet) {
			if value != "" && but(r.Holds, on, own...) {
				counts[value] += r.Items
			}
		}
		one := func(sum *int, is bool, own facet) {
			if is && but(r.Holds, on, own) {
				*sum += r.Items
			}
		}
		count(categories, r.Category, category...)
		count(subs, r.Sub, ofSub)
		count(conditions, r.Condition, ofCondition)
		count(countries, r.Country, ofCountry, ofTown)
		for _, code := range distinct(r.PostedTo) {
			count(to, code, ofTo)
		}
		one(&f.Collected, r.Collected, collected)
		one(&f.Protected, r.Protected, protected)
		one(&f.Open, r.Open, open)
		if but(r.Holds, on, ofPrice) {
			f.Most = max(f.Most, r.Most)
			f.Least = min(cmp.Or(f.Least, r.Least), r.Least)
		}
	}
	f.Categories, f.Conditions = listed(categories, scrip.Categories()), listed(conditions, scrip.Conditions())
	f.Subs = listed(subs, slices.Sorted(maps.Keys(subs)))
	f.Countries = listed(countries, slices.Sorted(maps.Keys(countries)))
	f.ToAny = to["*"]
	delete(to, "*")
	f.To = listed(to, slices.Sorted(maps.Keys(to)))
	for i := range f.To {
		f.To[i].Items += f.ToAny
	}
	return f
}

// distinct are the words of a text, each once.
func distinct(text string) []string {
	all := strings.Fields(text)
	slices.Sort(all)
	return slices.Compact(all)
}

// listed are the counts of the words that have any, in their order.
func listed(counts map[string]int, words []string) (all []market.Count) {
	for _, word := range words {
		if counts[word] > 0 {
			all = append(all, market.Count{Value: word, Items: counts[word]})
		}
	}
	return all
}

// valueRow is how many things have a value of an attribute, or are in a town.
type valueRow struct {
	Name  string `db:"name"`
	Key   string `db:"key"`
	Value string `db:"value"`
	Holds string `db:"holds"` // for each filter that is known
	Items int    `db:"items"`
}

// mostCounted is how many values are read of a selection, those that it asks for and those with most items first: whoever
// gives each of many listings values of its own makes others' searches neither long nor large.
const mostCounted = 4000

// countValues counts the values of attributes, and the towns, of what is selected, up to mostCounted.
func countValues(ctx context.Context, tx *sqlx.Tx, s market.Selection, on []filter) ([]valueRow, error) {
	w := searched(s)
	var chosen, rest []filter
	for _, f := range on {
		if f.facet.known() {
			chosen = append(chosen, f)
		} else {
			rest = append(rest, f)
		}
	}
	w.hold(rest)
	holds, args := holding(chosen, false)
	picked, these := pickedValues(s)
	args = append(append(args, w.args...), these...)
	var rows []valueRow
	err := tx.SelectContext(ctx, &rows, `SELECT v.name, v.key, v.value, g.holds, g.items
		FROM (SELECT k.value, `+holds+` AS holds, COUNT(*) AS items`+counting+`JOIN catalogue_attribute k ON k.listing = l.id`+w.String()+
		` AND s.vendor = l.vendor GROUP BY 1, 2) g JOIN catalogue_value v ON v.id = g.value
		ORDER BY `+picked+` DESC, g.items DESC LIMIT ?`, append(args, mostCounted)...)
	if err != nil {
		return nil, fmt.Errorf("count the values of attributes: %w", err)
	}
	return rows, nil
}

// pickedValues is SQL for 1 where a value is one that the selection asks for, and for 0 where not.
func pickedValues(s market.Selection) (string, []any) {
	either, args := []string{`v.name = ? AND v.key = ?`}, []any{s.Country, s.Town}
	for _, a := range s.Attributes {
		for _, key := range a.Keys {
			either, args = append(either, `v.name = ? AND v.key = ?`), append(args, a.Name, key)
		}
	}
	return `CASE WHEN ` + strings.Join(either, " OR ") + ` THEN 1 ELSE 0 END`, args
}

// attributes are those that the category knows and things of it have, in its order, and the towns of the country.
func attributes(s market.Selection, values []valueRow, on []filter) (all []market.Attribute, towns market.Attribute) {
	on = slices.DeleteFunc(slices.Clone(on), func(f filter) bool { return !f.facet.known() })
	counts := map[string]map[string]market.Value{}
	put := func(name, key string, v market.Value) {
		if counts[name] == nil {
			counts[name] = map[string]market.Value{}
		}
		counts[name][key] = v
	}
	if s.Town != "" {
		put(s.Country, s.Town, market.Value{Count: market.Count{Value: s.Town}, Chosen: true})
	}
	for _, a := range s.Attributes {
		for _, key := range a.Keys {
			put(a.Name, key, market.Value{Count: market.Count{Value: key}, Chosen: true})
		}
	}
	for _, r := range values {
		v := counts[r.Name][r.Key]
		v.Value = r.Value
		own := ofAttribute + facet(r.Name)
		if r.Name == s.Country {
			own = ofTown
		}
		if but(r.Holds, on, own) {
			v.Items += r.Items
		}
		if v.Items > 0 || v.Chosen {
			put(r.Name, r.Key, v)
		}
	}
	of, _ := scrip.CategoryOf(s.Category)
	for _, name := range of.Attributes {
		if len(counts[name]) > 0 {
			all = append(all, attribute(name, slices.Collect(maps.Values(counts[name]))))
		}
	}
	if s.Country != "" {
		towns = attribute(s.Country, slices.Collect(maps.Values(counts[s.Country])))
	}
	return all, towns
}

// attribute lists the values with most items, and those that are chosen.
func attribute(name string, values []market.Value) market.Attribute {
	slices.SortFunc(values, func(a, b market.Value) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Value, b.Value))
	})
	a := market.Attribute{Name: name}
	for i, v := range values {
		if i < market.MaxValues || v.Chosen {
			a.Values = append(a.Values, v)
		} else {
			a.More++
		}
	}
	return a
}
