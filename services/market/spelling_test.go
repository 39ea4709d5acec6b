package market

import "testing"

func TestNearest(t *testing.T) {
	known := map[string]int{"lamp": 3, "lamps": 1, "camp": 9, "bicycle": 2, "велосипед": 1, "ab": 5, "armchair": 1}
	for word, want := range map[string]string{
		"lamp":      "lamp",
		"la":        "la",        // begins one
		"lampp":     "lamp",      // of lamp and lamps that which more have
		"lmap":      "lamp",      // two letters in each other's place
		"damp":      "camp",      // of two at one slip that which more have
		"xb":        "xb",        // too short
		"dams":      "dams",      // two slips in a short word
		"bycicle":   "bicycle",   // two slips in a long one
		"bysickle":  "bysickle",  // three
		"велосипeд": "велосипед", // a Latin letter among Cyrillic ones
		"":          "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q): got %q, want %q", word, got, want)
		}
	}
}

// TestApart: how far apart two words are does not depend on which is first, and is what counting says.
func TestApart(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"abc", "cab", 2}, {"kitten", "sitting", 3}, {"größe", "grosse", 3}, {"abcdef", "badcfe", 3}} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := apart(pair[0], pair[1], 3); got != c.want {
				t.Errorf("apart(%q, %q): got %d, want %d", pair[0], pair[1], got, c.want)
			}
		}
		if got := apart(c.a, c.b, 0); c.want > 0 && got <= 0 {
			t.Errorf("apart(%q, %q) within 0: got %d", c.a, c.b, got)
		}
	}
}
