package cli

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Fund puts test money into the wallet's account at the sandbox bank.
func (p *Wallet) Fund(ctx context.Context, amount string) error {
	if err := p.wantBank(ctx); err != nil {
		return err
	}
	owner, err := p.settings.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	money, err := p.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	key, err := scrip.NewID(p.config.Random)
	if err != nil {
		return err
	}
	balance, err := p.bank.Deposit(ctx, owner.Bank, money, key)
	if err != nil {
		return err
	}
	p.printf("at the bank %s\n", p.say(ctx, balance))
	return nil
}

// LoadAmount loads an amount, as people write it, from the bank, to what there
// is. Told the same again, it goes on with what it began.
func (p *Wallet) LoadAmount(ctx context.Context, amount string) error {
	if err := p.wantBank(ctx); err != nil {
		return err
	}
	money, err := p.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	if err := p.Load(ctx, money); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// WithdrawAll gives what is good at every stall back to the bank.
func (p *Wallet) WithdrawAll(ctx context.Context) error {
	if err := p.wantBank(ctx); err != nil {
		return err
	}
	if err := p.Withdraw(ctx); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// LeaveAll gives everything back to the bank. It prints the plan first. Told
// again, it goes on with what a stall that could not be reached left.
func (p *Wallet) LeaveAll(ctx context.Context) error {
	if err := p.wantBank(ctx); err != nil {
		return err
	}
	plan, err := p.PlanLeave(ctx)
	if err != nil {
		return err
	}
	for _, line := range plan {
		name := transactionNames[line.Transaction]
		if line.Name != "" {
			name += ", from " + line.Name
		}
		p.printStep(ctx, line.Step, name)
	}
	left := p.Leave(ctx)
	return errors.Join(left, p.PrintBalance(ctx))
}

// RenewAll renews what has expired or soon will.
func (p *Wallet) RenewAll(ctx context.Context) error {
	if err := p.Renew(ctx); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// ExchangeAmount exchanges an amount, as people write it, for scrip of the stall
// that has a listing. Told the same again, it goes on with what it began.
func (p *Wallet) ExchangeAmount(ctx context.Context, listing, amount string) error {
	vendor, _, err := readListing(listing)
	if err != nil {
		return err
	}
	money, err := p.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	if err := p.Exchange(ctx, vendor, money); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}
