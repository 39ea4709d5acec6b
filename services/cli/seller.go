package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"peerscrip/services/scrip"
)

// PrintEarnings prints what the stalls of the wallet's account have earned, and what it
// had back of protected purchases.
func (w *Wallet) PrintEarnings(ctx context.Context) error {
	stalls, credit, err := w.Earnings(ctx)
	if err != nil {
		return err
	}
	if credit > 0 {
		w.printf("back from protected purchases %s: `peerscrip wallet payout` pays it out\n", w.say(ctx, credit))
	}
	if len(stalls) == 0 {
		w.printf("this account has no stall\n")
		return nil
	}
	t := tabwriter.NewWriter(w.config.Out, 0, 0, 2, ' ', 0)
	for _, s := range stalls {
		fmt.Fprintf(t, "%s\tearned %s\tcovers its own money %s\t%s\n",
			s.Name, w.say(ctx, s.Earned), w.say(ctx, s.Float+s.Reserve), s.Vendor)
	}
	return t.Flush()
}

// Earned is what PayOut is asked for.
type Earned struct {
	To     string // scrip.ToBank or scrip.ToScrip
	Stall  string // a stall's name or ID; empty for all of them, and what came back of protected purchases
	Amount string // as people write it; empty for all a stall has earned
}

var (
	errNoStall     = errors.New("this account has no stall")
	errNoSuchStall = errors.New("this account has no such stall: `peerscrip wallet earnings` names those it has")
	errWhichStall  = errors.New("this account has several stalls: name one of them with --stall")
)

// PayOut pays earnings out, and what came back of protected purchases. Told the same
// again, it goes on with what it began.
func (w *Wallet) PayOut(ctx context.Context, e Earned) error {
	all, credit, err := w.Earnings(ctx)
	if err != nil {
		return err
	}
	if e.Stall == "" && e.Amount == "" && credit > 0 {
		if err := w.takeCredit(ctx, e.To); err != nil {
			return err
		}
		if len(all) == 0 {
			return w.PrintBalance(ctx)
		}
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
		if stalls[0].Earned, err = w.Info(ctx).Currency.Parse(e.Amount); err != nil {
			return err
		}
	}
	for _, s := range stalls {
		if s.Earned == 0 {
			continue
		}
		if err := w.Payout(ctx, s.Vendor, s.Earned, e.To); err != nil {
			return err
		}
		w.printf("paid out %s from %s\n", w.say(ctx, s.Earned), s.Name)
	}
	return w.PrintBalance(ctx)
}

// CollectRefunds asks all stalls the wallet ever met for what they take back: to be
// spent there again or, by the buyer's choice, for the bank.
func (w *Wallet) CollectRefunds(ctx context.Context, toBank bool) error {
	if toBank {
		amount, err := w.CollectToBank(ctx)
		if amount > 0 || err == nil {
			w.printf("taken back by sellers and paid to your bank account %s\n", w.say(ctx, amount))
		}
		return errors.Join(err, w.PrintBalance(ctx))
	}
	amount, err := w.CollectAll(ctx)
	if amount > 0 || err == nil {
		w.printf("taken back by sellers %s\n", w.say(ctx, amount))
	}
	return errors.Join(err, w.PrintBalance(ctx))
}

// collectAt asks the stall of a purchase for what it takes back of earlier ones.
// That it cannot be asked now is no matter: it is asked again.
func (w *Wallet) collectAt(ctx context.Context, vendor scrip.VendorID) {
	if amount, err := w.Collect(ctx, vendor); err == nil && amount > 0 {
		w.printf("the seller took back %s of earlier purchases\n", w.say(ctx, amount))
	}
}
