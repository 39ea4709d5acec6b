package wallet_test

import (
	"context"

	"peerscrip/services/scrip"
)

// fromStall is the wire between the stall and the broker.
type fromStall struct{ w *world }

func (f fromStall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if f.w.wireCut.Load() {
		return scrip.Sealed{}, errDown
	}
	out, err := f.w.broker.Send(ctx, message, in)
	if f.w.wireDown.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}

// fromBroker is the wire on which the broker asks the stall.
type fromBroker struct{ w *world }

func (b fromBroker) Send(ctx context.Context, _ scrip.CertifiedStall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if b.w.lineCut.Load() {
		return scrip.Sealed{}, errDown
	}
	send := b.w.stall.Send
	if b.w.t16 != nil && message == (scrip.ExtendRequest{}).Type() {
		send = func(ctx context.Context, _ string, in scrip.Sealed) (scrip.Sealed, error) { return b.w.t16(ctx, in) }
	}
	out, err := send(ctx, message, in)
	if b.w.lineDown.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}

type step = func(context.Context, scrip.Sealed) (scrip.Sealed, error)

// toBroker is the wire between wallets and the broker.
type toBroker struct{ w *world }

func (b toBroker) carry(ctx context.Context, in scrip.Sealed, to step) (scrip.Sealed, error) {
	if b.w.brokerDown.Load() {
		return scrip.Sealed{}, errDown
	}
	out, err := to(ctx, in)
	if b.w.brokerMute.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}

func (b toBroker) ChangeBank(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.ChangeBank)
}

func (b toBroker) OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.OpenAccount)
}

func (b toBroker) Acquire(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Acquire)
}

func (b toBroker) Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Announce)
}

func (b toBroker) Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Notice)
}

func (b toBroker) TopUp(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.TopUp)
}

func (b toBroker) Withdraw(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Withdraw)
}

func (b toBroker) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Renew)
}

func (b toBroker) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Extend)
}

func (b toBroker) Statement(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Statement)
}

func (b toBroker) Payout(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Payout)
}

func (b toBroker) Rescue(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return b.carry(ctx, in, b.w.broker.Rescue)
}

func (b toBroker) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	if b.w.brokerDown.Load() {
		return scrip.BrokerInfo{}, errDown
	}
	return b.w.broker.Info(ctx)
}

func (b toBroker) Keys(ctx context.Context, after int64) ([]string, error) {
	if b.w.brokerDown.Load() {
		return nil, errDown
	}
	return b.w.broker.Keys(ctx, after)
}

func (b toBroker) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	if b.w.brokerDown.Load() {
		return scrip.CertifiedStall{}, errDown
	}
	return b.w.broker.Stall(ctx, v)
}

// toStall is the wire between wallets and the stall.
type toStall struct{ w *world }

func (s toStall) carry(ctx context.Context, in scrip.Sealed, to step) (scrip.Sealed, error) {
	if s.w.stallDown.Load() {
		return scrip.Sealed{}, errDown
	}
	out, err := to(ctx, in)
	if s.w.stallMute.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}

func (s toStall) Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.Exchange)
}

func (s toStall) Claim(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.Claim)
}

func (s toStall) Purchase(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.Purchase)
}

func (s toStall) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.GiveBack)
}

func (s toStall) Collect(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.Collect)
}

func (s toStall) Tell(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.Tell)
}

func (s toStall) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return s.carry(ctx, in, s.w.stall.Renew)
}
