package audit

import (
	"peerscrip/db"
	"peerscrip/services/scrip"
)

// share is what one account has at one stall: by the books, float and reserve;
// by the shelf, what is owed to the account's pseudonyms.
type share struct {
	float, reserve scrip.Money
	live           scrip.Money // VendorScrip
	paid           scrip.Money // of live: its T23 is in the log
	unrecorded     scrip.Money // sold, and its T12 is not in the log
	due            scrip.Money // refunds that the broker covers and nobody collected
	unsettled      scrip.Money // exchanges that the stall waits to hear of
	rescued        scrip.Money // paid back to the account when the stall was gone, float and reserve
}

// underway is what the broker may have blessed or reserved and the stall has yet
// to issue.
func (s share) underway() scrip.Money { return s.unsettled + s.reserve }

// covered is I2: what the broker holds of an account for a stall is what the
// stall owes it, but for what is under way; and for what the account had back while
// the stall was gone, for which VendorScrip may live on there, worth nothing.
func (s share) covered() bool {
	spare := s.float + s.reserve - (s.live - s.paid + s.unrecorded + s.due)
	return spare >= -s.rescued && spare <= s.underway()
}

func (s share) plus(t share) share {
	return share{
		s.float + t.float, s.reserve + t.reserve, s.live + t.live, s.paid + t.paid,
		s.unrecorded + t.unrecorded, s.due + t.due, s.unsettled + t.unsettled, s.rescued + t.rescued,
	}
}

// shares are what accounts have at one stall. VendorScrip of a pseudonym that the
// books do not know is nobody's, and covered by nothing.
type shares map[scrip.AccountID]share

func (s shares) add(a scrip.AccountID, more share) { s[a] = s[a].plus(more) }

// sharesOf sorts floats and reserves, and what was rescued, by stall.
func sharesOf(balances map[scrip.Ledger]scrip.Money, rescued map[scrip.Share]scrip.Money) map[scrip.VendorID]shares {
	all := map[scrip.VendorID]shares{}
	add := func(of scrip.Share, more share) {
		if all[of.Vendor] == nil {
			all[of.Vendor] = shares{}
		}
		all[of.Vendor].add(of.Account, more)
	}
	for account, balance := range balances {
		if of, ok := account.Float(); ok {
			add(of, share{float: balance})
		}
		if of, ok := account.Reserve(); ok {
			add(of, share{reserve: balance})
		}
	}
	for of, amount := range rescued {
		add(of, share{rescued: amount})
	}
	return all
}

// shelve adds what a shelf owes. A sale whose T12 the broker has is out of the
// float, so is VendorScrip whose T23 it has, and a refund whose REFUND it has is
// in it, even if a crash kept the stall from learning it.
func (s shares) shelve(v scrip.VendorID, shelf db.ShelfSnapshot, books db.BooksSnapshot) {
	add := func(p scrip.Pseudonym, more share) { s.add(books.Known[db.Holder{Pseudonym: p, Vendor: v}], more) }
	for p, of := range shelf.Holders {
		add(p, share{live: of.Live, due: of.Due, unsettled: of.Unsettled})
	}
	for _, sale := range shelf.Waiting {
		if !books.Reported[sale.Mandate] {
			add(sale.Pseudonym, share{unrecorded: sale.Price})
		}
	}
	for _, back := range named(v, shelf.GivingBack) {
		if books.PaidOut[back] {
			add(back.Pseudonym, share{paid: back.Value})
		}
	}
	for _, refund := range named(v, shelf.Uncovered) {
		if books.Covered[refund] {
			add(refund.Pseudonym, share{due: refund.Value})
		}
	}
}

// auditShelf holds a stall's VendorScrip against float and reserve, account by
// account: none is covered by what another one put in.
func (r *Report) auditShelf(v scrip.VendorID, s db.ShelfSnapshot, books db.BooksSnapshot, of shares) {
	if of == nil {
		of = shares{}
	}
	of.shelve(v, s, books)
	var all share
	short := 0
	for _, one := range of {
		all = all.plus(one)
		if !one.covered() {
			short++
		}
	}
	said := all.values(v)
	said["Accounts"], said["Short"] = len(of), short
	r.say("I2", short == 0, shelfCovered, said)
	for account, one := range of {
		if !one.covered() {
			said := one.values(v)
			said["Account"] = account
			r.say("I2", false, accountCovered, said)
		}
	}
	r.sayStrays(s.Unanchored, shelfClean, shelfDirty, Values{"Stall": v})
}

// values are a share at a stall as findings say it.
func (s share) values(at scrip.VendorID) Values {
	return Values{
		"Stall": at, "Covers": s.float + s.reserve, "Live": s.live, "PaidOut": s.paid, "Unrecorded": s.unrecorded,
		"Due": s.due, "UnderWay": s.underway(), "Rescued": s.rescued,
	}
}
