package cli

import (
	"context"
	"errors"
	"io/fs"

	"peerscrip/services/folder"
	"peerscrip/services/wallet"
)

var (
	errNoOwner     = errors.New("no stand-alone stall has run with this data folder: start it once, or name another folder")
	errOtherBroker = errors.New("the stall belongs to another broker: name that one with --broker-url")
)

// MakeOf makes the wallet of the account that owns the stall of a data folder,
// which keeps that account's key too.
func (w *Wallet) MakeOf(ctx context.Context, stall string) error {
	if err := w.checkPassphrase(); err != nil {
		return err
	}
	owner, err := folder.At(stall).Owner()
	if errors.Is(err, fs.ErrNotExist) {
		return errNoOwner
	}
	if err != nil {
		return err
	}
	before, known, err := folder.At(stall).KnownBroker()
	if err != nil {
		return err
	}
	here, err := w.broker.Info(ctx)
	if err != nil {
		return err
	}
	if known && before.ID != here.ID {
		return errOtherBroker
	}
	made, err := wallet.MakeOf(ctx, w.settings, owner.Signing, owner.Bank)
	if err != nil {
		return err
	}
	w.made(made, owner.Bank)
	w.printf("the stall's folder keeps the key of this account too: whoever has the folder can spend its earnings\n")
	return nil
}
