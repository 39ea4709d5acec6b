package db

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
	"peerscrip/services/scrip"
)

// The kinds of terms: where a word stands, and filters. Values of attributes and towns have a kind for each
// attribute, and each country.
const (
	inText     = "text"  // anywhere in the listing
	inTitle    = "title" // in its title
	inName     = "stall" // in its stall's name
	byCategory = "category"
	bySub      = "sub"
	byState    = "condition"
	byCountry  = "country"
	byTo       = "to"      // a country to which it is posted, or toAny
	byWay      = "way"     // wayCollect: it can be collected
	byCheck    = "protect" // checked: its buyer has time to check it
	byValue    = "="       // and the attribute's name, or the country's code

	toAny   = "*"
	checked = "check"
)

// term is one by which a listing is found. Its label, if it has any, is how somebody wrote it.
type term struct{ kind, name, label string }

// termsOf are those of a listing at a stall whose name has these words.
func termsOf(e market.Entry, name string) (all []term) {
	filter := func(kind, name string) {
		if name != "" {
			all = append(all, term{kind, name, name})
		}
	}
	all = append(all, wordTerms(inText, e.AllWords)...)
	all = append(all, wordTerms(inTitle, e.TitleWords)...)
	all = append(all, wordTerms(inName, name)...)
	filter(byCategory, e.Category)
	filter(bySub, e.Sub)
	filter(byState, e.Condition)
	filter(byCountry, e.Place.Country)
	for _, code := range postedTo(e.Offer) {
		filter(byTo, code)
	}
	if isCollected(e.Offer) {
		filter(byWay, scrip.WayCollect)
	}
	if e.CheckWithin > 0 {
		filter(byCheck, checked)
	}
	for _, k := range e.Known {
		all = append(all, term{byValue + k.Name, k.Key, k.Value})
	}
	return all
}

// wordTerms are the forms of words, of which those that stand there have a label.
func wordTerms(kind, words string) (all []term) {
	for _, word := range strings.Fields(words) {
		for i, form := range terms.Forms(word) {
			t := term{kind: kind, name: form}
			if i == 0 {
				t.label = word
			}
			all = append(all, t)
		}
	}
	return all
}

// postedTo are the countries to which an offer is posted, or toAny.
func postedTo(o scrip.Offer) (codes []string) {
	for _, w := range o.Ways() {
		switch {
		case w.Way != scrip.WayPost:
		case len(w.Countries) == 0:
			return []string{toAny}
		default:
			codes = append(codes, w.Countries...)
		}
	}
	return codes
}

func isCollected(o scrip.Offer) bool {
	return slices.ContainsFunc(o.Ways(), func(w scrip.Way) bool { return w.Way == scrip.WayCollect })
}

func (t term) key() term { return term{kind: t.kind, name: t.name} }

func (t term) reversed() string {
	switch t.kind {
	case inText, inTitle, inName:
		return reversed(t.name)
	}
	return ""
}

func reversed(word string) string {
	letters := []rune(word)
	slices.Reverse(letters)
	return string(letters)
}

// isChoice reports whether the terms of a kind stand in a closed list.
func isChoice(kind string) bool {
	_, is := ofKind[kind]
	return is
}

type termRow struct {
	ID    int64  `db:"id"`
	Kind  string `db:"kind"`
	Name  string `db:"name"`
	Label string `db:"label"`
}

// findTerms finds those of one kind that are there.
func findTerms(tx *sqlx.Tx, kind string, names []string) (all []termRow, err error) {
	for part := range slices.Chunk(names, 128) {
		var rows []termRow
		err := tx.Select(&rows, `SELECT id, kind, name, label FROM catalogue_term WHERE kind = ? AND name IN (`+marks(part)+`)`, arguments(kind, part)...)
		if err != nil {
			return nil, fmt.Errorf("look up terms: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}
