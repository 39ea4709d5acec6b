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
	Staged    int                 // records that have no number yet
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
	Seq     int64           `db:"seq"`    // its number; of a staged one its place
	Record  int64           `db:"record"` // its key
	At      int64           `db:"at"`
	Kind    string          `db:"kind"`
	Tx      scrip.ID        `db:"tx"`
	Account scrip.AccountID `db:"account"`
	Vendor  scrip.VendorID  `db:"vendor"`
	Amount  scrip.Money     `db:"amount"`
	Leaf    []byte          `db:"leaf"`
	Salt    []byte          `db:"salt"`
	Entry   string          `db:"entry"` // as it is staged
}

type postingRow struct {
	Record int64        `db:"record"`
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
	tx     *sqlx.Tx
	next   int64          // the number the next record must have
	gap    bool           // records are missing
	wanted map[int64]bool // sizes at which to note the root
	log    LogSnapshot
	sums   Checked             // what the records so far add up to, but for Size and Root
	edge   map[int64]tlog.Hash // recomputed hashes that later ones need
}

// replay reads the log from where it was checked: recomputes its tree, adds up
// its postings, and compares both with what is stored. It notes the roots at
// sizes. It returns what the records with numbers add up to, from which another
// replay can go on, and what they add up to with those that are staged.
func replay(tx *sqlx.Tx, from Checked, sizes []int64) (log LogSnapshot, checked, all Checked, err error) {
	r := replayed{tx: tx, edge: map[int64]tlog.Hash{}, wanted: map[int64]bool{}, sums: Checked{}.clone()}
	r.log.Roots = map[int64]tree.Hash{}
	fail := func(doing string, err error) (LogSnapshot, Checked, Checked, error) {
		return LogSnapshot{}, Checked{}, Checked{}, fmt.Errorf(doing+": %w", err)
	}
	if err := r.goOn(from); err != nil {
		return fail(fmt.Sprintf("go on from record %d", from.Size), err)
	}
	if err := r.want(sizes); err != nil {
		return fail("read the signed heads", err)
	}
	if err := r.all(); err != nil {
		return fail(fmt.Sprintf("replay the log from record %d", r.log.Size), err)
	}
	if r.log.Root, err = r.root(); err != nil {
		return fail("compute the root of the log", err)
	}
	r.sums.Size, r.sums.Root = r.log.Size, r.log.Root
	checked = r.sums
	if err := r.staged(); err != nil {
		return fail("replay what is staged", err)
	}
	if err := r.leftovers(); err != nil {
		return fail("replay the log", err)
	}
	return r.log, checked, r.sums, nil
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
	posts  map[int64][]scrip.Posting // by record
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
	err := r.tx.Select(&p.rows, r.tx.Rebind(`SELECT s.seq, s.record, l.at, l.kind, l.tx, l.account, l.vendor, l.amount, l.leaf, l.salt
		FROM log_seq s JOIN log l ON l.id = s.record WHERE s.seq >= ? ORDER BY s.seq LIMIT ?`), next, replayBy)
	if err != nil || len(p.rows) == 0 {
		return nil, err
	}
	last := p.rows[len(p.rows)-1].Seq
	if p.posts, err = r.postings(`log_seq s`, `s.seq`, next, last); err != nil {
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
		if err := r.take(row, s, p.posts[row.Record]); err != nil {
			return err
		}
		for _, digest := range s.entry.Messages {
			if found[foundRow{digest, row.Seq}] {
				r.sums.Messages++
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

// staged replays what has no number yet, in the order in which it will have one; but for
// what another process commits meanwhile, which has nothing to do with it.
func (r *replayed) staged() error {
	for place := int64(0); ; {
		var rows []leafRow
		err := r.tx.Select(&rows, r.tx.Rebind(`SELECT s.place AS seq, s.record, s.entry, l.at, l.kind, l.tx, l.account, l.vendor, l.amount, l.leaf, l.salt
			FROM log_staged s JOIN log l ON l.id = s.record WHERE s.place > ? ORDER BY s.place LIMIT ?`), place, replayBy)
		if err != nil || len(rows) == 0 {
			return err
		}
		if r.log.Staged == 0 {
			r.sums = r.sums.clone() // what was checked stays as it is
		}
		last := rows[len(rows)-1].Seq
		posts, err := r.postings(`log_staged s`, `s.place`, rows[0].Seq, last)
		if err != nil {
			return err
		}
		for i, s := range read(rows) {
			row := rows[i]
			row.Seq = r.next + int64(r.log.Staged)
			if s.err == nil && s.entry.Text() != row.Entry {
				r.fault(row.Seq, "it is staged as another")
			}
			if err := r.take(row, s, posts[row.Record]); err != nil {
				return err
			}
			r.log.Staged++
		}
		place = last
	}
}

// take adds a record up and holds it against what is stored of it.
func (r *replayed) take(row leafRow, s said, posts []scrip.Posting) error {
	r.compare(row, s, posts)
	return r.rated(row.Seq, s.record)
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

// postings reads those of the records that s lists, from one number to another.
func (r *replayed) postings(s, number string, first, last int64) (map[int64][]scrip.Posting, error) {
	var rows []postingRow
	err := r.tx.Select(&rows, r.tx.Rebind(`SELECT p.record, p.from_ledger, p.to_ledger, p.amount
		FROM `+s+` JOIN log_posting p ON p.record = s.record WHERE `+number+` BETWEEN ? AND ? ORDER BY `+number+`, p.n`), first, last)
	posts := map[int64][]scrip.Posting{}
	for _, p := range rows {
		posts[p.Record] = append(posts[p.Record], scrip.Posting{From: p.From, To: p.To, Amount: p.Amount})
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
	if !r.sums.Standing.add(rec) {
		r.fault(row.Seq, "pays back what was at a stall that was not gone")
	}
	if !r.holds(rec) {
		r.fault(row.Seq, "pays out of a hold what is not held")
	}
	for _, p := range rec.Posts {
		if r.sums.move(p.From, -p.Amount) < 0 && p.From != scrip.World {
			r.fault(row.Seq, "takes from an account what is not there")
		}
		r.sums.move(p.To, p.Amount)
	}
	r.sums.Refunds += givesBack(rec)
}

// move adds to a balance and returns what it is. One of nothing is not kept.
func (c Checked) move(account scrip.Ledger, amount scrip.Money) scrip.Money {
	balance := c.Balances[account] + amount
	if balance == 0 {
		delete(c.Balances, account)
	} else {
		c.Balances[account] = balance
	}
	return balance
}

// givesBack is what buyers have back of protected purchases by a record, or of others
// by REFUND.
func givesBack(rec scrip.Record) (sum scrip.Money) {
	for _, p := range rec.Posts {
		_, float := p.To.Float()
		_, credit := p.To.Credit()
		if credit || float && rec.Kind == (scrip.RefundReport{}).Type() {
			sum += p.Amount
		}
	}
	return sum
}

// leftovers reports records without a number that are not staged, and postings, hashes
// and messages of records that are not there.
func (r *replayed) leftovers() error {
	var left struct {
		Records  int64 `db:"records"`
		Hashes   int   `db:"hashes"`
		Messages int   `db:"messages"`
	}
	err := r.tx.Get(&left, r.tx.Rebind(`SELECT (SELECT count(*) FROM log) AS records,
		(SELECT count(*) FROM log_hash WHERE idx >= ?) AS hashes, (SELECT count(*) FROM log_message) AS messages`),
		tlog.StoredHashIndex(0, r.next))
	if err != nil {
		return err
	}
	if left.Hashes > 0 || left.Messages > r.sums.Messages {
		r.fault(r.next, "it and those after it are missing")
	}
	if !r.gap && left.Records != r.next+int64(r.log.Staged) {
		r.fault(r.next, "and those after it are not all that were recorded")
	}
	return nil
}

func (r *replayed) fault(seq int64, what string) {
	if len(r.log.Faults) < maxFaults {
		r.log.Faults = append(r.log.Faults, LogFault{Seq: seq, What: what})
	}
}
