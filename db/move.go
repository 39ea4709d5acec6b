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

// ErrFilled is returned by Move for a database in which something is already.
var ErrFilled = errors.New("the database is not empty")

// Moved is how many rows of a table were moved.
type Moved struct {
	Table string
	Rows  int64
}

// Move copies all rows of SQLite databases of one kind, which nobody uses, into the empty
// tables of that kind in the PostgreSQL database d, with what Papers are to be there, too, in
// one transaction: a crash, or an error, leaves nothing of it. ErrFilled where d is not empty.
// The databases are only read. Secrets are sealed on the way, each for its slot, which has
// another number there.
func Move(ctx context.Context, d *DB, paths []string, papers map[string][]byte) ([]Moved, error) {
	p, is := d.dialect.(postgres)
	if !is {
		return nil, errors.New("only a PostgreSQL database is moved into")
	}
	config := p.config.Copy()
	config.RuntimeParams["statement_timeout"], config.RuntimeParams["idle_in_transaction_session_timeout"] = "0", "0"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to move: %w", err)
	}
	var moved []Moved
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		m := move{tx: tx, to: p}
		if err := m.prepare(ctx); err != nil {
			return err
		}
		for _, path := range paths {
			if err := m.file(ctx, path); err != nil {
				return fmt.Errorf("move %s: %w", path, err)
			}
		}
		for name, content := range papers {
			if _, err := tx.Exec(ctx, `INSERT INTO paper (name, sealed) VALUES ($1, $2)`, name, p.sealFor(paperNamed(name), content)); err != nil {
				return fmt.Errorf("move %s: %w", name, err)
			}
		}
		moved = m.moved()
		return m.number(ctx)
	})
	return moved, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
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

// move is one into a schema.
type move struct {
	tx     pgx.Tx
	to     postgres
	tables []table // each after those that it refers to
	rows   map[string]int64
}

// table is one of PostgreSQL's with its columns and their types.
type table struct {
	name    string
	columns []string
	types   []string
}

// prepare finds the tables, locks them, and refuses a database that has rows.
func (m *move) prepare(ctx context.Context) error {
	m.rows = map[string]int64{}
	refers, err := m.find(ctx)
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
		where := ""
		if empty := begunWith[t.name]; empty != "" {
			where = " WHERE NOT (" + empty + ")"
		}
		var filled bool
		if err := m.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+quoted(t.name)+where+`)`).Scan(&filled); err != nil {
			return fmt.Errorf("look into a table: %w", err)
		}
		if filled {
			return fmt.Errorf("%w: there are rows in %s", ErrFilled, t.name)
		}
		if begunWith[t.name] != "" {
			if _, err := m.tx.Exec(ctx, `DELETE FROM `+quoted(t.name)); err != nil {
				return fmt.Errorf("empty a table: %w", err)
			}
		}
	}
	return nil
}

// find reads the tables, and which refer to which others.
func (m *move) find(ctx context.Context) (refers map[string][]string, err error) {
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
		list = append(list, Moved{t.name, m.rows[t.name]})
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
