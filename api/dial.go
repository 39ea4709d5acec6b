package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"peerscrip/services/scrip"
)

// DialConfig says how to reach another instance.
type DialConfig struct {
	// BaseURL is the instance's, as in certificates. Required.
	BaseURL string
	// HTTPClient carries the requests. Nil is one of our own. Of another only
	// the transport and the timeout are used: cookies are neither kept nor
	// sent, and redirects are not followed.
	HTTPClient *http.Client
	// Timeout bounds each request with its answer; zero is the HTTPClient's,
	// and 30 seconds when that has none.
	Timeout time.Duration
	// Patience bounds how long an answer is waited for that has not begun; zero is
	// 15 seconds. Who is asked by somebody who waits too is less patient than that
	// one. A peer that let somebody wait so long is left alone for a while.
	Patience time.Duration
}

// Bounds on a request. What is given up is sent again, and finds its answer.
const (
	dialTimeout  = 30 * time.Second // of all of it, with what is long
	dialPatience = 15 * time.Second
)

// Peer is another instance. It is safe for concurrent use.
type Peer struct {
	base   string
	http   *http.Client
	client *Client // the generated one, over http

	directory atomic.Pointer[directory] // as last read; nil: not yet
}

// Dial prepares to talk to another instance. It connects to nothing yet; the
// error is about the configuration.
func Dial(c DialConfig) (*Peer, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("dial: the base URL is not an http or https URL")
	}
	h := &http.Client{Timeout: c.Timeout, CheckRedirect: stay}
	if c.HTTPClient != nil {
		h.Transport = c.HTTPClient.Transport
		if h.Timeout == 0 {
			h.Timeout = c.HTTPClient.Timeout
		}
	}
	if h.Timeout == 0 {
		h.Timeout = dialTimeout
	}
	if h.Transport == nil {
		h.Transport = http.DefaultTransport
	}
	if c.Patience == 0 {
		c.Patience = dialPatience
	}
	h.Transport = listening{h.Transport, c.Patience, silent}
	client, err := NewClient(c.BaseURL, WithHTTPClient(h))
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return &Peer{base: c.BaseURL, http: h, client: client}, nil
}

// stay gives a redirect to the caller, for whom it is no answer: a sealed
// message goes where it was addressed or nowhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Broker is the peer as a broker.
func (p *Peer) Broker() BrokerClient { return BrokerClient{p} }

// Stall is one of the stalls the peer serves. Whether it does, the first
// request tells.
func (p *Peer) Stall(vendor scrip.VendorID) StallClient { return StallClient{p, vendor} }

// Stalls are the stalls the peer serves.
func (p *Peer) Stalls() StallsClient { return StallsClient{p} }

// Bank is the peer's sandbox bank.
func (p *Peer) Bank() BankClient { return BankClient{p} }

// Market is the peer as a market.
func (p *Peer) Market() MarketClient { return MarketClient{p} }

// StallsClient finds the stalls that a peer serves.
type StallsClient struct{ peer *Peer }

// Stall implements [Stalls]. It asks nothing: the stall's methods return
// scrip.UnknownVendor if it is not there.
func (s StallsClient) Stall(_ context.Context, vendor scrip.VendorID) (Stall, error) {
	return s.peer.Stall(vendor), nil
}

// Near and far are the same to who uses them.
var (
	_ Broker = BrokerClient{}
	_ Stall  = StallClient{}
	_ Stalls = StallsClient{}
	_ Bank   = BankClient{}
	_ Market = MarketClient{}
)
