package db

import (
	"context"
	"encoding/json"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// makeOwner puts a new wallet into a purse without an account.
func (c purseChange) makeOwner() error {
	o := c.Owner
	if o == nil {
		return nil
	}
	lock, err := json.Marshal(o.Lock)
	if err != nil {
		return fmt.Errorf("encode a lock: %w", err)
	}
	info, err := json.Marshal(o.Info)
	if err != nil {
		return fmt.Errorf("encode a broker: %w", err)
	}
	return c.move("make an owner", `INSERT INTO owner (one, account, bank, name, counter, lock, sealed, info)
		VALUES (1, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (one) DO UPDATE SET bank = excluded.bank, name = excluded.name, counter = excluded.counter,
		lock = excluded.lock, sealed = excluded.sealed, info = excluded.info WHERE owner.account = ''`,
		o.Account, o.Bank, o.Name, o.Counter, string(lock), o.Sealed, string(info))
}

// nameAccount keeps what R2 said.
func (c purseChange) nameAccount() error {
	if c.Account == "" {
		return nil
	}
	return c.move("name the account", `UPDATE owner SET account = ? WHERE account = ''`, c.Account)
}

func (c purseChange) keepInfo() error {
	if c.Info == nil {
		return nil
	}
	info, err := json.Marshal(c.Info)
	if err != nil {
		return fmt.Errorf("encode a broker: %w", err)
	}
	return c.move("keep the broker's keys", `UPDATE owner SET info = ?`, string(info))
}

// count lets a counter be used once.
func (c purseChange) count() error {
	if c.Counter == 0 {
		return nil
	}
	return c.move("move the counter", `UPDATE owner SET counter = ? WHERE counter < ?`, c.Counter, c.Counter)
}

// countOn takes a counter that was refused to where the count goes on.
func (c purseChange) countOn() error {
	if c.CountOn == nil {
		return nil
	}
	err := c.do(`UPDATE owner SET counter = ? WHERE counter = ?`, c.CountOn.To, c.CountOn.From)
	return err
}

// writeBanking keeps a BANK until it is answered.
func (c purseChange) writeBanking() error {
	if len(c.Banking) == 0 {
		return nil
	}
	return c.move("write BANK down", `UPDATE owner SET banking = ? WHERE banking IS NULL`, c.Banking)
}

// writeRekeying keeps a REKEY until it is answered.
func (c purseChange) writeRekeying() error {
	if len(c.Rekeying) == 0 {
		return nil
	}
	return c.move("write REKEY down", `UPDATE owner SET rekeying = ? WHERE rekeying IS NULL`, c.Rekeying)
}

// rekey keeps the key that a REKEY left, and marks the VendorScrip of which copies know.
func (c purseChange) rekey() error {
	r := c.Rekeyed
	switch {
	case r == nil:
		return nil
	case len(r.Sealed) == 0:
		return c.move("forget a REKEY", `UPDATE owner SET rekeying = NULL WHERE rekeying IS NOT NULL`)
	}
	if err := c.move("keep the account's key", `UPDATE owner SET sealed = ?, rekeying = NULL WHERE rekeying IS NOT NULL`, r.Sealed); err != nil {
		return err
	}
	if err := c.do(`UPDATE scrip SET exposed = 1 WHERE vendor <> ''`); err != nil {
		return fmt.Errorf("mark scrip as exposed: %w", err)
	}
	return nil
}

// rebank keeps the reference that a BANK left.
func (c purseChange) rebank() error {
	if c.Banked == "" {
		return nil
	}
	return c.move("keep the bank's reference", `UPDATE owner SET bank = ?, banking = NULL WHERE banking IS NOT NULL`, c.Banked)
}

func (c purseChange) knowStall() error {
	s := c.PurseChange.Stall
	if s == nil {
		return nil
	}
	return c.move("keep a certificate", `INSERT INTO known_stall (vendor, name, base_url, certificate, revoked, silent, seen_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (vendor) DO UPDATE SET name = excluded.name, base_url = excluded.base_url,
		certificate = excluded.certificate, revoked = excluded.revoked, silent = excluded.silent, seen_at = excluded.seen_at`,
		s.Vendor, s.Name, s.BaseURL, s.Certificate, flag(s.Revoked), s.SilentSince, s.SeenAt)
}

func (c purseChange) addPseudonym() error {
	p := c.PurseChange.Pseudonym
	if p == nil {
		return nil
	}
	return c.insert("add a pseudonym", `INSERT INTO pseudonym (vendor, sealed) VALUES (?, ?)`, p.Vendor, p.Sealed)
}

type ownerRow struct {
	Account  scrip.AccountID `db:"account"`
	Bank     string          `db:"bank"`
	Banking  []byte          `db:"banking"`
	Rekeying []byte          `db:"rekeying"`
	Name     string          `db:"name"`
	Counter  int64           `db:"counter"`
	Lock     string          `db:"lock"`
	Sealed   []byte          `db:"sealed"`
	Info     string          `db:"info"`
}

// Owner returns the wallet itself, or scrip.ErrAbsent.
func (p *Purse) Owner(ctx context.Context) (wallet.Owner, error) {
	var r ownerRow
	err := p.db.get(ctx, &r, `SELECT account, bank, banking, rekeying, name, counter, lock, sealed, info FROM owner`)
	if err != nil {
		return wallet.Owner{}, fmt.Errorf("read the owner: %w", err)
	}
	o := wallet.Owner{Account: r.Account, Bank: r.Bank, Banking: r.Banking, Rekeying: r.Rekeying, Name: r.Name, Counter: r.Counter, Sealed: r.Sealed}
	if err := json.Unmarshal([]byte(r.Lock), &o.Lock); err != nil {
		return wallet.Owner{}, fmt.Errorf("decode a lock: %w", err)
	}
	if err := json.Unmarshal([]byte(r.Info), &o.Info); err != nil {
		return wallet.Owner{}, fmt.Errorf("decode a broker: %w", err)
	}
	return o, nil
}

// Pseudonym returns the sealed key made for a merchant, or scrip.ErrAbsent.
func (p *Purse) Pseudonym(ctx context.Context, vendor scrip.VendorID) ([]byte, error) {
	var sealed []byte
	if err := p.db.get(ctx, &sealed, `SELECT sealed FROM pseudonym WHERE vendor = ?`, vendor); err != nil {
		return nil, fmt.Errorf("read a pseudonym: %w", err)
	}
	return sealed, nil
}

type knownStallRow struct {
	Vendor      scrip.VendorID `db:"vendor"`
	Name        string         `db:"name"`
	BaseURL     string         `db:"base_url"`
	Certificate string         `db:"certificate"`
	Revoked     bool           `db:"revoked"`
	Silent      int64          `db:"silent"`
	SeenAt      int64          `db:"seen_at"`
}

// KnownStall returns a merchant as it was last seen, or scrip.ErrAbsent.
func (p *Purse) KnownStall(ctx context.Context, vendor scrip.VendorID) (wallet.KnownStall, error) {
	var r knownStallRow
	err := p.db.get(ctx, &r, `SELECT vendor, name, base_url, certificate, revoked, silent, seen_at FROM known_stall
		WHERE vendor = ?`, vendor)
	if err != nil {
		return wallet.KnownStall{}, fmt.Errorf("read a stall: %w", err)
	}
	return wallet.KnownStall{CertifiedStall: scrip.CertifiedStall{
		Vendor: r.Vendor, Name: r.Name, BaseURL: r.BaseURL, Certificate: r.Certificate, Revoked: r.Revoked, SilentSince: r.Silent,
	}, SeenAt: r.SeenAt}, nil
}
