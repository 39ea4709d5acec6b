package db

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

// ErrFilled is returned for a database in which something is already, ErrMoving for one into
// which another process is moving something.
var (
	ErrFilled = errors.New("the database is not empty")
	ErrMoving = errors.New("something else is being moved into the database at this moment")
)

// Moved is how many rows of a table were moved.
type Moved struct {
	Kind  Kind
	Table string
	Rows  int64
}

// Part is what is moved of one kind.
type Part struct {
	To     *DB               // a PostgreSQL database
	Paths  []string          // SQLite databases of its kind, which nobody uses and which are only read
	Papers map[string][]byte // that are to be there, too
	Owner  string            // whose it is, where the files do not all say the same; else empty
}

// Mover moves SQLite databases into the empty schemas of one PostgreSQL database. From
// [Mover.Begin] until [Mover.Finish] those bear a mark, a paper: whoever opens them is to
// look for it, and not to use them.
type Mover struct {
	conn  *pgx.Conn
	parts []Part
	mark  string
}

// NewMover is a Mover of some parts, whose mark has a name. Of several for one database one
// works at a time: ErrMoving. It is to be closed.
func NewMover(ctx context.Context, mark string, parts []Part) (*Mover, error) {
	m := &Mover{parts: parts, mark: mark}
	for _, part := range parts {
		if _, is := part.To.dialect.(postgres); !is {
			return nil, errors.New("only a PostgreSQL database is moved into")
		}
	}
	config := m.of(parts[0]).config.Copy()
	config.RuntimeParams["statement_timeout"], config.RuntimeParams["idle_in_transaction_session_timeout"] = "0", "0"
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // the same text is about tables of several schemas
	var err error
	if m.conn, err = pgx.ConnectConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connect to move: %w", err)
	}
	var alone bool
	if err := m.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockNamed("peerscrip moves")).Scan(&alone); err != nil {
		return nil, errors.Join(fmt.Errorf("begin to move: %w", err), m.Close())
	}
	if !alone {
		return nil, errors.Join(ErrMoving, m.Close())
	}
	return m, nil
}

// Close ends it, whatever was done.
func (m *Mover) Close() error { return m.conn.Close(context.Background()) }

func (m *Mover) of(part Part) postgres { return part.To.dialect.(postgres) }

// marked reports whether a part's kind keeps papers, and so the mark.
func marked(part Part) bool { return slices.Contains(vaults, part.To.kind) }

// each does something with each part in one transaction.
func (m *Mover) each(ctx context.Context, do func(of *move, part Part) error) error {
	return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		for _, part := range m.parts {
			to := m.of(part)
			if _, err := tx.Exec(ctx, `SET LOCAL search_path TO `+quoted(string(to.kind))); err != nil {
				return err
			}
			if err := do(&move{tx: tx, to: to, rows: map[string]int64{}, wanted: map[string]int64{}}, part); err != nil {
				return fmt.Errorf("%s: %w", to.kind, err)
			}
		}
		return nil
	})
}

// Begin marks the schemas with a text. ErrFilled, and nothing is changed: one of them has
// something in it. Those of some kinds bear the mark of a move that was not finished, and what
// that left is taken out.
func (m *Mover) Begin(ctx context.Context, text []byte, unfinished ...Kind) error {
	return m.each(ctx, func(of *move, part Part) error {
		if err := of.find(ctx); err != nil {
			return err
		}
		if slices.Contains(unfinished, part.To.kind) {
			if err := of.bears(ctx, m.mark, part); err != nil {
				return err
			}
			if err := of.clear(ctx); err != nil {
				return err
			}
		} else if err := of.empty(ctx); err != nil {
			return err
		}
		if !marked(part) {
			return nil
		}
		return of.paper(ctx, m.mark, text)
	})
}

// Copy copies all rows, with the papers, in one transaction: a crash, or an error, leaves
// nothing of it. Secrets are sealed on the way, each for its slot, which has another number
// there. What is there then was counted in the files and in the tables.
func (m *Mover) Copy(ctx context.Context) (all []Moved, err error) {
	err = m.each(ctx, func(of *move, part Part) error {
		if err := of.find(ctx); err != nil {
			return err
		}
		if err := of.begin(ctx); err != nil {
			return err
		}
		for _, path := range part.Paths {
			if err := of.file(ctx, path); err != nil {
				return fmt.Errorf("move %s: %w", path, err)
			}
		}
		for name, content := range part.Papers {
			if err := of.paper(ctx, name, content); err != nil {
				return err
			}
		}
		if part.Owner != "" {
			if _, err := of.tx.Exec(ctx, `INSERT INTO belongs (one, owner) VALUES (1, $1)`, part.Owner); err != nil {
				return fmt.Errorf("say whose it is: %w", err)
			}
		}
		if err := of.count(ctx); err != nil {
			return err
		}
		all = append(all, of.moved()...)
		if err := of.number(ctx); err != nil {
			return err
		}
		return of.analyse(ctx)
	})
	return all, err
}

// Finish takes the marks away, all at once: from then on the database may be used.
func (m *Mover) Finish(ctx context.Context) error {
	return m.each(ctx, func(of *move, part Part) error {
		if !marked(part) {
			return nil
		}
		_, err := of.tx.Exec(ctx, `DELETE FROM paper WHERE name = $1`, m.mark)
		return err
	})
}

// Shared tables, which say nothing of what is kept: of them no row is moved. The ledger
// begins with two accounts, in which nothing is.
var (
	ofTheServer = []string{goose.DefaultTablename, "probed", "vault_key", "lease", "paper"}
	begunWith   = map[string]string{"ledger": `balance = 0`, "catalogue_numbers": `listing = 0 AND term = 0`}
)

// ofEachFile are tables of which each file has one row and a schema has one for all of them:
// whose a shelf is, each of its rows says.
var ofEachFile = map[Kind][]string{Merchant: {"belongs"}}

// move is that into one schema.
type move struct {
	tx     pgx.Tx
	to     postgres
	tables []table // each after those that it refers to
	rows   map[string]int64
	wanted map[string]int64 // as the files have them
}

// table is one of PostgreSQL's with its columns and their types.
type table struct {
	name    string
	columns []string
	types   []string
}

// find finds the tables and locks them.
func (m *move) find(ctx context.Context) error {
	refers, err := m.look(ctx)
	if err != nil {
		return fmt.Errorf("look for tables: %w", err)
	}
	if m.tables, err = inOrder(m.tables, refers); err != nil {
		return err
	}
	for _, t := range m.tables {
		if _, err := m.tx.Exec(ctx, `LOCK TABLE `+quoted(t.name)+` IN EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("lock a table: %w", err)
		}
	}
	return nil
}

// empty refuses a schema that has rows.
func (m *move) empty(ctx context.Context) error {
	for _, name := range m.all() {
		where := ""
		if begun := begunWith[name]; begun != "" {
			where = " WHERE NOT (" + begun + ")"
		}
		var filled bool
		if err := m.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+quoted(name)+where+`)`).Scan(&filled); err != nil {
			return fmt.Errorf("look into a table: %w", err)
		}
		if filled {
			return fmt.Errorf("%w: there are rows in %s", ErrFilled, name)
		}
	}
	return nil
}

// clear takes out all that a move brought.
func (m *move) clear(ctx context.Context) error {
	all := m.all()
	for i, name := range all {
		all[i] = quoted(name)
	}
	if _, err := m.tx.Exec(ctx, `TRUNCATE `+strings.Join(all, ", ")); err != nil {
		return fmt.Errorf("take out what was left: %w", err)
	}
	return nil
}

// begin takes out what a new schema begins with.
func (m *move) begin(ctx context.Context) error {
	for _, t := range m.tables {
		if begunWith[t.name] == "" {
			continue
		}
		if _, err := m.tx.Exec(ctx, `DELETE FROM `+quoted(t.name)); err != nil {
			return fmt.Errorf("empty a table: %w", err)
		}
	}
	return nil
}

// paper writes a paper.
func (m *move) paper(ctx context.Context, name string, content []byte) error {
	if _, err := m.tx.Exec(ctx, `INSERT INTO paper (name, sealed) VALUES ($1, $2)`, name, m.to.sealFor(paperNamed(name), content)); err != nil {
		return fmt.Errorf("move %s: %w", name, err)
	}
	return nil
}

// bears wants a schema that is said to be unfinished to bear the mark still: another process may
// have finished the move meanwhile, and what is there be in use.
func (m *move) bears(ctx context.Context, mark string, part Part) error {
	if !marked(part) {
		return nil
	}
	var is bool
	if err := m.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM paper WHERE name = $1)`, mark).Scan(&is); err != nil {
		return fmt.Errorf("look for the mark of the move: %w", err)
	}
	if !is {
		return fmt.Errorf("%w: another move into it has just ended", ErrFilled)
	}
	return nil
}

// count counts what is in the tables now, and wants it to be what the files have.
func (m *move) count(ctx context.Context) error {
	for _, t := range m.tables {
		var n int64
		if err := m.tx.QueryRow(ctx, `SELECT count(*) FROM `+quoted(t.name)).Scan(&n); err != nil {
			return fmt.Errorf("count what was moved: %w", err)
		}
		if n != m.wanted[t.name] || n != m.rows[t.name] {
			return fmt.Errorf("table %s has %d rows and %d were moved, not the %d that there are", t.name, n, m.rows[t.name], m.wanted[t.name])
		}
	}
	return nil
}

// all are the tables whose rows say something of what is kept.
func (m *move) all() (names []string) {
	for _, t := range m.tables {
		names = append(names, t.name)
	}
	names = append(names, ofEachFile[m.to.kind]...)
	if slices.Contains(vaults, m.to.kind) {
		names = append(names, "paper")
	}
	return names
}

// look reads the tables, and which refer to which others.
func (m *move) look(ctx context.Context) (refers map[string][]string, err error) {
	rows, err := m.tx.Query(ctx, `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position`)
	if err != nil {
		return nil, err
	}
	var name, column, of string
	_, err = pgx.ForEachRow(rows, []any{&name, &column, &of}, func() error {
		if slices.Contains(ofTheServer, name) || slices.Contains(ofEachFile[m.to.kind], name) {
			return nil
		}
		if len(m.tables) == 0 || m.tables[len(m.tables)-1].name != name {
			m.tables = append(m.tables, table{name: name})
		}
		t := &m.tables[len(m.tables)-1]
		t.columns, t.types = append(t.columns, column), append(t.types, of)
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = m.tx.Query(ctx, `SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
		WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	refers = map[string][]string{}
	var from, to string
	_, err = pgx.ForEachRow(rows, []any{&from, &to}, func() error {
		refers[from] = append(refers[from], to)
		return nil
	})
	return refers, err
}

// inOrder puts tables after those that they refer to.
func inOrder(tables []table, refers map[string][]string) (ordered []table, err error) {
	done := map[string]bool{}
	for len(ordered) < len(tables) {
		before := len(ordered)
		for _, t := range tables {
			ready := !slices.ContainsFunc(refers[t.name], func(other string) bool { return other != t.name && !done[other] })
			if ready && !done[t.name] {
				done[t.name] = true
				ordered = append(ordered, t)
			}
		}
		if len(ordered) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return ordered, nil
}

func (m *move) moved() (list []Moved) {
	for _, t := range m.tables {
		list = append(list, Moved{m.to.kind, t.name, m.rows[t.name]})
	}
	return list
}

// file copies one SQLite database, as it is at one instant.
func (m *move) file(ctx context.Context, path string) (err error) {
	from, err := OpenReadOnly(ctx, path, m.to.kind)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	var drawn [8]byte
	rand.Read(drawn[:])                                                 // never fails
	slots := int64(binary.BigEndian.Uint64(drawn[:])>>1) &^ (1<<32 - 1) // of no two files the same
	return from.read(ctx, func(tx *sqlx.Tx) error {
		for _, t := range m.tables {
			if err := m.copy(ctx, tx, t, slots); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		return nil
	})
}

// copy copies one table's rows.
func (m *move) copy(ctx context.Context, from *sqlx.Tx, t table, slots int64) error {
	var names []string
	for _, c := range t.columns {
		names = append(names, quoted(c))
	}
	used := ""
	if t.name == "vault" {
		used = ` WHERE used = 1` // a free slot has nothing in it
	}
	var there int64
	if err := from.GetContext(ctx, &there, `SELECT count(*) FROM `+quoted(t.name)+used); err != nil {
		return err
	}
	m.wanted[t.name] += there
	rows, err := from.QueryxContext(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+quoted(t.name)+used)
	if err != nil {
		return err
	}
	defer rows.Close()
	n, err := m.tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		values, err := rows.SliceScan()
		if err == nil {
			err = m.convert(t, values, slots)
		}
		return values, err
	}))
	m.rows[t.name] += n
	return err
}

// convert makes of what SQLite has what PostgreSQL is to have.
func (m *move) convert(t table, values []any, slots int64) error {
	var slot int64
	for i, v := range values {
		switch of := v.(type) {
		case []byte:
			if t.types[i] == "text" {
				values[i] = string(of)
			}
		case string:
			if t.types[i] == "bytea" {
				values[i] = []byte(of)
			}
		case int64:
			if t.columns[i] == "slot" {
				slot = of + slots
				values[i] = slot
			}
		}
	}
	if t.name != "vault" {
		return nil
	}
	i := slices.Index(t.columns, "secret")
	secret, is := values[i].([]byte)
	if !is || len(secret) != 2*secretSize {
		return errors.New("a slot of the vault is not whole")
	}
	values[i] = m.to.seal(slot, secret)
	return nil
}

// analyse has the server know what the tables hold: else it would learn it by and by, and plan
// badly until then.
func (m *move) analyse(ctx context.Context) error {
	for _, t := range m.tables {
		if _, err := m.tx.Exec(ctx, `ANALYZE `+quoted(t.name)); err != nil {
			return fmt.Errorf("analyse what was moved: %w", err)
		}
	}
	return nil
}

// number has what PostgreSQL numbers go on behind what was moved.
func (m *move) number(ctx context.Context) error {
	rows, err := m.tx.Query(ctx, `SELECT table_name, column_name, coalesce(pg_get_serial_sequence(quote_ident(table_name), column_name),
			substring(column_default FROM 'nextval\(''([^'']+)''')) FROM information_schema.columns
		WHERE table_schema = current_schema() AND (is_identity = 'YES' OR column_default LIKE 'nextval(%')`)
	if err != nil {
		return fmt.Errorf("look for what is numbered: %w", err)
	}
	last := map[string][]string{} // by sequence: what the highest number of each column is
	var name, column, sequence string
	_, err = pgx.ForEachRow(rows, []any{&name, &column, &sequence}, func() error {
		if !slices.Contains(ofTheServer, name) {
			last[sequence] = append(last[sequence], `(SELECT max(`+quoted(column)+`) FROM `+quoted(name)+`)`)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for what is numbered: %w", err)
	}
	for sequence, highest := range last {
		_, err := m.tx.Exec(ctx, `SELECT setval($1::text::regclass, greatest(1, `+strings.Join(highest, ", ")+`))`, sequence)
		if err != nil {
			return fmt.Errorf("go on numbering: %w", err)
		}
	}
	return nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
