package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// write writes a step down, once.
func (c purseChange) write() error {
	r := c.Write
	if r == nil {
		return nil
	}
	return c.insert("write down a step", `INSERT INTO step (tx, "transaction", state, vendor, amount, reason, stake,
		beside, started_at, ended_at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Tx, r.Transaction, r.State, r.Vendor, r.Amount, r.Reason, r.Stake, r.Beside, r.StartedAt, r.EndedAt, blob(r.Sealed))
}

// advance moves a step on from where it is thought to be. What it sends is
// erased when it is finished.
func (c purseChange) advance() error {
	a := c.Advance
	if a == nil {
		return nil
	}
	return c.move("move a step on", `UPDATE step SET state = ?, reason = ?, ended_at = ?,
		sealed = CASE WHEN ? THEN NULL ELSE coalesce(?, sealed) END
		WHERE tx = ? AND state = ?`, a.To, a.Reason, endedAt(*a), a.To == wallet.Finished, blob(a.Sealed), a.Tx, a.From)
}

func endedAt(a wallet.Advance) int64 {
	if a.To.Ended() {
		return a.At
	}
	return 0
}

// forget erases what refused and undone steps sent, now that what they had at
// stake is gone.
func (c purseChange) forget() error {
	return each(c.Forget, "forget requests", func(stake scrip.ID) error {
		_, err := c.exec(`UPDATE step SET sealed = NULL WHERE (stake = ? OR beside = ?) AND state IN (?, ?)`,
			stake, stake, wallet.WasNo, wallet.Undone)
		return err
	})
}

// blob is b, or NULL for none.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

type stepRow struct {
	Tx          scrip.ID       `db:"tx"`
	Transaction string         `db:"transaction"`
	State       wallet.State   `db:"state"`
	Vendor      scrip.VendorID `db:"vendor"`
	Amount      scrip.Money    `db:"amount"`
	Reason      scrip.Refusal  `db:"reason"`
	Stake       scrip.ID       `db:"stake"`
	Beside      scrip.ID       `db:"beside"`
	StartedAt   int64          `db:"started_at"`
	EndedAt     int64          `db:"ended_at"`
	Sealed      []byte         `db:"sealed"`
}

func (r stepRow) record() (wallet.Record, error) { return wallet.Record(r), nil }

const selectStep = `SELECT tx, "transaction", state, vendor, amount, reason, stake, beside, started_at, ended_at,
	sealed FROM step `

// Record returns a step of the journal, or scrip.ErrAbsent.
func (p *Purse) Record(ctx context.Context, tx scrip.ID) (wallet.Record, error) {
	var r stepRow
	if err := p.db.get(ctx, &r, selectStep+`WHERE tx = ?`, tx); err != nil {
		return wallet.Record{}, fmt.Errorf("read a step: %w", err)
	}
	return r.record()
}

// Unfinished lists steps whose end is not known, oldest first.
func (p *Purse) Unfinished(ctx context.Context) ([]wallet.Record, error) {
	return p.records(ctx, `WHERE state IN ('written', 'claiming') ORDER BY seq`)
}

// Ended lists refused and undone steps whose requests are still there.
func (p *Purse) Ended(ctx context.Context, stake scrip.ID) ([]wallet.Record, error) {
	return p.records(ctx, `WHERE (stake = ? OR beside = ?) AND sealed IS NOT NULL AND state IN ('refused', 'undone')
		ORDER BY seq DESC`, stake, stake)
}

// History lists up to limit steps from the offset on, newest first.
func (p *Purse) History(ctx context.Context, offset, limit int) ([]wallet.Record, error) {
	return p.records(ctx, `ORDER BY seq DESC LIMIT ? OFFSET ?`, limit, offset)
}

func (p *Purse) records(ctx context.Context, rest string, args ...any) ([]wallet.Record, error) {
	var rows []stepRow
	if err := p.db.list(ctx, &rows, selectStep+rest, args...); err != nil {
		return nil, fmt.Errorf("list steps: %w", err)
	}
	return convert(rows, stepRow.record)
}
