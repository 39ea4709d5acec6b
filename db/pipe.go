package db

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// A Change is made of a dozen statements, and most of them have one outcome in nearly all
// cases. Over a connection to a server, waiting for each would cost more than the statements
// do. So a Change flies first: what is sure to go well is only noted, and sent together
// with what is noted beside it, before something is read and in the end. Where it does not
// go as it was taken to, the Change is undone, and done again carefully, statement by
// statement, as SQLite's always are: that says why.
//
// Beside that, of the accounts that nearly every Change moves money from or to (hot), the
// sum over all Changes of a transaction is posted in its end: their rows are then nobody
// else's for no longer than its commit takes. After that alone, when the transaction has
// taken all its rows, its records get their places in the log's order (stage).
type pipe struct {
	tx      *sqlx.Tx
	careful bool
	before  []statement // between the Change before this one and this, and not sent
	noted   []statement
	own     map[scrip.Ledger]sum // of the Change under way
	sums    map[scrip.Ledger]sum // of those before it
	staging []any                // records of the Change under way that want places: id and entry of each
	staged  []any                // of those before it
}

// sum is what several postings change an account by, and the lowest that it comes to on the
// way, which is not above zero.
type sum struct{ net, low scrip.Money }

// and is a sum with another after it.
func (s sum) and(next sum) sum { return sum{s.net + next.net, min(s.low, s.net+next.low)} }

// statement is one that is sent with others.
type statement struct {
	query string
	args  []any
	wants bool // a row to be changed
	dest  any  // of the one value that it gives; nil: it gives none
}

// errOtherwise is returned for a Change that flew and did not go as it was taken to.
var errOtherwise = errors.New("it has to be done carefully")

func newPipe(tx *sqlx.Tx) *pipe {
	return &pipe{tx: tx, own: map[scrip.Ledger]sum{}, sums: map[scrip.Ledger]sum{}}
}

// flies reports whether statements are noted, not done at once. Without a pipe none is.
func (p *pipe) flies() bool { return p != nil && !p.careful }

// note has a statement sent with the next.
func (p *pipe) note(wants bool, query string, args ...any) error {
	s := statement{query: dollars(query), wants: wants, args: make([]any, len(args))}
	for i, arg := range args {
		var err error
		if s.args[i], err = driver.DefaultParameterConverter.ConvertValue(arg); err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	p.noted = append(p.noted, s)
	return nil
}

// noteFor is note of a statement that gives a row of one value, and wants it.
func (p *pipe) noteFor(dest any, query string, args ...any) error {
	err := p.note(true, query, args...)
	if err == nil {
		p.noted[len(p.noted)-1].dest = dest
	}
	return err
}

// settle sends what is noted, and wants each to go as it was taken to.
func (p *pipe) settle() error {
	if p == nil || len(p.before)+len(p.noted) == 0 {
		return nil
	}
	f := &flight{statements: append(p.before, p.noted...)}
	between := len(p.before)
	p.before, p.noted = nil, nil
	switch _, err := p.tx.Exec("", f); {
	case err == nil && f.asWanted:
		return nil
	case broken(err) != nil:
		return err
	case err != nil && f.done < between: // this Change has no savepoint of its own to go back to: all of the transaction is undone
		return fmt.Errorf("%w: %w", errRaced, err)
	case err != nil:
		return fmt.Errorf("%w: %w", errOtherwise, err)
	}
	return errOtherwise
}

// hot are the accounts whose sums are posted in the end of a transaction: who is short there
// did something that no step does. The world's may be negative.
func (p *pipe) hot(l scrip.Ledger) bool {
	return p != nil && (l == scrip.World || l == scrip.Outstanding)
}

// savepoint has the next Change in a savepoint of its own. It is made with the first that
// the Change does.
func (p *pipe) savepoint(first bool) {
	if len(p.before) > 0 {
		return // the Change before did nothing
	}
	if !first {
		p.before = append(p.before, statement{query: "RELEASE change"})
	}
	p.before = append(p.before, statement{query: "SAVEPOINT change"})
}

// post notes what a posting changes a hot account by.
func (p *pipe) post(l scrip.Ledger, by scrip.Money) {
	p.own[l] = p.own[l].and(sum{by, min(by, 0)})
}

// keep takes over what a Change noted that is done; forget drops it.
func (p *pipe) keep() {
	if p == nil {
		return
	}
	for l, s := range p.own {
		p.sums[l] = p.sums[l].and(s)
	}
	clear(p.own)
	p.staged, p.staging = append(p.staged, p.staging...), nil
}

func (p *pipe) forget() {
	if p != nil {
		clear(p.own)
		p.noted, p.staging = nil, nil
	}
}

// finish posts the sums, and gives places to the records.
func (p *pipe) finish() error {
	if p == nil {
		return nil
	}
	p.before = nil
	for _, l := range slices.SortedFunc(maps.Keys(p.sums), func(a, b scrip.Ledger) int { return cmp.Compare(a, b) }) {
		s := p.sums[l]
		if s == (sum{}) {
			continue
		}
		err := p.note(true, `UPDATE ledger SET balance = balance + ? WHERE account = ? AND (balance >= ? OR account = ?)`, s.net, l, -s.low, scrip.World)
		if err != nil {
			return err
		}
	}
	for pair := range slices.Chunk(p.staged, 2) {
		if err := p.note(false, insertStaged+` VALUES (?, ?)`, pair...); err != nil {
			return err
		}
	}
	err := p.settle()
	if errors.Is(err, errOtherwise) {
		return short(scrip.Outstanding)
	}
	return err
}

// flight is what one message to the server has it do, as the argument of an Exec.
type flight struct {
	statements []statement
	asWanted   bool
	done       int // statements that succeeded, from the first on
}

func (f *flight) over(ctx context.Context, conn *pgx.Conn, faults *faults) error {
	var batch pgx.Batch
	for _, s := range f.statements {
		if err := faults.before(s.query); err != nil {
			return err
		}
		batch.Queue(s.query, s.args...)
	}
	f.asWanted = true
	results := conn.SendBatch(ctx, &batch)
	for _, s := range f.statements {
		as, err := s.result(results)
		if err != nil {
			return errors.Join(err, results.Close())
		}
		f.done++
		f.asWanted = f.asWanted && as
	}
	return results.Close()
}

// result takes the statement's result, and reports whether it is as it was taken to be.
func (s statement) result(results pgx.BatchResults) (asWanted bool, err error) {
	if s.dest != nil {
		err := results.QueryRow().Scan(s.dest)
		if errors.Is(err, pgx.ErrNoRows) {
			return false, nil
		}
		return true, err
	}
	tag, err := results.Exec()
	return !s.wants || tag.RowsAffected() > 0, err
}

// dollars is a query with "$1" for each "?", made once for each.
func dollars(query string) string {
	if made, is := numberedQueries.Load(query); is {
		return made.(string)
	}
	made := sqlx.Rebind(sqlx.DOLLAR, query)
	numberedQueries.Store(query, made)
	return made
}

var numberedQueries sync.Map
