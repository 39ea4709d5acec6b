package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// BankBalance returns what the sandbox bank holds for a reference, or
// scrip.ErrAbsent when it has no such account.
func (b *Books) BankBalance(ctx context.Context, reference string) (scrip.Money, error) {
	var m scrip.Money
	if err := b.db.get(ctx, &m, `SELECT balance FROM ledger WHERE account = ?`, scrip.BankOf(reference)); err != nil {
		return 0, fmt.Errorf("read a bank account: %w", err)
	}
	return m, nil
}

// HouseBalance returns what the house holds; nothing, if nothing was ever put in.
func (b *Books) HouseBalance(ctx context.Context) (scrip.Money, error) {
	var m scrip.Money
	err := b.db.get(ctx, &m, `SELECT balance FROM ledger WHERE account = ?`, scrip.House)
	if errors.Is(err, scrip.ErrAbsent) {
		return 0, nil
	}
	if err != nil {
		err = fmt.Errorf("read what the house holds: %w", err)
	}
	return m, err
}

// BankMovements returns up to limit records of the log that moved money to or
// from a bank account, newest first.
func (b *Books) BankMovements(ctx context.Context, reference string, limit int) ([]scrip.Record, error) {
	var leaves [][]byte
	account := scrip.BankOf(reference)
	err := b.db.list(ctx, &leaves, `SELECT leaf FROM log WHERE id IN (
		SELECT record FROM log_posting WHERE substr(from_ledger, 1, 5) = 'bank:' AND from_ledger = ?
		UNION SELECT record FROM log_posting WHERE substr(to_ledger, 1, 5) = 'bank:' AND to_ledger = ?
		ORDER BY record DESC LIMIT ?) ORDER BY id DESC`, account, account, limit)
	if err != nil {
		return nil, fmt.Errorf("list movements of a bank account: %w", err)
	}
	return convert(leaves, parseLeaf)
}

// Deposited returns the deposit that was made with a key, or scrip.ErrAbsent.
func (b *Books) Deposited(ctx context.Context, key scrip.ID) (scrip.Posting, error) {
	var r struct {
		From   scrip.Ledger `db:"from_ledger"`
		To     scrip.Ledger `db:"to_ledger"`
		Amount scrip.Money  `db:"amount"`
	}
	err := b.db.get(ctx, &r, `SELECT p.from_ledger, p.to_ledger, p.amount FROM log l JOIN log_posting p ON p.record = l.id
		WHERE l.tx = ? AND l.kind = ? ORDER BY p.n LIMIT 1`, key, scrip.KindDeposit)
	if err != nil {
		return scrip.Posting{}, fmt.Errorf("look for a deposit: %w", err)
	}
	return scrip.Posting(r), nil
}

// DepositsSince counts the deposits into a bank account after a time, in unix
// seconds.
func (b *Books) DepositsSince(ctx context.Context, reference string, after int64) (int, error) {
	var n int
	err := b.db.get(ctx, &n, `SELECT count(*) FROM log_posting p JOIN log l ON l.id = p.record
		WHERE substr(p.to_ledger, 1, 5) = 'bank:' AND p.to_ledger = ? AND l.kind = ? AND l.at > ?`,
		scrip.BankOf(reference), scrip.KindDeposit, after)
	if err != nil {
		return 0, fmt.Errorf("count deposits: %w", err)
	}
	return n, nil
}

// Ask writes down, once, that a customer is to confirm a payment, and returns what
// it said. TxConflict when the key was used for another payment. What was
// declined and is insisted on is asked anew.
func (b *Books) Ask(ctx context.Context, asked scrip.Collection) (scrip.Consent, error) {
	var r confirmationRow
	err := b.db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		err := c.do(`INSERT INTO confirmation (key, reference, amount, asked) VALUES (?, ?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET declined = NULL, asked = excluded.asked WHERE ? = 1 AND confirmation.declined IS NOT NULL
			AND confirmation.reference = excluded.reference AND confirmation.amount = excluded.amount`,
			asked.Key, asked.Reference, asked.Amount, asked.At, flag(asked.Insists))
		if err != nil {
			return err
		}
		return c.get(&r, selectConfirmation, asked.Key)
	})
	if err != nil {
		return "", fmt.Errorf("ask for a confirmation: %w", err)
	}
	if r.Reference != asked.Reference || r.Amount != asked.Amount {
		return "", scrip.TxConflict
	}
	return r.consent(), nil
}

// Confirm lets the bank pay what was asked with this key, unless it was declined,
// or returns scrip.ErrAbsent. Once more changes nothing. at is in unix seconds.
func (b *Books) Confirm(ctx context.Context, key scrip.ID, at int64) error {
	return b.consented(ctx, key, `UPDATE confirmation SET confirmed = ? WHERE key = ? AND confirmed IS NULL AND declined IS NULL`, at)
}

// Decline keeps the bank from ever paying what was asked with this key, unless it
// was confirmed, or returns scrip.ErrAbsent. Once more changes nothing.
func (b *Books) Decline(ctx context.Context, key scrip.ID, at int64) error {
	return b.consented(ctx, key, `UPDATE confirmation SET declined = ? WHERE key = ? AND confirmed IS NULL AND declined IS NULL`, at)
}

// consented makes the one update that lets the first word stand.
func (b *Books) consented(ctx context.Context, key scrip.ID, update string, at int64) error {
	err := b.db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		n, err := c.exec(update, at, key)
		if err != nil || n > 0 {
			return err
		}
		return c.get(&confirmationRow{}, selectConfirmation, key)
	})
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return fmt.Errorf("keep a customer's word: %w", err)
	}
	return err
}

// Confirmation returns what was asked with a key, and what the customer said, or
// scrip.ErrAbsent.
func (b *Books) Confirmation(ctx context.Context, key scrip.ID) (scrip.Collection, scrip.Consent, error) {
	var r confirmationRow
	if err := b.db.get(ctx, &r, selectConfirmation, key); err != nil {
		return scrip.Collection{}, "", fmt.Errorf("read a confirmation: %w", err)
	}
	return scrip.Collection{Key: key, Reference: r.Reference, Amount: r.Amount, At: r.Asked}, r.consent(), nil
}

type confirmationRow struct {
	Reference string        `db:"reference"`
	Amount    scrip.Money   `db:"amount"`
	Asked     int64         `db:"asked"`
	Confirmed sql.NullInt64 `db:"confirmed"`
	Declined  sql.NullInt64 `db:"declined"`
}

func (r confirmationRow) consent() scrip.Consent {
	switch {
	case r.Confirmed.Valid:
		return scrip.Confirmed
	case r.Declined.Valid:
		return scrip.Declined
	}
	return scrip.Awaited
}

const selectConfirmation = `SELECT reference, amount, asked, confirmed, declined FROM confirmation WHERE key = ?`
