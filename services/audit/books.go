package audit

import (
	"fmt"
	"strings"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

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
	paid := among(books.PaidOut, v, s.GivingBack)
	due := s.Due.Amount + among(books.Covered, v, s.Uncovered)
	spare := cover - (s.Live.Amount - paid + unrecorded + due)
	r.say("I2", spare >= 0 && spare <= s.Unsettled.Amount+reserve,
		"stall %s: float and reserve %s; VendorScrip %s, of which paid out %s, sold and not recorded %s, refunds not collected %s, under way %s",
		v, r.amount(cover), r.amount(s.Live.Amount), r.amount(paid), r.amount(unrecorded), r.amount(due), r.amount(s.Unsettled.Amount+reserve))
	r.say("I4", s.Unanchored == db.Strays{}, "stall %s: nothing of dead VendorScrip is left %s", v, strays(s.Unanchored))
}

// among sums what a stall waits for and the broker's log has.
func among(logged map[db.Owed]bool, v scrip.VendorID, waiting []db.Owed) (sum scrip.Money) {
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
