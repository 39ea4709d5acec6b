package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// write puts an item into the journal, once.
func (c purseChange) write() error {
	it := c.Write
	if it == nil {
		return nil
	}
	return c.insert("write down an item", `INSERT INTO item (tx, "transaction", phase, vendor, amount, reason, stake,
		beside, started_at, ended_at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, it.Tx, it.Transaction, it.Phase,
		it.Vendor, it.Amount, it.Reason, it.Stake, it.Beside, it.StartedAt, it.EndedAt, blob(it.Sealed))
}

// name makes an item the purchase of a key that has none, or one that was refused.
func (c purseChange) name() error {
	k := c.Keyed
	if k == nil {
		return nil
	}
	return c.move("name a purchase by its key", `INSERT INTO keyed (name, tx, sealed) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, sealed = excluded.sealed
		WHERE (SELECT phase FROM item WHERE item.tx = keyed.tx) = 'refused'`, k.Name, k.Tx, k.Sealed)
}

// Keyed implements wallet.Purse.
func (p *Purse) Keyed(ctx context.Context, name string) (wallet.Keyed, error) {
	var k wallet.Keyed
	if err := p.db.get(ctx, &k, `SELECT name, tx, sealed FROM keyed WHERE name = ?`, name); err != nil {
		return wallet.Keyed{}, fmt.Errorf("read the purchase of a key: %w", err)
	}
	return k, nil
}

// advance moves an item on from where it is thought to be. What it sends is
// erased when it is done.
func (c purseChange) advance() error {
	if c.Advance == nil {
		return nil
	}
	return c.moveOn(*c.Advance)
}

// giveUp ends other items: what was at stake in them is free, and their notices are
// not sent any more.
func (c purseChange) giveUp() error {
	return each(c.GiveUp, "give an item up", func(a wallet.Advance) error {
		if err := c.moveOn(a); err != nil {
			return err
		}
		if err := c.do(`DELETE FROM notice WHERE tx = ?`, a.Tx); err != nil {
			return err
		}
		return c.free(a.Tx)
	})
}

func (c purseChange) moveOn(a wallet.Advance) error {
	return c.move("move an item on", `UPDATE item SET phase = ?, reason = ?, ended_at = ?,
		sealed = CASE WHEN ? THEN NULL ELSE coalesce(?, sealed) END
		WHERE tx = ? AND phase = ?`, a.To, a.Reason, endedAt(a), a.To == wallet.PhaseDone, blob(a.Sealed), a.Tx, a.From)
}

func endedAt(a wallet.Advance) int64 {
	if a.To.Ended() {
		return a.At
	}
	return 0
}

// forget erases what refused and undone items sent, now that what they had at
// stake is gone. "IS NOT NULL" has the index of those few looked through, and not the journal.
func (c purseChange) forget() error {
	if c.Overtaken != "" {
		err := c.do(`UPDATE item SET sealed = NULL WHERE stake = ? AND sealed IS NOT NULL AND "transaction" = '6.1' AND phase IN (?, ?)`,
			c.Overtaken, wallet.PhaseRefused, wallet.PhaseUndone)
		if err != nil {
			return fmt.Errorf("forget requests that were overtaken: %w", err)
		}
	}
	return each(c.Forget, "forget requests", func(stake scrip.ID) error {
		err := c.do(`UPDATE item SET sealed = NULL WHERE (stake = ? OR beside = ?) AND sealed IS NOT NULL AND phase IN (?, ?)`,
			stake, stake, wallet.PhaseRefused, wallet.PhaseUndone)
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

type journalRow struct {
	Tx          scrip.ID       `db:"tx"`
	Transaction string         `db:"transaction"`
	Phase       wallet.Phase   `db:"phase"`
	Vendor      scrip.VendorID `db:"vendor"`
	Amount      scrip.Money    `db:"amount"`
	Reason      scrip.Refusal  `db:"reason"`
	Stake       scrip.ID       `db:"stake"`
	Beside      scrip.ID       `db:"beside"`
	StartedAt   int64          `db:"started_at"`
	EndedAt     int64          `db:"ended_at"`
	Sealed      []byte         `db:"sealed"`
}

func (r journalRow) item() (wallet.Item, error) { return wallet.Item(r), nil }

const selectItem = `SELECT tx, "transaction", phase, vendor, amount, reason, stake, beside, started_at, ended_at,
	sealed FROM item `

// Item returns an item of the journal, or scrip.ErrAbsent.
func (p *Purse) Item(ctx context.Context, tx scrip.ID) (wallet.Item, error) {
	var r journalRow
	if err := p.db.get(ctx, &r, selectItem+`WHERE tx = ?`, tx); err != nil {
		return wallet.Item{}, fmt.Errorf("read an item: %w", err)
	}
	return r.item()
}

// Unfinished lists items whose end is not known, oldest first.
func (p *Purse) Unfinished(ctx context.Context) ([]wallet.Item, error) {
	return p.items(ctx, `WHERE phase IN ('asked', 'half') ORDER BY seq`)
}

// Ended lists refused and undone items whose requests are still there. They are sorted by
// "+seq" once they are found; for seq the whole journal would be read, in its order.
func (p *Purse) Ended(ctx context.Context, stake scrip.ID) ([]wallet.Item, error) {
	return p.items(ctx, `WHERE (stake = ? OR beside = ?) AND sealed IS NOT NULL AND phase IN ('refused', 'undone')
		ORDER BY +seq DESC`, stake, stake)
}

// Disputed lists the merchants that said of what they owe that it is spent, or no
// money, and of which no RESCUE told what there is.
func (p *Purse) Disputed(ctx context.Context) ([]scrip.VendorID, error) {
	var list []scrip.VendorID
	err := p.db.list(ctx, &list, `SELECT vendor FROM (
			SELECT vendor FROM scrip WHERE vendor <> '' AND doubt NOT IN ('', ?) UNION
			SELECT vendor FROM item WHERE "transaction" = '6.2' AND phase = ? AND reason = ?) AS said
		WHERE NOT EXISTS (SELECT 1 FROM item r WHERE r."transaction" = 'RESCUE' AND r.vendor = said.vendor
			AND (r.phase = ? OR r.reason = ?)) ORDER BY vendor`,
		scrip.StallRevoked, wallet.PhaseRefused, scrip.ScripSpent, wallet.PhaseDone, scrip.FloatShort)
	if err != nil {
		return nil, fmt.Errorf("list merchants whose word is in doubt: %w", err)
	}
	return list, nil
}

type rescuesRow struct {
	Vendor scrip.VendorID `db:"vendor"`
	Asked  int64          `db:"asked"`
	Bought int64          `db:"bought"`
}

func (r rescuesRow) rescues() (wallet.Rescues, error) { return wallet.Rescues(r), nil }

// Rescues lists the merchants of which a RESCUE told what there is, or that there is
// nothing more for now.
func (p *Purse) Rescues(ctx context.Context) ([]wallet.Rescues, error) {
	return many(ctx, p.db, "list what was rescued", rescuesRow.rescues, `SELECT r.vendor, max(r.started_at) AS asked,
			coalesce((SELECT max(b.started_at) FROM item b WHERE b."transaction" = '6.3' AND b.vendor = r.vendor), 0) AS bought
		FROM item r WHERE r."transaction" = 'RESCUE' AND (r.phase = ? OR r.reason = ?) GROUP BY r.vendor ORDER BY r.vendor`,
		wallet.PhaseDone, scrip.FloatShort)
}

// History lists up to limit items from the offset on, newest first.
func (p *Purse) History(ctx context.Context, offset, limit int) ([]wallet.Item, error) {
	return p.items(ctx, `ORDER BY seq DESC LIMIT ? OFFSET ?`, limit, offset)
}

func (p *Purse) items(ctx context.Context, rest string, args ...any) ([]wallet.Item, error) {
	var rows []journalRow
	if err := p.db.list(ctx, &rows, selectItem+rest, args...); err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	return convert(rows, journalRow.item)
}
