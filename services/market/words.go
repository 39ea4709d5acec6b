package market

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxWord is how much of a word counts, in bytes.
const maxWord = 40

// unaccented are letters that Unicode does not take apart though people type
// them without their strokes.
var unaccented = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i")

// fold makes text comparable: no case, no accents, no compatibility forms.
func fold(text string) string {
	text = norm.NFKD.String(cases.Fold().String(text))
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, text)
	return unaccented.Replace(text)
}

// words cuts text into folded runs of letters, their marks, and digits.
func words(text string) []string {
	list := strings.FieldsFunc(fold(text), between)
	for i, w := range list {
		if len(w) > maxWord {
			list[i] = strings.ToValidUTF8(w[:maxWord], "")
		}
	}
	return list
}

func between(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) }

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
