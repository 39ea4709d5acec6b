package services

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

// How long a process that never heard of its broker waits for it at the start.
const (
	brokerPatience = 30 * time.Second
	brokerPause    = 500 * time.Millisecond
)

// patienceWithBroker is how long a stall waits for the broker, while its customers
// wait for it: less than they do, so that they hear the stall's word.
const patienceWithBroker = 8 * time.Second

// reachBroker dials the broker and asks who it is. What it said is kept, so
// that a stall which knew its broker once starts, and sells, without it.
func (h *house) reachBroker(ctx context.Context) error {
	peer, err := api.Dial(api.DialConfig{
		BaseURL: h.BrokerURL, Patience: patienceWithBroker, HTTPClient: &http.Client{Transport: h.counted("broker", http.DefaultTransport)},
	})
	if err != nil {
		return err
	}
	h.broker, h.banking = peer.Broker(), peer.Bank()
	info, err := h.brokerInfo(ctx)
	if err != nil {
		return fmt.Errorf("ask the broker at %s who it is: %w", h.BrokerURL, err)
	}
	h.issuer.broker, h.issuer.folder, h.issuer.log = h.broker, h.folder, h.Log
	h.issuer.known.Store(&info)
	h.run(h.follow)
	return nil
}

// brokerInfo is what the broker elsewhere says of itself now or, where it does
// not answer, what it said before. A broker with another identity than before is
// refused. Of its keys, those that are known are used until follow finds the next;
// a process that never heard of it pins what it is shown, or the fingerprint it was
// given.
func (h *house) brokerInfo(ctx context.Context) (scrip.BrokerInfo, error) {
	before, known, err := h.folder.KnownBroker()
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	info, err := h.broker.Info(ctx)
	switch {
	case err != nil && known:
		h.Log.Warn("the broker does not answer; going on with what it said before", "err", err)
		return before, before.Pinned(h.BrokerKey)
	case err != nil:
		h.Log.Info("waiting for the broker", "for", brokerPatience)
		if info, err = h.awaitBroker(ctx); err != nil {
			return scrip.BrokerInfo{}, err
		}
	}
	if known && before.ID != info.ID {
		return scrip.BrokerInfo{}, fmt.Errorf("it is %s, and was %s before", info.ID, before.ID)
	}
	info.Chain = before.Chain
	if !known {
		info.Chain = scrip.Chain{Broker: info.ID}
	}
	if !known || info.Pinned(h.BrokerKey) != nil {
		if info.Chain, err = info.Chain.Learn(ctx, h.broker.Keys); err != nil {
			return scrip.BrokerInfo{}, err
		}
	}
	if err := info.Pinned(h.BrokerKey); err != nil {
		return scrip.BrokerInfo{}, err
	}
	return info, h.folder.KeepBroker(info)
}

// awaitBroker asks until the broker answers, for brokerPatience at most.
func (h *house) awaitBroker(ctx context.Context) (scrip.BrokerInfo, error) {
	for start := time.Now(); ; {
		select {
		case <-time.After(brokerPause):
		case <-ctx.Done():
			return scrip.BrokerInfo{}, ctx.Err()
		}
		info, err := h.broker.Info(ctx)
		if err == nil || time.Since(start) > brokerPatience {
			return info, err
		}
	}
}
