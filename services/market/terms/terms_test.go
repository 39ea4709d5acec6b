package terms

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"Bicycle, 28\" (red)":    "bicycle 28 red",
		"Café CRÈME":             "cafe creme",
		"Straße · STRASSE":       "strasse strasse",
		"Øl Łódź Æbler":          "ol lodz aebler",
		"İstanbul ΣΊΣΥΦΟΣ":       "istanbul σισυφοσ",
		"％ _ ' \\ ; --":          "",
		"ﬁne ½":                  "fine 1 2",
		"lamp\x00shade\nold":     "lamp shade old",
		"Велосипед ЁЛКА":         "велосипед елка",
		strings.Repeat("a", 100): strings.Repeat("a", MaxWord),
		"漢字かな":                   "漢字 字か かな",
		"iPhone12ケース 猫":          "iphone12 ケー ース 猫",
		"한국어":                    "한국 국어",
	} {
		if got := strings.Join(Words(in), " "); got != want {
			t.Errorf("Words(%q): got %q, want %q", in, got, want)
		}
	}
}

// TestForms: two words that people take for one have a form in common, and others have none.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"coats", "coat", true}, {"Chairs", "chair", true}, {"batteries", "battery", true}, {"vases", "Vase", true},
		{"Lampen", "Lampe", true}, {"Häuser", "Haus", true}, {"Fahrräder", "Fahrrad", true}, {"Bücher", "Buch", true},
		{"Ständer", "Staender", true}, {"Größe", "Groesse", true}, {"Größe", "GROSSE", true}, {"Straße", "Strasse", true},
		{"Stühle", "Stuehle", true}, {"Stühle", "Stuhl", true}, {"Schuhe", "Schuh", true}, {"grösse", "größe", true}, {"漢字", "漢字", true},
		{"coat", "cat", false}, {"Lampe", "Lumpen", false}, {"chair", "hair", false}, {"", "a", false}, {"漢字", "字漢", false},
	} {
		forms := func(text string) (all []string) {
			for _, w := range Words(text) {
				all = append(all, Forms(w)...)
			}
			return all
		}
		a, b := forms(c.a), forms(c.b)
		if same := slices.ContainsFunc(a, func(w string) bool { return slices.Contains(b, w) }); same != c.same {
			t.Errorf("%s and %s: got %q and %q, want them the same: %t", c.a, c.b, a, b, c.same)
		}
	}
}

// TestEnds: the shorter the end, the more must stand before it.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		whole, end string
		want       bool
	}{
		{"schreibtisch", "tisch", true}, {"armchair", "chair", true}, {"stehlampe", "lampe", true}, {"fahrradstaender", "staender", true}, {"kinderbett", "bett", true},
		{"content", "tent", false}, {"carpet", "pet", false}, {"chair", "hair", false}, {"tisch", "tisch", false}, {"毛猫", "猫", true}, {"三毛猫", "毛猫", false},
	} {
		before, may := Ends(c.end)
		if got := may && strings.HasSuffix(c.whole, c.end) && utf8.RuneCountInString(c.whole)-utf8.RuneCountInString(c.end) >= before; got != c.want {
			t.Errorf("%s ends with %s: got %t, want %t", c.whole, c.end, got, c.want)
		}
	}
	for beginning, want := range map[string]bool{"la": false, "lam": true, "猫": true, "毛猫": false, "": false} {
		if got := Begins(beginning); got != want {
			t.Errorf("Begins(%q): got %t, want %t", beginning, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Café %_' \\ \xff 漢字 한국어ケース")
	f.Fuzz(func(t *testing.T, in string) {
		for _, w := range Words(in) {
			if w == "" || len(w) > MaxWord || strings.ContainsFunc(w, between) || !utf8.ValidString(w) {
				t.Errorf("Words(%q): got %q, want letters and digits", in, w)
			}
			forms := Forms(w)
			if forms[0] != w || slices.Contains(forms, "") || len(forms) > 6 {
				t.Errorf("Forms(%q): got %q, want the word and its stems", w, forms)
			}
			if strings.Contains(w, " ") || slices.ContainsFunc(forms, func(s string) bool { return strings.Contains(s, " ") }) {
				t.Errorf("Forms(%q): got a space in %q", w, forms)
			}
		}
	})
}
