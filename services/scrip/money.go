package scrip

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Money is a whole number of minor units (cents) of the broker's one currency.
type Money int64

// MaxMoney bounds every amount, so that sums of many stay far from overflow
// and every amount is exact in a browser's numbers.
const MaxMoney Money = 100_000_000_000

// Positive reports whether m may be the value of a scrip or of a payment.
func (m Money) Positive() bool { return m > 0 && m <= MaxMoney }

// Add returns m + n, or AmountOutOfBounds when the sum is negative or above
// MaxMoney.
func (m Money) Add(n Money) (Money, error) {
	sum := m + n
	if m < 0 || n < 0 || m > MaxMoney || n > MaxMoney || sum > MaxMoney {
		return 0, AmountOutOfBounds
	}
	return sum, nil
}

// Times returns m * n under the same bounds as Add.
func (m Money) Times(n int) (Money, error) {
	if m < 0 || n < 0 || (n > 0 && m > MaxMoney/Money(n)) {
		return 0, AmountOutOfBounds
	}
	return m * Money(n), nil
}

// Currency is an ISO 4217 currency and the number of its decimal places.
type Currency struct {
	Code     string
	Exponent int
}

// exponents lists the currencies a broker can be run in.
var exponents = map[string]int{
	"AUD": 2, "CAD": 2, "CHF": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HUF": 2, "ISK": 0,
	"JPY": 0, "KRW": 0, "NOK": 2, "NZD": 2, "PLN": 2, "RON": 2, "SEK": 2, "TND": 3, "USD": 2,
}

// ParseCurrency returns the currency with an ISO 4217 code.
func ParseCurrency(code string) (Currency, error) {
	exponent, ok := exponents[code]
	if !ok {
		return Currency{}, fmt.Errorf("currency %q is not known", code)
	}
	return Currency{Code: code, Exponent: exponent}, nil
}

// Format writes m as people write it, without the currency: "12.50".
func (c Currency) Format(m Money) string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	digits := strconv.FormatInt(int64(m), 10)
	if c.Exponent == 0 {
		return sign + digits
	}
	for len(digits) <= c.Exponent {
		digits = "0" + digits
	}
	cut := len(digits) - c.Exponent
	return sign + digits[:cut] + "." + digits[cut:]
}

var errAmount = errors.New("write an amount like 12.50")

// Parse reads an amount as people write it: "12.50", "12,5" or "12". It
// refuses signs, more decimals than the currency has, and amounts above
// MaxMoney. Zero is an amount.
func (c Currency) Parse(s string) (Money, error) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", ".")
	whole, fraction, point := strings.Cut(s, ".")
	if whole == "" || (point && fraction == "") || len(fraction) > c.Exponent || len(whole) > 12 {
		return 0, errAmount
	}
	digits := whole + fraction + strings.Repeat("0", c.Exponent-len(fraction))
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, errAmount
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || Money(n) > MaxMoney {
		return 0, errAmount
	}
	return Money(n), nil
}
