package scrip_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	iso4217 "github.com/bojanz/currency"
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

// TestMoneyVectors: amounts are read and written the same in Go and in the
// browser, which reads these vectors too, and each currency has its own digits.
func TestMoneyVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/money.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Read []struct {
			Currency, Text, Problem string
			Amount                  scrip.Money
		}
		Written []struct {
			Currency, Text string
			Amount         scrip.Money
		}
		Examples []struct{ Currency, Text string }
		Digits   map[string]int
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors.Read {
		got, err := currency(t, v.Currency).Parse(v.Text)
		var problem scrip.AmountError
		said := ""
		if errors.As(err, &problem) {
			said = problem.Error()
		}
		if got != v.Amount || said != v.Problem || (err == nil) != (v.Problem == "") {
			t.Errorf("%s %q: got %d, %v, want %d, %q", v.Currency, v.Text, got, err, v.Amount, v.Problem)
		}
	}
	for _, v := range vectors.Written {
		if got := currency(t, v.Currency).Format(v.Amount); got != v.Text {
			t.Errorf("%s of %d: got %s, want %s", v.Currency, v.Amount, got, v.Text)
		}
	}
	for _, v := range vectors.Examples {
		if got := currency(t, v.Currency).Example(); got != v.Text {
			t.Errorf("example in %s: got %s, want %s", v.Currency, got, v.Text)
		}
	}
	for _, code := range iso4217.GetCurrencyCodes() {
		c := currency(t, code)
		if digits, ok := vectors.Digits[code]; !ok || c.Exponent != digits || len(vectors.Digits) != len(iso4217.GetCurrencyCodes()) {
			t.Errorf("%s: got %d digits, want %d of %d currencies", code, c.Exponent, digits, len(vectors.Digits))
		}
		if _, err := c.Parse(c.Example()); err != nil {
			t.Errorf("%s: its own example %s: got %v, want an amount", code, c.Example(), err)
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

// TestUnits: limits are in what things are counted in, whatever digits the currency has.
func TestUnits(t *testing.T) {
	for code, want := range map[string]scrip.Money{"EUR": 2000_00, "JPY": 200_000, "KWD": 2000_000} {
		c, err := scrip.ParseCurrency(code)
		if got := c.Units(2000); err != nil || got != want {
			t.Errorf("2000 of %s: got %d, %v, want %d", code, got, err, want)
		}
	}
}
