package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// BooksSnapshot is what there is to see of a broker's books at one instant. It
// says what is; whether that is right is for others to say (protocol 6).
type BooksSnapshot struct {
	Balances   map[scrip.Ledger]scrip.Money // as the books have them
	Replayed   map[scrip.Ledger]scrip.Money // as the log's postings add up from nothing
	Log        LogSnapshot
	Live       Sum // BrokerScrip
	Extending  Sum // T15s that wait for their merchants: what the reserves hold
	Withheld   Sum // those of Extending whose BrokerScrip still lives: so much of Live is in a reserve already
	Locked     Sum // those of Live that a transaction holds, or held
	MostHeld   int // the most live scrip one account has
	Unanchored Strays
	Reported   map[string]bool // mandates, of those asked about, that a T12 in the log reports
	PaidOut    map[Return]bool // givebacks, of those asked about, whose T23 is in the log
	Covered    map[Return]bool // refunds, of those asked about, whose REFUND is in the log
	TakenBack  Sum             // purchases that were refunded, and how much of them
	Refunds    scrip.Money     // as the log's REFUNDs add up
}

// Question is what books are asked about the shelves of stalls.
type Question struct {
	Sales   []scrip.Report // is there a T12?
	Returns []Return       // is there a T23?
	Sizes   []int64        // what was the log's root at that many records?
	Refunds []Return       // is there a REFUND?
}

// Return is a giveback that waits for T24, or a refund that waits for REFUNDED.
type Return struct {
	Tx     scrip.ID       `db:"tx"`
	Vendor scrip.VendorID `db:"-"` // whose shelf it is on; the shelf does not say
	Value  scrip.Money    `db:"value"`
}

// Sum is how many there are of something, and of how much in all.
type Sum struct {
	Count  int         `db:"count"`
	Amount scrip.Money `db:"amount"`
}

// Strays counts rows that outlived what they belong to. All are zero unless
// the database was tampered with.
type Strays struct {
	Replies   int // name a scrip that is dead
	Announced int // name a scrip that is dead
	Secrets   int // slots of the vault in use that nothing live owns
	Residue   int // free slots of the vault that were not overwritten
}

// ShelfSnapshot is what there is to see of a stall's shelf at one instant.
type ShelfSnapshot struct {
	Live       Sum            // VendorScrip
	Locked     Sum            // those of Live that a transaction holds, or held
	Unsettled  Sum            // exchanges that wait for T7
	Unrecorded Sum            // sales whose T12 was not acknowledged
	Waiting    []scrip.Report // the sales Unrecorded counts; the broker may have their T12
	Returning  []Return       // VendorScrip held until T24; the broker may have paid it out
	Uncovered  []Return       // refunds the broker was not heard to cover; it may have
	Due        Sum            // refunds it covers and nobody has collected
	Unanchored Strays
}

// Snapshot looks at the books, at one instant, and answers q. It reads the
// whole log; its memory does not grow with it, but for the accounts named in it.
func (b *Books) Snapshot(ctx context.Context, q Question) (BooksSnapshot, error) {
	var s BooksSnapshot
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
		s.PaidOut, s.Covered = l.logged("T23", q.Returns), l.logged("REFUND", q.Refunds)
		s.TakenBack = l.sum(`SELECT count(*) AS count, coalesce(sum(total), 0) AS amount FROM refunded`)
		l.value(&s.Refunds, `SELECT coalesce(sum(p.amount), 0) FROM log l JOIN log_posting p ON p.seq = l.seq
			WHERE l.kind = 'REFUND' AND substr(p.to_ledger, 1, 6) = 'float:'`)
		if l.err != nil {
			return l.err
		}
		var err error
		s.Log, s.Replayed, err = replay(tx, q.Sizes)
		return err
	})
	if err != nil {
		return BooksSnapshot{}, fmt.Errorf("look at the books: %w", err)
	}
	return s, nil
}

// Snapshot looks at the shelf, at one instant.
func (s *Shelf) Snapshot(ctx context.Context) (ShelfSnapshot, error) {
	var snap ShelfSnapshot
	err := s.db.read(ctx, func(tx *sqlx.Tx) error {
		l := look{tx: tx}
		snap.Live, snap.Locked = l.live()
		snap.Unsettled = l.sum(`SELECT count(*) AS count, coalesce(sum(value), 0) AS amount FROM exchange WHERE outbox IS NOT NULL`)
		snap.Unrecorded = l.sum(`SELECT count(*) AS count, coalesce(sum(price), 0) AS amount FROM sale WHERE recorded = 0`)
		snap.Waiting = l.waiting()
		snap.Returning = l.returns(`SELECT tx, value FROM giveback ORDER BY outbox`)
		snap.Uncovered = l.returns(`SELECT id AS tx, amount AS value FROM refund WHERE outbox IS NOT NULL ORDER BY outbox`)
		snap.Due = l.sum(`SELECT count(*) AS count, coalesce(sum(amount), 0) AS amount FROM refund
			WHERE covered_at > 0 AND collected_at = 0`)
		snap.Unanchored = l.strays(`SELECT slot FROM outbox WHERE place IN (SELECT outbox FROM exchange UNION ALL SELECT outbox FROM giveback
			UNION ALL SELECT outbox FROM refund)`)
		return l.err
	})
	if err != nil {
		return ShelfSnapshot{}, fmt.Errorf("look at the shelf: %w", err)
	}
	return snap, nil
}

// look reads one thing after another until one fails.
type look struct {
	tx  *sqlx.Tx
	err error
}

func (l *look) value(dest any, query string, args ...any) {
	if l.err == nil {
		l.err = l.tx.Get(dest, l.tx.Rebind(query), args...)
	}
}

func (l *look) sum(query string) (s Sum) {
	l.value(&s, query)
	return s
}

func (l *look) live() (all, locked Sum) {
	const query = `SELECT count(*) AS count, coalesce(sum(value), 0) AS amount FROM scrip`
	return l.sum(query), l.sum(query + ` WHERE lock_tx IS NOT NULL`)
}

// strays looks for rows without an owner; owned selects the slots that are
// not a live scrip's but may be in use.
func (l *look) strays(owned string) (s Strays) {
	l.value(&s.Replies, `SELECT count(*) FROM stored_reply
		WHERE scrip_id IS NOT NULL AND scrip_id NOT IN (SELECT scrip_id FROM scrip)`)
	l.value(&s.Secrets, `SELECT count(*) FROM vault
		WHERE used = 1 AND slot NOT IN (SELECT slot FROM scrip) AND slot NOT IN (`+owned+`)`)
	l.value(&s.Residue, `SELECT count(*) FROM vault WHERE used = 0 AND secret <> ?`, make([]byte, 2*secretSize))
	return s
}

// waiting lists the sales whose T12 was not acknowledged.
func (l *look) waiting() []scrip.Report {
	var rows []saleRow
	if l.err == nil {
		l.err = l.tx.Select(&rows, selectSale+`WHERE recorded = 0 ORDER BY seq`)
	}
	var reports []scrip.Report
	for _, r := range rows {
		reports = append(reports, scrip.Report{Price: r.Price, OrderDigest: r.OrderDigest, Tx: r.Tx, Mandate: r.Mandate})
	}
	return reports
}

// returns lists what a shelf waits for.
func (l *look) returns(query string) (list []Return) {
	if l.err == nil {
		l.err = l.tx.Select(&list, query)
	}
	return list
}

// logged looks for the records of what shelves wait for.
func (l *look) logged(kind string, returns []Return) map[Return]bool {
	found := map[Return]bool{}
	for _, r := range returns {
		n := 0
		l.value(&n, `SELECT count(*) FROM log WHERE tx = ? AND kind = ? AND vendor = ?`, r.Tx, kind, r.Vendor)
		if n > 0 {
			found[r] = true
		}
	}
	return found
}

// reported looks for the records of sales. A tx is its sender's choice, so the
// mandate decides which sale a record is of.
func (l *look) reported(sales []scrip.Report) map[string]bool {
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
