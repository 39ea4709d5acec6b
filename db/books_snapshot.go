package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// BooksSnapshot is what there is to see of a broker's books at one instant. It
// says what is; whether that is right is for others to say (protocol 6).
type BooksSnapshot struct {
	Balances   map[scrip.Ledger]scrip.Money // as the books have them
	Log        LogSnapshot
	Logged     Checked  // as the whole log adds up from nothing, with what is staged
	Keys       []string // the broker's KEYS, from the first
	Live       Sum      // BrokerScrip
	Extending  Sum      // T15s that wait for their merchants: what the reserves hold
	Withheld   Sum      // those of Extending whose BrokerScrip still lives: so much of Live is in a reserve already
	Locked     Sum      // those of Live that a transaction holds, or held
	MostHeld   int      // the most live scrip one account has
	Unanchored Strays
	Reported   map[string]bool             // mandates, of those asked about, that a T12 in the log reports
	PaidOut    map[Owed]bool               // givebacks, of those asked about, whose T23 is in the log
	Covered    map[Owed]bool               // refunds, of those asked about, whose REFUND is in the log
	TakenBack  Sum                         // purchases that were refunded, and how much of them
	Held       []scrip.Hold                // the holds that are open
	Rescued    map[scrip.Share]scrip.Money // what went back to accounts by RESCUE, by the log
	Ratings    int                         // purchases whose rating is published
	Silences   map[scrip.VendorID]scrip.Silence
	Known      map[Holder]scrip.AccountID // the accounts of those asked about, where they have one
	Checked    Checked                    // from which another look can go on, if nothing of this one was wrong: without what is staged
}

// Question is what books are asked about the shelves of stalls.
type Question struct {
	Sales     []Unrecorded // is there a T12?
	GiveBacks []Owed       // is there a T23?
	Sizes     []int64      // what was the log's root at that many records?
	Refunds   []Owed       // is there a REFUND?
	Holders   []Holder     // which accounts are they?
	From      Checked      // the log is read from here on; from its beginning when zero
}

// Owed is a giveback that waits for T24, or a refund that waits for REFUNDED.
type Owed struct {
	Tx        scrip.ID        `db:"tx"`
	Vendor    scrip.VendorID  `db:"-"` // whose shelf it is on; the shelf does not say
	Pseudonym scrip.Pseudonym `db:"pseudonym"`
	Value     scrip.Money     `db:"value"`
}

// Holder is a pseudonym at a stall.
type Holder struct {
	Pseudonym scrip.Pseudonym
	Vendor    scrip.VendorID
}

// Snapshot looks at the books, at one instant, and answers q. What was logged before
// has its number, unless the books are only looked at. It reads the
// log from q.From on; its memory does not grow with it, but for the accounts named in it.
func (b *Books) Snapshot(ctx context.Context, q Question) (BooksSnapshot, error) {
	var s BooksSnapshot
	if err := b.sequence(ctx); err != nil {
		return s, err
	}
	err := b.db.read(ctx, func(tx *sqlx.Tx) error {
		l := look{tx: tx}
		s.Balances = l.balances()
		s.Live, s.Locked = l.live()
		l.value(&s.MostHeld, `SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM scrip GROUP BY holder) t`)
		const extending = `SELECT count(*) AS count, coalesce(sum(value), 0) AS amount FROM extension`
		s.Extending, s.Withheld = l.sum(extending), l.sum(extending+` WHERE held = 1`)
		s.Unanchored = l.strays(`SELECT slot FROM announced UNION ALL
			SELECT slot FROM outbox WHERE place IN (SELECT outbox FROM extension)`)
		l.value(&s.Unanchored.Announced,
			`SELECT count(*) FROM announced WHERE scrip_id NOT IN (SELECT scrip_id FROM scrip)`)
		s.Reported = l.reported(q.Sales)
		s.PaidOut, s.Covered = l.logged("T23", q.GiveBacks), l.logged("REFUND", q.Refunds)
		s.Known = l.known(q.Holders)
		l.value(&s.Ratings, `SELECT count(*) FROM rating`)
		s.TakenBack = l.sum(`SELECT count(*) AS count, coalesce(sum(total), 0) AS amount FROM refunded`)
		s.Rescued = l.rescued()
		s.Held = l.held()
		if l.err != nil {
			return l.err
		}
		var err error
		if s.Silences, err = silences(tx); err != nil {
			return err
		}
		err = tx.Select(&s.Keys, `SELECT signed FROM broker_keys ORDER BY serial`)
		if err != nil {
			return err
		}
		s.Log, s.Checked, s.Logged, err = replay(tx, q.From, q.Sizes)
		return errors.Join(err, l.err)
	})
	if err != nil {
		return BooksSnapshot{}, fmt.Errorf("look at the books: %w", err)
	}
	return s, nil
}

// logged looks for the records of what shelves wait for.
func (l *look) logged(kind string, owed []Owed) map[Owed]bool {
	found := map[Owed]bool{}
	for _, r := range owed {
		n := 0
		l.value(&n, `SELECT count(*) FROM log WHERE tx = ? AND kind = ? AND vendor = ?`, r.Tx, kind, r.Vendor)
		if n > 0 {
			found[r] = true
		}
	}
	return found
}

// known looks for the accounts behind pseudonyms.
func (l *look) known(holders []Holder) map[Holder]scrip.AccountID {
	found := map[Holder]scrip.AccountID{}
	for _, h := range holders {
		var accounts []scrip.AccountID
		if l.err == nil {
			l.err = l.tx.Select(&accounts, l.tx.Rebind(`SELECT account FROM alias WHERE pseudonym = ? AND vendor = ?`), h.Pseudonym, h.Vendor)
		}
		for _, account := range accounts {
			found[h] = account
		}
	}
	return found
}

// reported looks for the records of sales. A tx is its sender's choice, so the
// mandate decides which sale a record is of.
func (l *look) reported(sales []Unrecorded) map[string]bool {
	found := map[string]bool{}
	for _, sale := range sales {
		var leaves [][]byte
		if l.err == nil {
			l.err = l.tx.Select(&leaves, l.tx.Rebind(`SELECT leaf FROM log WHERE tx = ? AND kind = 'T12'`), sale.Tx)
		}
		for _, leaf := range leaves {
			// A leaf that cannot be read is a fault of the log: replay says so.
			if r, err := parseLeaf(leaf); err == nil && slices.Contains(r.Evidence, sale.Mandate) {
				found[sale.Mandate] = true
			}
		}
	}
	return found
}

func (l *look) balances() map[scrip.Ledger]scrip.Money {
	var rows []struct {
		Account scrip.Ledger `db:"account"`
		Balance scrip.Money  `db:"balance"`
	}
	if l.err == nil {
		l.err = l.tx.Select(&rows, `SELECT account, balance FROM ledger`)
	}
	balances := make(map[scrip.Ledger]scrip.Money, len(rows))
	for _, r := range rows {
		balances[r.Account] = r.Balance
	}
	return balances
}
