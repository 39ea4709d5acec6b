package web

import (
	"encoding/json"
	"os"
	"testing"
)

// The browser's wallet reads the same cases.
func TestTrackingLink(t *testing.T) {
	text, err := os.ReadFile("testdata/tracking.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Carrier, Number, Link string }
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		if got := trackingLink(c.Carrier, c.Number); got != c.Link {
			t.Errorf("%q %q: got %q, want %q", c.Carrier, c.Number, got, c.Link)
		}
	}
}
