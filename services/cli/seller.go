package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"peerscrip/services/scrip"
)

// Earnings are what the stalls of the wallet's account have earned.
type Earnings struct {
	Stalls []Earning   `json:"stalls"`
	Credit scrip.Money `json:"credit"` // what the account had back of protected purchases
}

// Earning is what one stall has earned.
type Earning struct {
	Vendor scrip.VendorID `json:"vendor"`
	Name   string         `json:"name"`
	Earned scrip.Money    `json:"earned"` // may be paid out
	Held   scrip.Money    `json:"held"`   // of protected sales, until their time to check is over
	Covers scrip.Money    `json:"covers"` // the stall's own money that is in its customers' hands
}

// EarningsNow tells what the stalls of the wallet's account have earned, and what it
// had back of protected purchases.
func (w *Wallet) EarningsNow(ctx context.Context) (Earnings, error) {
	stalls, credit, err := w.Earnings(ctx)
	if err != nil {
		return Earnings{}, err
	}
	said := Earnings{[]Earning{}, credit}
	for _, s := range stalls {
		said.Stalls = append(said.Stalls, Earning{s.Vendor, s.Name, s.Earned, s.Held, s.Float + s.Reserve})
	}
	return said, nil
}

func (e Earnings) print(p *page) {
	if e.Credit > 0 {
		p.printf("back from protected purchases %s: `peerscrip wallet payout` pays it out\n", p.say(e.Credit))
	}
	if len(e.Stalls) == 0 {
		p.printf("this account has no stall\n")
		return
	}
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, s := range e.Stalls {
		fmt.Fprintf(t, "%s\tearned %s\tcovers its own money %s\t%s\n", s.Name, p.say(s.Earned), p.say(s.Covers), s.Vendor)
	}
	_ = t.Flush() // as a line of printf
}

// Earned is what PayOut is asked for.
type Earned struct {
	To     string // scrip.ToBank or scrip.ToScrip
	Stall  string // a stall's name or ID; empty for all of them, and what came back of protected purchases
	Amount string // as people write it; empty for all a stall has earned
}

var (
	errNoStall     = mistake("this account has no stall")
	errNoSuchStall = mistake("this account has no such stall: `peerscrip wallet earnings` names those it has")
	errWhichStall  = mistake("this account has several stalls: name one of them with --stall")
)

// PaidOut is what was paid out.
type PaidOut struct {
	Paid    []Payout    `json:"paid"`
	Credit  scrip.Money `json:"credit"` // what came back of protected purchases
	To      string      `json:"to"`     // "bank", or "scrip": into the wallet
	Balance Balance     `json:"balance"`
}

// Payout is what was paid out of one stall.
type Payout struct {
	Vendor scrip.VendorID `json:"vendor"`
	Name   string         `json:"name"`
	Amount scrip.Money    `json:"amount"`
}

func (o PaidOut) print(p *page) {
	printCredit(p, o.Credit, o.To)
	for _, one := range o.Paid {
		p.printf("paid out %s from %s\n", p.say(one.Amount), one.Name)
	}
	if o.Balance.Currency != "" {
		o.Balance.print(p)
	}
}

// PayOut pays earnings out, and what came back of protected purchases. Told the same
// again, it goes on with what it began.
func (w *Wallet) PayOut(ctx context.Context, e Earned) (PaidOut, error) {
	said := PaidOut{Paid: []Payout{}, To: e.To}
	all, credit, err := w.Earnings(ctx)
	if err != nil {
		return PaidOut{}, err
	}
	if e.Stall == "" && e.Amount == "" && credit > 0 {
		if said.Credit, err = w.TakeCredit(ctx, e.To); err != nil {
			return PaidOut{}, err
		}
	}
	stalls, err := w.earning(ctx, all, e)
	if err != nil && said.Credit == 0 {
		return PaidOut{}, err
	}
	for _, s := range stalls {
		if s.Earned == 0 {
			continue
		}
		if err := w.Payout(ctx, s.Vendor, s.Earned, e.To); err != nil {
			return said, err
		}
		said.Paid = append(said.Paid, Payout{s.Vendor, s.Name, s.Earned})
	}
	said.Balance, err = w.Settled(ctx)
	return said, err
}

// Revoked is a stall of the account's that was closed for good.
type Revoked struct {
	Vendor scrip.VendorID `json:"vendor"`
	Name   string         `json:"name"`
}

func (r Revoked) print(p *page) {
	p.printf("closed for good: %s (%s). Its customers get back what they have there, and what it has earned is paid out once no purchase of it waits.\n", r.Name, r.Vendor)
}

// RevokeOwn takes back the certificate of a stall of the account, by its name or ID.
func (w *Wallet) RevokeOwn(ctx context.Context, stall string) (Revoked, error) {
	all, _, err := w.Earnings(ctx)
	if err != nil {
		return Revoked{}, err
	}
	named, err := w.earning(ctx, all, Earned{Stall: stall})
	switch {
	case err != nil:
		return Revoked{}, err
	case stall == "" || len(named) > 1:
		return Revoked{}, errWhichStall
	}
	return Revoked{named[0].Vendor, named[0].Name}, w.RevokeStall(ctx, named[0].Vendor)
}

// earning are the stalls to be paid out, and how much of each.
func (w *Wallet) earning(ctx context.Context, all []scrip.StatedStall, e Earned) (stalls []scrip.StatedStall, err error) {
	for _, s := range all {
		if e.Stall == "" || e.Stall == s.Name || e.Stall == string(s.Vendor) {
			stalls = append(stalls, s)
		}
	}
	switch {
	case len(all) == 0:
		return nil, errNoStall
	case len(stalls) == 0:
		return nil, errNoSuchStall
	case len(stalls) > 1 && e.Amount != "":
		return nil, errWhichStall
	}
	if e.Amount != "" {
		stalls[0].Earned, err = w.parse(ctx, e.Amount)
	}
	return stalls, err
}

// Collected is what sellers took back and came.
type Collected struct {
	Amount  scrip.Money `json:"amount"`
	To      string      `json:"to"` // "stall", to be spent there again, or "bank"
	Balance Balance     `json:"balance"`
}

// ToStall is where what was taken back stays, unless it goes to the bank.
const ToStall = "stall"

func (c Collected) print(p *page) {
	to := ""
	if c.To == scrip.ToBank {
		to = " and paid to your bank account"
	}
	p.printf("taken back by sellers%s %s\n", to, p.say(c.Amount))
	c.Balance.print(p)
}

// CollectRefunds asks all stalls the wallet ever met for what they take back: to be
// spent there again or, by the buyer's choice, for the bank.
func (w *Wallet) CollectRefunds(ctx context.Context, to string) (Collected, error) {
	collect := w.CollectAll
	if to == scrip.ToBank {
		collect = w.CollectToBank
	}
	amount, asked := collect(ctx)
	balance, err := w.Settled(ctx)
	return Collected{amount, to, balance}, errors.Join(asked, err)
}

// collectAt asks the stall of a purchase for what it takes back of earlier ones.
// That it cannot be asked now is no matter: it is asked again.
func (w *Wallet) collectAt(ctx context.Context, vendor scrip.VendorID) {
	if amount, err := w.Collect(ctx, vendor); err == nil && amount > 0 {
		w.printf("the seller took back %s of earlier purchases\n", w.say(ctx, amount))
	}
}
