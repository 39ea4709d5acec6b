package db

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"peerscrip/services/market/terms"
)

// levels are where a word stands in listings, best first: it, or a form of it, in the title; as a beginning or an end
// of a word there; it in the text; as a beginning or an end there, or in the stall's name. The last has those before, too.
type levels [4]set

// ofWords leaves what has the words.
func (f *finding) ofWords(ranks bool) error {
	if len(f.s.Words) == 0 {
		return nil
	}
	found := newSet(f.shown.chunks())
	if !f.s.AnyWord {
		found.or(f.among)
	}
	for _, word := range f.s.Words {
		at, err := f.word(word, ranks)
		if err != nil {
			return err
		}
		if f.words = append(f.words, at); f.s.AnyWord {
			found.or(at[3])
		} else {
			found.and(at[3])
		}
	}
	f.among.and(found)
	return nil
}

// word reads where a word stands; without ranks the last level alone.
func (f *finding) word(word string, ranks bool) (at levels, err error) {
	found, err := f.termsOf(word, ranks)
	if err != nil {
		return levels{}, err
	}
	at[3] = newSet(f.shown.chunks())
	ids, level := make([]int64, 0, len(found)), make(map[int64]int, len(found))
	for _, t := range found {
		n := 3
		switch {
		case !ranks:
		case t.Kind == inTitle:
			n = t.Part
		case t.Kind == inText:
			n = 2 + t.Part
		}
		if at[n] == nil {
			at[n] = newSet(f.shown.chunks())
		}
		if _, twice := level[t.ID]; !twice {
			ids = append(ids, t.ID)
			level[t.ID] = n
		}
	}
	err = f.postings(ids, func(id int64, chunk int, bits []byte) error { return at[level[id]].chunk(chunk).read(bits) })
	for _, better := range at[:3] {
		if better != nil {
			at[3].or(better)
		}
	}
	return at, err
}

// wordRow is a term by which a word is found: as one of its forms, or (Part 1) because a term begins or ends so.
type wordRow struct {
	ID   int64  `db:"id"`
	Kind string `db:"kind"`
	Part int    `db:"part"`
}

// mostParts is how many terms are looked for because they begin with a word, or end with one of its forms, of each kind
// and each of these: those of most listings first, then the shortest.
const mostParts = 64

// termsOf are the terms by which a word is found, the best first; in titles only with ranks.
func (f *finding) termsOf(word string, ranks bool) (all []wordRow, err error) {
	kinds := []string{inText, inName}
	if ranks {
		kinds = append(kinds, inTitle)
	}
	forms := terms.Forms(word)
	var parts []string
	var args []any
	part := func(query string, more ...any) {
		parts, args = append(parts, `SELECT id, kind, part FROM (`+query+`) q`+strconv.Itoa(len(parts))), append(args, more...)
	}
	for _, kind := range kinds {
		part(`SELECT id, kind, 0 AS part FROM catalogue_term WHERE kind = ? AND name IN (`+marks(forms)+`)`, arguments(kind, forms)...)
	}
	const bestParts = ` ORDER BY 0 - weight, length(name), name LIMIT ?`
	for _, kind := range kinds {
		for _, w := range terms.Spellings(word) {
			if terms.Begins(w) {
				part(`SELECT id, kind, 1 AS part FROM catalogue_term WHERE kind = ? AND name > ? AND name < ?`+bestParts, kind, w, w+last, mostParts)
			}
		}
		for _, form := range forms {
			if before, may := terms.Ends(form); may {
				end := reversed(form)
				part(`SELECT id, kind, 1 AS part FROM catalogue_term WHERE kind = ? AND reversed > ? AND reversed < ? AND length(name) >= ?`+bestParts,
					kind, end, end+last, utf8.RuneCountInString(form)+before, mostParts)
			}
		}
	}
	if err := f.tx.SelectContext(f.ctx, &all, strings.Join(parts, ` UNION ALL `), args...); err != nil {
		return nil, fmt.Errorf("look up what a word is found by: %w", err)
	}
	return all, nil
}

// last sorts behind every letter.
const last = "\U0010FFFF"

// absentWord is how much a word counts that a listing does not have, where one of them is enough.
const absentWord = 5

// relevance is how far what was found is from having all words in its title, by number.
func (f *finding) relevance(found set) []uint8 {
	score := make([]uint8, len(found)*64)
	for _, at := range f.words {
		for i, w := range found {
			for ; w != 0; w &= w - 1 {
				n := i<<6 + bits.TrailingZeros64(w)
				bit := w & -w
				switch {
				case at[0] != nil && at[0][i]&bit != 0:
				case at[1] != nil && at[1][i]&bit != 0:
					score[n]++
				case at[2] != nil && at[2][i]&bit != 0:
					score[n] += 2
				case at[3][i]&bit != 0:
					score[n] += 3
				default:
					score[n] += absentWord
				}
			}
		}
	}
	return score
}
