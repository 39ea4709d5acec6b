package audit

import (
	"fmt"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

func (r *Report) auditBooks(b db.BooksSnapshot) {
	t := totals(b.Balances)
	r.Totals, r.Stalls = t, stallTotals(b.Balances)
	r.say("I1", t.Sum() == t.CameIn, "bank, outstanding, floats, reserves, held, earned and credit sum to %s; came in minus went out: %s", r.amount(t.Sum()), r.amount(t.CameIn))
	r.say("I1", sameBalances(b.Balances, b.Logged.Balances), "the log's postings replay into the books' balances")
	r.say("I1", b.TakenBack.Amount == b.Logged.Refunds, "purchases of which buyers had something back: %d, with %s; by the log: %s",
		b.TakenBack.Count, r.amount(b.TakenBack.Amount), r.amount(b.Logged.Refunds))
	r.say("I3", t.Outstanding+b.Withheld.Amount == b.Live.Amount, "outstanding %s, held and in reserve already %s; live BrokerScrip %s in %d pieces",
		r.amount(t.Outstanding), r.amount(b.Withheld.Amount), r.amount(b.Live.Amount), b.Live.Count)
	r.say("I3", t.Reserves == b.Extending.Amount, "reserves %s; asked of merchants and not answered %s", r.amount(t.Reserves), r.amount(b.Extending.Amount))
	r.say("I3", b.MostHeld <= 1, "the most BrokerScrip one account holds: %d", b.MostHeld)
	r.say("I4", b.Unanchored == db.Strays{}, "nothing of dead BrokerScrip is left in the books %s", strays(b.Unanchored))
}

// auditHolds is I6: what stalls have in held is what is left of their holds, hold by
// hold as the log has it, where each is paid out once.
func (r *Report) auditHolds(b db.BooksSnapshot) {
	left, wrong := map[scrip.VendorID]scrip.Money{}, 0
	for _, h := range b.Held {
		left[h.Vendor] += h.Left
		if b.Logged.Held[db.HoldKey(h.Vendor, h.Purchase)] != h.Left {
			wrong++
		}
	}
	r.say("I6", wrong == 0 && len(b.Held) == len(b.Logged.Held), "open holds: %d, by the log %d; not as the log has them: %d",
		len(b.Held), len(b.Logged.Held), wrong)
	var held, open scrip.Money
	for account, balance := range b.Balances {
		if v, ok := account.Held(); ok {
			held += balance
			if balance != left[v] {
				r.say("I6", false, "stall %s: held %s; left of its holds %s", v, r.amount(balance), r.amount(left[v]))
			}
		}
	}
	for _, of := range left {
		open += of
	}
	r.say("I6", held == open, "held %s; left of open holds %s", r.amount(held), r.amount(open))
}

// elsewhere names floats whose stalls are not in the folders: they are covered
// by the books, and by whom is not for this audit to see.
func (r *Report) elsewhere(balances map[scrip.Ledger]scrip.Money, shelves map[scrip.VendorID]string) {
	for v, of := range stallTotals(balances) {
		if _, here := shelves[v]; !here && of.Float > 0 {
			r.say("I2", true, "stall %s: float %s; its book is elsewhere and was not looked at", v, r.amount(of.Float))
		}
	}
}

func strays(s db.Strays) string {
	if s == (db.Strays{}) {
		return ""
	}
	return fmt.Sprintf("(replies %d, announcements %d, secrets %d, not overwritten %d)", s.Replies, s.Announced, s.Secrets, s.Residue)
}
