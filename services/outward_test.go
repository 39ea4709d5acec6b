package services

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"peerscrip/services/scrip"
)

// A stall's owner says where it is: a market on the public network must not be
// sent to its own machine or to the network behind it.
func TestCatalogueAsksPublicAddressesOnly(t *testing.T) {
	asked := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer inside.Close()
	certificate := scrip.Certificate{Vendor: "AAAAAAAAAAAAAAAAAAAAAA", BaseURL: inside.URL}
	h := &house{parts: &parts{}, Config: Config{Log: slog.New(slog.DiscardHandler)}}
	s := source{transport: h.outward()}
	if _, _, err := s.Offers(context.Background(), certificate, ""); !errors.Is(err, scrip.Unavailable) || asked != 0 {
		t.Errorf("offers from this machine: %v, asked %d times; want unavailable and not asked", err, asked)
	}
	if _, err := s.Photo(context.Background(), certificate, "x"); err == nil || asked != 0 {
		t.Errorf("a photo from this machine: %v, asked %d times; want an error and not asked", err, asked)
	}
	h.PrivateStalls = true
	s.transport = h.outward() // a machine of one's own
	if _, _, err := s.Offers(context.Background(), certificate, ""); err == nil || asked != 1 {
		t.Errorf("offers on a machine of one's own: %v, asked %d times; want an error and asked once", err, asked)
	}
}

func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:4700::1111": true, "::ffff:93.184.216.34": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false,
		"172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "fe80::1": false, "fd00::1": false,
		"100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %t, want %t", address, got, want)
		}
	}
}
