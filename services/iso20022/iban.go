package iso20022

import (
	"errors"
	"strings"
)

// ErrIBAN is what is not an IBAN.
var ErrIBAN = errors.New("this is no IBAN: two letters, two digits, and what the bank adds, whose check digits must agree")

// ParseIBAN reads an IBAN as people write it, with or without spaces: its check digits must agree. Whether there is such an account,
// the bank knows.
func ParseIBAN(text string) (string, error) {
	iban := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	if len(iban) < 15 || len(iban) > 34 || !letter(iban[0]) || !letter(iban[1]) || !digit(iban[2]) || !digit(iban[3]) {
		return "", ErrIBAN
	}
	if !checked(iban) {
		return "", ErrIBAN
	}
	return iban, nil
}

// checked reports whether the check digits of an IBAN or a creditor reference, its third and fourth, agree (ISO 7064, MOD 97-10).
func checked(text string) bool {
	remainder, ok := modulo97(text[4:] + text[:4])
	return ok && remainder == 1
}

// modulo97 is a text of digits and capital letters, each letter two digits from 10 on, modulo 97; false: it has something else.
func modulo97(text string) (remainder int, ok bool) {
	for _, c := range []byte(text) {
		switch {
		case digit(c):
			remainder = (remainder*10 + int(c-'0')) % 97
		case letter(c):
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		default:
			return 0, false
		}
	}
	return remainder, true
}

func letter(c byte) bool { return c >= 'A' && c <= 'Z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// GroupIBAN writes an IBAN in groups of four, as people read it.
func GroupIBAN(iban string) string {
	var b strings.Builder
	for i, c := range iban {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
