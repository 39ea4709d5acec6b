package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// takeBack keeps what a buyer has back of a purchase below the price that T12 reported,
// or what the float covered of it.
func takeBack(c change) error {
	t := c.Broker.TakeBack
	if t == nil {
		return nil
	}
	purchase, err := reported(c.get, t.Vendor, t.Purchase)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.NotFound
	}
	if err != nil {
		return fmt.Errorf("take back a purchase: %w", err)
	}
	err = c.do(`INSERT INTO refunded (vendor, purchase, price, total) VALUES (?, ?, ?, 0)
		ON CONFLICT (vendor, purchase) DO NOTHING`, t.Vendor, t.Purchase, purchase.Price)
	if err != nil {
		return fmt.Errorf("take back a purchase: %w", err)
	}
	return c.must(scrip.AmountOutOfBounds, `UPDATE refunded SET total = total + ?
		WHERE vendor = ? AND purchase = ? AND total + ? <= price`, t.Amount, t.Vendor, t.Purchase, t.Amount)
}

// reportedRow is what T12 reported of a purchase.
type reportedRow struct {
	Account scrip.AccountID `db:"account"`
	Price   scrip.Money     `db:"price"`
}

// reported reads what T12 reported of a purchase, or scrip.ErrAbsent.
func reported(get func(dest any, query string, args ...any) error, v scrip.VendorID, purchase scrip.ID) (r reportedRow, err error) {
	err = get(&r, `SELECT l.account, p.amount AS price FROM log l JOIN log_posting p ON p.record = l.id
		WHERE l.tx = ? AND l.kind = 'T12' AND l.vendor = ?`, purchase, v)
	return r, err
}

// Refundable returns what may still be taken back of a purchase, and whose it
// is, or scrip.ErrAbsent when no T12 reported it.
func (b *Books) Refundable(ctx context.Context, v scrip.VendorID, purchase scrip.ID) (scrip.Refundable, error) {
	get := func(dest any, query string, args ...any) error { return b.db.get(ctx, dest, query, args...) }
	of, err := reported(get, v, purchase)
	if err != nil {
		return scrip.Refundable{}, fmt.Errorf("read a reported purchase: %w", err)
	}
	var total scrip.Money
	err = get(&total, `SELECT total FROM refunded WHERE vendor = ? AND purchase = ?`, v, purchase)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return scrip.Refundable{}, fmt.Errorf("read a purchase's refunds: %w", err)
	}
	return scrip.Refundable{Account: of.Account, Left: of.Price - total}, nil
}

// Earned returns what a stall has earned and was not paid out.
func (b *Books) Earned(ctx context.Context, v scrip.VendorID) (scrip.Money, error) {
	return b.balance(ctx, scrip.EarnedOf(v))
}

type statedRow struct {
	Vendor  scrip.VendorID `db:"vendor"`
	Name    string         `db:"name"`
	Earned  scrip.Money    `db:"earned"`
	Held    scrip.Money    `db:"held"`
	Float   scrip.Money    `db:"float"`
	Reserve scrip.Money    `db:"reserve"`
}

func (r statedRow) stated() (scrip.StatedStall, error) { return scrip.StatedStall(r), nil }

// sumOf sums the accounts of the books whose names begin with a kind and a
// stall. ';' is the character after ':'.
const sumOf = `(SELECT coalesce(sum(balance), 0) FROM ledger WHERE account > ? || s.vendor || ':' AND account < ? || s.vendor || ';')`

// Stated lists up to limit stalls of an account with their balances, by name.
func (b *Books) Stated(ctx context.Context, a scrip.AccountID, limit int) ([]scrip.StatedStall, error) {
	return many(ctx, b.db, "list an account's stalls", statedRow.stated, `SELECT s.vendor, s.name, coalesce(e.balance, 0) AS earned,
		coalesce(h.balance, 0) AS held, `+sumOf+` AS float, `+sumOf+` AS reserve FROM stall s
		LEFT JOIN ledger e ON e.account = ? || s.vendor LEFT JOIN ledger h ON h.account = ? || s.vendor
		WHERE s.account = ? ORDER BY s.name_folded LIMIT ?`,
		scrip.Floats, scrip.Floats, scrip.Reserves, scrip.Reserves, scrip.Earnings, scrip.Helds, a, limit)
}
