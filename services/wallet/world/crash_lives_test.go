package world_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// shop is the usual life: 6.1, 6.2 and 6.3 on their own.
func shop(s *shopping) []func() error {
	return []func() error{s.made, s.load(50_00), s.exchange(30_00), s.bought}
}

// shopAtOnce is a life in which a purchase does them all.
func shopAtOnce(s *shopping) []func() error { return []func() error{s.made, s.bought} }

// moveCash is a life with every way of BrokerScrip in it.
func moveCash(s *shopping) []func() error {
	return []func() error{
		s.made,
		s.load(5_00),
		s.bought, // 6.4, 6.2, 6.3
		s.load(10_00),
		s.load(4_00),
		func() error {
			s.skew.Store(int64((s.lifetime - 24*time.Hour) / time.Second))
			return s.c.Renew(context.Background())
		},
		func() error { s.skew.Store(0); return s.c.Withdraw(context.Background()) },
	}
}

// extend is a life with every way of 6.5 in it: with change and without, in time,
// and with a stall that hears of it too late.
func extend(s *shopping) []func() error {
	return []func() error{
		s.made,
		s.load(30_00),
		s.exchange(5_00),
		func() error { return s.c.Extend(context.Background(), s.vendor(), 1_00) },
		func() error { return late(s, 2_00) },
		func() error { return late(s, 22_00) }, // all there is
		s.load(6_50),
		s.bought, // 6.5, 6.3
	}
}

// collect is a life in which the seller takes back part of a purchase, twice.
func collect(s *shopping) []func() error {
	ctx := context.Background()
	return []func() error{
		s.made,
		s.bought,
		func() error { return s.c.Deliver(ctx) },
		func() error { s.takeBack(2_00); _, err := s.c.Collect(ctx, s.vendor()); return err },
		func() error { s.takeBack(3_00); _, err := s.c.CollectAll(ctx); return err },
	}
}

// leave is a life that gives everything back, some of it after it has expired,
// while the stall answers only at the second time of asking.
func leave(s *shopping) []func() error {
	ctx := context.Background()
	return []func() error{
		s.made,
		s.bought,
		s.load(10_00),
		s.exchange(3_00),
		func() error {
			s.skew.Store(int64((s.lifetime - 24*time.Hour) / time.Second))
			s.wireDown.Store(true)
			defer s.wireDown.Store(false)
			if err := s.c.Leave(ctx); !errors.Is(err, wallet.ErrUnfinished) {
				return fmt.Errorf("Leave: got %w, want it to wait for the stall", err)
			}
			return nil
		},
		func() error { return s.c.Leave(ctx) },
	}
}

// late is an Extend that the stall hears of once the time is over. The value
// goes back to the bank.
func late(s *shopping, value scrip.Money) error {
	c, ctx := s.c, context.Background()
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
func talk(s *shopping) []func() error {
	ctx := context.Background()
	var tx scrip.ID
	said := func(kind string) func() error {
		return func() error { return s.c.Say(ctx, tx, scrip.Event{Kind: kind, Text: "Hello"}) }
	}
	return []func() error{
		s.made,
		func() error { _, err := s.c.Ask(ctx, s.offer, "Is it blue?"); return err },
		s.bought,
		func() error { tx = must(s.c.Receipts(ctx, 0, 1))[0].Tx; return said("message")() },
		func() error {
			return s.stall.MarkSent(ctx, must(s.shelf.Sales(ctx, 0, 1))[0].ID, scrip.Parcel{Tracking: "RB 1"})
		},
		said("received"), // which the seller's word came before
		func() error { return s.c.ListenAll(ctx) },
		said("return"),
		func() error {
			return s.stall.Say(ctx, must(s.shelf.Sales(ctx, 0, 1))[0].ID, scrip.Event{Kind: "return-agreed", Text: "To Anna.", Pays: scrip.Seller})
		},
		func() error { return s.c.ListenAll(ctx) },
		said("returned"), // and again after a crash, in the place of what was said before
	}
}

// reclaim is a life in which what was bought is not sent, and the money comes back.
func reclaim(s *shopping) []func() error {
	ctx := context.Background()
	return []func() error{
		s.made,
		s.bought,
		func() error { return s.c.Deliver(ctx) },
		func() error {
			s.pass(7 * 24 * time.Hour)
			_, err := s.c.ReclaimHold(ctx, must(s.c.Receipts(ctx, 0, 1))[0].Tx, scrip.ToScrip)
			return err
		},
		func() error { _, err := s.c.Holds(ctx); return err },
	}
}

// dispute is a life in which a part of the money comes back, and its stall says so first.
func dispute(s *shopping) []func() error {
	ctx := context.Background()
	var tx scrip.ID
	return []func() error{
		s.made,
		s.bought,
		func() error {
			tx = must(s.c.Receipts(ctx, 0, 1))[0].Tx
			_, err := s.c.DisputeHold(ctx, tx, "It is broken.", nil)
			return err
		},
		func() error {
			if _, err := s.Judge().Decide(ctx, s.vendor(), tx, 5_00, "Half of it."); err != nil {
				return err
			}
			s.pass(2 * time.Minute)
			return s.stall.Deliver(ctx)
		},
		func() error { return s.c.ListenAll(ctx) },
		func() error { _, err := s.c.TakeCredit(ctx, scrip.ToBank); return err },
	}
}

// replaceKey is a life in which the account's key is replaced twice, with money at both issuers.
func replaceKey(s *shopping) []func() error {
	ctx := context.Background()
	return []func() error{
		s.made,
		s.load(30_00),
		s.exchange(5_00),
		func() error { return s.c.ReplaceKey(ctx) },
		s.bought, // 6.5, 6.3
		func() error { return s.c.ReplaceKey(ctx) },
		func() error { return s.c.Withdraw(ctx) },
	}
}
