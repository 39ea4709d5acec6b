package db

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

// Bounds on a PostgreSQL database's work, where its URL does not say others. A
// statement that waits longer than its timeout is undone, and its change with it.
const (
	connectTimeout   = 5 * time.Second
	statementTimeout = "30s"
	lockTimeout      = "10s"
	idleTimeout      = "60s" // of a transaction: that of a process that hangs holds its locks no longer
	connectionIdle   = 5 * time.Minute
	postgresReaders  = 8
)

// postgres is a database of PostgreSQL 15 or newer, or of what speaks its protocol. Each
// kind is a schema in it.
type postgres struct {
	config *pgx.ConnConfig
	kind   Kind
	key    cipher.AEAD // of the vault; nil without one
	faults *faults
	keys   *logKeys
}

var _ dialect = postgres{}

// InPostgres lists the kinds that PostgreSQL may keep.
func InPostgres() []Kind { return []Kind{Broker, Merchant, Market} }

// ErrNoVaultKey is returned for a PostgreSQL database that is opened without a key for its
// secrets, ErrVaultKey for one whose secrets are sealed under another.
var (
	ErrNoVaultKey = errors.New("PostgreSQL keeps what was erased for a while: it needs a key under which secrets are sealed")
	ErrVaultKey   = errors.New("it was sealed under another key, or changed")
)

// vaults are the kinds that keep secrets.
var vaults = []Kind{Broker, Merchant}

func newPostgres(place string, kind Kind, o options) (postgres, error) {
	if !slices.Contains(InPostgres(), kind) {
		return postgres{}, fmt.Errorf("a database of kind %s is kept in a file, not in PostgreSQL", kind)
	}
	config, err := pgx.ParseConfig(place)
	if err != nil {
		return postgres{}, fmt.Errorf("read the address of the database: %w", err) // pgx leaves the password out
	}
	p := postgres{config: config, kind: kind, faults: new(faults), keys: new(logKeys)}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	for setting, value := range map[string]string{
		"application_name": "peerscrip " + string(kind), "search_path": string(kind),
		"statement_timeout": statementTimeout, "lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": idleTimeout,
	} {
		if _, set := config.RuntimeParams[setting]; !set || setting == "search_path" {
			config.RuntimeParams[setting] = value
		}
	}
	if !slices.Contains(vaults, kind) {
		return p, nil
	}
	if o.key == nil {
		return postgres{}, ErrNoVaultKey
	}
	block, err := aes.NewCipher(o.key[:])
	if err != nil {
		return postgres{}, fmt.Errorf("use the vault's key: %w", err)
	}
	p.key, err = cipher.NewGCM(block)
	return p, err
}

// make makes the schema. Who may not make one is refused only where it is missing.
func (p postgres) make(ctx context.Context, writer *sqlx.DB) error {
	var there bool
	var err error
	for try := 0; ; try++ {
		err = writer.GetContext(ctx, &there, `SELECT count(*) > 0 FROM pg_namespace WHERE nspname = ?`, string(p.kind))
		if !lost(err) || try == triesToConnect || !sleep(ctx, pauseForAServer<<try) {
			break
		}
	}
	if err == nil && !there {
		err = p.alone(ctx, writer, func() error {
			_, err := writer.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+string(p.kind))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("make the schema %s: %w", p.kind, err)
	}
	return nil
}

func (p postgres) connect(a access) (*sqlx.DB, error) {
	config := p.config.Copy()
	if a != writes {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	c := connector{config: config}
	if a == writes {
		c.faults = p.faults
	}
	db := sqlx.NewDb(sql.OpenDB(c), driverPostgres)
	db.SetConnMaxIdleTime(connectionIdle)
	switch a {
	case writes:
		db.SetMaxOpenConns(1)
		db.SetMaxIdleConns(1)
	case reads:
		db.SetMaxOpenConns(postgresReaders)
		db.SetMaxIdleConns(postgresReaders)
	case looks:
		db.SetMaxOpenConns(2)
	}
	return db, nil
}

func (postgres) migrations() (string, goose.Dialect) { return "postgres", goose.DialectPostgres }

// alone holds an advisory lock of the server's. It is held by a connection of its own,
// so that a process that dies lets go of it.
func (p postgres) alone(ctx context.Context, _ *sqlx.DB, f func() error) error {
	config := p.config.Copy()
	config.RuntimeParams["lock_timeout"], config.RuntimeParams["statement_timeout"] = "0", "0"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to migrate: %w", err)
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockNamed("peerscrip migrates "+string(p.kind))); err != nil {
		return errors.Join(fmt.Errorf("wait for others that migrate: %w", err), conn.Close(ctx))
	}
	err = f()
	return errors.Join(err, conn.Close(ctx)) // which lets go
}

// marked finds the table in which goose counts: nobody else's schema has it.
func (p postgres) marked(ctx context.Context, db *sqlx.DB, kind Kind) error {
	var tables []string
	err := db.SelectContext(ctx, &tables, `SELECT tablename FROM pg_tables WHERE schemaname = ?`, string(kind))
	switch {
	case err != nil:
		return fmt.Errorf("look for tables: %w", err)
	case len(tables) == 0:
		return ErrEmpty
	case !slices.Contains(tables, goose.DefaultTablename):
		return fmt.Errorf("%w than ours in its schema %s", errKind, kind)
	}
	return nil
}

// mark has nothing to do: goose makes its table.
func (postgres) mark(context.Context, *sqlx.DB, Kind) error { return nil }

// opened keeps the sign of the vault's key, once, and refuses another key than its.
func (p postgres) opened(ctx context.Context, db *sqlx.DB, a access) error {
	if p.key == nil {
		return nil
	}
	if a == writes {
		_, err := db.ExecContext(ctx, `INSERT INTO vault_key (one, sealed) VALUES (1, ?) ON CONFLICT (one) DO NOTHING`, p.seal(0, []byte("peerscrip")))
		if err != nil {
			return fmt.Errorf("keep the sign of the vault's key: %w", err)
		}
	}
	var sealed []byte
	if err := db.GetContext(ctx, &sealed, `SELECT sealed FROM vault_key`); err != nil {
		return fmt.Errorf("read the sign of the vault's key: %w", err)
	}
	if _, err := p.unseal(0, sealed); err != nil {
		return fmt.Errorf("open its vault: %w", err)
	}
	return nil
}

// reading is one instant for all reads. A transaction that does not write never fails
// for what others wrote.
func (postgres) reading() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// checkpoint is the server's own business. See the package comment for what erased
// means there.
func (postgres) checkpoint(context.Context, *sqlx.DB) error { return nil }

// check is the server's own business, too; of the vault it wants the key that it was
// sealed under.
func (postgres) check(context.Context, *sqlx.DB, extent) error { return nil }

func (postgres) probe(tx *sqlx.Tx) error {
	_, err := tx.Exec(`INSERT INTO probed (one, times) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET times = (probed.times + 1) % 65536`)
	return err
}

// keep seals a secret for a slot whose number is random: no two processes, and no two
// parts of a table that is spread, want the same.
func (p postgres) keep(c change, secret []byte) (int64, error) {
	var number [8]byte
	rand.Read(number[:]) // never fails
	slot := int64(binary.BigEndian.Uint64(number[:]) >> 1)
	err := c.doBoth(sealedSlot, c.of, slot, p.seal(slot, secret))
	return slot, err
}

// seal is what AES-256-GCM makes of a secret: of no use in another slot.
func (p postgres) seal(slot int64, secret []byte) []byte {
	return p.sealFor(strconv.FormatInt(slot, 10), secret)
}

func (p postgres) unseal(slot int64, sealed []byte) ([]byte, error) {
	return p.unsealFor(strconv.FormatInt(slot, 10), sealed)
}

// sealFor is a nonce and a secret as it is sealed for a slot of the vault, or a paper.
func (p postgres) sealFor(what string, secret []byte) []byte {
	nonce := make([]byte, p.key.NonceSize(), p.key.NonceSize()+len(secret)+p.key.Overhead())
	rand.Read(nonce)
	return p.key.Seal(nonce, nonce, secret, p.rowOf(what))
}

// rowOf names where a secret is sealed.
func (p postgres) rowOf(what string) []byte {
	return fmt.Appendf(nil, "peerscrip vault %s %s", p.kind, what)
}

func (p postgres) unsealFor(what string, sealed []byte) ([]byte, error) {
	n := p.key.NonceSize()
	if len(sealed) < n {
		return nil, ErrVaultKey
	}
	secret, err := p.key.Open(nil, sealed[:n], sealed[n:], p.rowOf(what))
	if err != nil {
		return nil, ErrVaultKey
	}
	return secret, nil
}

func (postgres) columns() string {
	return `SELECT t.relname AS tbl, c.attname AS col FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
		WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND t.relkind IN ('r', 'p')
		AND c.attnum > 0 AND NOT c.attisdropped AND t.relname <> '` + goose.DefaultTablename + `'`
}

func (postgres) length(column string) string { return `pg_column_size("` + column + `")` }

// sequences takes an advisory lock that ends with the transaction: with it, when its
// process dies. Who does not get it leaves the work to who has it.
func (postgres) sequences(tx *sqlx.Tx) (mine bool, err error) {
	err = tx.Get(&mine, `SELECT pg_try_advisory_xact_lock(?)`, lockNamed("peerscrip sequences"))
	return mine, err
}

// logKey takes one of many that were drawn together: so nobody waits for a record's own.
func (p postgres) logKey(c change) (int64, error) {
	p.keys.Lock()
	defer p.keys.Unlock()
	if len(p.keys.drawn) == 0 {
		err := c.list(&p.keys.drawn, `SELECT nextval(pg_get_serial_sequence('log', 'id')) FROM generate_series(1, ?::bigint)`, keysAtOnce)
		if err != nil {
			return 0, fmt.Errorf("draw keys of records: %w", err)
		}
	}
	key := p.keys.drawn[0]
	p.keys.drawn = p.keys.drawn[1:]
	return key, nil
}

// keysAtOnce is how many keys of records are drawn together.
const keysAtOnce = 256

// logKeys are keys of records that nobody has.
type logKeys struct {
	sync.Mutex
	drawn []int64
}

// pipe: a statement is answered over a connection, and others may want the same rows.
func (postgres) pipe(tx *sqlx.Tx) *pipe { return newPipe(tx) }

func (postgres) sharing() string { return " FOR SHARE" }
func (postgres) holding() string { return " FOR UPDATE" }

// lockNamed is the number of an advisory lock.
func lockNamed(name string) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name)) // a hash takes all
	return int64(sum.Sum64())
}
