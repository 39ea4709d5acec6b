package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

func openAccount(c change) error {
	a := c.Broker.Account
	if a == nil {
		return nil
	}
	key, err := encodeKey(a.Key)
	if err != nil {
		return err
	}
	err = c.do(`INSERT INTO account (id, thumbprint, key, bank, name, counter, opened)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, a.ID, a.Key.Thumbprint(), key, a.Bank, a.Name, a.Counter, a.Opened)
	if err == nil {
		err = c.ownKey(a.ID, a.Key.Thumbprint(), key)
	}
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("open an account: %w", err)
	}
	return nil
}

// ownKey remembers for ever whose a key is: no other account, and no other time, has it again.
func (c change) ownKey(of scrip.AccountID, thumbprint string, key any) error {
	return c.do(`INSERT INTO account_key (thumbprint, account, key) VALUES (?, ?, ?)`, thumbprint, of, key)
}

// rekey has an account sign with another key from now on.
func rekey(c change) error {
	r := c.Broker.Rekey
	if r == nil {
		return nil
	}
	key, err := encodeKey(r.To)
	if err != nil {
		return err
	}
	err = c.ownKey(r.Account, r.To.Thumbprint(), key)
	if violated(err) != "" {
		return scrip.PartyMismatch
	}
	if err != nil {
		return fmt.Errorf("replace a key: %w", err)
	}
	return c.must(scrip.KeyReplaced, `UPDATE account SET thumbprint = ?, key = ? WHERE id = ? AND thumbprint = ?`,
		r.To.Thumbprint(), key, r.Account, r.From)
}

// moveCounter lets each T1, BANK and REKEY of an account count once, only upwards, and only
// while the account has the key with which it is signed.
func moveCounter(c change) error {
	if c.Broker.Counter == nil {
		return nil
	}
	k := c.Broker.Counter
	err := c.must(scrip.CounterStale, `UPDATE account SET counter = ? WHERE id = ? AND counter < ? AND thumbprint = ?`,
		k.Next, k.Account, k.Next, k.Key)
	if !errors.Is(err, scrip.CounterStale) {
		return err
	}
	var now struct {
		Counter    int64
		Thumbprint string
	}
	switch err := c.get(&now, `SELECT counter, thumbprint FROM account WHERE id = ?`, k.Account); {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.CounterStale
	case err != nil:
		return fmt.Errorf("look up a counter: %w", err)
	case now.Thumbprint != k.Key:
		return scrip.KeyReplaced
	}
	return scrip.Stale{Counter: now.Counter}
}

// rebank gives an account another reference, and takes up what waited for one.
func rebank(c change) error {
	r := c.Broker.Rebank
	if r == nil {
		return nil
	}
	if err := c.must(scrip.UnknownAccount, `UPDATE account SET bank = ? WHERE id = ?`, r.Bank, r.Account); err != nil {
		return err
	}
	if err := c.do(`UPDATE extension SET aside = '' WHERE account = ?`, r.Account); err != nil {
		return fmt.Errorf("take up what was set aside: %w", err)
	}
	return nil
}

// alias remembers whose a pseudonym is. The same again is fine.
func alias(c change) error {
	a := c.Broker.Alias
	if a == nil {
		return nil
	}
	n, err := c.sure(`INSERT INTO alias (pseudonym, vendor, account) VALUES (?, ?, ?)
		ON CONFLICT (pseudonym, vendor) DO NOTHING`, a.Pseudonym, a.Vendor, a.Account)
	if err != nil {
		return fmt.Errorf("remember a pseudonym: %w", err)
	}
	if n > 0 {
		return nil
	}
	var account scrip.AccountID
	err = c.get(&account, `SELECT account FROM alias WHERE pseudonym = ? AND vendor = ?`, a.Pseudonym, a.Vendor)
	if err != nil {
		return fmt.Errorf("read a pseudonym: %w", err)
	}
	if account != a.Account {
		return scrip.PartyMismatch
	}
	return nil
}

type accountRow struct {
	ID      scrip.AccountID `db:"id"`
	Key     sql.NullString  `db:"key"`
	Bank    string          `db:"bank"`
	Name    string          `db:"name"`
	Counter int64           `db:"counter"`
	Opened  int64           `db:"opened"`
}

// Account returns an account, or scrip.ErrAbsent.
func (b *Books) Account(ctx context.Context, id scrip.AccountID) (scrip.Account, error) {
	return one(ctx, b.db, "read an account", accountRow.account, selectAccount+`WHERE id = ?`, id)
}

// AccountByKey finds the account that has or had a signing key, by its thumbprint, or scrip.ErrAbsent.
func (b *Books) AccountByKey(ctx context.Context, thumbprint string) (scrip.Account, error) {
	return one(ctx, b.db, "read an account", accountRow.account, selectAccount+`WHERE id = (SELECT account FROM account_key WHERE thumbprint = ?)`, thumbprint)
}

// AccountKey returns a key that an account has or had, by its thumbprint, or scrip.ErrAbsent.
func (b *Books) AccountKey(ctx context.Context, account scrip.AccountID, thumbprint string) (jose.VerifyKey, error) {
	var key sql.NullString
	if err := b.db.get(ctx, &key, `SELECT key FROM account_key WHERE thumbprint = ? AND account = ?`, thumbprint, account); err != nil {
		return jose.VerifyKey{}, fmt.Errorf("read a key of an account: %w", err)
	}
	return decodeKey(key)
}

func (r accountRow) account() (scrip.Account, error) {
	key, err := decodeKey(r.Key)
	return scrip.Account{ID: r.ID, Key: key, Bank: r.Bank, Name: r.Name, Counter: r.Counter, Opened: r.Opened}, err
}

const selectAccount = `SELECT id, key, bank, name, counter, opened FROM account `

// Alias returns the account behind a pseudonym at a vendor, or scrip.ErrAbsent.
func (b *Books) Alias(ctx context.Context, p scrip.Pseudonym, v scrip.VendorID) (scrip.Alias, error) {
	a := scrip.Alias{Pseudonym: p, Vendor: v}
	err := b.db.get(ctx, &a.Account, `SELECT account FROM alias WHERE pseudonym = ? AND vendor = ?`, p, v)
	if err != nil {
		return scrip.Alias{}, fmt.Errorf("read a pseudonym: %w", err)
	}
	return a, nil
}
