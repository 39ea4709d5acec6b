package api

import (
	"context"
	"net/http"
	"slices"

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

// directory is what a peer said of its stalls, and the tag of that answer.
type directory struct {
	tag  string
	list []scrip.CertifiedStall
}

// Stalls reads the directory, if it is not what it was.
func (b BrokerClient) Stalls(ctx context.Context) ([]scrip.CertifiedStall, error) {
	known := b.peer.directory.Load()
	if known == nil {
		known = &directory{}
	}
	resp, err := b.peer.client.CertifiedStalls(ctx, func(_ context.Context, r *http.Request) error {
		if known.tag != "" {
			r.Header.Set("If-None-Match", known.tag)
		}
		return nil
	})
	if err == nil && resp.StatusCode == http.StatusNotModified && known.tag != "" {
		return slices.Clone(known.list), resp.Body.Close()
	}
	out, err := answer[StallDirectory](maxDirectory, resp, err)
	if err != nil {
		return nil, err
	}
	list := make([]scrip.CertifiedStall, len(out.Stalls))
	for i, s := range out.Stalls {
		list[i] = s.certified()
	}
	b.peer.directory.Store(&directory{tag: resp.Header.Get("ETag"), list: list})
	return slices.Clone(list), nil
}

// Stall reads one entry of the directory.
func (b BrokerClient) Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error) {
	resp, err := b.peer.client.CertifiedStall(ctx, string(vendor))
	out, err := answer[CertifiedStall](maxAnswer, resp, err)
	return out.certified(), err
}
