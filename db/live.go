package db

import (
	"database/sql"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// The statements of live scrip.
var (
	killScrip = both(`DELETE FROM scrip WHERE {vendor = ? AND }scrip_id = ? AND (lock_tx IS NULL OR lock_tx = ? OR lock_until <= ?)`)
	lockScrip = both(`UPDATE scrip SET lock_until = CASE WHEN lock_tx = ? THEN lock_until ELSE ? END, lock_tx = ?
		WHERE {vendor = ? AND }scrip_id = ? AND (lock_tx IS NULL OR lock_tx = ? OR lock_until <= ?)`)
	releaseScrip = both(`UPDATE scrip SET lock_tx = NULL, lock_until = NULL WHERE {vendor = ? AND }scrip_id = ? AND lock_tx = ?`)
	thereScrip   = both(`SELECT 1 FROM scrip WHERE {vendor = ? AND }scrip_id = ?`)
	issueScrip   = both(`INSERT INTO scrip
		({vendor, }scrip_id, cust_id, value, made, expires, currency, holder, holder_key, slot, lock_tx, lock_until)
		VALUES ({?, }?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
)

// kill erases live scrip: the row, and by triggers its secrets, its
// announcements and the replies that brought it.
func kill(c change) error {
	return each(c.Kill, "kill scrip", func(k scrip.Kill) error {
		n, err := c.sureBoth(killScrip, c.of, k.ScripID, k.Tx, c.At)
		return c.decided(n, err, k.ScripID)
	})
}

// lock holds live scrip. A lock of the same tx stays as it is, its deadline
// too, even when that has passed.
func lock(c change) error {
	return each(c.Lock, "lock scrip", func(l scrip.Lock) error {
		n, err := c.sureBoth(lockScrip, l.Tx, l.Until, l.Tx, c.of, l.ScripID, l.Tx, c.At)
		return c.decided(n, err, l.ScripID)
	})
}

// release frees scrip that a transaction holds.
func release(c change) error {
	return each(c.Release, "release scrip", func(r scrip.Release) error {
		n, err := c.sureBoth(releaseScrip, c.of, r.ScripID, r.Tx)
		return c.decided(n, err, r.ScripID)
	})
}

// decided says why no row of a scrip changed, if none did.
func (c change) decided(rows int64, err error, id scrip.ID) error {
	if err != nil || rows > 0 {
		return err
	}
	var one int
	err = c.getBoth(&one, thereScrip, c.of, id)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.ScripSpent
	case err != nil:
		return err
	}
	return scrip.ScripLocked
}

// issue makes scrip live.
func issue(c change) error {
	return each(c.Issue, "issue scrip", c.issue)
}

func (c change) issue(l scrip.Live) error {
	if len(l.MasterScripSecret) != secretSize || len(l.MasterCustomerSecret) != secretSize {
		return errors.New("master secrets are not of 32 bytes")
	}
	key, err := encodeKey(l.HolderKey)
	if err != nil {
		return err
	}
	slot, err := c.keep(l.MasterScripSecret, l.MasterCustomerSecret)
	if err != nil {
		return fmt.Errorf("keep the master secrets: %w", err)
	}
	err = c.doBoth(issueScrip, c.of, l.ScripID, l.CustID, l.Value, l.Made, l.Expires, l.Currency, l.Holder, key, slot,
		null(l.LockTx), sql.NullInt64{Int64: l.LockUntil, Valid: l.LockTx != ""})
	if violated(err) == "scrip.holder" {
		return scrip.ScripHeld
	}
	return err
}

// liveRow is a row of scrip beside its slot of the vault.
type liveRow struct {
	ScripID   scrip.ID       `db:"scrip_id"`
	CustID    scrip.ID       `db:"cust_id"`
	Value     scrip.Money    `db:"value"`
	Made      int64          `db:"made"`
	Expires   int64          `db:"expires"`
	Currency  string         `db:"currency"`
	Holder    string         `db:"holder"`
	HolderKey sql.NullString `db:"holder_key"`
	LockTx    sql.NullString `db:"lock_tx"`
	LockUntil sql.NullInt64  `db:"lock_until"`
	secretRow
}

const liveColumns = `s.scrip_id, s.cust_id, s.value, s.made, s.expires, s.currency, s.holder, s.holder_key,
	s.lock_tx, s.lock_until, v.slot, v.secret`

var selectLive = both(`SELECT ` + liveColumns + ` FROM scrip s JOIN vault v ON {v.vendor = s.vendor AND }v.slot = s.slot WHERE {s.vendor = ? AND }`)

func (r liveRow) live() (scrip.Live, error) {
	key, err := decodeKey(r.HolderKey)
	return scrip.Live{
		ScripID: r.ScripID, CustID: r.CustID, Value: r.Value, Made: r.Made, Expires: r.Expires, Currency: r.Currency,
		Holder: r.Holder, HolderKey: key,
		MasterScripSecret: r.Secret[:secretSize:secretSize], MasterCustomerSecret: r.Secret[secretSize:],
		LockTx: scrip.ID(r.LockTx.String), LockUntil: r.LockUntil.Int64,
	}, err
}
