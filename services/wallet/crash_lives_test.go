package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// moveCash is a life with every way of BrokerScrip in it.
func moveCash(s shopping, c *wallet.Wallet) error {
	ctx := context.Background()
	defer s.skew.Store(0)
	for _, do := range []func() error{
		func() error { return c.Load(ctx, 5_00) },
		func() error { return s.buy(c) }, // 6.4, 6.2, 6.3
		func() error { return c.Load(ctx, 10_00) },
		func() error { return c.Load(ctx, 4_00) },
		func() error {
			s.skew.Store(int64((s.lifetime - 24*time.Hour) / time.Second))
			return c.Renew(ctx)
		},
		func() error { s.skew.Store(0); return c.Withdraw(ctx) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// extend is a life with every way of 6.5 in it: with change and without, in time,
// and with a stall that hears of it too late.
func extend(s shopping, c *wallet.Wallet) error {
	ctx := context.Background()
	defer s.Wire.Set(rig.Open)
	for _, do := range []func() error{
		func() error { return c.Load(ctx, 30_00) },
		func() error { return c.Exchange(ctx, s.vendor(), 5_00) },
		func() error { return c.Extend(ctx, s.vendor(), 1_00) },
		func() error { return late(s, c, 2_00) },
		func() error { return late(s, c, 22_00) }, // all there is
		func() error { return c.Load(ctx, 6_50) },
		func() error { return s.buy(c) }, // 6.5, 6.3
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// collect is a life in which the seller takes back part of a purchase, twice.
func collect(s shopping, c *wallet.Wallet) error {
	ctx := context.Background()
	for _, do := range []func() error{
		func() error { return s.buy(c) },
		func() error { return c.Deliver(ctx) },
		func() error { s.takeBack(2_00); _, err := c.Collect(ctx, s.vendor()); return err },
		func() error { s.takeBack(3_00); _, err := c.CollectAll(ctx); return err },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// leave is a life that gives everything back, some of it after it has expired,
// while the stall answers only at the second time of asking.
func leave(s shopping, c *wallet.Wallet) error {
	ctx := context.Background()
	defer s.skew.Store(0)
	for _, do := range []func() error{
		func() error { return s.buy(c) },
		func() error { return c.Load(ctx, 10_00) },
		func() error { return c.Exchange(ctx, s.vendor(), 3_00) },
		func() error {
			s.skew.Store(int64((s.lifetime - 24*time.Hour) / time.Second))
			s.wireDown.Store(true)
			defer s.wireDown.Store(false)
			if err := c.Leave(ctx); !errors.Is(err, wallet.ErrUnfinished) {
				return fmt.Errorf("Leave: got %w, want it to wait for the stall", err)
			}
			return nil
		},
		func() error { return c.Leave(ctx) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// late is an Extend that the stall hears of once the time is over. The value
// goes back to the bank.
func late(s shopping, c *wallet.Wallet, value scrip.Money) error {
	ctx := context.Background()
	s.Wire.Set(rig.Cut)
	if err := c.Extend(ctx, s.vendor(), value); !errors.Is(err, wallet.ErrUnfinished) {
		return fmt.Errorf("Extend: got %w, want it to wait", err)
	}
	s.pass(11 * time.Minute)
	if err := c.Resume(ctx); !errors.Is(err, wallet.ErrUnfinished) {
		return fmt.Errorf("Resume: got %w, want it to wait", err)
	}
	s.Wire.Set(rig.Open)
	if err := s.Broker.Deliver(ctx); err != nil {
		return err
	}
	return c.Resume(ctx)
}

// talk is a life in which buyer and seller write to each other, before the purchase
// and after it.
func talk(s shopping, c *wallet.Wallet) error {
	ctx := context.Background()
	var tx scrip.ID
	said := func(kind string) func() error {
		return func() error { return c.Say(ctx, tx, scrip.Event{Kind: kind, Text: "Hello"}) }
	}
	for _, do := range []func() error{
		func() error { _, err := c.Ask(ctx, s.offer, "Is it blue?"); return err },
		func() error { return s.buy(c) },
		func() error { tx = must(c.Receipts(ctx, 0, 1))[0].Tx; return said("message")() },
		func() error {
			return s.stall.MarkSent(ctx, must(s.shelf.Sales(ctx, 0, 1))[0].ID, scrip.Parcel{Tracking: "RB 1"})
		},
		said("received"), // which the seller's word came before
		func() error { return c.ListenAll(ctx) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
