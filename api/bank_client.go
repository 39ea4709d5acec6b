package api

import (
	"context"

	"peerscrip/services/scrip"
)

// BankClient is a sandbox bank over HTTP. It implements [Bank].
type BankClient struct{ peer *Peer }

// OpenAccount opens an account and returns its reference.
func (b BankClient) OpenAccount(ctx context.Context) (string, error) {
	resp, err := b.peer.client.OpenBankAccount(ctx)
	out, err := answer[BankAccount](maxAnswer, resp, err)
	return out.Reference, err
}

// Balance reads a balance.
func (b BankClient) Balance(ctx context.Context, reference string) (scrip.Money, error) {
	resp, err := b.peer.client.BankAccount(ctx, reference)
	out, err := answer[BankAccount](maxAnswer, resp, err)
	return scrip.Money(out.Balance), err
}

// Deposit pays in and returns the balance.
func (b BankClient) Deposit(ctx context.Context, reference string, amount scrip.Money, key scrip.ID) (scrip.Money, error) {
	resp, err := b.peer.client.Deposit(ctx, reference, Deposit{Amount: int64(amount), Key: string(key)})
	out, err := answer[BankAccount](maxAnswer, resp, err)
	return scrip.Money(out.Balance), err
}

// Confirmation reads what waits to be confirmed, and what was said of it.
func (b BankClient) Confirmation(ctx context.Context, key scrip.ID) (scrip.Collection, scrip.Consent, error) {
	resp, err := b.peer.client.Confirmation(ctx, string(key))
	out, err := answer[Confirmation](maxAnswer, resp, err)
	if err != nil {
		return scrip.Collection{}, "", err
	}
	c := scrip.Collection{Key: scrip.ID(out.Key), Reference: out.Reference, Amount: scrip.Money(out.Amount)}
	switch {
	case out.Confirmed:
		return c, scrip.Confirmed, nil
	case out.Declined:
		return c, scrip.Declined, nil
	}
	return c, scrip.Awaited, nil
}

// Confirm confirms it.
func (b BankClient) Confirm(ctx context.Context, key scrip.ID) error {
	resp, err := b.peer.client.Confirm(ctx, string(key))
	_, err = answer[Confirmation](maxAnswer, resp, err)
	return err
}

// Decline declines it.
func (b BankClient) Decline(ctx context.Context, key scrip.ID) error {
	resp, err := b.peer.client.Decline(ctx, string(key))
	_, err = answer[Confirmation](maxAnswer, resp, err)
	return err
}
