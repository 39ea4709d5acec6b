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
	of  whose
	err error
}

func (l *look) value(dest any, query string, args ...any) {
	if l.err == nil {
		l.err = l.tx.Get(dest, l.tx.Rebind(query), args...)
	}
}

// both reads one value from tables of both kinds.
func (l *look) both(dest any, t text, args ...any) {
	query, args := l.of.of(t, args)
	l.value(dest, query, args...)
}

func (l *look) sum(query string, args ...any) (s Sum) {
	l.value(&s, query, args...)
	return s
}

// What is counted of live scrip and of what outlived it.
var (
	sumLive      = both(`SELECT count(*) AS count, coalesce(sum(value), 0) AS amount FROM scrip WHERE {vendor = ? AND }`)
	strayReplies = both(`SELECT count(*) FROM stored_reply WHERE {vendor = ? AND }scrip_id IS NOT NULL
		AND scrip_id NOT IN (SELECT scrip_id FROM scrip{ WHERE vendor = ?})`)
	straySecrets = both(`SELECT count(*) FROM vault WHERE {vendor = ? AND }used = 1
		AND slot NOT IN (SELECT slot FROM scrip{ WHERE vendor = ?}) AND slot NOT IN (`)
	residue = both(`SELECT count(*) FROM vault WHERE {vendor = ? AND }used = 0 AND secret <> ?`)
)

func (l *look) live() (all, locked Sum) {
	l.both(&all, sumLive.around(`value > 0`, ``), l.of)
	l.both(&locked, sumLive.around(`lock_tx IS NOT NULL`, ``), l.of)
	return all, locked
}

// strays looks for rows without an owner; owned selects the slots that are
// not a live scrip's but may be in use.
func (l *look) strays(owned string, args ...any) (s Strays) {
	l.both(&s.Replies, strayReplies, l.of, l.of)
	l.both(&s.Secrets, straySecrets.around(owned, `)`), append([]any{l.of, l.of}, args...)...)
	l.both(&s.Residue, residue, l.of, make([]byte, 2*secretSize))
	return s
}
