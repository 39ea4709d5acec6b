package db

import (
	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

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
