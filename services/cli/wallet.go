// Package cli is the wallet on the command line: [Command] are its commands,
// and [Wallet] is what they do. Every amount and listing is named as people write
// it; what is done is printed, and what failed is an error that begins with the
// sentence to tell (see [Wallet.InWords]). A command that was cut off, given
// again, goes on with what it began.
//
// [PrintVerified] says what a receipt proves, to who has no wallet.
package cli

import (
	"bufio"
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
	Data       string    // folder of the purse
	BrokerURL  string    // base URL of the broker
	BrokerKey  string    // fingerprint of its keys; empty pins the first that are shown
	Passphrase string    // opens the purse
	Key        []byte    // opens it instead of a passphrase: see wallet.Config
	In         io.Reader // where questions are answered; nil answers none
	Out        io.Writer
	Err        io.Writer // where it is told what is not in a file that Out is; nil for nowhere
	Random     io.Reader
	// JSON tells what a command did as one JSON object, and nothing on the way; no question
	// is asked, and each is answered with no.
	JSON bool
	// ForThread makes a photo that fits a message of a file that somebody chose; what is
	// wrong with one is told in a sentence.
	ForThread func(io.Reader) ([]byte, error)
}

// Wallet is a wallet on the command line: what it does, it tells Out.
type Wallet struct {
	*wallet.Wallet
	config   Config
	in       *bufio.Reader // of config.In
	broker   api.BrokerClient
	bank     api.BankClient
	database *db.DB
	lock     io.Closer // nil when another command has the purse: then nothing may be begun
	purse    *db.Purse
	settings wallet.Config
	topping  chan struct{} // has one place: see toppingUp
}

// Open opens the purse in a data folder for one command alone, and reaches its
// broker: folder.ErrInUse while another command has it. Close must be called.
func Open(ctx context.Context, c Config) (*Wallet, error) {
	lock, err := folder.At(c.Data).LockPurse()
	if err != nil {
		return nil, err
	}
	w, err := openPurse(ctx, c)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	w.lock = lock
	return w, nil
}

// Look is Open for a command that only looks: beside another one it shows the
// purse as it is, and finishes nothing.
func Look(ctx context.Context, c Config) (*Wallet, error) {
	w, err := Open(ctx, c)
	if errors.Is(err, folder.ErrInUse) {
		return openPurse(ctx, c)
	}
	return w, err
}

// openPurse opens the purse whoever else has it.
func openPurse(ctx context.Context, c Config) (*Wallet, error) {
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
	if c.In == nil {
		c.In = strings.NewReader("")
	}
	w := &Wallet{config: c, in: bufio.NewReader(c.In), broker: peer.Broker(), bank: peer.Bank(), database: database, purse: purse, topping: make(chan struct{}, 1)}
	w.settings = wallet.Config{
		Purse: purse, Broker: w.broker, Directory: w.broker, Heads: w.broker, Dial: dialStall, BrokerKey: c.BrokerKey, Passphrase: c.Passphrase, Key: c.Key,
		Random: c.Random, Progress: w.tell,
	}
	return w, nil
}

// dialStall reaches a merchant where its certificate says it is.
func dialStall(c scrip.Certificate) (wallet.Party, error) {
	peer, err := api.Dial(api.DialConfig{BaseURL: c.BaseURL})
	if err != nil {
		return nil, fmt.Errorf("the stall's address: %w", err)
	}
	return peer.Stall(c.Vendor), nil
}

// Close closes the purse, and lets the next command have it.
func (w *Wallet) Close() error {
	err := w.database.Close()
	if w.lock != nil {
		err = errors.Join(err, w.lock.Close())
	}
	return err
}

// Unlock opens the wallet. Commands that look at the purse then finish what is
// unfinished and renew what is due. Those that spend do not begin with that: told
// the same again, they go on with what they began, and must find it unfinished.
func (w *Wallet) Unlock(ctx context.Context) error {
	opened, err := wallet.Open(ctx, w.settings)
	w.Wallet = opened
	return err
}

// finish finishes what is unfinished, as far as it can; not beside another
// command, whose work it may be.
func (w *Wallet) finish(ctx context.Context) {
	if w.lock == nil {
		w.printf("another wallet command is at work; this is how things stand now\n")
		return
	}
	if err := w.Resume(ctx); err != nil {
		w.printf("unfinished: %v\n", err)
	}
	w.compare(ctx)
}

// Account is who the wallet is at the broker, and at the bank.
type Account struct {
	Account scrip.AccountID `json:"account"`
	Bank    string          `json:"bank"`   // reference of the bank account
	Shared  bool            `json:"shared"` // the folder of a stall keeps the account's key, too
}

func (a Account) print(p *page) {
	p.printf("account %s\nbank    %s\n", a.Account, a.Bank)
	if a.Shared {
		p.printf("the stall's folder keeps the key of this account too: whoever has the folder can spend its earnings\n")
	}
}

// minPassphrase is the least number of characters of a new wallet's passphrase,
// as in the browser.
const minPassphrase = 10

var errPassphrase = mistake(fmt.Sprintf("choose a passphrase of at least %d characters", minPassphrase))

// checkPassphrase refuses a new wallet's passphrase that is too short.
func (w *Wallet) checkPassphrase() error {
	if utf8.RuneCountInString(scrip.CleanPassphrase(w.config.Passphrase)) < minPassphrase {
		return errPassphrase
	}
	return nil
}

// Make makes the wallet. Without a bank reference it opens an account at the
// sandbox bank.
func (w *Wallet) Make(ctx context.Context, bank, name string) (Account, error) {
	if err := w.checkPassphrase(); err != nil {
		return Account{}, err
	}
	if bank == "" {
		reference, err := w.bank.OpenAccount(ctx)
		if err != nil {
			return Account{}, fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
		bank = reference
	}
	made, err := wallet.Make(ctx, w.settings, bank, name)
	if err != nil {
		return Account{}, err
	}
	w.Wallet = made
	return Account{Account: made.Account(), Bank: bank}, nil
}

func (w *Wallet) say(ctx context.Context, m scrip.Money) string {
	currency := w.Info(ctx).Currency
	return currency.Format(m) + " " + currency.Code
}

// tell prints a message as it goes by.
func (w *Wallet) tell(e wallet.Event) { w.printf("  %-9s %s\n", e.Message, e.Direction) }

// printf tells a person what goes on.
func (w *Wallet) printf(format string, args ...any) {
	if !w.config.JSON {
		fmt.Fprintf(w.config.Out, format, args...)
	}
}

// aside tells a person what is beside a file.
func (w *Wallet) aside(format string, args ...any) {
	if w.config.Err != nil {
		fmt.Fprintf(w.config.Err, format, args...)
	}
}

// parse reads an amount as people write it.
func (w *Wallet) parse(ctx context.Context, text string) (scrip.Money, error) {
	m, err := w.Info(ctx).Currency.Parse(text)
	var no scrip.AmountError
	if errors.As(err, &no) {
		err = mistake(err.Error())
	}
	return m, err
}
