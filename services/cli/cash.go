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

// Funded is what is at the bank, after test money was put in.
type Funded struct {
	Bank   string      `json:"bank"` // reference of the bank account
	AtBank scrip.Money `json:"at_bank"`
}

func (f Funded) print(p *page) { p.printf("at the bank %s\n", p.say(f.AtBank)) }

// Fund puts test money into the wallet's account at the sandbox bank.
func (w *Wallet) Fund(ctx context.Context, amount string) (Funded, error) {
	owner, err := w.settings.Purse.Owner(ctx)
	if err != nil {
		return Funded{}, err
	}
	money, err := w.parse(ctx, amount)
	if err != nil {
		return Funded{}, err
	}
	key, err := scrip.NewID(w.config.Random)
	if err != nil {
		return Funded{}, err
	}
	if kind := w.Info(ctx).Bank.Kind; kind == scrip.TestBank || kind == scrip.RealBank {
		return Funded{}, errNoSandbox
	}
	balance, err := w.bank.Deposit(ctx, owner.Bank, money, key)
	if err != nil {
		return Funded{}, err
	}
	return Funded{owner.Bank, balance}, nil
}

const errNoSandbox = mistake("this broker takes real money, and puts in none of its own: `peerscrip wallet load AMOUNT` asks for it, and tells the address at which you pay")

// Banked is the account's bank account.
type Banked struct {
	Bank string `json:"bank"` // its reference
}

func (b Banked) print(p *page) { p.printf("bank    %s\n", b.Bank) }

// Banking changes the account's bank account, to the one with a reference or to a
// fresh one of the sandbox bank, and tells it.
func (w *Wallet) Banking(ctx context.Context, reference string, fresh bool) (Banked, error) {
	if fresh {
		var err error
		if reference, err = w.bank.OpenAccount(ctx); err != nil {
			return Banked{}, fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
	}
	if reference != "" {
		if err := w.ChangeBank(ctx, reference); err != nil {
			return Banked{}, err
		}
	}
	owner, err := w.settings.Purse.Owner(ctx)
	return Banked{owner.Bank}, err
}

// LoadAmount loads an amount, as people write it, from the bank, to what there
// is. Told the same again, it goes on with what it began.
func (w *Wallet) LoadAmount(ctx context.Context, amount string) (Balance, error) {
	money, err := w.parse(ctx, amount)
	if err != nil {
		return Balance{}, err
	}
	return w.then(ctx, w.Load(ctx, money))
}

// then is the balance after what could be done.
func (w *Wallet) then(ctx context.Context, err error) (Balance, error) {
	if err != nil {
		return Balance{}, err
	}
	return w.Settled(ctx)
}

// CalledOff is what came of calling off what waits for a word at the bank.
type CalledOff struct {
	Off     bool    `json:"off"` // false: it was confirmed before, and is loaded now
	Balance Balance `json:"balance"`
}

func (c CalledOff) print(p *page) {
	if c.Off {
		p.printf("called off: nothing was taken from the bank\n")
	} else {
		p.printf("it was confirmed before, and is loaded now\n")
	}
	c.Balance.print(p)
}

// Cancel calls off what waits for a word at the bank: the payment is declined
// there, and the broker says that it did not happen.
func (w *Wallet) Cancel(ctx context.Context) (CalledOff, error) {
	off, err := w.CallOff(ctx, func(ctx context.Context, link string) error {
		return w.bank.Decline(ctx, scrip.ID(path.Base(link)))
	})
	if err != nil {
		return CalledOff{}, err
	}
	balance, err := w.Settled(ctx)
	return CalledOff{off > 0, balance}, err
}

// WithdrawAll takes the BrokerScrip, which is good at every stall, to the bank (6.6).
func (w *Wallet) WithdrawAll(ctx context.Context) (Balance, error) {
	return w.then(ctx, w.Withdraw(ctx))
}

// LeaveAll withdraws and gives back all the wallet has (6.6, 6.7). It prints the plan first. Told
// again, it goes on with what a stall that could not be reached left.
func (w *Wallet) LeaveAll(ctx context.Context) (Balance, error) {
	plan, err := w.PlanLeave(ctx)
	if err != nil {
		return Balance{}, err
	}
	for _, line := range plan {
		leg := w.leg(line.Leg)
		if line.Name != "" {
			leg.Does += ", from " + line.Name
		}
		w.printf("%s", leg.line(w.say(ctx, leg.Amount)))
	}
	left := w.Leave(ctx)
	balance, err := w.Settled(ctx)
	return balance, errors.Join(left, err)
}

var (
	errNoMoneyThere = mistake("there is no money at a stall of that name: `peerscrip wallet balance` names those where there is; or give the stall's ID")
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

// GivenUp is what is in the wallet again after a giveback was given up.
type GivenUp struct {
	Amount  scrip.Money `json:"amount"`
	Balance Balance     `json:"balance"`
}

func (g GivenUp) print(p *page) {
	p.printf("given up %s: it is in your wallet again\n", p.say(g.Amount))
	g.Balance.print(p)
}

// GiveUpAt gives up what a stall does not give back.
func (w *Wallet) GiveUpAt(ctx context.Context, stall string) (GivenUp, error) {
	vendor, err := w.vendorNamed(ctx, stall)
	if err != nil {
		return GivenUp{}, err
	}
	freed, err := w.GiveUp(ctx, vendor)
	if errors.Is(err, wallet.ErrNothing) {
		err = errNoGiveback
	}
	if err != nil {
		return GivenUp{}, err
	}
	balance, err := w.balance(ctx) // which does not ask for it again
	return GivenUp{freed, balance}, err
}

// Rescued is what came back of a stall that is gone.
type Rescued struct {
	Amount    scrip.Money `json:"amount"`    // at the bank
	Announced scrip.Money `json:"announced"` // kept for purchases that the stall may yet report
	Balance   Balance     `json:"balance"`
}

func (r Rescued) print(p *page) {
	p.printf("back at the bank %s\n", p.say(r.Amount))
	if r.Announced > 0 {
		p.printf("kept for purchases that the stall may yet report %s: run this again 90 days after them\n", p.say(r.Announced))
	}
	r.Balance.print(p)
}

// RescueAt has what is at a stall that is gone paid back to the bank (RESCUE).
func (w *Wallet) RescueAt(ctx context.Context, stall string) (Rescued, error) {
	vendor, err := w.vendorNamed(ctx, stall)
	if err != nil {
		return Rescued{}, err
	}
	said, err := w.Rescue(ctx, vendor)
	if err != nil {
		return Rescued{}, err
	}
	balance, err := w.Settled(ctx)
	return Rescued{said.Amount, said.Announced, balance}, err
}

// RenewAll renews what has expired or soon will.
func (w *Wallet) RenewAll(ctx context.Context) (Balance, error) { return w.then(ctx, w.Renew(ctx)) }

// ExchangeAmount exchanges an amount, as people write it, for scrip of the stall
// that has a listing. Told the same again, it goes on with what it began.
func (w *Wallet) ExchangeAmount(ctx context.Context, listing, amount string) (Balance, error) {
	vendor, _, err := readListing(listing)
	if err != nil {
		return Balance{}, err
	}
	money, err := w.parse(ctx, amount)
	if err != nil {
		return Balance{}, err
	}
	return w.then(ctx, w.Exchange(ctx, vendor, money))
}
