package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"peerscrip/services/scrip"
)

// PrintEarnings prints what the stalls of the wallet's account have earned.
func (p *Wallet) PrintEarnings(ctx context.Context) error {
	stalls, err := p.Earnings(ctx)
	if err != nil {
		return err
	}
	if len(stalls) == 0 {
		p.printf("this account has no stall\n")
		return nil
	}
	t := tabwriter.NewWriter(p.config.Out, 0, 0, 2, ' ', 0)
	for _, s := range stalls {
		fmt.Fprintf(t, "%s\tearned %s\tcovers its own money %s\t%s\n",
			s.Name, p.say(ctx, s.Earned), p.say(ctx, s.Float+s.Reserve), s.Vendor)
	}
	return t.Flush()
}

// Earned is what PayOut is asked for.
type Earned struct {
	To     string // scrip.ToBank or scrip.ToScrip
	Stall  string // a stall's name or ID; empty for all of them
	Amount string // as people write it; empty for all a stall has earned
}

var (
	errNoStall     = errors.New("this account has no stall")
	errNoSuchStall = errors.New("this account has no such stall: `peerscrip wallet earnings` names those it has")
	errWhichStall  = errors.New("this account has several stalls: name one of them with --stall")
)

// PayOut pays earnings out. Told the same again, it goes on with what it began.
func (p *Wallet) PayOut(ctx context.Context, e Earned) error {
	if e.To == scrip.ToBank {
		if err := p.wantBank(ctx); err != nil {
			return err
		}
	}
	all, err := p.Earnings(ctx)
	if err != nil {
		return err
	}
	var stalls []scrip.StatedStall
	for _, s := range all {
		if e.Stall == "" || e.Stall == s.Name || e.Stall == string(s.Vendor) {
			stalls = append(stalls, s)
		}
	}
	switch {
	case len(all) == 0:
		return errNoStall
	case len(stalls) == 0:
		return errNoSuchStall
	case len(stalls) > 1 && e.Amount != "":
		return errWhichStall
	}
	if e.Amount != "" {
		if stalls[0].Earned, err = p.Info(ctx).Currency.Parse(e.Amount); err != nil {
			return err
		}
	}
	for _, s := range stalls {
		if s.Earned == 0 {
			continue
		}
		if err := p.Payout(ctx, s.Vendor, s.Earned, e.To); err != nil {
			return err
		}
		p.printf("paid out %s from %s\n", p.say(ctx, s.Earned), s.Name)
	}
	return p.PrintBalance(ctx)
}

// CollectRefunds asks all stalls the wallet ever met for what they take back.
func (p *Wallet) CollectRefunds(ctx context.Context) error {
	amount, err := p.CollectAll(ctx)
	if amount > 0 || err == nil {
		p.printf("taken back by sellers %s\n", p.say(ctx, amount))
	}
	return errors.Join(err, p.PrintBalance(ctx))
}

// collectAt asks the stall of a purchase for what it takes back of earlier ones.
// That it cannot be asked now is no matter: it is asked again.
func (p *Wallet) collectAt(ctx context.Context, vendor scrip.VendorID) {
	if amount, err := p.Collect(ctx, vendor); err == nil && amount > 0 {
		p.printf("the seller took back %s of earlier purchases\n", p.say(ctx, amount))
	}
}
