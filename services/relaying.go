package services

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"peerscrip/api"
	"peerscrip/services/market"
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
// says of itself.
func (h *house) address(ctx context.Context) (string, error) {
	if h.Relay == "" {
		return h.BaseURL, nil
	}
	about, err := relay.Ask(ctx, h.Relay)
	if err != nil {
		return "", fmt.Errorf("ask the relay at %s where customers reach it: %w", h.Relay, err)
	}
	if about.Broker != h.info().ID {
		return "", fmt.Errorf("the relay at %s is for the stalls of the broker %s, and not of %s", h.Relay, about.Broker, h.info().ID)
	}
	return about.BaseURL, nil
}

// reachable has customers come to the stand-alone stall: it is certified where they are
// to look for it, and connected to its relay.
func (h *house) reachable(stall *merchant.Stall) {
	h.run(func(ctx context.Context) {
		tries := spaced{least: movePause}
		for tries.again(ctx, func() bool { return h.settle(ctx, stall) }) {
		}
	})
	if h.Relay == "" {
		return
	}
	h.node = &relay.Node{
		URL: h.Relay, Certificate: stall.Newest, Signing: stall.Keys.Signing, Clock: h.Clock, Random: h.Random, Log: h.Log,
	}
	h.run(h.alone(jobRelay, h.node.Run)) // a relay keeps one connection to each stall
}

// settle has the stand-alone stall certified where customers reach it, by what the broker's
// directory says of it, and reports whether it is to be asked for again.
func (h *house) settle(ctx context.Context, stall *merchant.Stall) (again bool) {
	at, err := h.address(ctx)
	if err != nil {
		h.Log.Error("where customers are to reach the stall is not known", "err", err)
		return true
	}
	listed, err := h.broker.Stall(ctx, stall.Vendor())
	if err != nil {
		h.Log.Warn("the broker does not say where its directory has the stall, and nobody finds it where that is not here",
			"certified", stall.Current().BaseURL, "now", at, "err", err)
		return true
	}
	return h.move(ctx, stall, listed, at)
}

// How long a stall that has moved waits until it asks the broker again.
const (
	movePause        = time.Second
	longestMovePause = time.Minute
)

// spaced are tries, one after another. A pause follows each that was in vain, and is twice as
// long as the one before, until one is not.
type spaced struct{ least, pause time.Duration }

// again tries something, and reports whether it is to be tried again now, after a pause.
func (s *spaced) again(ctx context.Context, try func() (again bool)) bool {
	if !try() {
		s.pause = 0
		return false
	}
	s.pause = min(max(2*s.pause, s.least), longestMovePause)
	select {
	case <-time.After(s.pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// move has a stall know what it is certified as, and certified where it is, and reports whether it
// is to be asked for again: its customers look for it meanwhile where it was. A revoked one stays
// where it was, once the broker has signed that it is: the directory's word is nobody's signature.
func (h *house) move(ctx context.Context, stall *merchant.Stall, listed scrip.CertifiedStall, at string) (again bool) {
	err := stall.CatchUp(ctx, listed.Certificate)
	if err == nil {
		err = stall.Move(ctx, at)
	}
	if err == nil || ctx.Err() != nil {
		return false
	}
	h.Log.Error("an open stall may not be found until the broker has certified it where it is",
		"stall", stall.Current().Name, "listed", listed.BaseURL, "certified", stall.Current().BaseURL, "now", at, "err", err)
	return !errors.Is(err, scrip.StallRevoked)
}

// heard is the broker's directory as the market reads it. What is read is told, too, unless
// what was told before still waits: it is read again soon.
type heard struct {
	market.Directory
	told chan<- []scrip.CertifiedStall
}

// Stalls implements market.Directory.
func (d heard) Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error) {
	part, err := d.Directory.Stalls(ctx, after)
	if err == nil {
		select {
		case d.told <- part.Stalls:
		default:
		}
	}
	return part, err
}

// moveHosted has every hosted stall certified at this process's address, each time that the
// market has read the directory; of processes that share the market, the one that reads. A
// stall that cannot be certified is tried at the next reading, and holds up nothing behind it.
// The books of those that are where the directory says stay closed.
func (h *house) moveHosted(ctx context.Context) {
	tries, done := spaced{least: movePause}, map[scrip.VendorID]string{}
	for {
		var listed []scrip.CertifiedStall
		select {
		case listed = <-h.listed:
		case <-ctx.Done():
			return
		}
		for _, entry := range h.host.Astray(listed) {
			if done[entry.Vendor] == entry.Certificate { // an old entry, of which the broker was asked
				continue
			}
			again := tries.again(ctx, func() bool {
				stall, err := h.host.Stall(ctx, entry.Vendor)
				return err != nil || h.move(ctx, stall, entry, h.BaseURL) // the host says itself what does not open
			})
			if ctx.Err() != nil {
				return
			}
			if !again {
				done[entry.Vendor] = entry.Certificate
			}
		}
	}
}
