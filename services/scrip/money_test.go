package scrip_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"peerscrip/services/scrip"
)

func TestAdd(t *testing.T) {
	for _, test := range []struct {
		m, n, want scrip.Money
		err        error
	}{
		{0, 0, 0, nil},
		{1, 2, 3, nil},
		{scrip.MaxMoney, 0, scrip.MaxMoney, nil},
		{scrip.MaxMoney - 1, 1, scrip.MaxMoney, nil},
		{scrip.MaxMoney, 1, 0, scrip.AmountOutOfBounds},
		{scrip.MaxMoney, scrip.MaxMoney, 0, scrip.AmountOutOfBounds},
		{-1, 2, 0, scrip.AmountOutOfBounds},
		{2, -1, 0, scrip.AmountOutOfBounds},
		{math.MaxInt64, math.MaxInt64, 0, scrip.AmountOutOfBounds},
		{math.MaxInt64, 1, 0, scrip.AmountOutOfBounds},
		{math.MinInt64, math.MinInt64, 0, scrip.AmountOutOfBounds},
	} {
		if got, err := test.m.Add(test.n); got != test.want || err != test.err {
			t.Errorf("%d + %d: got %d, %v, want %d, %v", test.m, test.n, got, err, test.want, test.err)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, test := range []struct {
		m    scrip.Money
		n    int
		want scrip.Money
		err  error
	}{
		{12_50, 0, 0, nil},
		{0, 1000, 0, nil},
		{12_50, 3, 37_50, nil},
		{scrip.MaxMoney, 1, scrip.MaxMoney, nil},
		{scrip.MaxMoney / 1000, 1000, scrip.MaxMoney, nil},
		{scrip.MaxMoney/1000 + 1, 1000, 0, scrip.AmountOutOfBounds},
		{scrip.MaxMoney, 2, 0, scrip.AmountOutOfBounds},
		{-1, 1, 0, scrip.AmountOutOfBounds},
		{1, -1, 0, scrip.AmountOutOfBounds},
		{math.MaxInt64, math.MaxInt, 0, scrip.AmountOutOfBounds},
		{3, math.MaxInt64/3 + 1, 0, scrip.AmountOutOfBounds},
	} {
		if got, err := test.m.Times(test.n); got != test.want || err != test.err {
			t.Errorf("%d * %d: got %d, %v, want %d, %v", test.m, test.n, got, err, test.want, test.err)
		}
	}
}

func TestPositive(t *testing.T) {
	for m, want := range map[scrip.Money]bool{
		math.MinInt64: false, -1: false, 0: false, 1: true, scrip.MaxMoney: true, scrip.MaxMoney + 1: false, math.MaxInt64: false,
	} {
		if got := m.Positive(); got != want {
			t.Errorf("%d.Positive(): got %t, want %t", m, got, want)
		}
	}
}

func currency(t testing.TB, code string) scrip.Currency {
	t.Helper()
	c, err := scrip.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFormat(t *testing.T) {
	for _, test := range []struct {
		code string
		m    scrip.Money
		want string
	}{
		{"EUR", 0, "0.00"}, {"EUR", 5, "0.05"}, {"EUR", 50, "0.50"}, {"EUR", 12_50, "12.50"}, {"EUR", -12_50, "-12.50"},
		{"EUR", -5, "-0.05"}, {"EUR", scrip.MaxMoney, "1000000000.00"},
		{"JPY", 0, "0"}, {"JPY", 1250, "1250"}, {"JPY", -1, "-1"},
		{"TND", 0, "0.000"}, {"TND", 7, "0.007"}, {"TND", 12_345, "12.345"}, {"TND", -999, "-0.999"},
	} {
		if got := currency(t, test.code).Format(test.m); got != test.want {
			t.Errorf("%s of %d: got %s, want %s", test.code, test.m, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		code, text string
		want       scrip.Money
	}{
		{"EUR", "12.50", 12_50}, {"EUR", "12,50", 12_50}, {"EUR", "12,5", 12_50}, {"EUR", "12", 12_00}, {"EUR", "0", 0},
		{"EUR", "0.05", 5}, {"EUR", " 12.50\t", 12_50}, {"EUR", "007", 7_00}, {"EUR", "1000000000.00", scrip.MaxMoney},
		{"JPY", "1250", 1250}, {"JPY", "100000000000", scrip.MaxMoney},
		{"TND", "12.345", 12_345}, {"TND", "12.3", 12_300}, {"TND", "0,007", 7},
	} {
		if got, err := currency(t, test.code).Parse(test.text); got != test.want || err != nil {
			t.Errorf("%s %q: got %d, %v, want %d", test.code, test.text, got, err, test.want)
		}
	}
	for code, texts := range map[string][]string{
		"EUR": {
			"", " ", ".", ",", ".5", "5.", "12.505", "1.2.3", "1,234.50", "1.234,50", "1'000", "1 000", "-1", "+1", "1e3", "0x10",
			"12.5O", "١٢", "１２", "12.50 EUR", "€5", "NaN", "Inf", "1000000000.01", "9999999999999", "12\x00",
		},
		"JPY": {"12.5", "12.", "12.0", "1,000", "100000000001"},
		"TND": {"12.3456", "100000000.001"},
	} {
		for _, text := range texts {
			if got, err := currency(t, code).Parse(text); err == nil || got != 0 {
				t.Errorf("%s %q: got %d, %v, want 0 and an error", code, text, got, err)
			}
		}
	}
}

func TestParseCurrency(t *testing.T) {
	for _, code := range []string{"", "eur", "EURO", "XXX", "EUR "} {
		if c, err := scrip.ParseCurrency(code); err == nil || c != (scrip.Currency{}) {
			t.Errorf("ParseCurrency(%q): got %+v, %v, want an error", code, c, err)
		}
	}
}

// What is written is read back, in every currency, with a comma too.
func TestMoneyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := scrip.Currency{Code: "XYZ", Exponent: rapid.IntRange(0, 3).Draw(t, "exponent")}
		m := scrip.Money(rapid.Int64Range(0, int64(scrip.MaxMoney)).Draw(t, "amount"))
		if got, err := c.Parse(c.Format(m)); err != nil || got != m {
			t.Fatalf("Parse(%q): got %d, %v, want %d", c.Format(m), got, err, m)
		}
	})
}

// Add and Times agree with arithmetic on big numbers: exact or refused.
func TestMoneySums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-2, int64(scrip.MaxMoney)+2))
		m, n := scrip.Money(any.Draw(t, "m")), scrip.Money(any.Draw(t, "n"))
		inBounds := func(m scrip.Money) bool { return m >= 0 && m <= scrip.MaxMoney }
		sum, err := m.Add(n)
		exact := inBounds(m) && inBounds(n) && inBounds(m+n)
		if (err == nil) != exact || (exact && sum != m+n) || (err != nil && !errors.Is(err, scrip.AmountOutOfBounds)) {
			t.Fatalf("%d + %d: got %d, %v", m, n, sum, err)
		}
		k := rapid.IntRange(-1, scrip.MaxQuantity).Draw(t, "k")
		small := scrip.Money(rapid.Int64Range(-1, int64(scrip.MaxMoney)+1).Draw(t, "small")) // times k no overflow
		product, err := small.Times(k)
		exact = small >= 0 && k >= 0 && inBounds(small*scrip.Money(k))
		if (err == nil) != exact || (exact && product != small*scrip.Money(k)) {
			t.Fatalf("%d * %d: got %d, %v", small, k, product, err)
		}
	})
}

// FuzzParseMoney: what is read is in bounds, and reads the same once written.
func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"12.50", "12,5", "12", "0", "1000000000.00", ".", "1.2.3", " 7 ", "-1", "１２", "999999999999.999"} {
		for exponent := range 4 {
			f.Add(s, exponent)
		}
	}
	f.Fuzz(func(t *testing.T, s string, exponent int) {
		c := scrip.Currency{Code: "XYZ", Exponent: exponent & 3}
		m, err := c.Parse(s)
		if err != nil {
			return
		}
		if m < 0 || m > scrip.MaxMoney {
			t.Fatalf("Parse(%q): got %d, out of bounds", s, m)
		}
		if again, err := c.Parse(c.Format(m)); err != nil || again != m {
			t.Fatalf("Parse(%q): got %d, %v, want %d", c.Format(m), again, err, m)
		}
	})
}
