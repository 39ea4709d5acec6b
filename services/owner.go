package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"peerscrip/services/wallet"
)

// noBank is the bank's reference that earlier versions gave the account of a
// stand-alone stall. No bank has such an account, so the broker refuses what
// would pay it (scrip.BankDeclined), and nothing moves.
const noBank = "none"

var (
	errNoBank = errors.New("this account was opened without a bank account, which cannot be changed: " +
		"nothing can be loaded from a bank or paid to one.\nHave earnings paid into the wallet (payout --to scrip) and buy with them")
	errNoOwner     = errors.New("no stand-alone stall has run with this data folder: start it once, or name another folder")
	errOtherBroker = errors.New("the stall belongs to another broker: name that one with --broker-url")
)

// accountFile is where a stand-alone stall's data folder has the account that
// owns the stall.
func accountFile(data string) string { return filepath.Join(data, "stall", "account.json") }

// readOwner reads the account that owns the stall of a data folder:
// fs.ErrNotExist when there is none.
func readOwner(data string) (identity, error) {
	kept, err := readIdentity(accountFile(data))
	if err == nil && kept.Bank == "" {
		kept.Bank = noBank
	}
	return kept, err
}

// owner returns the account that owns this node's stall. A new one has the
// bank's reference that was configured, or a new account at the broker's sandbox
// bank, and is kept before the broker hears of it. A crash before leaves an empty
// account at the bank.
func (h *house) owner(ctx context.Context) (identity, error) {
	kept, err := readOwner(h.Data)
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	reference := h.Bank
	if reference == "" {
		if reference, err = h.banking.OpenAccount(ctx); err != nil {
			return identity{}, fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
	}
	return makeIdentity(accountFile(h.Data), reference, h.Random)
}

// checkBank refuses another bank's reference than the account was opened with:
// the broker pays to that one for ever.
func (h *house) checkBank() error {
	kept, err := readOwner(h.Data)
	if h.Bank == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && kept.Bank != h.Bank {
		err = fmt.Errorf("the stall's account was opened with the bank account %s, which cannot be changed to %s: leave --bank out", kept.Bank, h.Bank)
	}
	return err
}

// MakeOf makes the wallet of the account that owns the stall of a data folder,
// which keeps that account's key too.
func (p *Purse) MakeOf(ctx context.Context, stall string) error {
	if err := p.checkPassphrase(); err != nil {
		return err
	}
	owner, err := readOwner(stall)
	if errors.Is(err, fs.ErrNotExist) {
		return errNoOwner
	}
	if err != nil {
		return err
	}
	known, found, err := readInfo(filepath.Join(stall, brokerWord))
	if err != nil {
		return err
	}
	here, err := p.broker.Info(ctx)
	if err != nil {
		return err
	}
	if found && known.ID != here.ID {
		return errOtherBroker
	}
	w, err := wallet.MakeOf(ctx, p.settings, owner.Signing, owner.Bank)
	if err != nil {
		return err
	}
	p.made(w, owner.Bank)
	p.printf("the stall's folder keeps the key of this account too: whoever has the folder can spend its earnings\n")
	return nil
}

// wantBank refuses what takes a bank account to an account without one.
func (p *Purse) wantBank(ctx context.Context) error {
	owner, err := p.settings.Purse.Owner(ctx)
	if err == nil && owner.Bank == noBank {
		err = errNoBank
	}
	return err
}
