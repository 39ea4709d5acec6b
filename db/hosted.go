package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Hosted keeps the stalls that a market hosts, and drafts of them. It is safe
// for concurrent use.
type Hosted struct{ db *DB }

var _ merchant.Hosted = (*Hosted)(nil)

// NewHosted keeps hosted stalls in d, which must be of kind Market.
func NewHosted(d *DB) (*Hosted, error) {
	if d.kind != Market {
		return nil, fmt.Errorf("hosted stalls in a database of kind %q", d.kind)
	}
	return &Hosted{d}, nil
}

const selectTenant = `SELECT id, name, about, account, account_key, keys, drafted_at, COALESCE(vendor, '') AS vendor,
	certificate, opened_at FROM hosted `

type tenantRow struct {
	ID         scrip.ID        `db:"id"`
	Name       string          `db:"name"`
	About      string          `db:"about"`
	Account    scrip.AccountID `db:"account"`
	AccountKey sql.NullString  `db:"account_key"`
	Keys       []byte          `db:"keys"`
	DraftedAt  int64           `db:"drafted_at"`
	Vendor     scrip.VendorID  `db:"vendor"`
	Signed     string          `db:"certificate"`
	OpenedAt   int64           `db:"opened_at"`
}

func (r tenantRow) tenant() (merchant.Tenant, error) {
	key, err := decodeKey(r.AccountKey)
	if err != nil {
		return merchant.Tenant{}, err
	}
	return merchant.Tenant{
		ID: r.ID, Name: r.Name, About: r.About, Account: r.Account, AccountKey: key, Keys: r.Keys,
		DraftedAt: r.DraftedAt, Vendor: r.Vendor, Signed: r.Signed, OpenedAt: r.OpenedAt,
	}, nil
}

// Tenant returns a tenant, or scrip.ErrAbsent.
func (h *Hosted) Tenant(ctx context.Context, id scrip.ID) (merchant.Tenant, error) {
	return one(ctx, h.db, "read a hosted stall", tenantRow.tenant, selectTenant+`WHERE id = ?`, id)
}

// Opened returns the tenant that is a stall, or scrip.ErrAbsent.
func (h *Hosted) Opened(ctx context.Context, vendor scrip.VendorID) (merchant.Tenant, error) {
	return one(ctx, h.db, "read a hosted stall", tenantRow.tenant, selectTenant+`WHERE vendor = ?`, vendor)
}

// Tenants lists all, drafts too, oldest first.
func (h *Hosted) Tenants(ctx context.Context) ([]merchant.Tenant, error) {
	return many(ctx, h.db, "list hosted stalls", tenantRow.tenant, selectTenant+`ORDER BY drafted_at, id`)
}

// Draft adds a draft within the bounds, or returns the one named again.
func (h *Hosted) Draft(ctx context.Context, t merchant.Tenant, again scrip.ID, b merchant.Bounds) (merchant.Tenant, error) {
	key, err := encodeKey(t.AccountKey)
	if err != nil {
		return merchant.Tenant{}, err
	}
	kept := t
	err = h.db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		var r tenantRow
		err := c.get(&r, `UPDATE hosted SET about = ? WHERE id = ? AND vendor IS NULL
				AND account = ? AND account_key = ? AND name = ? AND drafted_at >= ?
			RETURNING id, name, about, account, account_key, keys, drafted_at, '' AS vendor, certificate, opened_at`,
			t.About, again, t.Account, key, t.Name, b.Since)
		if err == nil {
			kept, err = r.tenant()
			return err
		}
		if !errors.Is(err, scrip.ErrAbsent) {
			return fmt.Errorf("look for the draft: %w", err)
		}
		if err := c.makeRoom(t.Account, b); err != nil {
			return err
		}
		err = c.do(`INSERT INTO hosted (id, name, about, account, account_key, keys, drafted_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, t.ID, t.Name, t.About, t.Account, key, t.Keys, t.DraftedAt)
		return err
	})
	return kept, err
}

// makeRoom refuses a draft beyond a bound. Of drafts, the oldest gives way:
// nothing proves who makes them, and whoever made too many, in everybody's name
// or in one account's, must not keep the others out for a day.
func (c change) makeRoom(account scrip.AccountID, b merchant.Bounds) error {
	for _, few := range []struct {
		of   string
		most int
	}{{"", b.Drafts}, {string(account), b.PerAccount}} {
		err := c.do(`DELETE FROM hosted WHERE id = (SELECT id FROM hosted WHERE vendor IS NULL AND drafted_at >= ?
				AND drafted_at < ? AND ? IN ('', account) ORDER BY drafted_at, id LIMIT 1)
			AND (SELECT COUNT(*) FROM hosted WHERE vendor IS NULL AND drafted_at >= ? AND ? IN ('', account)) >= ?`,
			b.Since, b.Spare, few.of, b.Since, few.of, few.most)
		if err != nil {
			return fmt.Errorf("make room for a draft: %w", err)
		}
	}
	var n struct{ Open, Own, Drafts, Drafting int }
	err := c.get(&n, `SELECT COUNT(vendor) AS open, COUNT(vendor) FILTER (WHERE account = ?) AS own,
		COUNT(*) FILTER (WHERE vendor IS NULL AND drafted_at >= ?) AS drafts,
		COUNT(*) FILTER (WHERE vendor IS NULL AND drafted_at >= ? AND account = ?) AS drafting FROM hosted`,
		account, b.Since, b.Since, account)
	switch {
	case err != nil:
		return fmt.Errorf("count hosted stalls: %w", err)
	case n.Open >= b.Stalls:
		return merchant.ErrHostFull
	case n.Own >= b.PerAccount:
		return merchant.ErrAccountFull
	case n.Drafts >= b.Drafts || n.Drafting >= b.PerAccount:
		return merchant.ErrDrafting
	}
	return nil
}

// Open makes a draft a stall.
func (h *Hosted) Open(ctx context.Context, t merchant.Tenant, stalls int) error {
	return h.db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		n, err := c.exec(`UPDATE hosted SET vendor = ?, certificate = ?, opened_at = ? WHERE id = ? AND vendor IS NULL
			AND (SELECT COUNT(*) FROM hosted WHERE vendor IS NOT NULL) < ?`, t.Vendor, t.Signed, t.OpenedAt, t.ID, stalls)
		if err != nil {
			return fmt.Errorf("open a hosted stall: %w", err)
		}
		if n > 0 {
			return nil
		}
		var vendor scrip.VendorID
		if err := c.get(&vendor, `SELECT COALESCE(vendor, '') FROM hosted WHERE id = ?`, t.ID); err != nil {
			return fmt.Errorf("read a hosted stall: %w", err)
		}
		switch vendor {
		case t.Vendor:
			return nil
		case "":
			return scrip.TooMany
		}
		return scrip.PartyMismatch
	})
}

// Reseal keeps a tenant's keys as they are sealed now.
func (h *Hosted) Reseal(ctx context.Context, id scrip.ID, keys []byte) error {
	err := h.db.commit(ctx, func(tx *sqlx.Tx) error {
		return change{tx: tx}.must(scrip.ErrAbsent, `UPDATE hosted SET keys = ? WHERE id = ?`, keys, id)
	})
	if err != nil {
		return fmt.Errorf("keep a hosted stall's keys: %w", err)
	}
	return nil
}

// Rekey keeps the key with which a stall's owner signs now, in the place of the one that it is asked for.
func (h *Hosted) Rekey(ctx context.Context, v scrip.VendorID, was, key jose.VerifyKey) error {
	before, err := encodeKey(was)
	if err != nil {
		return err
	}
	encoded, err := encodeKey(key)
	if err != nil {
		return err
	}
	err = h.db.commit(ctx, func(tx *sqlx.Tx) error {
		return change{tx: tx}.must(scrip.TxConflict, `UPDATE hosted SET account_key = ? WHERE vendor = ? AND account_key = ?`, encoded, v, before)
	})
	if err != nil {
		return fmt.Errorf("keep the key of a stall's owner: %w", err)
	}
	return nil
}

// Recertify keeps a stall's next certificate in the place of the one before.
func (h *Hosted) Recertify(ctx context.Context, v scrip.VendorID, before, next string) error {
	err := h.db.commit(ctx, func(tx *sqlx.Tx) error {
		return change{tx: tx}.must(scrip.TxConflict, `UPDATE hosted SET certificate = ? WHERE vendor = ? AND certificate = ?`, next, v, before)
	})
	if err != nil {
		return fmt.Errorf("keep a hosted stall's certificate: %w", err)
	}
	return nil
}

// Expire erases drafts with their keys.
func (h *Hosted) Expire(ctx context.Context, drafts []scrip.ID) error {
	if len(drafts) == 0 {
		return nil
	}
	return h.db.commit(ctx, func(tx *sqlx.Tx) error {
		return each(drafts, "erase a draft", func(id scrip.ID) error {
			_, err := tx.Exec(`DELETE FROM hosted WHERE id = ? AND vendor IS NULL`, id)
			return err
		})
	})
}
