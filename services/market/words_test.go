package market

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"Bicycle, 28\" (red)":      "bicycle 28 red",
		"Café CRÈME":               "cafe creme",
		"Straße · STRASSE":         "strasse strasse",
		"Øl Łódź Æbler":            "ol lodz aebler",
		"İstanbul ΣΊΣΥΦΟΣ":         "istanbul σισυφοσ",
		"％ _ ' \\ ; --":            "",
		"ﬁne ½":                    "fine 1 2",
		"lamp\x00shade\nold":       "lamp shade old",
		"Велосипед ЁЛКА":           "велосипед елка",
		strings.Repeat("a", 100):   strings.Repeat("a", maxWord),
		strings.Repeat("漢字かな", 20): strings.Repeat("漢字かな", 4)[:39],
	} {
		if got := strings.Join(words(in), " "); got != want {
			t.Errorf("words(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestQueryWords(t *testing.T) {
	if got, want := queryWords("Lamp lamp LÁMP shade"), []string{"lamp", "shade"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := len(queryWords("a b c d e f g h i j k l")); got != MaxWords {
		t.Errorf("got %d words, want %d", got, MaxWords)
	}
	if got := index("The lamp", "the LAMP is old"); got != " is lamp old the " {
		t.Errorf("index: got %q", got)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Café %_' \\ \xff")
	f.Fuzz(func(t *testing.T, in string) {
		for _, w := range append(words(in), queryWords(in)...) {
			if w == "" || len(w) > maxWord || strings.ContainsFunc(w, between) {
				t.Errorf("words(%q): got %q, want letters and digits", in, w)
			}
		}
	})
}
