package cli

import (
	"context"
	"errors"
	"io/fs"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/wallet"
)

var (
	errNoOwner     = mistake("no stand-alone stall has run with this data folder: start it once, or name another folder")
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
	s, err := storage.At(stall)
	if err != nil {
		return owner, err
	}
	f, database, err := s.OwnStall(ctx)
	if err != nil {
		return owner, err
	}
	if database != nil {
		defer func() { err = errors.Join(err, database.Close()) }()
	}
	return f.Owner()
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

// Rekey replaces the account's key, and tells what is left to copies made before.
func (w *Wallet) Rekey(ctx context.Context) (Rekeyed, error) {
	if err := w.ReplaceKey(ctx); err != nil {
		return Rekeyed{}, err
	}
	balance, err := w.Settled(ctx)
	if err != nil {
		return Rekeyed{Balance: balance}, err
	}
	exposed, err := w.Exposed(ctx)
	return Rekeyed{exposed, balance}, err
}
