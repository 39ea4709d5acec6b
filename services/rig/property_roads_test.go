package rig_test

import (
	"context"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// The roads between the parties: each method is one message.

type stallToBroker struct {
	wire
	broker *brokerProcess
}

var _ merchant.Broker = stallToBroker{}

func (r stallToBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, message, in, func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return r.broker.present().Send(ctx, message, in)
	})
}

// toMerchants is how whatever broker lives reaches the stalls.
type toMerchants struct{ town *town }

var _ broker.Merchants = toMerchants{}

func (m toMerchants) Send(ctx context.Context, c scrip.CertifiedStall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	s := m.town.stallOf(c.Vendor)
	road := wire{&m.town.network, m.town.broker, m.town.broker.now(), s}
	return road.carry(ctx, message, in, s.step(func(stall *merchant.Stall, ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return stall.Send(ctx, message, in)
	}))
}

type walletToBroker struct {
	wire
	broker *brokerProcess
}

var (
	_ wallet.Broker    = walletToBroker{}
	_ wallet.Directory = walletToBroker{}
)

func (r walletToBroker) ChangeBank(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "BANK", in, r.broker.step((*broker.Broker).ChangeBank))
}

func (r walletToBroker) OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "R1", in, r.broker.step((*broker.Broker).OpenAccount))
}

func (r walletToBroker) Acquire(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T1", in, r.broker.step((*broker.Broker).Acquire))
}

func (r walletToBroker) Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T3", in, r.broker.step((*broker.Broker).Announce))
}

func (r walletToBroker) Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T9", in, r.broker.step((*broker.Broker).Notice))
}

func (r walletToBroker) TopUp(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T13", in, r.broker.step((*broker.Broker).TopUp))
}

func (r walletToBroker) Withdraw(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T20", in, r.broker.step((*broker.Broker).Withdraw))
}

func (r walletToBroker) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T26", in, r.broker.step((*broker.Broker).Renew))
}

func (r walletToBroker) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T15", in, r.broker.step((*broker.Broker).Extend))
}

func (r walletToBroker) Statement(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "STATEMENT", in, r.broker.step((*broker.Broker).Statement))
}

func (r walletToBroker) Payout(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "PAYOUT", in, r.broker.step((*broker.Broker).Payout))
}

func (r walletToBroker) Rescue(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "RESCUE", in, r.broker.step((*broker.Broker).Rescue))
}

func (r walletToBroker) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	if r.broker.now().isDead() {
		return scrip.BrokerInfo{}, errWire
	}
	return r.broker.present().Info(ctx)
}

func (r walletToBroker) Keys(ctx context.Context, after int64) ([]string, error) {
	if r.broker.now().isDead() {
		return nil, errWire
	}
	return r.broker.present().Keys(ctx, after)
}

func (r walletToBroker) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	if r.broker.now().isDead() {
		return scrip.CertifiedStall{}, errWire
	}
	return r.broker.present().Stall(ctx, v)
}

type walletToStall struct {
	wire
	stall *stallProcess
}

var _ wallet.Stall = walletToStall{}

func (r walletToStall) Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T4", in, r.stall.step((*merchant.Stall).Exchange))
}

func (r walletToStall) Claim(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "CLAIM", in, r.stall.step((*merchant.Stall).Claim))
}

func (r walletToStall) Purchase(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T10", in, r.stall.step((*merchant.Stall).Purchase))
}

func (r walletToStall) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T22", in, r.stall.step((*merchant.Stall).GiveBack))
}

func (r walletToStall) Collect(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "COLLECT", in, r.stall.step((*merchant.Stall).Collect))
}

func (r walletToStall) Tell(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "TELL", in, r.stall.step((*merchant.Stall).Tell))
}

func (r walletToStall) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, "T26", in, r.stall.step((*merchant.Stall).Renew))
}
