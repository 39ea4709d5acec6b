package market

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// vocabularyFor is how long words are known as they were read, in seconds.
const vocabularyFor = 60

// vocabulary is the words of the catalogue as they were read.
type vocabulary struct {
	words map[string]int // word -> listings
	at    int64          // unix seconds
}

// meant are the words of a selection as they were probably meant, or nil: those that
// begin no word of the vocabulary changed into the nearest one that is there.
func (m *Market) meant(ctx context.Context, s Selection) ([]string, error) {
	if len(s.Words) == 0 {
		return nil, nil
	}
	known, err := m.vocabulary(ctx, s.Moment)
	if err != nil {
		return nil, err
	}
	changed := false
	meant := make([]string, len(s.Words))
	for i, word := range s.Words {
		meant[i] = nearest(word, known)
		changed = changed || meant[i] != word
	}
	if !changed {
		return nil, nil
	}
	return meant, nil
}

// vocabulary reads the words, once for all who ask at the same time, and again after
// vocabularyFor.
func (m *Market) vocabulary(ctx context.Context, at Moment) (map[string]int, error) {
	m.mu.Lock()
	known := m.spelled
	m.mu.Unlock()
	if known.words != nil && at.Now >= known.at && at.Now < known.at+vocabularyFor {
		return known.words, nil
	}
	read, err, _ := m.reading.Do("", func() (any, error) {
		words, err := m.Store.Vocabulary(context.WithoutCancel(ctx), at)
		if err != nil {
			return nil, fmt.Errorf("read the catalogue's words: %w", err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.spelled = vocabulary{words, at.Now}
		return words, nil
	})
	if err != nil {
		return nil, err
	}
	return read.(map[string]int), nil
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
