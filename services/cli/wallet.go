// Package cli is the wallet on the command line: [Command] are its commands,
// and [Wallet] is what they do. Every amount and listing is named as people write
// it; what is done is printed, and what failed is an error that begins with the
// sentence to tell (see [Wallet.InWords]). A command that was cut off, given
// again, goes on with what it began.
//
// [PrintVerified] says what a receipt proves, to who has no wallet.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Config is what the wallet command is told.
type Config struct {
	Data       string // folder of the purse
	BrokerURL  string // base URL of the broker
	Passphrase string // opens the purse
	Out        io.Writer
	Random     io.Reader
}

// Wallet is a wallet on the command line: what it does, it tells Out.
type Wallet struct {
	*wallet.Wallet
	config   Config
	broker   api.BrokerClient
	bank     api.BankClient
	database *db.DB
	purse    *db.Purse
	settings wallet.Config
}

// Open opens the purse in a data folder and reaches its broker. Close must
// be called.
func Open(ctx context.Context, c Config) (*Wallet, error) {
	peer, err := api.Dial(api.DialConfig{BaseURL: strings.TrimSuffix(c.BrokerURL, "/")})
	if err != nil {
		return nil, err
	}
	database, err := db.Open(ctx, folder.At(c.Data).Purse(), db.Wallet)
	if err != nil {
		return nil, err
	}
	purse, err := db.NewPurse(database)
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	p := &Wallet{config: c, broker: peer.Broker(), bank: peer.Bank(), database: database, purse: purse}
	p.settings = wallet.Config{
		Purse: purse, Broker: p.broker, Directory: p.broker, Dial: dialStall, Passphrase: c.Passphrase,
		Random: c.Random, Progress: p.tell,
	}
	return p, nil
}

// dialStall reaches a merchant where its certificate says it is.
func dialStall(c scrip.Certificate) (wallet.Stall, error) {
	peer, err := api.Dial(api.DialConfig{BaseURL: c.BaseURL})
	if err != nil {
		return nil, fmt.Errorf("the stall's address: %w", err)
	}
	return peer.Stall(c.Vendor), nil
}

// Close closes the purse.
func (p *Wallet) Close() error { return p.database.Close() }

// Unlock opens the wallet. What looks at the purse then finishes what is
// unfinished and renews what is due; what spends does not begin with that: told the same again,
// they go on with what they began, and must find it unfinished for it.
func (p *Wallet) Unlock(ctx context.Context) error {
	w, err := wallet.Open(ctx, p.settings)
	p.Wallet = w
	return err
}

// finish finishes what is unfinished, as far as it can.
func (p *Wallet) finish(ctx context.Context) {
	if err := p.Resume(ctx); err != nil {
		p.printf("unfinished: %v\n", err)
	}
}

// minPassphrase is the least number of characters of a new wallet's passphrase,
// as in the browser.
const minPassphrase = 10

var errPassphrase = fmt.Errorf("choose a passphrase of at least %d characters", minPassphrase)

// checkPassphrase refuses a new wallet's passphrase that is too short.
func (p *Wallet) checkPassphrase() error {
	if utf8.RuneCountInString(p.config.Passphrase) < minPassphrase {
		return errPassphrase
	}
	return nil
}

// Make makes the wallet. Without a bank reference it opens an account at the
// sandbox bank.
func (p *Wallet) Make(ctx context.Context, bank, name string) error {
	if err := p.checkPassphrase(); err != nil {
		return err
	}
	if bank == "" {
		reference, err := p.bank.OpenAccount(ctx)
		if err != nil {
			return fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
		bank = reference
	}
	w, err := wallet.Make(ctx, p.settings, bank, name)
	if err != nil {
		return err
	}
	p.made(w, bank)
	return nil
}

func (p *Wallet) made(w *wallet.Wallet, bank string) {
	p.Wallet = w
	p.printf("account %s\nbank    %s\n", w.Account(), bank)
}

func (p *Wallet) say(ctx context.Context, m scrip.Money) string {
	currency := p.Info(ctx).Currency
	return currency.Format(m) + " " + currency.Code
}

// tell prints a message as it goes by.
func (p *Wallet) tell(e wallet.Event) { p.printf("  %-9s %s\n", e.Message, e.Direction) }

func (p *Wallet) printf(format string, args ...any) { fmt.Fprintf(p.config.Out, format, args...) }
