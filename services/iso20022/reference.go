package iso20022

import (
	"regexp"
	"strings"
)

// reference is a creditor reference (ISO 11649) in a text, spaces within it.
var reference = regexp.MustCompile(`(?i)\bRF\s*\d\s*\d(?:\s*[0-9A-Z]){1,21}`)

// findReference is the creditor reference of structured remittance, or one within what is not structured, whose check digits agree.
func findReference(structured, text string) string {
	for _, candidate := range append([]string{structured}, reference.FindAllString(text, -1)...) {
		candidate = strings.ToUpper(strings.Join(strings.Fields(candidate), ""))
		for n := min(len(candidate), 25); n > 4; n-- { // a word may follow it
			if ValidReference(candidate[:n]) {
				return candidate[:n]
			}
		}
	}
	return strings.ToUpper(strings.Join(strings.Fields(structured), ""))
}

// ValidReference reports whether a text is a creditor reference whose check digits agree.
func ValidReference(text string) bool {
	if len(text) < 5 || len(text) > 25 || text[:2] != "RF" {
		return false
	}
	remainder := 0
	for _, c := range []byte(text[4:] + text[:4]) {
		switch {
		case digit(c):
			remainder = (remainder*10 + int(c-'0')) % 97
		case letter(c):
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return remainder == 1
}
