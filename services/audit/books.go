package audit

import (
	"peerscrip/db"
	"peerscrip/services/scrip"
)

func (r *Report) auditBooks(b db.BooksSnapshot) {
	t := totals(b.Balances)
	r.Totals, r.Stalls = t, stallTotals(b.Balances)
	r.say("I1", t.Sum() == t.CameIn, booksSum, Values{"Sum": t.Sum(), "CameIn": t.CameIn})
	r.say("I1", sameBalances(b.Balances, b.Logged.Balances), booksReplay, nil)
	r.say("I1", b.TakenBack.Amount == b.Logged.Refunds, takenBack, Values{"Count": b.TakenBack.Count, "Amount": b.TakenBack.Amount, "Logged": b.Logged.Refunds})
	r.say("I3", t.Outstanding+b.Withheld.Amount == b.Live.Amount, liveScrip,
		Values{"Outstanding": t.Outstanding, "Withheld": b.Withheld.Amount, "Live": b.Live.Amount, "Pieces": b.Live.Count})
	r.say("I3", t.Reserves == b.Extending.Amount, reserved, Values{"Reserves": t.Reserves, "Asked": b.Extending.Amount})
	r.say("I3", b.MostHeld <= 1, mostOfOne, Values{"Most": b.MostHeld})
	r.sayStrays(b.Unanchored, booksClean, booksDirty, Values{})
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
	r.say("I6", wrong == 0 && len(b.Held) == len(b.Logged.Held), openHolds,
		Values{"Count": len(b.Held), "Logged": len(b.Logged.Held), "Wrong": wrong})
	var held, open scrip.Money
	for account, balance := range b.Balances {
		if v, ok := account.Held(); ok {
			held += balance
			if balance != left[v] {
				r.say("I6", false, stallHeld, Values{"Stall": v, "Held": balance, "Left": left[v]})
			}
		}
	}
	for _, of := range left {
		open += of
	}
	r.say("I6", held == open, allHeld, Values{"Held": held, "Left": open})
}

// elsewhere names floats whose stalls are not in the folders: they are covered
// by the books, and by whom is not for this audit to see.
func (r *Report) elsewhere(balances map[scrip.Ledger]scrip.Money, shelves map[scrip.VendorID]shelfAt) {
	for v, of := range stallTotals(balances) {
		if _, here := shelves[v]; !here && of.Float > 0 {
			r.say("I2", true, shelfElsewhere, Values{"Stall": v, "Float": of.Float})
		}
	}
}

// sayStrays is I4: what is left of dead scrip, which is to be nothing. in has the
// stall, where it is one's.
func (r *Report) sayStrays(s db.Strays, clean, dirty Kind, in Values) {
	if s == (db.Strays{}) {
		r.say("I4", true, clean, in)
		return
	}
	in["Replies"], in["Announced"], in["Secrets"], in["Residue"] = s.Replies, s.Announced, s.Secrets, s.Residue
	r.say("I4", false, dirty, in)
}
