package web

import (
	"context"
	"strings"

	"peerscrip/services/scrip"
)

// option is an entry of a closed list on a page: a tile, a link or a choice.
type option struct {
	Slug, Name, Href string
	Chosen           bool
	Count            string // how many listings there would be; empty: is not told
}

// slug is a category or a condition as an address has it. A category's slug is also the name of its icon in
// static/img/icons.svg.
func slug(word string) string {
	return strings.NewReplacer(" & ", "-", " ", "-").Replace(strings.ToLower(word))
}

// unslug finds the word of a closed list that a slug stands for, or "".
func unslug(s string, words []string) string {
	for _, word := range words {
		if s == slug(word) {
			return word
		}
	}
	return ""
}

// category is a category as a link to what is in it.
func category(ctx context.Context, name string) option {
	return option{Slug: slug(name), Name: tr(ctx, name), Href: "/search?category=" + slug(name)}
}

func categories(ctx context.Context) []option {
	var all []option
	for _, name := range scrip.Categories() {
		all = append(all, category(ctx, name))
	}
	return all
}

// choices are the words of a closed list in a form.
func choices(ctx context.Context, words []string, chosen string) []option {
	var all []option
	for _, word := range words {
		all = append(all, option{Slug: slug(word), Name: tr(ctx, capital(word)), Chosen: slug(word) == chosen})
	}
	return all
}
