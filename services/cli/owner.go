package cli

import (
	"context"
	"errors"
	"io/fs"

	"peerscrip/services/folder"
	"peerscrip/services/wallet"
)

var (
	errNoOwner     = mistake("no stand-alone stall has run with this data folder: start it once, or name another folder")
	errOtherBroker = mistake("the stall belongs to another broker: name that one with --broker-url")
)

// MakeOf makes the wallet of the account that owns the stall of a data folder,
// which keeps that account's key too.
func (w *Wallet) MakeOf(ctx context.Context, stall string) (Account, error) {
	if err := w.checkPassphrase(); err != nil {
		return Account{}, err
	}
	owner, err := folder.At(stall).Owner()
	if errors.Is(err, fs.ErrNotExist) {
		return Account{}, errNoOwner
	}
	if err != nil {
		return Account{}, err
	}
	before, known, err := folder.At(stall).KnownBroker()
	if err != nil {
		return Account{}, err
	}
	here, err := w.broker.Info(ctx)
	if err != nil {
		return Account{}, err
	}
	if known && before.ID != here.ID {
		return Account{}, errOtherBroker
	}
	made, err := wallet.MakeOf(ctx, w.settings, owner.Signing, owner.Bank)
	if err != nil {
		return Account{}, err
	}
	w.Wallet = made
	return Account{Account: made.Account(), Bank: owner.Bank, Shared: true}, nil
}
