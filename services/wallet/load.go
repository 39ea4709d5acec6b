package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Load takes amount from the bank into BrokerScrip: 6.1, or 6.4 when there is
// some. When the bank wants it confirmed the error is *Confirm; the same call,
// or Resume, goes on once that is done. While an earlier Load of the same amount
// is unfinished, Load finishes that one and takes no more.
func (w *Wallet) Load(ctx context.Context, amount scrip.Money) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if it, err := w.begunLoad(ctx, amount); err == nil {
		return w.finish(ctx, it)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	w.tryUnfinished(ctx)
	return replanned(func() error {
		legs, err := w.loading(ctx, amount)
		if err == nil {
			_, err = w.follow(ctx, legs, purpose{})
		}
		return err
	})
}

// begunLoad returns the unfinished item that brings amount, or scrip.ErrAbsent.
func (w *Wallet) begunLoad(ctx context.Context, amount scrip.Money) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	had, err := w.brokerHolding(ctx)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return Item{}, err
	}
	for _, it := range list {
		switch {
		case it.Transaction == "6.1" && it.Amount == amount:
			return it, nil
		case it.Transaction == "6.4" && it.Stake == had.ScripID && it.Amount-had.Value == amount:
			return it, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}

// loading plans a Load.
func (w *Wallet) loading(ctx context.Context, amount scrip.Money) ([]Leg, error) {
	if !amount.Positive() {
		return nil, scrip.AmountOutOfBounds
	}
	h, err := w.brokerHolding(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return []Leg{{"6.1", amount, ""}}, nil
	}
	if err != nil {
		return nil, err
	}
	return append(w.renewal(h), Leg{"6.4", h.Value + amount, ""}), nil
}

// isLoad reports whether an item has the bank pay.
func isLoad(it Item) bool { return it.Transaction == "6.1" || it.Transaction == "6.4" }

// CallOff ends the loads that wait for a word at the bank: decline says no there,
// at a link, and the broker's signed no to the same request then ends the item. So
// nothing is called off that could still be paid: what was confirmed before is
// finished instead. It returns how many were called off; ErrNoWaiting if none waits.
func (w *Wallet) CallOff(ctx context.Context, decline func(ctx context.Context, link string) error) (int, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return 0, fmt.Errorf("look up what is unfinished: %w", err)
	}
	off, waiting := 0, 0
	for _, it := range list {
		var confirm *Confirm
		if !isLoad(it) || !errors.As(w.finish(ctx, it), &confirm) {
			continue
		}
		waiting++
		if err := decline(ctx, confirm.Link); err != nil {
			return off, fmt.Errorf("decline at the bank: %w", err)
		}
		if err = w.finish(ctx, it); errors.Is(err, scrip.BankDeclined) {
			off++
		} else if err != nil && !settled(err) {
			return off, err
		}
	}
	if waiting == 0 {
		return 0, ErrNoWaiting
	}
	return off, nil
}

// because adds to ErrBusy what keeps the money busy, if that is the bank that waits
// for its customer.
func (w *Wallet) because(ctx context.Context, busy error) error {
	var confirm *Confirm
	if errors.As(w.resumeOnly(ctx, isLoad), &confirm) {
		return fmt.Errorf("%w: %w", busy, confirm)
	}
	return busy
}
