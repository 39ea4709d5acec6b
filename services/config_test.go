package services

import "testing"

// TestBaseURLIsARoot: a process whose pages would be looked for below a path does
// not start.
func TestBaseURLIsARoot(t *testing.T) {
	for url, want := range map[string]bool{
		"": true, "https://market.example": true, "http://127.0.0.1:8080": true,
		"https://market.example/": false, "https://market.example/shop": false, "https://market.example//": false, "market.example": false,
	} {
		if _, err := (Config{Role: Serve, BaseURL: url}).withDefaults(); (err == nil) != want {
			t.Errorf("base URL %q: got %v, want it taken %t", url, err, want)
		}
	}
}
