package market

import (
	"slices"
	"strings"

	"peerscrip/services/market/terms"
)

func words(text string) []string { return terms.Words(text) }

// index writes every word of the texts once, with a space before and after.
func index(texts ...string) string {
	var all []string
	for _, text := range texts {
		all = append(all, words(text)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return " " + strings.Join(all, " ") + " "
}

// key is what counts as the same value of an attribute: its words, in their order.
func key(value string) string { return strings.Join(words(value), " ") }

// queryWords are the first MaxWords different words of what was searched for.
func queryWords(text string) []string {
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	var list []string
	for _, w := range words(strings.ToValidUTF8(text, " ")) {
		if !slices.Contains(list, w) && len(list) < MaxWords {
			list = append(list, w)
		}
	}
	return list
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// TermsOf are the terms of what is looked for: of each word those by which it is found, itself first.
func TermsOf(text string) (all [][]string) {
	for _, word := range queryWords(text) {
		all = append(all, terms.Forms(word))
	}
	return all
}

// Terms are those by which an item is found, each once.
func (i Item) Terms() (all []string) {
	for _, word := range strings.Fields(index(append(searchable(i.Offer), i.Stall.Name)...)) {
		all = append(all, terms.Forms(word)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Words are the words of a text, as Entry and Stall have them.
func Words(text string) string { return index(text) }
