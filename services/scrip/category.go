package scrip

import (
	_ "embed"
	"encoding/json"
	"slices"
)

// Category is where a thing can be listed: a heading, the closed list one level
// below it, and the attributes that things of it are known to have, each of which
// buyers can filter by.
type Category struct {
	Name       string   `json:"category"`
	Subs       []string `json:"subs"`
	Attributes []string `json:"attributes"`
}

//go:embed categories.json
var categoriesJSON []byte

var categories = readCategories()

func readCategories() (list []Category) {
	if err := json.Unmarshal(categoriesJSON, &list); err != nil {
		panic("categories.json: " + err.Error())
	}
	return list
}

// Categories are the names of all there are, in their order.
func Categories() []string {
	names := make([]string, len(categories))
	for i, c := range categories {
		names[i] = c.Name
	}
	return names
}

// CategoryOf finds a category by its name.
func CategoryOf(name string) (Category, bool) {
	for _, c := range categories {
		if c.Name == name {
			return Category{c.Name, slices.Clone(c.Subs), slices.Clone(c.Attributes)}, true
		}
	}
	return Category{}, false
}

// Conditions are how worn a thing can be, best first.
func Conditions() []string { return []string{"new", "like new", "good", "fair", "for parts"} }
