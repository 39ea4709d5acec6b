package api

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// BrokerClient is a broker over HTTP. It implements [Broker].
type BrokerClient struct{ peer *Peer }

// Info reads who the broker is.
func (b BrokerClient) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	resp, err := b.peer.client.BrokerInfo(ctx)
	out, err := answer[BrokerInfo](maxAnswer, resp, err)
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	return out.info()
}

// Keys reads the broker's public keys.
func (b BrokerClient) Keys(ctx context.Context) (jose.JWKS, error) {
	resp, err := b.peer.client.BrokerKeys(ctx)
	return answer[jose.JWKS](maxAnswer, resp, err)
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
