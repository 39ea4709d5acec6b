package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// maxExtensions bounds the T15s of one account that wait for their merchants:
// whoever has a silent stall could make any number, and others would wait behind
// them.
const maxExtensions = 10

// extend remembers T15, its T16 in the outbox. A tx that is under way already is
// not taken again (TxConflict): the same T15 finds it before. TooMany: see
// maxExtensions.
func extend(c change) error {
	e := c.Broker.Extend
	if e == nil {
		return nil
	}
	// Who counts the account's holds its row: another process counts afterwards.
	if err := c.do(`UPDATE account SET counter = counter WHERE id = ?`, e.Account()); err != nil {
		return fmt.Errorf("hold an account: %w", err)
	}
	place, err := c.send(e.Outgoing)
	if err != nil {
		return err
	}
	err = c.must(scrip.TooMany, `INSERT INTO extension
		(tx, account, vendor, value, scrip_id, held, digest, received, valid_until, aside, outbox) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE (SELECT count(*) FROM extension WHERE account = ?) < ?`,
		e.Tx, e.Account(), e.Vendor, e.Value, e.ScripID, flag(e.Held), e.Digest, e.Since, e.ValidUntil, e.Aside, place,
		e.Account(), maxExtensions)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("remember an extension: %w", err)
	}
	return nil
}

// loosen lets the change of a T15 be given once.
func loosen(c change) error {
	if c.Broker.Loosen == nil {
		return nil
	}
	return c.must(scrip.ErrAnswered, `UPDATE extension SET held = 0, scrip_id = ? WHERE tx = ? AND held = 1`,
		c.Broker.Loosen.ScripID, c.Broker.Loosen.Tx)
}

// unextend lets the merchant's answer to T16 count once, and forgets T15 with it.
func unextend(c change) error {
	u := c.Broker.Unextend
	if u == nil {
		return nil
	}
	return c.strike(`SELECT outbox FROM extension WHERE tx = ? AND held = ?`, u.Tx, flag(u.Held))
}

// setUnpaidAside sets a T15 aside, once, until the account has another reference.
func setUnpaidAside(c change) error {
	a := c.Broker.Aside
	if a == nil {
		return nil
	}
	return c.must(scrip.ErrAnswered, `UPDATE extension SET aside = ? WHERE tx = ? AND held = 0 AND aside = ''`, a.Reason, a.Tx)
}

type extensionRow struct {
	Tx         scrip.ID       `db:"tx"`
	Account    string         `db:"account"`
	Vendor     scrip.VendorID `db:"vendor"`
	Value      scrip.Money    `db:"value"`
	ScripID    scrip.ID       `db:"scrip_id"`
	Held       bool           `db:"held"`
	Digest     string         `db:"digest"`
	Received   int64          `db:"received"`
	ValidUntil int64          `db:"valid_until"`
	Aside      scrip.Refusal  `db:"aside"`
	outgoingRow
}

func (r extensionRow) extension() (scrip.Extension, error) {
	out, err := r.fill(scrip.Outgoing{Tx: r.Tx, From: r.Account, Digest: r.Digest, Since: r.Received})
	return scrip.Extension{
		Outgoing: out, Vendor: r.Vendor, Value: r.Value, ScripID: r.ScripID, Held: r.Held, ValidUntil: r.ValidUntil, Aside: r.Aside,
	}, err
}

var selectExtension = `SELECT x.tx, x.account, x.vendor, x.value, x.scrip_id, x.held, x.digest, x.received, x.valid_until, x.aside, ` +
	outgoingColumns + ` FROM extension x` + outgoing.books

// Extension returns a T15 under way, or scrip.ErrAbsent.
func (b *Books) Extension(ctx context.Context, tx scrip.ID) (scrip.Extension, error) {
	return one(ctx, b.db, "read an extension", extensionRow.extension, selectExtension+`WHERE x.tx = ?`, tx)
}

// Extensions lists up to limit T15s under way, oldest first, but for those that are
// set aside. If there are more, each
// vendor has its turn before any has another, and those whose change is not given
// yet come before those that wait for the merchant alone.
func (b *Books) Extensions(ctx context.Context, limit int) ([]scrip.Extension, error) {
	return many(ctx, b.db, "list extensions", extensionRow.extension, selectExtension+`WHERE x.tx IN (
		SELECT tx FROM (SELECT tx, outbox, row_number() OVER (PARTITION BY vendor ORDER BY held DESC, outbox) AS turn FROM extension WHERE aside = '')
		AS fair ORDER BY turn, outbox LIMIT ?) ORDER BY x.outbox`, limit)
}
