package api

import (
	"context"

	"peerscrip/services/scrip"
)

// BrokerClient is a broker over HTTP. It implements [Broker].
type BrokerClient struct{ peer *Peer }

// Info reads who the broker is, but for its keys.
func (b BrokerClient) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	resp, err := b.peer.client.BrokerInfo(ctx)
	out, err := answer[BrokerInfo](maxAnswer, resp, err)
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	return out.info()
}

// Keys reads the broker's KEYS after a serial. Believe them by scrip.Chain.
func (b BrokerClient) Keys(ctx context.Context, after int64) ([]string, error) {
	resp, err := b.peer.client.BrokerKeys(ctx, &BrokerKeysParams{After: after})
	out, err := answer[BrokerKeys](maxAnswer, resp, err)
	return out.Keys, err
}

// Stalls reads the directory.
func (b BrokerClient) Stalls(ctx context.Context) ([]scrip.CertifiedStall, error) {
	resp, err := b.peer.client.CertifiedStalls(ctx)
	out, err := answer[StallDirectory](maxDirectory, resp, err)
	if err != nil {
		return nil, err
	}
	list := make([]scrip.CertifiedStall, len(out.Stalls))
	for i, s := range out.Stalls {
		list[i] = s.certified()
	}
	return list, nil
}

// Stall reads one entry of the directory.
func (b BrokerClient) Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error) {
	resp, err := b.peer.client.CertifiedStall(ctx, string(vendor))
	out, err := answer[CertifiedStall](maxAnswer, resp, err)
	return out.certified(), err
}
