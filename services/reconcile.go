package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"peerscrip/db"
	"peerscrip/services/bank"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// ErrNotReconciled is returned by Reconcile when the books and the payment provider's list differ.
var ErrNotReconciled = errors.New("the books and the payment provider's list differ")

// Reconcile holds the payment provider's list of the last days against the books of a data folder, beside the process that uses them
// or without it, and prints each difference in words. ErrNotReconciled: there are some.
func Reconcile(ctx context.Context, out io.Writer, at storage.Config, money Money, days int) error {
	return withGateway(ctx, at, money, func(g *bank.Gateway) error {
		r, err := g.Reconcile(ctx, g.Clock().Add(-time.Duration(days)*24*time.Hour).Unix())
		if errors.Is(err, scrip.NotFound) {
			return errors.New("no payment provider is on: name its key as for the broker")
		}
		if err != nil {
			return fmt.Errorf("read the payment provider's list: %w", err)
		}
		for _, kind := range []bank.ListedKind{bank.ListedPayment, bank.ListedRefund, bank.ListedPayout, bank.ListedDispute} {
			fmt.Fprintf(out, "%-8s %6d the same, of %s %s\n", kind, r.Counts[kind], g.Currency.Format(r.Sums[kind]), g.Currency.Code)
		}
		for _, difference := range r.Differences {
			fmt.Fprintln(out, "DIFFERS", difference)
		}
		if len(r.Differences) > 0 {
			return ErrNotReconciled
		}
		return nil
	})
}

// withGateway does something with the bank of real money in the books of a data folder.
func withGateway(ctx context.Context, at storage.Config, money Money, do func(*bank.Gateway) error) error {
	return inBooks(ctx, at, func(books *db.Books, f folder.Folder) error {
		kind, err := f.Bank()
		if err != nil {
			return fmt.Errorf("read what money the books hold: %w", err)
		}
		if kind == scrip.SandboxBank {
			return errors.New("these books hold test money of the sandbox: there is no bank of real money, and no house")
		}
		if money.on() && kind != money.kind() {
			return fmt.Errorf("these books hold money of the bank %q, and not of %q", kind, money.kind())
		}
		currency, err := f.Currency()
		if err != nil {
			return err
		}
		c, err := Config{Role: Broker, Money: money, Log: slog.Default()}.withDefaults()
		if err != nil {
			return err
		}
		g, err := c.gateway(books, currency)
		if err != nil {
			return err
		}
		return do(g)
	})
}
