package cli

import (
	"context"

	"peerscrip/services/storage"
)

type walletFund struct {
	Amount string `arg:"" help:"Like 50.00."`
}

// Run puts test money in.
func (c walletFund) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.Fund(ctx, c.Amount) })
}

type walletBank struct {
	Reference string `arg:"" optional:"" help:"Reference of another bank account, which is to be the account's from now on." xor:"bank"`
	New       bool   `help:"Open another account at the sandbox bank." xor:"bank"`
}

// Run shows or changes the bank account.
func (c walletBank) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.Banking(ctx, c.Reference, c.New) })
}

type walletLoad struct {
	Amount string `arg:"" help:"Like 50.00."`
}

// Run loads money.
func (c walletLoad) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.LoadAmount(ctx, c.Amount) })
}

type walletCancel struct{}

// Run calls off what waits for a word at the bank.
func (walletCancel) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.Cancel(ctx) })
}

type walletWithdraw struct{}

// Run withdraws all BrokerScrip.
func (walletWithdraw) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.WithdrawAll(ctx) })
}

type walletLeave struct{}

// Run withdraws and gives back all there is.
func (walletLeave) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.LeaveAll(ctx) })
}

type walletGiveUp struct {
	Stall string `arg:"" help:"Name or ID of the stall."`
}

// Run gives up.
func (c walletGiveUp) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.GiveUpAt(ctx, c.Stall) })
}

type walletRescue struct {
	Stall string `arg:"" help:"Name or ID of the stall."`
}

// Run rescues.
func (c walletRescue) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.RescueAt(ctx, c.Stall) })
}

type walletRenew struct{}

// Run renews.
func (walletRenew) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.RenewAll(ctx) })
}

type walletExchange struct {
	Listing string `arg:"" help:"Address of a listing's page at the stall."`
	Amount  string `arg:"" help:"Like 30.00."`
}

// Run exchanges.
func (c walletExchange) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.ExchangeAmount(ctx, c.Listing, c.Amount) })
}

type walletCollect struct {
	To string `help:"Where it goes: it stays the stall's own money, or goes to the bank." enum:"stall,bank" default:"stall"`
}

// Run collects.
func (c walletCollect) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.CollectRefunds(ctx, c.To) })
}

type walletEarnings struct{}

// Run prints earnings.
func (walletEarnings) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.EarningsNow(ctx) })
}

type walletPayout struct {
	To     string `help:"bank, or scrip: to go shopping with it." enum:"bank,scrip" required:""`
	Stall  string `help:"Name or ID of one stall; default is all of them, and what came back."`
	Amount string `help:"Like 50.00; default is all that was earned."`
}

// Run pays out.
func (c walletPayout) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.PayOut(ctx, Earned(c)) })
}

type walletRevoke struct {
	Stall string `arg:"" help:"Name or ID of the stall. It can never sell again."`
}

// Run revokes.
func (c walletRevoke) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) { return w.RevokeOwn(ctx, c.Stall) })
}

type walletRekey struct {
	Stall string `help:"Data folder of the account's stand-alone stall, which keeps the account's key, too: it is to have the new one." type:"existingdir" placeholder:"FOLDER"`

	Database string `help:"With --stall, URL of the PostgreSQL database in which the stall is kept; default is files of its folder. With a password in it, give it in the environment." env:"PEERSCRIP_DATABASE" placeholder:"URL"`
	VaultKey string `help:"With --database, the key (43 characters) under which secrets in it are sealed; default is what vault.key in the stall's folder has." env:"PEERSCRIP_VAULT_KEY" placeholder:"KEY"`
}

// Run replaces the key.
func (c walletRekey) Run(ctx context.Context, line *Command) error {
	return line.unlocked(ctx, func(w *Wallet) (Said, error) {
		return w.Rekey(ctx, storage.Config{Data: c.Stall, Database: c.Database, VaultKey: c.VaultKey})
	})
}

type walletBalance struct{}

// Run prints the balance.
func (walletBalance) Run(ctx context.Context, line *Command) error {
	return line.looking(ctx, func(w *Wallet) (Said, error) { return w.Settled(ctx) })
}
