package market

import (
	"strings"
	"unicode/utf8"

	"peerscrip/services/scrip"
)

// Facets are the filters of a search, each value with how many items there would be if
// it stood in the place of what is chosen there, all other filters as they are. A value
// that would leave nothing is not listed.
type Facets struct {
	Categories []Count // without what is chosen below them
	Subs       []Count // of the category that is chosen; else none
	Attributes []Attribute
	Conditions []Count   // best first
	Countries  []Count   // where things are, by code; what does not tell is in none
	Towns      Attribute // of the country that is chosen, by its code; else none
	To         []Count   // the countries that sellers name, by code, with what is posted anywhere
	ToAny      int       // what is posted anywhere, and so to each country that To does not list
	Collected  int
	Protected  int
	Open       int
	Least      scrip.Money // prices of what there would be without bounds on it; 0: nothing
	Most       scrip.Money
}

// Count is a value of a filter.
type Count struct {
	Value string
	Items int
}

// Attribute is one that the category knows, with its values, most items first; or a country with its towns.
type Attribute struct {
	Name   string
	Values []Value
	More   int // values that are not listed
}

// Value is a value of an attribute, or a town, as one of the sellers wrote it.
type Value struct {
	Count
	Chosen bool
}

// MaxValues is how many values of an attribute are listed, beside those chosen.
const MaxValues = 20

// known are an offer's attributes that its category knows, each once, and its town.
func known(o scrip.Offer) (all []Known) {
	there := map[[2]string]bool{}
	for _, a := range o.Attributes {
		k := Known{Name: knownName(o.Category, a.Name), Key: key(a.Value), Value: a.Value}
		if at := [2]string{k.Name, k.Key}; k.Name != "" && k.Key != "" && !there[at] {
			there[at] = true
			all = append(all, k)
		}
	}
	if town := key(o.Place.Town); town != "" {
		all = append(all, Known{Name: o.Place.Country, Key: town, Value: o.Place.Town})
	}
	return all
}

// ValidTown reports whether things can be looked for in a town, which is one of a country: what has no word is none.
func ValidTown(country, town string) bool {
	return scrip.ValidCountry(country) && key(town) != "" && utf8.RuneCountInString(town) <= scrip.MaxTown
}

// SameTown reports whether two towns of one country are looked for as one.
func SameTown(a, b string) bool { return key(a) == key(b) }

// knownName is an attribute's name as the category has it, or empty.
func knownName(category, name string) string {
	of, _ := scrip.CategoryOf(category)
	for _, known := range of.Attributes {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return ""
}

// Filter is an attribute as things of a category are filtered by it; false where the category does not
// know it, or the value has no word.
func Filter(category string, a scrip.Attribute) (scrip.Attribute, bool) {
	name := knownName(category, a.Name)
	return scrip.Attribute{Name: name, Value: a.Value}, name != "" && key(a.Value) != ""
}

// SameValue reports whether two attributes are filtered by as one.
func SameValue(a, b scrip.Attribute) bool {
	return strings.EqualFold(a.Name, b.Name) && key(a.Value) == key(b.Value)
}

// chosen gathers the values of each attribute.
func chosen(category string, asked []scrip.Attribute) (all []Chosen) {
	at := map[string]int{}
	for _, a := range asked {
		name := knownName(category, a.Name)
		i, there := at[name]
		if !there {
			i, at[name] = len(all), len(all)
			all = append(all, Chosen{Name: name})
		}
		all[i].Keys = append(all[i].Keys, key(a.Value))
	}
	return all
}
