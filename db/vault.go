package db

import (
	"database/sql"
	"fmt"
)

// secretSize is that of each half of a slot of the vault.
const secretSize = 32

// The statements of the vault: SQLite's slots are used again, PostgreSQL's are not.
var (
	reuseSlot = both(`UPDATE vault SET used = 1, secret = ?
		WHERE {vendor = ? AND }slot = (SELECT slot FROM vault WHERE {vendor = ? AND }used = 0 ORDER BY slot LIMIT 1) RETURNING slot`)
	newSlot    = both(`INSERT INTO vault ({vendor, }used, secret) VALUES ({?, }1, ?) RETURNING slot`)
	sealedSlot = both(`INSERT INTO vault ({vendor, }slot, secret) VALUES ({?, }?, ?)`)
)

// keep puts two secrets into a slot of the vault and returns its number. Triggers
// erase it when its owner dies.
func (c change) keep(a, b []byte) (slot int64, err error) {
	secret := make([]byte, 2*secretSize)
	copy(secret, a)
	copy(secret[secretSize:], b)
	defer clear(secret)
	return c.dialect.keep(c, secret)
}

// secretRow is the part of a row that its slot of the vault adds, v.slot and v.secret:
// NULL where it has none any more. What reads rows unseals it.
type secretRow struct {
	Slot   sql.NullInt64 `db:"slot"`
	Secret []byte        `db:"secret"`
}

func (r *secretRow) secrets() *secretRow { return r }

// unseal unseals the secret of a row that was read, if it has one.
func (db *DB) unseal(row any) error {
	of, has := row.(interface{ secrets() *secretRow })
	if !has || of.secrets().Secret == nil {
		return nil
	}
	r := of.secrets()
	secret, err := db.dialect.unseal(r.Slot.Int64, r.Secret)
	if err != nil {
		return fmt.Errorf("open a slot of the vault: %w", err)
	}
	if len(secret) != 2*secretSize {
		return fmt.Errorf("a slot of the vault has %d bytes", len(secret))
	}
	r.Secret = secret
	return nil
}
