package rig_test

import (
	"context"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// The roads between the parties.

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
	_ wallet.Party     = walletToBroker{}
	_ wallet.Directory = walletToBroker{}
)

func (r walletToBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, message, in, r.broker.step(func(b *broker.Broker, ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return b.Send(ctx, message, in)
	}))
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

var _ wallet.Party = walletToStall{}

func (r walletToStall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return r.carry(ctx, message, in, r.stall.step(func(s *merchant.Stall, ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return s.Send(ctx, message, in)
	}))
}
