package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Fund puts test money into the wallet's account at the sandbox bank.
func (w *Wallet) Fund(ctx context.Context, amount string) error {
	owner, err := w.settings.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	money, err := w.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	key, err := scrip.NewID(w.config.Random)
	if err != nil {
		return err
	}
	balance, err := w.bank.Deposit(ctx, owner.Bank, money, key)
	if err != nil {
		return err
	}
	w.printf("at the bank %s\n", w.say(ctx, balance))
	return nil
}

// Banking changes the account's bank account, to the one with a reference or to a
// fresh one of the sandbox bank, and shows it.
func (w *Wallet) Banking(ctx context.Context, reference string, fresh bool) error {
	if fresh {
		var err error
		if reference, err = w.bank.OpenAccount(ctx); err != nil {
			return fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
	}
	if reference != "" {
		if err := w.ChangeBank(ctx, reference); err != nil {
			return err
		}
	}
	owner, err := w.settings.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	w.printf("bank    %s\n", owner.Bank)
	return nil
}

// LoadAmount loads an amount, as people write it, from the bank, to what there
// is. Told the same again, it goes on with what it began.
func (w *Wallet) LoadAmount(ctx context.Context, amount string) error {
	money, err := w.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	if err := w.Load(ctx, money); err != nil {
		return err
	}
	return w.PrintBalance(ctx)
}

// Cancel calls off what waits for a word at the bank: the payment is declined
// there, and the broker says that it did not happen.
func (w *Wallet) Cancel(ctx context.Context) error {
	off, err := w.CallOff(ctx, func(ctx context.Context, link string) error {
		return w.bank.Decline(ctx, scrip.ID(path.Base(link)))
	})
	if err != nil {
		return err
	}
	if off == 0 {
		w.printf("it was confirmed before, and is loaded now\n")
	} else {
		w.printf("called off: nothing was taken from the bank\n")
	}
	return w.PrintBalance(ctx)
}

// WithdrawAll takes the BrokerScrip, which is good at every stall, to the bank (6.6).
func (w *Wallet) WithdrawAll(ctx context.Context) error {
	if err := w.Withdraw(ctx); err != nil {
		return err
	}
	return w.PrintBalance(ctx)
}

// LeaveAll withdraws and gives back all the wallet has (6.6, 6.7). It prints the plan first. Told
// again, it goes on with what a stall that could not be reached left.
func (w *Wallet) LeaveAll(ctx context.Context) error {
	plan, err := w.PlanLeave(ctx)
	if err != nil {
		return err
	}
	for _, line := range plan {
		name := transactionNames[line.Transaction]
		if line.Name != "" {
			name += ", from " + line.Name
		}
		w.printLeg(ctx, line.Leg, name)
	}
	left := w.Leave(ctx)
	return errors.Join(left, w.PrintBalance(ctx))
}

var (
	errNoMoneyThere = errors.New("there is no money at a stall of that name: `peerscrip wallet balance` names those where there is; or give the stall's ID")
	errNoGiveback   = errors.New("nothing waits for that stall to give money back")
)

// vendorNamed is the stall of a name, or ID, at which the wallet has money.
func (w *Wallet) vendorNamed(ctx context.Context, stall string) (scrip.VendorID, error) {
	b, err := w.Balance(ctx)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(b.Vendors, func(v wallet.VendorBalance) bool { return v.Name == stall }); i >= 0 {
		return b.Vendors[i].Vendor, nil
	}
	if vendor := scrip.VendorID(stall); vendor.Valid() {
		return vendor, nil
	}
	return "", errNoMoneyThere
}

// GiveUpAt gives up what a stall does not give back.
func (w *Wallet) GiveUpAt(ctx context.Context, stall string) error {
	vendor, err := w.vendorNamed(ctx, stall)
	if err != nil {
		return err
	}
	switch freed, err := w.GiveUp(ctx, vendor); {
	case errors.Is(err, wallet.ErrNothing):
		return errNoGiveback
	case err != nil:
		return err
	default:
		w.printf("given up %s: it is in your wallet again\n", w.say(ctx, freed))
	}
	return w.printBalance(ctx) // which does not ask for it again
}

// RescueAt has what is at a stall that is gone paid back to the bank (RESCUE).
func (w *Wallet) RescueAt(ctx context.Context, stall string) error {
	vendor, err := w.vendorNamed(ctx, stall)
	if err != nil {
		return err
	}
	said, err := w.Rescue(ctx, vendor)
	if err != nil {
		return err
	}
	w.printf("back at the bank %s\n", w.say(ctx, said.Amount))
	if said.Announced > 0 {
		w.printf("kept for purchases that the stall may yet report %s: run this again 90 days after them\n", w.say(ctx, said.Announced))
	}
	return w.PrintBalance(ctx)
}

// RenewAll renews what has expired or soon will.
func (w *Wallet) RenewAll(ctx context.Context) error {
	if err := w.Renew(ctx); err != nil {
		return err
	}
	return w.PrintBalance(ctx)
}

// ExchangeAmount exchanges an amount, as people write it, for scrip of the stall
// that has a listing. Told the same again, it goes on with what it began.
func (w *Wallet) ExchangeAmount(ctx context.Context, listing, amount string) error {
	vendor, _, err := readListing(listing)
	if err != nil {
		return err
	}
	money, err := w.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	if err := w.Exchange(ctx, vendor, money); err != nil {
		return err
	}
	return w.PrintBalance(ctx)
}
