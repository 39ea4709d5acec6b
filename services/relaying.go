package services

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"peerscrip/api"
	"peerscrip/services/merchant"
	"peerscrip/services/relay"
	"peerscrip/services/scrip"
)

// addRelay makes what carries requests to the nodes of stalls.
func (h *house) addRelay(context.Context) error {
	h.relay = relay.New(relay.Config{
		BaseURL: h.BaseURL, Broker: func() scrip.ID { return h.info().ID }, Keys: h.issuer.keys, Stalls: h.MaxStalls,
		ClientIP: clientIP(h.ClientIP), Refuse: api.Refuse, Clock: h.Clock, Random: h.Random, Log: h.Log, Carried: h.metrics.Carried,
	})
	h.closeLater(h.relay)
	return nil
}

// relaying is all that a relay answers: requests for stalls, nodes, and the API's own words.
func (p *Program) relaying(machine http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", machine)
	mux.Handle("/v1/stalls/", api.Front(p.parts.api, "/v1/stalls/*", p.parts.relay))
	mux.HandleFunc("GET "+relay.Path, p.parts.relay.Connect)
	return mux
}

// address is where customers reach the stand-alone stall: this process, or what its relay
// says of itself. A relay that does not answer stays the one that the certificate names.
func (h *house) address(ctx context.Context, certified string) (string, error) {
	if h.Relay == "" {
		return h.BaseURL, nil
	}
	about, err := relay.Ask(ctx, h.Relay)
	switch {
	case err != nil && certified != "":
		h.Log.Warn("the relay does not answer", "relay", h.Relay, "err", err)
		return certified, nil
	case err != nil:
		return "", fmt.Errorf("ask the relay at %s where customers reach it: %w", h.Relay, err)
	case about.Broker != h.info().ID:
		return "", fmt.Errorf("the relay at %s is for the stalls of the broker %s, and not of %s", h.Relay, about.Broker, h.info().ID)
	}
	return about.BaseURL, nil
}

// reachable has customers come to the stand-alone stall: it is certified where they are
// to look for it, and connected to its relay.
func (h *house) reachable(stall *merchant.Stall) {
	h.run(func(ctx context.Context) {
		inTurn(ctx, []*merchant.Stall{stall}, movePause, func(stall *merchant.Stall) (again bool) {
			at, err := h.address(ctx, stall.Current().BaseURL)
			if err != nil {
				h.Log.Error("where customers are to reach the stall is not known", "err", err)
				return true
			}
			return h.move(ctx, stall, at)
		})
	})
	if h.Relay == "" {
		return
	}
	h.node = &relay.Node{
		URL: h.Relay, Certificate: stall.Newest, Signing: stall.Keys.Signing, Clock: h.Clock, Random: h.Random, Log: h.Log,
	}
	h.run(h.alone(jobRelay, h.node.Run)) // a relay keeps one connection to each stall
}

// How long a stall that has moved waits until it asks the broker again.
const (
	movePause        = time.Second
	longestMovePause = time.Minute
)

// inTurn tries items one after another until each is done with. One that is to be tried
// again goes behind the others, after a pause that grows while none is done.
func inTurn[T any](ctx context.Context, items []T, pause time.Duration, try func(T) (again bool)) {
	for next := pause; len(items) > 0; items = items[1:] {
		if !try(items[0]) {
			next = pause
			continue
		}
		items = append(items, items[0])
		select {
		case <-time.After(next):
		case <-ctx.Done():
			return
		}
		next = min(2*next, longestMovePause)
	}
}

// move has a stall certified where it is, and reports whether it is to be asked for again:
// its customers look for it meanwhile where it was. A revoked one stays where it was.
func (h *house) move(ctx context.Context, stall *merchant.Stall, at string) (again bool) {
	err := stall.Move(ctx, at)
	if err == nil || ctx.Err() != nil {
		return false
	}
	h.Log.Error("an open stall is not where its certificate says, so nobody finds it until the broker has certified it here",
		"stall", stall.Current().Name, "certified", stall.Current().BaseURL, "now", at, "err", err)
	return !errors.Is(err, scrip.StallRevoked)
}

// moveHosted has every hosted stall certified at this process's address. The books of those
// that are stay closed.
func (h *house) moveHosted(ctx context.Context) {
	inTurn(ctx, h.host.Stalls(), movePause, func(vendor scrip.VendorID) (again bool) {
		if at, err := h.host.CertifiedAt(vendor); err == nil && at == h.BaseURL {
			return false
		}
		stall, err := h.host.Stall(ctx, vendor)
		if err != nil {
			return false // the host says so itself
		}
		return h.move(ctx, stall, h.BaseURL)
	})
}
