package audit

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"peerscrip/services/scrip"
)

// Totals are the books in one line each. Their sum is what came in minus what
// went out.
type Totals struct {
	Bank, House, Outstanding, Floats, Reserves, Held, Earned, Credit scrip.Money
	CameIn                                                           scrip.Money
}

// Sum is what all accounts but the world hold.
func (t Totals) Sum() scrip.Money {
	return t.Bank + t.House + t.Outstanding + t.Floats + t.Reserves + t.Held + t.Earned + t.Credit
}

// Report is the outcome of an audit.
type Report struct {
	Currency scrip.Currency
	Totals   Totals
	Stalls   map[scrip.VendorID]StallTotals // those the books hold anything for
	Findings []Finding
}

// StallTotals is how one stall stands in the books.
type StallTotals struct {
	Float, Reserve, Held, Earned scrip.Money
}

// OK reports whether everything audited is as it must be.
func (r Report) OK() bool {
	for _, f := range r.Findings {
		if !f.OK {
			return false
		}
	}
	return true
}

// amount says money as people write it.
func (r *Report) amount(m scrip.Money) string { return r.Currency.Format(m) + " " + r.Currency.Code }

func totals(balances map[scrip.Ledger]scrip.Money) Totals {
	var t Totals
	for account, balance := range balances {
		kind, _, _ := strings.Cut(string(account), ":")
		switch kind {
		case "bank", "payout", string(scrip.Suspense): // all of it is at the bank
			t.Bank += balance
		case string(scrip.House):
			t.House += balance
		case string(scrip.Outstanding):
			t.Outstanding += balance
		case "float":
			t.Floats += balance
		case "reserve":
			t.Reserves += balance
		case "held":
			t.Held += balance
		case "credit":
			t.Credit += balance
		case "earned":
			t.Earned += balance
		case string(scrip.World):
			t.CameIn -= balance
		}
	}
	return t
}

// stallTotals sums balances by stall.
func stallTotals(balances map[scrip.Ledger]scrip.Money) map[scrip.VendorID]StallTotals {
	all := map[scrip.VendorID]StallTotals{}
	add := func(v scrip.VendorID, float, reserve, held, earned scrip.Money) {
		of := all[v]
		all[v] = StallTotals{of.Float + float, of.Reserve + reserve, of.Held + held, of.Earned + earned}
	}
	for account, balance := range balances {
		if of, ok := account.Float(); ok {
			add(of.Vendor, balance, 0, 0, 0)
		}
		if of, ok := account.Reserve(); ok {
			add(of.Vendor, 0, balance, 0, 0)
		}
		if v, ok := account.Held(); ok {
			add(v, 0, 0, balance, 0)
		}
		if v, ok := account.Earned(); ok {
			add(v, 0, 0, 0, balance)
		}
	}
	return all
}

// sameBalances compares two sets of books, where no balance is a balance of 0.
func sameBalances(a, b map[scrip.Ledger]scrip.Money) bool {
	for account, balance := range a {
		if b[account] != balance {
			return false
		}
	}
	for account, balance := range b {
		if a[account] != balance {
			return false
		}
	}
	return true
}

// ErrBooksOpen is returned by Print when the books do not close.
var ErrBooksOpen = errors.New("the books do not close")

// Print prints the report: ErrBooksOpen when anything is not as it must be.
func (report Report) Print(w io.Writer) error {
	t := report.Totals
	for _, line := range []struct {
		name   string
		amount scrip.Money
	}{
		{"bank", t.Bank}, {"house", t.House}, {"outstanding", t.Outstanding}, {"floats", t.Floats}, {"reserves", t.Reserves},
		{"held", t.Held}, {"earned", t.Earned}, {"credit", t.Credit}, {"sum", t.Sum()}, {"came in minus went out", t.CameIn},
	} {
		fmt.Fprintf(w, "%-24s %16s\n", line.name, report.amount(line.amount))
	}
	for _, f := range report.Findings {
		verdict := "ok  "
		if !f.OK {
			verdict = "FAIL"
		}
		fmt.Fprintf(w, "%s %-3s %s\n", verdict, f.Invariant, f.Text)
	}
	if !report.OK() {
		return ErrBooksOpen
	}
	return nil
}
