package api

import (
	"context"

	"peerscrip/services/scrip"
)

// What follows is Send under the names of the steps, as services/wallet asks for
// them in the interfaces it declares.

// OpenAccount sends R1.
func (b BrokerClient) OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "R1", in)
}

// ChangeBank sends BANK.
func (b BrokerClient) ChangeBank(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "BANK", in)
}

// Acquire sends T1.
func (b BrokerClient) Acquire(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T1", in)
}

// Announce sends T3.
func (b BrokerClient) Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T3", in)
}

// Notice sends T9.
func (b BrokerClient) Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T9", in)
}

// TopUp sends T13.
func (b BrokerClient) TopUp(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T13", in)
}

// Extend sends T15.
func (b BrokerClient) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T15", in)
}

// Withdraw sends T20.
func (b BrokerClient) Withdraw(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T20", in)
}

// Renew sends T26.
func (b BrokerClient) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "T26", in)
}

// Statement sends STATEMENT.
func (b BrokerClient) Statement(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "STATEMENT", in)
}

// Payout sends PAYOUT.
func (b BrokerClient) Payout(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "PAYOUT", in)
}

// Rescue sends RESCUE.
func (b BrokerClient) Rescue(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.Send(ctx, "RESCUE", in)
}

// Exchange sends T4.
func (s StallClient) Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "T4", in)
}

// Claim sends CLAIM.
func (s StallClient) Claim(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "CLAIM", in)
}

// Purchase sends T10.
func (s StallClient) Purchase(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "T10", in)
}

// GiveBack sends T22.
func (s StallClient) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "T22", in)
}

// Renew sends T26.
func (s StallClient) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "T26", in)
}

// Collect sends COLLECT.
func (s StallClient) Collect(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "COLLECT", in)
}

// Tell sends TELL.
func (s StallClient) Tell(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.Send(ctx, "TELL", in)
}
