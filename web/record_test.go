package web

import (
	"slices"
	"testing"
)

// TestStockIsToldCoarsely: what is left is 1, 2, 3 or several, in words and in what can be chosen.
func TestStockIsToldCoarsely(t *testing.T) {
	for _, tc := range []struct {
		stock, most int
		words       string
	}{{0, 0, ""}, {1, 0, ""}, {2, 2, "2 pieces left"}, {3, 3, "3 pieces left"}, {4, 10, "Several left"}, {400, 10, "Several left"}} {
		choices := choicesOf(tc.stock)
		if got := stockWords(t.Context(), tc.stock); got != tc.words || len(choices) != tc.most || tc.most > 0 && slices.Max(choices) != tc.most {
			t.Errorf("%d in stock: got %q and %v, want %q and up to %d", tc.stock, got, choices, tc.words, tc.most)
		}
	}
}
