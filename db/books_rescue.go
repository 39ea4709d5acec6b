package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// rescue pays back what a step saw of an account at a stall, while it is still so: a
// report, a notice or a word of the stall that came meanwhile has it decided again.
func rescue(c change) error {
	back := c.Broker.Rescue
	if back == nil {
		return nil
	}
	now, err := rescuable(c.get, back.Saw.Share, back.Saw.Since, back.Saw.Until)
	if err != nil {
		return fmt.Errorf("rescue: %w", err)
	}
	if now != back.Saw {
		return scrip.Unavailable
	}
	if err := c.goneStill(back.Saw.Vendor, c.At); err != nil {
		return fmt.Errorf("rescue: %w", err)
	}
	p, err := back.Posting()
	if err != nil {
		return err
	}
	return c.post(p)
}

// rescuable reads what an account has at a merchant, and how much of that its
// notices announced that no T12 of its followed.
func rescuable(get func(dest any, query string, args ...any) error, of scrip.Share, since, until int64) (scrip.Rescuable, error) {
	r := scrip.Rescuable{Share: of, Since: since, Until: until}
	err := get(&r.Float, `SELECT balance FROM ledger WHERE account = ?`, scrip.FloatOf(of.Vendor, of.Account))
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return r, err
	}
	return r, get(&r.Announced, `SELECT coalesce(sum(n.amount), 0) FROM log n
		WHERE n.kind = 'T9' AND n.account = ? AND n.vendor = ? AND n.at BETWEEN ? AND ? AND NOT EXISTS
			(SELECT 1 FROM log t WHERE t.tx = n.tx AND t.kind = 'T12' AND t.account = n.account AND t.vendor = n.vendor)`,
		of.Account, of.Vendor, since, until)
}

// Rescuable returns what an account has at a merchant; a notice counts that was
// logged from since to until.
func (b *Books) Rescuable(ctx context.Context, of scrip.Share, since, until int64) (scrip.Rescuable, error) {
	r, err := rescuable(func(dest any, query string, args ...any) error { return b.db.get(ctx, dest, query, args...) }, of, since, until)
	if err != nil {
		return scrip.Rescuable{}, fmt.Errorf("read what an account has at a stall: %w", err)
	}
	return r, nil
}

// rescued adds up what went back to accounts because a stall was gone: by RESCUE, and of
// what a T15 reserved (GONE).
func (l *look) rescued() map[scrip.Share]scrip.Money {
	var rows []struct {
		Vendor  scrip.VendorID  `db:"vendor"`
		Account scrip.AccountID `db:"account"`
		Amount  scrip.Money     `db:"amount"`
	}
	if l.err == nil {
		l.err = l.tx.Select(&rows, `SELECT account, vendor, sum(amount) AS amount FROM log
			WHERE kind IN ('RESCUE', 'GONE') GROUP BY account, vendor`)
	}
	all := make(map[scrip.Share]scrip.Money, len(rows))
	for _, r := range rows {
		all[scrip.Share{Vendor: r.Vendor, Account: r.Account}] = r.Amount
	}
	return all
}
