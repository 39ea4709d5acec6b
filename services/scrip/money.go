package scrip

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	Above bool  // it is an amount, above MaxMoney
	Whole Money // above 0: it is this much to who reads its mark as one between thousands, and another amount to others
}

// Error returns the reason as a sentence, without its capital and its full stop.
func (e AmountError) Error() string {
	switch {
	case e.Above:
		return "write at most " + e.Of.Format(MaxMoney)
	case e.Whole > 0:
		return "this can be read in two ways: write " + e.Of.Format(e.Whole) + ", or an amount like " + e.Of.Example()
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

// How people write amounts: without a mark between thousands, and with one. Of the
// groups of grouped the odd ones are whole units, in threes or, in India, twos and a three;
// the even ones decimals. Three digits after a single mark are both, plain and grouped.
var (
	plain   = regexp.MustCompile(`^(\d*)(?:[.,](\d+))?$`)
	grouped = regexp.MustCompile(`^(?:([1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})(?:\.(\d+))?|([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d+))?|` +
		`([1-9]\d{0,2}(?:(?: \d{3})+|(?:['’]\d{3})+))(?:[.,](\d+))?)$`)
	noCents = regexp.MustCompile(`(\d)[.,][-–—]+$`)
	marks   = strings.NewReplacer(",", "", ".", "", " ", "", "'", "", "’", "")
)

// Parse reads an amount as people write it: "12.50", "12,5", "12", "1,234.50",
// "1.234,50", "1 234.50", "€12.50", "12.50 EUR". It refuses signs, other
// currencies, more decimals than the currency has, amounts above MaxMoney, and
// what is a thousand to one reader and one and a quarter to another: 1.250, but
// where the currency has three decimals, of which people write all. A refusal is an
// AmountError. Zero is an amount. static/wallet/money.js does the same, held to
// testdata/money.json.
func (c Currency) Parse(s string) (Money, error) {
	text := noCents.ReplaceAllString(c.bare(CleanLine(s)), "$1")
	one, several := plain.FindStringSubmatch(text), grouped.FindStringSubmatch(text)
	if one != nil && text != "" && len(one[2]) <= c.Exponent {
		return c.money(one[1], one[2])
	}
	if several == nil {
		return 0, AmountError{Of: c}
	}
	whole, fraction := several[1]+several[3]+several[5], several[2]+several[4]+several[6]
	if len(fraction) > c.Exponent {
		return 0, AmountError{Of: c}
	}
	m, err := c.money(marks.Replace(whole), fraction)
	if err == nil && one != nil && c.Exponent > 0 {
		return 0, AmountError{Of: c, Whole: m}
	}
	return m, err
}

// bare is an amount without its currency, by code or sign, before or behind it.
func (c Currency) bare(text string) string {
	sign, _ := currency.GetSymbol(c.Code, currency.NewLocale("en")) // of an unknown currency it is the code
	last, _ := utf8.DecodeLastRuneInString(sign)
	for _, name := range []string{c.Code, sign, string(last)} {
		if name == string(last) && !unicode.Is(unicode.Sc, last) {
			continue
		}
		if n := len(name); len(text) > n && strings.EqualFold(text[:n], name) {
			return strings.TrimSpace(text[n:])
		} else if len(text) > n && strings.EqualFold(text[len(text)-n:], name) {
			return strings.TrimSpace(text[:len(text)-n])
		}
	}
	return text
}

// money is an amount of digits, of which there are at most as many decimals as it has.
func (c Currency) money(whole, fraction string) (Money, error) {
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", c.Exponent-len(fraction)), 10, 64)
	if err != nil || Money(n) > MaxMoney {
		return 0, AmountError{Of: c, Above: true}
	}
	return Money(n), nil
}
