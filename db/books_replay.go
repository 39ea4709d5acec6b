package db

import (
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// LogSnapshot is what there is to see of the log.
//
// A log written anew from some record on, or cut off at its end, with its
// hashes looks whole by itself: the heads that were signed tell, and where they
// were taken away too, one that was kept elsewhere.
type LogSnapshot struct {
	tree.Head                     // recomputed from the records
	From      int64               // records before it were checked earlier, and not read
	Kept      []scrip.SignedHead  // every head that was signed since From, the smallest first
	Roots     map[int64]tree.Hash // the roots over the first so many records: where a head was signed, or was asked for
	Faults    []LogFault          // the first maxFaults
}

// LogFault is a record that is not what was once logged.
type LogFault struct {
	Seq  int64  // the record's number, from 0
	What string // is wrong with it, for people
}

const (
	maxFaults = 100
	replayBy  = 500 // records read at a time
)

// leafRow is a record with the columns that repeat it.
type leafRow struct {
	Seq     int64           `db:"seq"`
	At      int64           `db:"at"`
	Kind    string          `db:"kind"`
	Tx      scrip.ID        `db:"tx"`
	Account scrip.AccountID `db:"account"`
	Vendor  scrip.VendorID  `db:"vendor"`
	Amount  scrip.Money     `db:"amount"`
	Leaf    []byte          `db:"leaf"`
	Salt    []byte          `db:"salt"`
}

type postingRow struct {
	Seq    int64        `db:"seq"`
	From   scrip.Ledger `db:"from_ledger"`
	To     scrip.Ledger `db:"to_ledger"`
	Amount scrip.Money  `db:"amount"`
}

type hashRow struct {
	Index int64  `db:"idx"`
	Hash  []byte `db:"hash"`
}

// replayed is the log as far as it was read.
type replayed struct {
	tx       *sqlx.Tx
	next     int64          // the number the next record must have
	gap      bool           // records are missing
	wanted   map[int64]bool // sizes at which to note the root
	messages int            // found by digest
	ratings  int            // purchases rated
	log      LogSnapshot
	balances map[scrip.Ledger]scrip.Money
	edge     map[int64]tlog.Hash // recomputed hashes that later ones need
	standing Standing
	held     map[string]scrip.Money
}

// replay reads the log from where it was checked: recomputes its tree, adds up
// its postings, and compares both with what is stored. It notes the roots at
// sizes.
func replay(tx *sqlx.Tx, from Checked, sizes []int64) (LogSnapshot, Checked, error) {
	r := replayed{tx: tx, balances: map[scrip.Ledger]scrip.Money{}, edge: map[int64]tlog.Hash{}, wanted: map[int64]bool{}, standing: Standing{}.clone(), held: map[string]scrip.Money{}}
	r.log.Roots = map[int64]tree.Hash{}
	if err := r.goOn(from); err != nil {
		return LogSnapshot{}, Checked{}, fmt.Errorf("go on from record %d: %w", from.Size, err)
	}
	if err := r.want(sizes); err != nil {
		return LogSnapshot{}, Checked{}, fmt.Errorf("read the signed heads: %w", err)
	}
	for {
		n, err := r.chunk()
		if err != nil {
			return LogSnapshot{}, Checked{}, fmt.Errorf("replay the log from record %d: %w", r.log.Size, err)
		}
		if n == 0 {
			break
		}
	}
	if err := r.leftovers(); err != nil {
		return LogSnapshot{}, Checked{}, fmt.Errorf("replay the log: %w", err)
	}
	root, err := r.root()
	if err != nil {
		return LogSnapshot{}, Checked{}, fmt.Errorf("compute the root of the log: %w", err)
	}
	r.log.Root = root
	return r.log, Checked{Size: r.log.Size, Root: root, Messages: r.messages, Ratings: r.ratings, Balances: r.balances, Standing: r.standing, Held: r.held}, nil
}

// heads reads the signed heads, which are few beside the records.
func (r *replayed) heads() error {
	var rows []headRow
	if err := r.tx.Select(&rows, r.tx.Rebind(`SELECT size, at, note FROM log_head WHERE size > ? ORDER BY size`), r.log.From); err != nil {
		return err
	}
	for _, row := range rows {
		r.log.Kept = append(r.log.Kept, row.head())
		r.wanted[row.Size] = true
	}
	return nil
}

// chunk replays the next records and returns how many.
func (r *replayed) chunk() (int, error) {
	var leaves []leafRow
	err := r.tx.Select(&leaves, r.tx.Rebind(`SELECT seq, at, kind, tx, account, vendor, amount, leaf, salt FROM log
		WHERE seq >= ? ORDER BY seq LIMIT ?`), r.next, replayBy)
	if err != nil || len(leaves) == 0 {
		return 0, err
	}
	last := leaves[len(leaves)-1].Seq
	posts, err := r.postings(last)
	if err != nil {
		return 0, err
	}
	stored, err := r.stored(last)
	if err != nil {
		return 0, err
	}
	for _, leaf := range leaves {
		if leaf.Seq != r.next {
			r.fault(leaf.Seq, "records before it are missing")
			r.gap = true
		}
		r.next = leaf.Seq + 1
		rec := r.compare(leaf, posts[leaf.Seq])
		if err := r.rated(leaf.Seq, rec); err != nil {
			return 0, err
		}
		entry := entryOf(rec, leaf.Leaf, leaf.Salt)
		if err := r.indexed(leaf.Seq, entry); err != nil {
			return 0, err
		}
		if err := r.grow(leaf.Seq, []byte(entry.Text()), stored); err != nil {
			return 0, err
		}
		if err := r.mark(); err != nil {
			return 0, err
		}
	}
	return len(leaves), nil
}

// postings reads those of the records up to last.
func (r *replayed) postings(last int64) (map[int64][]scrip.Posting, error) {
	var rows []postingRow
	err := r.tx.Select(&rows, r.tx.Rebind(`SELECT seq, from_ledger, to_ledger, amount FROM log_posting
		WHERE seq BETWEEN ? AND ? ORDER BY seq, n`), r.next, last)
	posts := map[int64][]scrip.Posting{}
	for _, p := range rows {
		posts[p.Seq] = append(posts[p.Seq], scrip.Posting{From: p.From, To: p.To, Amount: p.Amount})
	}
	return posts, err
}

// stored reads the hashes that came with the records up to last.
func (r *replayed) stored(last int64) (map[int64]tlog.Hash, error) {
	var rows []hashRow
	err := r.tx.Select(&rows, r.tx.Rebind(`SELECT idx, hash FROM log_hash WHERE idx >= ? AND idx < ?`),
		tlog.StoredHashIndex(0, r.next), tlog.StoredHashIndex(0, last+1))
	hashes := map[int64]tlog.Hash{}
	for _, h := range rows {
		var hash tlog.Hash
		if copy(hash[:], h.Hash) == len(h.Hash) {
			hashes[h.Index] = hash
		}
	}
	return hashes, err
}

// compare holds a record against the columns and postings that repeat it, and
// adds its own postings up. It returns the record.
func (r *replayed) compare(row leafRow, posts []scrip.Posting) scrip.Record {
	rec, err := parseLeaf(row.Leaf)
	if err != nil {
		r.fault(row.Seq, "it cannot be read")
		return rec
	}
	if rec.At != row.At || rec.Kind != row.Kind || rec.Tx != row.Tx || rec.Account != row.Account || rec.Vendor != row.Vendor || rec.Amount != row.Amount {
		r.fault(row.Seq, "its columns say something else")
	}
	if !slices.Equal(rec.Posts, posts) {
		r.fault(row.Seq, "its postings are others")
	}
	if !r.standing.add(rec) {
		r.fault(row.Seq, "pays back what was at a stall that was not gone")
	}
	if !r.holds(rec) {
		r.fault(row.Seq, "pays out of a hold what is not held")
	}
	for _, p := range rec.Posts {
		r.balances[p.From] -= p.Amount
		r.balances[p.To] += p.Amount
	}
	return rec
}

// indexed looks whether a record's messages can be found.
func (r *replayed) indexed(seq int64, entry tree.Entry) error {
	for _, digest := range entry.Messages {
		var n int
		err := r.tx.Get(&n, r.tx.Rebind(`SELECT count(*) FROM log_message WHERE digest = ? AND seq = ?`), digest, seq)
		if err != nil {
			return err
		}
		r.messages += n
		if n == 0 {
			r.fault(seq, "a message of it cannot be found")
		}
	}
	return nil
}

// leftovers reports postings, hashes and messages of records that are not there.
func (r *replayed) leftovers() error {
	var posts, hashes, messages int
	err := r.tx.Get(&posts, r.tx.Rebind(`SELECT count(*) FROM log_posting WHERE seq >= ?`), r.next)
	if err != nil {
		return err
	}
	err = r.tx.Get(&hashes, r.tx.Rebind(`SELECT count(*) FROM log_hash WHERE idx >= ?`), tlog.StoredHashIndex(0, r.next))
	if err != nil {
		return err
	}
	if err := r.tx.Get(&messages, `SELECT count(*) FROM log_message`); err != nil {
		return err
	}
	if posts > 0 || hashes > 0 || messages > r.messages {
		r.fault(r.next, "it and those after it are missing")
	}
	return nil
}

func (r *replayed) fault(seq int64, what string) {
	if len(r.log.Faults) < maxFaults {
		r.log.Faults = append(r.log.Faults, LogFault{Seq: seq, What: what})
	}
}
