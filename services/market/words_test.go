package market

import (
	"slices"
	"testing"
)

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
