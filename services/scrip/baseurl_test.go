package scrip_test

import (
	"testing"

	"peerscrip/services/scrip"
)

// To a base URL paths are appended: what would make another address of the
// result is refused.
func TestValidBaseURL(t *testing.T) {
	for url, want := range map[string]bool{
		"https://stall.example":        true,
		"http://127.0.0.1:8081":        true,
		"https://[2001:db8::1]:8443":   true,
		"https://market.example/attic": true,
		"https://stall.example?":       false,
		"https://stall.example#":       false,
		"https://stall.example/a?":     false,
		"https://stall.example/a#":     false,
		"https://stall.example?a=b":    false,
		"https://stall.example#a":      false,
		"https://stall.example/":       false,
		"https://me@stall.example":     false,
		"https://:pw@stall.example":    false,
		"https://@stall.example":       false,
		"https://stall.example:":       false,
		"https://:8080":                false,
		"https://stall.example\\@evil": false,
		"https:stall.example":          false,
		"//stall.example":              false,
		"ftp://stall.example":          false,
		"HTTPS://stall.example":        false,
		"":                             false,
	} {
		if got := scrip.ValidBaseURL(url); got != want {
			t.Errorf("ValidBaseURL(%q): got %t, want %t", url, got, want)
		}
	}
}
