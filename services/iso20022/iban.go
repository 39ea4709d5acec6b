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
	remainder := 0
	for _, c := range []byte(iban[4:] + iban[:4]) {
		switch {
		case digit(c):
			remainder = (remainder*10 + int(c-'0')) % 97
		case letter(c):
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		default:
			return "", ErrIBAN
		}
	}
	if remainder != 1 {
		return "", ErrIBAN
	}
	return iban, nil
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
