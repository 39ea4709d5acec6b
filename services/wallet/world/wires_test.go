package world_test

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
	out, err := f.w.Broker.Send(ctx, message, in)
	if f.w.wireDown.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}

// toBroker is the wire between wallets and the broker.
type toBroker struct{ w *world }

func (b toBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if b.w.brokerDown.Load() {
		return scrip.Sealed{}, errDown
	}
	out, err := b.w.Broker.Send(ctx, message, in)
	if b.w.brokerMute.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}

func (b toBroker) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	if b.w.brokerDown.Load() {
		return scrip.BrokerInfo{}, errDown
	}
	return b.w.Broker.Info(ctx)
}

func (b toBroker) Keys(ctx context.Context, after int64) ([]string, error) {
	if b.w.brokerDown.Load() {
		return nil, errDown
	}
	return b.w.Broker.Keys(ctx, after)
}

func (b toBroker) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	if b.w.brokerDown.Load() {
		return scrip.CertifiedStall{}, errDown
	}
	return b.w.Broker.Stall(ctx, v)
}

// toStall is the wire between wallets and the stall.
type toStall struct{ w *world }

func (s toStall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if s.w.stallDown.Load() {
		return scrip.Sealed{}, errDown
	}
	out, err := s.w.stall.Send(ctx, message, in)
	if s.w.stallMute.Load() {
		return scrip.Sealed{}, errDown
	}
	return out, err
}
