package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"

	"peerscrip/api"
	"peerscrip/services/storage"
)

// Command is the wallet's part of the command line.
type Command struct {
	Make     walletMake     `cmd:"" help:"Make a wallet and open its account at the broker."`
	Fund     walletFund     `cmd:"" help:"Put test money into the wallet's sandbox bank account."`
	Bank     walletBank     `cmd:"" help:"Show the account's bank account, or change it."`
	Load     walletLoad     `cmd:"" help:"Load money from the bank, to what is there."`
	Cancel   walletCancel   `cmd:"" help:"Call off the load that waits for your word at the bank."`
	Withdraw walletWithdraw `cmd:"" help:"Withdraw to the bank what is good at every stall."`
	Leave    walletLeave    `cmd:"" help:"Withdraw, and give back each stall's own money too: everything goes to the bank."`
	GiveUp   walletGiveUp   `cmd:"" help:"Give up what a stall does not give back: it is in the wallet again, to be spent there or given back later."`
	Rescue   walletRescue   `cmd:"" help:"Have the bank get back what is at a stall that is gone: closed by the broker, or without a valid certificate."`
	Renew    walletRenew    `cmd:"" help:"Renew what has expired or soon will."`
	Plan     walletPlan     `cmd:"" help:"Show what buying a listing would take, or several of one stall."`
	Pay      walletPay      `cmd:"" help:"Buy a listing, or several of one stall together."`
	Exchange walletExchange `cmd:"" help:"Exchange money for a stall's own, to buy there without the broker."`
	Collect  walletCollect  `cmd:"" help:"Collect what sellers take back of purchases. plan and pay do so at their stall."`
	Earnings walletEarnings `cmd:"" help:"Show what the account's stalls have earned, and what it had back of protected purchases."`
	Payout   walletPayout   `cmd:"" help:"Have earnings, and what came back of protected purchases, paid to the bank or into the wallet."`
	Revoke   walletRevoke   `cmd:"" help:"Close a stall of the account for good, whoever has its keys: a market that hosts it, or who stole them."`
	Rekey    walletRekey    `cmd:"" help:"Replace the wallet's key, where a copy of the wallet may be in other hands: copies and backups made before spend nothing more."`
	Balance  walletBalance  `cmd:"" help:"Show what the wallet holds, after finishing what is unfinished."`
	Receipts walletReceipts `cmd:"" help:"Show the newest receipts."`
	Orders   walletOrders   `cmd:"" help:"Show what sellers and you wrote about orders and listings, after asking them, or hold an order against what its stall has."`
	Message  walletMessage  `cmd:"" help:"Write to the seller of an order, or in a conversation."`
	Ask      walletAsk      `cmd:"" help:"Ask the seller of a listing, before you buy."`
	Propose  walletPropose  `cmd:"" help:"Propose another price to the seller of a listing, who answers with a private offer or declines."`
	Photo    walletPhoto    `cmd:"" help:"Show the seller of an order, or in a conversation, a photo."`
	Photos   walletPhotos   `cmd:"" help:"Save the photos of an order, or of a conversation, in a folder."`
	Address  walletAddress  `cmd:"" help:"Give another address for an order that was not sent yet."`
	Received walletReceived `cmd:"" help:"Say that an order is here."`
	Return   walletReturn   `cmd:"" help:"Ask the seller to take an order back, and say why."`
	Returned walletReturned `cmd:"" help:"Say that an order is on its way back, which the seller takes back."`
	Keep     walletKeep     `cmd:"" help:"Keep after all what you asked to send back."`
	CallOff  walletCallOff  `cmd:"" help:"Ask the seller to cancel an order that was not sent yet."`
	Rate     walletRate     `cmd:"" help:"Rate a purchase with 1 to 5 stars, or see what you said of it and whether it is published."`
	Holds    walletHolds    `cmd:"" help:"Show what the broker holds of your purchases, until when, and what you can do."`
	Heads    walletHeads    `cmd:"" help:"Hold the broker's books, as sellers saw them, against what it shows you, and keep what contradicts them as evidence."`
	Release  walletRelease  `cmd:"" help:"Say that a protected purchase is here and fine: its seller is paid now."`
	Reclaim  walletReclaim  `cmd:"" help:"Take the money of a protected purchase back that was not sent in time."`
	Dispute  walletDispute  `cmd:"" help:"Say what is wrong with a protected purchase: the money waits for the broker's decision."`
	Backup   walletBackup   `cmd:"" help:"Back the wallet up to a file, encrypted under the passphrase, and try it."`
	Restore  walletRestore  `cmd:"" help:"Restore the wallet from a backup, in a folder without one."`
	Serve    walletServe    `cmd:"" help:"Be an API for programs of this machine, which buy and write with this wallet. It prints where its token is."`

	Data       string `help:"Folder of the purse, made when missing." default:"./data" env:"PEERSCRIP_DATA"`
	BrokerURL  string `help:"Base URL of the broker." default:"http://127.0.0.1:8080" env:"PEERSCRIP_BROKER_URL"`
	BrokerKey  string `help:"Fingerprint of one of the broker's keys, as its operator told it; default is to believe the first that are shown." env:"PEERSCRIP_BROKER_KEY"`
	Passphrase string `help:"Opens the purse; better set in the environment than typed as a flag." required:"" env:"PEERSCRIP_PASSPHRASE"`

	JSON bool `name:"json" help:"Print one JSON object: what the command did, or why it failed. Nothing is asked: what would be, is answered with no."`

	Out       io.Writer                       `kong:"-"` // where it is told what was done; nil is standard output
	Key       []byte                          `kong:"-"` // as Config's
	ForThread func(io.Reader) ([]byte, error) `kong:"-"` // as Config's
	Watch     api.Middleware                  `kong:"-"` // stands before the handlers of serve; nil for nothing
}

func (c *Command) config() Config {
	config := Config{
		Data: c.Data, BrokerURL: c.BrokerURL, BrokerKey: c.BrokerKey, Passphrase: c.Passphrase, Key: c.Key, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Random: rand.Reader,
		JSON: c.JSON, ForThread: c.ForThread,
	}
	if c.Out != nil {
		config.Out = c.Out
	}
	return config
}

// opening opens a purse: Open, Look, or one of a backup.
type opening func(context.Context, Config) (*Wallet, error)

// doing is what a command does, and has to say in the end.
type doing func(*Wallet) (Said, error)

// with opens the purse for one command, and tells what came of it.
func (c *Command) with(ctx context.Context, open opening, do doing) error {
	purse, err := open(ctx, c.config())
	if err != nil {
		shut := &Wallet{config: c.config()}
		return shut.show(ctx, nil, err)
	}
	said, err := do(purse)
	return errors.Join(purse.show(ctx, said, err), purse.Close())
}

// unlocked opens the purse and the wallet in it.
func (c *Command) unlocked(ctx context.Context, do doing) error {
	return c.with(ctx, Open, unlock(ctx, do))
}

// looking opens the purse and the wallet in it to look, beside other commands.
func (c *Command) looking(ctx context.Context, do doing) error {
	return c.with(ctx, Look, unlock(ctx, do))
}

func unlock(ctx context.Context, do doing) doing {
	return func(w *Wallet) (Said, error) {
		if err := w.Unlock(ctx); err != nil {
			return nil, err
		}
		return do(w)
	}
}

type walletMake struct {
	Bank  string `help:"Reference of the bank account; default is a new one at the sandbox bank." xor:"bank"`
	Name  string `help:"Name shown to customers, for who will sell." xor:"name"`
	Stall string `help:"Data folder of a stand-alone stall: the wallet is of the account that owns it, and no new one is opened." type:"existingdir" xor:"bank,name" placeholder:"FOLDER"`

	Database string `help:"With --stall, URL of the PostgreSQL database in which the stall is kept; default is files of its folder. With a password in it, give it in the environment." env:"PEERSCRIP_DATABASE" placeholder:"URL"`
	VaultKey string `help:"With --database, the key (43 characters) under which secrets in it are sealed; default is what vault.key in the stall's folder has." env:"PEERSCRIP_VAULT_KEY" placeholder:"KEY"`
}

// Run makes the wallet.
func (c walletMake) Run(ctx context.Context, line *Command) error {
	return line.with(ctx, Open, func(w *Wallet) (Said, error) {
		if c.Stall != "" {
			return w.MakeOf(ctx, storage.Config{Data: c.Stall, Database: c.Database, VaultKey: c.VaultKey})
		}
		return w.Make(ctx, c.Bank, c.Name)
	})
}

type walletBackup struct {
	File string `arg:"" help:"Where to; what is there is replaced."`
}

// Run backs up.
func (c walletBackup) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.BackUp(ctx, c.File) })
}

type walletRestore struct {
	File string `arg:"" help:"The backup." type:"existingfile"`
}

// Run restores.
func (c walletRestore) Run(ctx context.Context, line *Command) error {
	open := func(ctx context.Context, config Config) (*Wallet, error) { return OpenBackup(ctx, config, c.File) }
	return line.with(ctx, open, unlock(ctx, func(w *Wallet) (Said, error) { return w.ReclaimAll(ctx) }))
}
