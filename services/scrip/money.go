package scrip

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
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

// ParseCurrency returns the currency with an ISO 4217 code, with the digits that
// ISO 4217 gives it. What people do with cash, where small coins are gone, is
// another thing.
func ParseCurrency(code string) (Currency, error) {
	exponent, ok := currency.GetDigits(code)
	if !ok {
		return Currency{}, fmt.Errorf("currency %q is not known", code)
	}
	return Currency{Code: code, Exponent: int(exponent)}, nil
}

// Units is so many of what things are counted in, which is what limits are made of: 1.00,
// 1.000, and 100 where there is nothing smaller than one.
func (c Currency) Units(n Money) Money {
	for range cmp.Or(c.Exponent, 2) {
		n *= 10
	}
	return n
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

// AmountError is why a text is no amount of money, for the person who wrote it.
type AmountError struct {
	Of    Currency
	Above bool // it is an amount, above MaxMoney
}

// Error returns the reason as a sentence, without its capital and its full stop.
func (e AmountError) Error() string {
	if e.Above {
		return "write at most " + e.Of.Format(MaxMoney)
	}
	return "write an amount like " + e.Of.Example()
}

// Example is an amount as it is written in this currency: "12.50", "1250",
// "12.500".
func (c Currency) Example() string {
	if c.Exponent == 0 {
		return c.Format(1250)
	}
	m := Money(125)
	for range c.Exponent - 1 {
		m *= 10
	}
	return c.Format(m)
}

// Parse reads an amount as people write it: "12.50", "12,5" or "12". It
// refuses signs, more decimals than the currency has, and amounts above
// MaxMoney, as an AmountError. Nothing stands between thousands: 1.250 is a
// thousand to one reader and one and a quarter to another. Zero is an amount.
// static/wallet/money.js does the same, held to testdata/money.json.
func (c Currency) Parse(s string) (Money, error) {
	s = strings.ReplaceAll(CleanLine(s), ",", ".")
	whole, fraction, point := strings.Cut(s, ".")
	if !decimal(whole) || (point && !decimal(fraction)) || len(fraction) > c.Exponent {
		return 0, AmountError{Of: c}
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", c.Exponent-len(fraction)), 10, 64)
	if err != nil || Money(n) > MaxMoney {
		return 0, AmountError{Of: c, Above: true}
	}
	return Money(n), nil
}

func decimal(digits string) bool {
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
