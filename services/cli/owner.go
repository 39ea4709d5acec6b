package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/wallet"
)

var (
	errNoOwner     = mistake("no stand-alone stall has run with this data folder: start it once, or name another folder")
	errNotOwners   = mistake("the stall of that folder is not this wallet's account's: nothing was done")
	errOtherBroker = mistake("the stall belongs to another broker: name that one with --broker-url")
)

// MakeOf makes the wallet of the account that owns a stand-alone stall, with which that
// account's key is kept too.
func (w *Wallet) MakeOf(ctx context.Context, stall storage.Config) (Account, error) {
	if err := w.checkPassphrase(); err != nil {
		return Account{}, err
	}
	owner, err := ownerOf(ctx, stall)
	if errors.Is(err, fs.ErrNotExist) {
		return Account{}, errNoOwner
	}
	if err != nil {
		return Account{}, err
	}
	before, known, err := folder.At(stall.Data).KnownBroker()
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

// ownerOf is the account of a stand-alone stall: fs.ErrNotExist where there is none.
func ownerOf(ctx context.Context, stall storage.Config) (owner folder.Identity, err error) {
	err = inStall(ctx, stall, func(f folder.Folder) error {
		owner, err = f.Owner()
		return err
	})
	return owner, err
}

// inStall does something with what a stand-alone stall keeps, wherever that is.
func inStall(ctx context.Context, stall storage.Config, do func(folder.Folder) error) (err error) {
	s, err := storage.At(stall)
	if err != nil {
		return err
	}
	f, database, err := s.OwnStall(ctx)
	if err != nil {
		return err
	}
	if database != nil {
		defer func() { err = errors.Join(err, database.Close()) }()
	}
	return do(f)
}

// ownsStall refuses a folder that has no stand-alone stall of this account's.
func (w *Wallet) ownsStall(ctx context.Context, stall storage.Config) error {
	var kept folder.Certificate
	err := inStall(ctx, stall, func(f folder.Folder) (err error) {
		_, missing := f.Owner()
		kept, err = f.Certificate()
		return errors.Join(missing, err)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return errNoOwner
	}
	if err != nil {
		return err
	}
	stalls, _, err := w.Earnings(ctx)
	if err == nil && !slices.ContainsFunc(stalls, func(s scrip.StatedStall) bool { return s.Vendor == kept.Vendor }) {
		err = errNotOwners
	}
	return err
}

// Rekeyed is a wallet whose key was replaced.
type Rekeyed struct {
	Exposed scrip.Money `json:"exposed"` // what is at stalls and could not be changed for new yet: a copy made before may spend it there
	Balance Balance     `json:"balance"`
}

func (r Rekeyed) print(p *page) {
	p.printf("This wallet signs with another key. Copies of it that were made before, backups too, spend nothing of the account any more and enter no desk; receipts in them still verify. Back it up anew.\n")
	if r.Exposed > 0 {
		p.printf("%s at stalls could not be changed for new yet, and a copy may still spend it there: each command tries again.\n", p.say(r.Exposed))
	}
	r.Balance.print(p)
}

// Rekey replaces the account's key, and tells what is left to copies made before. stall is the
// account's stand-alone stall, which is to keep the new key in the place of the one
// before, or the zero value. A crash between the two leaves the one before there: the same command again
// replaces the key once more, and keeps that.
func (w *Wallet) Rekey(ctx context.Context, stall storage.Config) (Rekeyed, error) {
	if stall.Data != "" {
		if err := w.ownsStall(ctx, stall); err != nil {
			return Rekeyed{}, err
		}
	}
	if err := w.ReplaceKey(ctx); err != nil {
		return Rekeyed{}, err
	}
	if stall.Data != "" {
		replace := func(f folder.Folder) error { return f.ReplaceOwnersKey(w.Key()) }
		if err := inStall(ctx, stall, replace); err != nil {
			return Rekeyed{}, fmt.Errorf("the key is replaced, and the stall's folder still has the one before; say the same again: %w", err)
		}
	}
	balance, err := w.Settled(ctx)
	if err != nil {
		return Rekeyed{Balance: balance}, err
	}
	exposed, err := w.Exposed(ctx)
	return Rekeyed{exposed, balance}, err
}
