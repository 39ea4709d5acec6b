// Package terms tells by what terms a text is found: pure, the same for listings and for
// what is looked for in them, and the same on every database.
//
// A text is folded (no case, no accents, no compatibility forms) and cut into words, and
// Chinese, Japanese and Korean, which is written without spaces, into pairs of letters.
// A word is found by its forms: as it is written, with ae, oe and ue as ä, ö and ü are
// folded, and by the stems that the Snowball algorithms for English and German make of
// these. Which language a text is in is not asked: a word has the stems of both, and two
// words are one where any of their forms are.
package terms

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/german"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Version is that of what this package and its callers make of a text. What was made by
// another is to be made anew: raise it with each change.
const Version = 1

// MaxWord is how much of a word counts, in bytes.
const MaxWord = 40

// unaccented are letters that Unicode does not take apart though people type
// them without their strokes.
var unaccented = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i")

// Fold makes text comparable.
func Fold(text string) string {
	text = norm.NFKD.String(cases.Fold().String(text))
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, text)
	return norm.NFC.String(unaccented.Replace(text)) // which makes syllables of Korean letters again
}

// Words cuts text into folded runs of letters, their marks, and digits, and runs without
// spaces into pairs.
func Words(text string) (list []string) {
	for _, run := range strings.FieldsFunc(Fold(text), between) {
		for run != "" {
			part := scripted(run)
			run = run[len(part):]
			switch {
			case Unspaced(part):
				list = append(list, pairs(part)...)
			case len(part) > MaxWord:
				list = append(list, strings.ToValidUTF8(part[:MaxWord], ""))
			default:
				list = append(list, part)
			}
		}
	}
	return list
}

func between(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) }

// Unspaced reports whether a word is of a script that puts no spaces between words, or
// puts them where they are of no use to who looks for a word.
func Unspaced(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unspaced(r)
}

func unspaced(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// scripted is the beginning of a run that is of one kind of script.
func scripted(run string) string {
	kind := Unspaced(run)
	for i, r := range run {
		if unspaced(r) != kind {
			return run[:i]
		}
	}
	return run
}

// pairs are each two letters that follow one another; of one letter, that one.
func pairs(run string) (list []string) {
	letters := []rune(run)
	if len(letters) == 1 {
		return []string{run}
	}
	for i := range letters[1:] {
		list = append(list, string(letters[i:i+2]))
	}
	return list
}

// umlauts are how ä, ö and ü are written where they cannot be typed, and how they are folded.
var umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// Spellings are a word of Words as it is written, and with its umlauts folded, if it may have any.
func Spellings(word string) []string {
	if other := umlauts.Replace(word); other != word {
		return []string{word, other}
	}
	return []string{word}
}

// Forms are what a word of Words is found by, itself first.
func Forms(word string) []string {
	if Unspaced(word) {
		return []string{word}
	}
	list := Spellings(word)
	for _, w := range list {
		for _, stem := range []func(*snowballstem.Env) bool{english.Stem, german.Stem} {
			env := snowballstem.NewEnv(w)
			stem(env)
			if s := env.Current(); s != "" && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	return list
}

// The least letters of what is looked for at the beginning or the end of a word, and of
// what stands before an end.
const (
	leastBeginning = 3
	leastEnd       = 4
	leastBefore    = 3
)

// Begins reports whether words may be found by their beginning: it is of letters enough to mean anything. Of pairs
// that is one.
func Begins(beginning string) bool {
	n := utf8.RuneCountInString(beginning)
	return Unspaced(beginning) && n == 1 || !Unspaced(beginning) && n >= leastBeginning
}

// Ends reports whether words may be found by their end, as compounds are (Schreibtisch by Tisch), and how many letters
// must stand before it: the shorter it is, the more, for chair is in armchair, but tent not in content.
func Ends(end string) (before int, may bool) {
	switch n := utf8.RuneCountInString(end); {
	case Unspaced(end):
		return 1, n == 1
	case n < leastEnd:
		return 0, false
	case n == leastEnd:
		return leastBefore + 1, true
	}
	return leastBefore, true
}
