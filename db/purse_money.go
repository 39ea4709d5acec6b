package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// hold puts free scrip at stake in an item.
func (c purseChange) hold() error {
	return each(c.Hold, "put scrip at stake", func(h wallet.Hold) error {
		return c.must(wallet.ErrConflict, `UPDATE scrip SET tx = ? WHERE scrip_id = ? AND tx = ''`, h.Tx, h.ScripID)
	})
}

// drop erases scrip that the item it was at stake in has spent.
func (c purseChange) drop() error {
	return each(c.Drop, "drop spent scrip", func(h wallet.Hold) error {
		return c.must(wallet.ErrConflict, `DELETE FROM scrip WHERE scrip_id = ? AND tx = ?`, h.ScripID, h.Tx)
	})
}

// release frees what was at stake in an item, if anything was.
func (c purseChange) release() error {
	if c.Release == "" {
		return nil
	}
	return c.free(c.Release)
}

func (c purseChange) free(item scrip.ID) error {
	if err := c.do(`UPDATE scrip SET tx = '' WHERE tx = ?`, item); err != nil {
		return fmt.Errorf("release scrip: %w", err)
	}
	return nil
}

// doubt sets scrip aside, if it is there.
func (c purseChange) doubt() error {
	if c.Doubt == nil {
		return nil
	}
	return c.aside(*c.Doubt)
}

// setAside does so with more.
func (c purseChange) setAside() error { return each(c.Aside, "set money aside", c.aside) }

func (c purseChange) aside(d wallet.Doubt) error {
	if err := c.do(`UPDATE scrip SET doubt = ? WHERE scrip_id = ?`, d.Reason, d.ScripID); err != nil {
		return fmt.Errorf("set scrip aside: %w", err)
	}
	return nil
}

// unrenewed marks scrip that is not renewed by itself any more, if it is there.
func (c purseChange) unrenewed() error {
	if c.Unrenewed == nil {
		return nil
	}
	err := c.do(`UPDATE scrip SET refused = ? WHERE scrip_id = ?`, c.Unrenewed.Reason, c.Unrenewed.ScripID)
	if err != nil {
		return fmt.Errorf("mark scrip as not renewed: %w", err)
	}
	return nil
}

// keep takes scrip in.
func (c purseChange) keep() error {
	return each(c.Keep, "keep scrip", func(h wallet.Holding) error {
		return c.insert("take it in", `INSERT INTO scrip (scrip_id, vendor, value, made, expires, tx, doubt, refused, exposed, sealed)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			h.ScripID, h.Vendor, h.Value, h.Made, h.Expires, h.Tx, h.Doubt, h.Refused, flag(h.Exposed), h.Sealed)
	})
}

func (c purseChange) addReceipt() error {
	r := c.Receipt
	if r == nil {
		return nil
	}
	return c.insert("keep a receipt", `INSERT INTO receipt (tx, at, protected, open, sealed) VALUES (?, ?, ?, ?, ?)`,
		r.Tx, r.At, r.Protected, r.Open, r.Sealed)
}

func (c purseChange) amend() error {
	return each(c.Amend, "amend a receipt", func(r wallet.SealedReceipt) error {
		return c.move("amend a receipt", `UPDATE receipt SET open = ?, sealed = ? WHERE tx = ?`, r.Open, r.Sealed, r.Tx)
	})
}

func (c purseChange) addNotice() error {
	n := c.Notice
	if n == nil {
		return nil
	}
	return c.insert("queue a notice", `INSERT INTO notice (tx, vendor, price, sealed) VALUES (?, ?, ?, ?)`,
		n.Tx, n.Vendor, n.Price, n.Sealed)
}

// delivered takes a notice out of the queue, if it is there.
func (c purseChange) delivered() error {
	if c.Delivered == "" {
		return nil
	}
	if err := c.do(`DELETE FROM notice WHERE tx = ?`, c.Delivered); err != nil {
		return fmt.Errorf("take a notice out of the queue: %w", err)
	}
	return nil
}

type holdingRow struct {
	ScripID scrip.ID       `db:"scrip_id"`
	Vendor  scrip.VendorID `db:"vendor"`
	Value   scrip.Money    `db:"value"`
	Made    int64          `db:"made"`
	Expires int64          `db:"expires"`
	Tx      scrip.ID       `db:"tx"`
	Doubt   scrip.Refusal  `db:"doubt"`
	Refused scrip.Refusal  `db:"refused"`
	Exposed bool           `db:"exposed"`
	Sealed  []byte         `db:"sealed"`
}

func (r holdingRow) holding() (wallet.Holding, error) { return wallet.Holding(r), nil }

// Holdings lists all scrip, oldest expiry first.
func (p *Purse) Holdings(ctx context.Context) ([]wallet.Holding, error) {
	var rows []holdingRow
	err := p.db.list(ctx, &rows, `SELECT scrip_id, vendor, value, made, expires, tx, doubt, refused, exposed, sealed
		FROM scrip ORDER BY expires, scrip_id`)
	if err != nil {
		return nil, fmt.Errorf("list scrip: %w", err)
	}
	return convert(rows, holdingRow.holding)
}

type receiptRow struct {
	Tx        scrip.ID `db:"tx"`
	At        int64    `db:"at"`
	Protected bool     `db:"protected"`
	Open      bool     `db:"open"`
	Sealed    []byte   `db:"sealed"`
}

const selectReceipt = `SELECT tx, at, protected, open, sealed FROM receipt `

func (r receiptRow) receipt() (wallet.SealedReceipt, error) { return wallet.SealedReceipt(r), nil }

// Receipt returns the receipt of a purchase, or scrip.ErrAbsent.
func (p *Purse) Receipt(ctx context.Context, tx scrip.ID) (wallet.SealedReceipt, error) {
	var r receiptRow
	if err := p.db.get(ctx, &r, selectReceipt+`WHERE tx = ?`, tx); err != nil {
		return wallet.SealedReceipt{}, fmt.Errorf("read a receipt: %w", err)
	}
	return r.receipt()
}

// Receipts lists up to limit receipts from the offset on, newest first.
func (p *Purse) Receipts(ctx context.Context, offset, limit int) ([]wallet.SealedReceipt, error) {
	return many(ctx, p.db, "list receipts", receiptRow.receipt, selectReceipt+`ORDER BY seq DESC LIMIT ? OFFSET ?`, limit, offset)
}

// Protected lists up to limit receipts of protected purchases from the offset on, newest
// first; only those that are open, if open.
func (p *Purse) Protected(ctx context.Context, open bool, offset, limit int) ([]wallet.SealedReceipt, error) {
	which := `WHERE protected = 1 `
	if open {
		which = `WHERE open = 1 `
	}
	return many(ctx, p.db, "list receipts of protected purchases", receiptRow.receipt, selectReceipt+which+`ORDER BY seq DESC LIMIT ? OFFSET ?`, limit, offset)
}

type noticeRow struct {
	Tx     scrip.ID       `db:"tx"`
	Vendor scrip.VendorID `db:"vendor"`
	Price  scrip.Money    `db:"price"`
	Sealed []byte         `db:"sealed"`
}

func (r noticeRow) notice() (wallet.Notice, error) { return wallet.Notice(r), nil }

// Notices lists the tx of all notices to be delivered, oldest first.
func (p *Purse) Notices(ctx context.Context) ([]scrip.ID, error) {
	list := []scrip.ID{}
	if err := p.db.list(ctx, &list, `SELECT tx FROM notice ORDER BY seq`); err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return list, nil
}

// Notice returns a notice to be delivered, or scrip.ErrAbsent.
func (p *Purse) Notice(ctx context.Context, tx scrip.ID) (wallet.Notice, error) {
	return one(ctx, p.db, "look up a notice", noticeRow.notice, `SELECT tx, vendor, price, sealed FROM notice WHERE tx = ?`, tx)
}
