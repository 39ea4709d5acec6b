package db

import (
	"context"
	"encoding/json"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// maxExtensions bounds the T15s of one account that wait for their merchants:
// whoever has a silent stall could make any number, and others would wait behind
// them.
const maxExtensions = 10

// extend remembers T15. A tx that is under way already is not taken again
// (TxConflict): the same T15 finds it before. TooMany: see maxExtensions.
func extend(c change) error {
	e := c.Broker.Extend
	if e == nil {
		return nil
	}
	request, err := json.Marshal(e.Request)
	if err != nil {
		return fmt.Errorf("remember an extension: %w", err)
	}
	slot, err := c.keep(e.ReplyKey[:], e.RequestKey[:])
	if err != nil {
		return fmt.Errorf("keep the reply keys of an extension: %w", err)
	}
	err = c.must(scrip.TooMany, `INSERT INTO extension
		(tx, account, vendor, value, scrip_id, held, digest, request, valid_until, slot) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE (SELECT count(*) FROM extension WHERE account = ?) < ?`,
		e.Tx, e.Account, e.Vendor, e.Value, e.ScripID, flag(e.Held), e.Digest, string(request), e.ValidUntil, slot,
		e.Account, maxExtensions)
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

// unextend lets the merchant's answer count once, and erases the keys.
func unextend(c change) error {
	if c.Broker.Unextend == nil {
		return nil
	}
	return c.must(scrip.ErrAnswered, `DELETE FROM extension WHERE tx = ? AND held = ?`, c.Broker.Unextend.Tx, flag(c.Broker.Unextend.Held))
}

type extensionRow struct {
	Tx         scrip.ID        `db:"tx"`
	Account    scrip.AccountID `db:"account"`
	Vendor     scrip.VendorID  `db:"vendor"`
	Value      scrip.Money     `db:"value"`
	ScripID    scrip.ID        `db:"scrip_id"`
	Held       bool            `db:"held"`
	Digest     string          `db:"digest"`
	Request    string          `db:"request"`
	ValidUntil int64           `db:"valid_until"`
	Secret     []byte          `db:"secret"`
}

func (r extensionRow) extension() (scrip.Extension, error) {
	e := scrip.Extension{
		Tx: r.Tx, Account: r.Account, Vendor: r.Vendor, Value: r.Value, ScripID: r.ScripID, Held: r.Held, Digest: r.Digest,
		ReplyKey: jose.ReplyKey(r.Secret[:secretSize]), RequestKey: jose.ReplyKey(r.Secret[secretSize:]), ValidUntil: r.ValidUntil,
	}
	if err := json.Unmarshal([]byte(r.Request), &e.Request); err != nil {
		return scrip.Extension{}, fmt.Errorf("decode a stored request: %w", err)
	}
	return e, nil
}

const selectExtension = `SELECT e.tx, e.account, e.vendor, e.value, e.scrip_id, e.held, e.digest, e.request, e.valid_until,
	v.secret FROM extension e JOIN vault v ON v.slot = e.slot `

// Extension returns a T15 under way, or scrip.ErrAbsent.
func (b *Books) Extension(ctx context.Context, tx scrip.ID) (scrip.Extension, error) {
	var r extensionRow
	if err := b.db.get(ctx, &r, selectExtension+`WHERE e.tx = ?`, tx); err != nil {
		return scrip.Extension{}, fmt.Errorf("read an extension: %w", err)
	}
	return r.extension()
}

// Extensions lists up to limit T15s under way, oldest first.
func (b *Books) Extensions(ctx context.Context, limit int) ([]scrip.Extension, error) {
	var rows []extensionRow
	if err := b.db.list(ctx, &rows, selectExtension+`ORDER BY e.seq LIMIT ?`, limit); err != nil {
		return nil, fmt.Errorf("list extensions: %w", err)
	}
	return convert(rows, extensionRow.extension)
}
