package db

import (
	"context"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// announce remembers T3 until its scrip dies. A tx is announced once: one that
// was, cannot lock a scrip again after its deadline (TxConflict).
func announce(c change) error {
	a := c.Broker.Announce
	if a == nil {
		return nil
	}
	slot, err := c.keep(a.ReplyKey[:], nil)
	if err != nil {
		return fmt.Errorf("keep T3's reply key: %w", err)
	}
	err = c.do(`INSERT INTO announced
		(tx, scrip_id, account, vendor, pseudonym, value, deadline, digest, proof, slot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Tx, a.ScripID, a.Account, a.Vendor, a.Pseudonym, a.Value, a.Deadline, a.Digest, a.Proof, slot)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("remember an announcement: %w", err)
	}
	return nil
}

// hasten ends the locks of T3s that would be held for longer than Deadlines. What
// else locks, as T15 does, has no announcement and stays. A deadline never moves on.
func hasten(c change) error {
	if c.Broker.Deadlines == 0 {
		return nil
	}
	err := c.do(`UPDATE scrip SET lock_until = ? WHERE lock_until > ? AND scrip_id IN
		(SELECT scrip_id FROM announced WHERE deadline > ? AND announced.tx = scrip.lock_tx)`,
		c.Broker.Deadlines, c.Broker.Deadlines, c.Broker.Deadlines)
	if err == nil {
		err = c.do(`UPDATE announced SET deadline = ? WHERE deadline > ?`, c.Broker.Deadlines, c.Broker.Deadlines)
	}
	if err != nil {
		return fmt.Errorf("end locks of a clock that was ahead: %w", err)
	}
	return nil
}

type announcedRow struct {
	Tx        scrip.ID        `db:"tx"`
	ScripID   scrip.ID        `db:"scrip_id"`
	Account   scrip.AccountID `db:"account"`
	Vendor    scrip.VendorID  `db:"vendor"`
	Pseudonym scrip.Pseudonym `db:"pseudonym"`
	Value     scrip.Money     `db:"value"`
	Deadline  int64           `db:"deadline"`
	Digest    string          `db:"digest"`
	Proof     string          `db:"proof"`
	secretRow
}

func (r announcedRow) announced() (scrip.Announced, error) {
	return scrip.Announced{
		Tx: r.Tx, ScripID: r.ScripID, Account: r.Account, Vendor: r.Vendor, Pseudonym: r.Pseudonym, Value: r.Value,
		Deadline: r.Deadline, Digest: r.Digest, Proof: r.Proof, ReplyKey: jose.ReplyKey(r.Secret[:secretSize]),
	}, nil
}

// Announced returns what T3 with this tx announced, while its scrip lives;
// then scrip.ErrAbsent.
func (b *Books) Announced(ctx context.Context, tx scrip.ID) (scrip.Announced, error) {
	return one(ctx, b.db, "read an announcement", announcedRow.announced, `SELECT a.tx, a.scrip_id, a.account, a.vendor,
		a.pseudonym, a.value, a.deadline, a.digest, a.proof, v.slot, v.secret FROM announced a JOIN vault v ON v.slot = a.slot WHERE a.tx = ?`, tx)
}
