package services

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

var errInward = errors.New("this address is not of the public network")

// outward is the transport of requests to stalls elsewhere: the catalogue's, and
// the broker's T16. The address of a stall is its owner's word, and anybody can
// own one: the transport connects to public addresses alone, so that nobody has
// this process ask its own machine or the network behind it (the check is on the
// address dialled, after names are resolved). It uses no proxy, which would
// resolve names itself. Only PrivateStalls lets it connect anywhere: for stalls on
// one's own machine or in one's own network. The first address that is passed
// over for want of it is logged, and no other: strangers choose them.
func (h *house) outward() http.RoundTripper {
	return h.counted("stall", h.outwards())
}

func (h *house) outwards() http.RoundTripper {
	if h.PrivateStalls {
		return http.DefaultTransport
	}
	var told sync.Once
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err == nil && public(to.Addr()) {
			return nil
		}
		told.Do(func() {
			h.Log.Warn("a stall is at an address that is not public, where none is asked without --private-stalls", "address", address)
		})
		return errInward
	}}
	return &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: 2,
		IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

// inward are the networks that netip does not tell apart: "this" network, the
// carriers' own, protocol assignments, benchmarks, what is reserved, and those
// that carry an IPv4 address inside an IPv6 one.
var inward = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// public reports whether an address is one that anybody may be asked at.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false // loopback, link-local and multicast addresses are no global unicast
	}
	for _, p := range inward {
		if p.Contains(a.WithZone("")) {
			return false
		}
	}
	return true
}
