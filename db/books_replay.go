package db

import (
	"fmt"
	"slices"
	"strings"

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
	if err := r.all(); err != nil {
		return LogSnapshot{}, Checked{}, fmt.Errorf("replay the log from record %d: %w", r.log.Size, err)
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

// piece is some records that follow one another, as they are stored, and what they
// say once that is read.
type piece struct {
	rows   []leafRow
	posts  map[int64][]scrip.Posting
	stored map[int64]tlog.Hash
	said   chan []said
}

// said is a record as it was read: of one that cannot be, nothing but its entry.
type said struct {
	record scrip.Record
	err    error
	entry  tree.Entry
	hash   tlog.Hash // of the entry
}

// foundRow is a message that can be found, and in which record.
type foundRow struct {
	Digest string `db:"digest"`
	Seq    int64  `db:"seq"`
}

// all replays piece after piece. What a piece says is read beside the database, which
// has one reader: half of the time goes there.
func (r *replayed) all() error {
	var last *piece
	for next := r.next; ; {
		p, err := r.piece(next)
		if err != nil {
			return err
		}
		if last != nil {
			if err := r.add(last, <-last.said); err != nil {
				return err
			}
		}
		if p == nil {
			return nil
		}
		last, next = p, p.rows[len(p.rows)-1].Seq+1
	}
}

// piece reads the records from next on, and begins to find out what they say; nil
// where there are no more.
func (r *replayed) piece(next int64) (*piece, error) {
	p := piece{said: make(chan []said, 1)}
	err := r.tx.Select(&p.rows, r.tx.Rebind(`SELECT seq, at, kind, tx, account, vendor, amount, leaf, salt FROM log
		WHERE seq >= ? ORDER BY seq LIMIT ?`), next, replayBy)
	if err != nil || len(p.rows) == 0 {
		return nil, err
	}
	last := p.rows[len(p.rows)-1].Seq
	if p.posts, err = r.postings(next, last); err != nil {
		return nil, err
	}
	if p.stored, err = r.stored(next, last); err != nil {
		return nil, err
	}
	go func() { p.said <- read(p.rows) }()
	return &p, nil
}

// read says what records say.
func read(rows []leafRow) []said {
	list := make([]said, len(rows))
	for i, row := range rows {
		s := &list[i]
		s.record, s.err = parseLeaf(row.Leaf)
		s.entry = entryOf(s.record, row.Leaf, row.Salt)
		s.hash = tlog.RecordHash([]byte(s.entry.Text()))
	}
	return list
}

// add takes a piece up.
func (r *replayed) add(p *piece, list []said) error {
	found, err := r.find(list, p.rows[len(p.rows)-1].Seq)
	if err != nil {
		return err
	}
	for i, row := range p.rows {
		if row.Seq != r.next {
			r.fault(row.Seq, "records before it are missing")
			r.gap = true
		}
		r.next = row.Seq + 1
		s := list[i]
		r.compare(row, s, p.posts[row.Seq])
		if err := r.rated(row.Seq, s.record); err != nil {
			return err
		}
		for _, digest := range s.entry.Messages {
			if found[foundRow{digest, row.Seq}] {
				r.messages++
			} else {
				r.fault(row.Seq, "a message of it cannot be found")
			}
		}
		if err := r.grow(row.Seq, s.hash, p.stored); err != nil {
			return err
		}
		if err := r.mark(); err != nil {
			return err
		}
	}
	return nil
}

// find looks which messages of records, from r.next to last, can be found.
func (r *replayed) find(list []said, last int64) (map[foundRow]bool, error) {
	var digests []any
	for _, s := range list {
		for _, digest := range s.entry.Messages {
			digests = append(digests, digest)
		}
	}
	found := map[foundRow]bool{}
	for some := range slices.Chunk(digests, replayBy) {
		var rows []foundRow
		in := strings.TrimSuffix(strings.Repeat("?, ", len(some)), ", ")
		err := r.tx.Select(&rows, r.tx.Rebind(`SELECT digest, seq FROM log_message WHERE digest IN (`+in+`) AND seq BETWEEN ? AND ?`),
			append(some, r.next, last)...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row] = true
		}
	}
	return found, nil
}

// postings reads those of the records from next to last.
func (r *replayed) postings(next, last int64) (map[int64][]scrip.Posting, error) {
	var rows []postingRow
	err := r.tx.Select(&rows, r.tx.Rebind(`SELECT seq, from_ledger, to_ledger, amount FROM log_posting
		WHERE seq BETWEEN ? AND ? ORDER BY seq, n`), next, last)
	posts := map[int64][]scrip.Posting{}
	for _, p := range rows {
		posts[p.Seq] = append(posts[p.Seq], scrip.Posting{From: p.From, To: p.To, Amount: p.Amount})
	}
	return posts, err
}

// stored reads the hashes that came with the records from next to last.
func (r *replayed) stored(next, last int64) (map[int64]tlog.Hash, error) {
	var rows []hashRow
	err := r.tx.Select(&rows, r.tx.Rebind(`SELECT idx, hash FROM log_hash WHERE idx >= ? AND idx < ?`),
		tlog.StoredHashIndex(0, next), tlog.StoredHashIndex(0, last+1))
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
// adds its own postings up.
func (r *replayed) compare(row leafRow, s said, posts []scrip.Posting) {
	if s.err != nil {
		r.fault(row.Seq, "it cannot be read")
		return
	}
	rec := s.record
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
