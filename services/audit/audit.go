// Package audit holds the books against the invariants of protocol section 6,
// and the log against what was signed of it, from the databases in data folders
// alone.
//
// [Folders] is an audit, also beside the processes that use the databases;
// [Print] is one for people. What an audit finds is never an error: an error is
// what kept it from looking.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// Finding is what an audit has to say about one invariant.
type Finding struct {
	Invariant string `json:"invariant"` // "I1" to "I5", or "log"
	OK        bool   `json:"ok"`
	Text      string `json:"text"`
}

// Totals are the books in one line each. Their sum is what came in minus what
// went out.
type Totals struct {
	Bank, Outstanding, Floats, Reserves, Earned scrip.Money
	CameIn                                      scrip.Money
}

// Sum is what all accounts but the world hold.
func (t Totals) Sum() scrip.Money { return t.Bank + t.Outstanding + t.Floats + t.Reserves + t.Earned }

// Report is the outcome of an audit.
type Report struct {
	Currency scrip.Currency
	Totals   Totals
	Stalls   map[scrip.VendorID]StallTotals // those the books hold anything for
	Findings []Finding
}

// StallTotals is how one stall stands in the books.
type StallTotals struct {
	Float, Reserve, Earned scrip.Money
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

func (r *Report) say(invariant string, ok bool, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{invariant, ok, fmt.Sprintf(format, args...)})
}

// Tries of an audit beside running processes, whose databases cannot all be
// looked at in one instant: what is wrong once may be on its way.
const (
	tries = 5
	pause = 300 * time.Millisecond
)

var errNothingToAudit = errors.New("no broker's books in these data folders")

// Folders audits data folders: the broker's books in one of them, the stalls and
// wallets in any. What is wrong is looked at again for a second, since it may be
// on its way from one database to another. The log must continue heads too:
// those of it that somebody kept elsewhere, as signed.
func Folders(ctx context.Context, paths []string, heads ...string) (Report, error) {
	var folders []folder.Folder
	for _, path := range paths {
		if _, err := os.ReadDir(path); err != nil {
			return Report{}, fmt.Errorf("audit a data folder: %w", err)
		}
		folders = append(folders, folder.At(path))
	}
	var report Report
	for try := range tries {
		if try > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return Report{}, ctx.Err()
			}
		}
		var err error
		if report, err = once(ctx, folders, heads); err != nil {
			return Report{}, err
		}
		if report.OK() {
			break
		}
	}
	return report, nil
}

func once(ctx context.Context, folders []folder.Folder, heads []string) (Report, error) {
	shelves, err := shelvesIn(folders)
	if err != nil {
		return Report{}, err
	}
	broker, err := brokerIn(folders)
	if err != nil {
		return Report{}, err
	}
	report := Report{}
	if report.Currency, err = broker.Currency(); err != nil {
		return Report{}, err
	}
	if err := report.auditWallets(ctx, folders, issuers{broker.Books(), shelves}); err != nil {
		return Report{}, err
	}
	seen := map[scrip.VendorID]db.ShelfSnapshot{}
	for vendor, path := range shelves {
		if seen[vendor], err = lookAtShelf(ctx, path); err != nil {
			return Report{}, err
		}
	}
	signer, err := signerOf(broker)
	if err != nil {
		return Report{}, err
	}
	elsewhere, err := signer.open(heads)
	if err != nil {
		return Report{}, err
	}
	books, err := lookAtBooks(ctx, broker.Books(), questionOf(seen, elsewhere))
	if err != nil {
		return Report{}, err
	}
	report.auditBooks(books)
	report.auditLog(books.Log, signer, elsewhere)
	for vendor, shelf := range seen {
		report.auditShelf(vendor, shelf, books)
	}
	report.elsewhere(books.Balances, shelves)
	return report, nil
}

func (r *Report) auditBooks(b db.BooksSnapshot) {
	t := totals(b.Balances)
	r.Totals, r.Stalls = t, stallTotals(b.Balances)
	r.say("I1", t.Sum() == t.CameIn, "bank, outstanding, floats, reserves and earned sum to %s; came in minus went out: %s", r.amount(t.Sum()), r.amount(t.CameIn))
	r.say("I1", sameBalances(b.Balances, b.Replayed), "the log's postings replay into the books' balances")
	r.say("I1", b.TakenBack.Amount == b.Refunds, "refunds of %d purchases: %s; the log's refunds: %s",
		b.TakenBack.Count, r.amount(b.TakenBack.Amount), r.amount(b.Refunds))
	r.say("I3", t.Outstanding+b.Withheld.Amount == b.Live.Amount, "outstanding %s, held and in reserve already %s; live BrokerScrip %s in %d pieces",
		r.amount(t.Outstanding), r.amount(b.Withheld.Amount), r.amount(b.Live.Amount), b.Live.Count)
	r.say("I3", t.Reserves == b.Extending.Amount, "reserves %s; asked of merchants and not answered %s", r.amount(t.Reserves), r.amount(b.Extending.Amount))
	r.say("I3", b.MostHeld <= 1, "the most BrokerScrip one account holds: %d", b.MostHeld)
	r.say("I4", b.Unanchored == db.Strays{}, "nothing of dead BrokerScrip is left in the books %s", strays(b.Unanchored))
}

// auditShelf holds a stall's VendorScrip against its float and reserve. Scrip the
// broker blessed or reserved for and the stall has yet to issue, sales it has yet
// to record, and refunds nobody has collected are covered and not in circulation.
// A sale whose T12 the broker has is out of the float, so is VendorScrip whose T23
// it has, and a refund whose REFUND it has is in it, even if a crash kept the stall
// from learning it.
func (r *Report) auditShelf(v scrip.VendorID, s db.ShelfSnapshot, books db.BooksSnapshot) {
	reserve := books.Balances[scrip.ReserveOf(v)]
	cover := books.Balances[scrip.FloatOf(v)] + reserve
	unrecorded := scrip.Money(0)
	for _, sale := range s.Waiting {
		if !books.Reported[sale.Mandate] {
			unrecorded += sale.Price
		}
	}
	paid := among(books.PaidOut, v, s.Returning)
	due := s.Due.Amount + among(books.Covered, v, s.Uncovered)
	spare := cover - (s.Live.Amount - paid + unrecorded + due)
	r.say("I2", spare >= 0 && spare <= s.Unsettled.Amount+reserve,
		"stall %s: float and reserve %s; VendorScrip %s, of which paid out %s, sold and not recorded %s, refunds not collected %s, under way %s",
		v, r.amount(cover), r.amount(s.Live.Amount), r.amount(paid), r.amount(unrecorded), r.amount(due), r.amount(s.Unsettled.Amount+reserve))
	r.say("I4", s.Unanchored == db.Strays{}, "stall %s: nothing of dead VendorScrip is left %s", v, strays(s.Unanchored))
}

// among sums what a stall waits for and the broker's log has.
func among(logged map[db.Return]bool, v scrip.VendorID, waiting []db.Return) (sum scrip.Money) {
	for _, r := range named(v, waiting) {
		if logged[r] {
			sum += r.Value
		}
	}
	return sum
}

// elsewhere names floats whose stalls are not in the folders: they are covered
// by the books, and by whom is not for this audit to see.
func (r *Report) elsewhere(balances map[scrip.Ledger]scrip.Money, shelves map[scrip.VendorID]string) {
	for account, balance := range balances {
		v, ok := strings.CutPrefix(string(account), "float:")
		if _, here := shelves[scrip.VendorID(v)]; ok && !here && balance > 0 {
			r.say("I2", true, "stall %s: float %s; its book is elsewhere and was not looked at", v, r.amount(balance))
		}
	}
}

func strays(s db.Strays) string {
	if s == (db.Strays{}) {
		return ""
	}
	return fmt.Sprintf("(replies %d, announcements %d, secrets %d, not overwritten %d)", s.Replies, s.Announced, s.Secrets, s.Residue)
}

func totals(balances map[scrip.Ledger]scrip.Money) Totals {
	var t Totals
	for account, balance := range balances {
		kind, _, _ := strings.Cut(string(account), ":")
		switch kind {
		case "bank":
			t.Bank += balance
		case string(scrip.Outstanding):
			t.Outstanding += balance
		case "float":
			t.Floats += balance
		case "reserve":
			t.Reserves += balance
		case "earned":
			t.Earned += balance
		case string(scrip.World):
			t.CameIn -= balance
		}
	}
	return t
}

// stallTotals sorts balances by stall.
func stallTotals(balances map[scrip.Ledger]scrip.Money) map[scrip.VendorID]StallTotals {
	all := map[scrip.VendorID]StallTotals{}
	for account, balance := range balances {
		kind, name, _ := strings.Cut(string(account), ":")
		of := all[scrip.VendorID(name)]
		switch kind {
		case "float":
			of.Float = balance
		case "reserve":
			of.Reserve = balance
		case "earned":
			of.Earned = balance
		default:
			continue
		}
		all[scrip.VendorID(name)] = of
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

// ErrOpen is returned by Print when the books do not close.
var ErrOpen = errors.New("the books do not close")

// Print audits and prints the outcome. It returns ErrOpen when
// anything is not as it must be.
func Print(ctx context.Context, w io.Writer, folders []string, heads ...string) error {
	report, err := Folders(ctx, folders, heads...)
	if err != nil {
		return err
	}
	t := report.Totals
	for _, line := range []struct {
		name   string
		amount scrip.Money
	}{
		{"bank", t.Bank}, {"outstanding", t.Outstanding}, {"floats", t.Floats}, {"reserves", t.Reserves},
		{"earned", t.Earned}, {"sum", t.Sum()}, {"came in minus went out", t.CameIn},
	} {
		fmt.Fprintf(w, "%-24s %16s\n", line.name, report.amount(line.amount))
	}
	for _, f := range report.Findings {
		verdict := "ok  "
		if !f.OK {
			verdict = "FAIL"
		}
		fmt.Fprintf(w, "%s %-3s %s\n", verdict, f.Invariant, strings.TrimSpace(f.Text))
	}
	if !report.OK() {
		return ErrOpen
	}
	return nil
}
