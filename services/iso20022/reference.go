package iso20022

import (
	"fmt"
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
	return len(text) >= 5 && len(text) <= 25 && text[:2] == "RF" && checked(text)
}

// CreditorReference is the creditor reference of a name of up to 21 digits and capital letters.
func CreditorReference(name string) string {
	remainder, _ := modulo97(name + "RF00")
	return fmt.Sprintf("RF%02d%s", 98-remainder, name)
}
