package market

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// meant are the words of a selection as they were probably meant, or nil: those that
// begin no word of the vocabulary changed into the nearest one that is there.
func (m *Market) meant(ctx context.Context, s Selection) ([]string, error) {
	changed := false
	meant := make([]string, len(s.Words))
	for i, word := range s.Words {
		most := slips(word)
		alike := func(other string) bool { return strings.HasPrefix(other, word) || apart(word, other, most) <= most }
		known, err := m.Store.Vocabulary(ctx, word, alike, s.Moment)
		if err != nil {
			return nil, fmt.Errorf("look for a word that was meant: %w", err)
		}
		meant[i] = nearest(word, known)
		changed = changed || meant[i] != word
	}
	if !changed {
		return nil, nil
	}
	return meant, nil
}

// nearest is the word of the vocabulary that is nearest to one that begins none of them:
// of those equally near the one that more listings have, then the first. A word that begins one, or
// has none near it, is itself.
func nearest(word string, known map[string]int) string {
	most := slips(word)
	best, distance, items := word, most+1, 0
	for other, n := range known {
		if strings.HasPrefix(other, word) {
			return word
		}
		d := apart(word, other, most)
		if d > most || d > distance || d == distance && (n < items || n == items && other > best) {
			continue
		}
		best, distance, items = other, d, n
	}
	return best
}

// slips is how many slips a word may have: none where it is short, which would be another word.
func slips(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

// apart counts the slips between two words: a letter too many, too few, another one, or
// two in each other's place. Beyond most it is some number above.
func apart(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			other := 1
			if x[i-1] == y[j-1] {
				other = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+other)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
