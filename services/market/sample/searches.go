package sample

import (
	"math/rand/v2"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Search is a kind of search, as people make them on the page of results: with counts beside its filters.
type Search struct {
	Name  string
	Query func(r *rand.Rand) market.Query
}

// Searches are the kinds of searches that are measured.
func Searches() (all []Search) {
	add := func(name string, with func(r *rand.Rand, q *market.Query)) {
		all = append(all, Search{name, func(r *rand.Rand) market.Query {
			q := market.Query{Facets: true, Near: true}
			with(r, &q)
			return q
		}})
	}
	common := func(r *rand.Rand) string { return Word(20 + r.IntN(100)) }
	rare := func(r *rand.Rand) string { return Word(20000 + r.IntN(20000)) }
	add("newest", func(_ *rand.Rand, q *market.Query) {})
	add("common word", func(r *rand.Rand, q *market.Query) { q.Text, q.Sort = common(r), market.Relevance })
	add("common word newest", func(r *rand.Rand, q *market.Query) { q.Text = common(r) })
	add("rare word", func(r *rand.Rand, q *market.Query) { q.Text, q.Sort = rare(r), market.Relevance })
	add("two words", func(r *rand.Rand, q *market.Query) { q.Text, q.Sort = common(r)+" "+common(r), market.Relevance })
	add("beginning", func(r *rand.Rand, q *market.Query) { q.Text, q.Sort = Word(300 + r.IntN(3000))[:4], market.Relevance })
	add("category cheapest", func(r *rand.Rand, q *market.Query) {
		q.Category, q.Sort = pick(r, scrip.Categories()), market.Cheapest
	})
	add("category price place posted cheapest with postage", func(r *rand.Rand, q *market.Query) {
		q.Category, q.Sort = pick(r, scrip.Categories()), market.CheapestSent
		q.MinPrice, q.MaxPrice, q.Country, q.To = 10_00, 200_00, pick(r, countries[:5]), pick(r, countries[:5])
	})
	add("word category protected open dearest", func(r *rand.Rand, q *market.Query) {
		q.Text, q.Category, q.Sort, q.Protected, q.Open = common(r), pick(r, scrip.Categories()), market.Dearest, true, true
	})
	add("category tenth page", func(r *rand.Rand, q *market.Query) { q.Category, q.Page = pick(r, scrip.Categories()), 10 })
	add("slip", func(r *rand.Rand, q *market.Query) {
		word := []byte(Word(300 + r.IntN(3000)))
		word[1], word[2] = word[2], word[1]
		q.Text = string(word) + "x"
	})
	return all
}
