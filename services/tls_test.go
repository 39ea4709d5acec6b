package services

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	pebble "github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// ports finds free ports.
func ports(t *testing.T, n int) []int {
	t.Helper()
	var found []int
	for range n {
		l, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		found = append(found, l.Addr().(*net.TCPAddr).Port)
	}
	return found
}

// authority runs an ACME authority that makes sure of names at two ports, and returns its
// directory, a file with the certificate by which it is believed, and the roots of those it
// gives, and has it leave.
func authority(t *testing.T, plain, secure int) (directory, believed string, roots func() *x509.CertPool, leave func()) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	store := pebble.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "The default profile"}})
	front := wfe.New(quiet, store, va.New(quiet, plain, secure, false, "", store), issuer, []string{"pebble.example"}, false, false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	believed = filepath.Join(t.TempDir(), "authority.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(believed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL + wfe.DirectoryPath, believed, func() *x509.CertPool {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(issuer.GetRootCert(0).PEM())
		return pool
	}, server.Close
}

// TestCertificate: a process with a domain gets a certificate from an ACME authority by
// itself, speaks TLS with it, leads who comes by HTTP to https, and has it still after the
// next start, when the authority is gone.
func TestCertificate(t *testing.T) {
	free := ports(t, 2)
	plain, secure := free[0], free[1]
	directory, believed, roots, leave := authority(t, plain, secure)
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := "https://localhost:" + strconv.Itoa(secure)
	config := Config{
		Role: Broker, Listen: ":" + strconv.Itoa(secure), BaseURL: base, Data: t.TempDir(), Document: document,
		ACME: ACME{Domain: "localhost", Directory: directory, Roots: believed, Listen: ":" + strconv.Itoa(plain)},
	}
	start := func() *Program {
		t.Helper()
		p, err := Start(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := start()
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots()}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer := asked(t, client, base+"/healthz", 30*time.Second)
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("over TLS: got %d by %s, %v, want 200 by HTTP/2, and https from now on", answer.StatusCode, answer.Proto, answer.Header)
	}
	led := asked(t, client, "http://localhost:"+strconv.Itoa(plain)+"/search?q=lamp", time.Second)
	if got, want := led.Header.Get("Location"), "https://localhost/search?q=lamp"; led.StatusCode != http.StatusMovedPermanently || got != want {
		t.Errorf("by HTTP: got %d to %q, want 301 to %q", led.StatusCode, got, want)
	}
	if err := Ready(t.Context(), config.Listen, "localhost"); err != nil {
		t.Errorf("peerscrip health: %v", err)
	}
	if err := p.parts.certified.check(t.Context()); err != nil {
		t.Errorf("the certificate: %v", err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}

	leave()
	p = start()
	client.CloseIdleConnections()
	if again := asked(t, client, base+"/healthz", 5*time.Second); again.TLS.PeerCertificates[0].SerialNumber.Cmp(answer.TLS.PeerCertificates[0].SerialNumber) != 0 {
		t.Error("after the next start there is another certificate, want the one that was kept")
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
}

// asked asks until there is an answer.
func asked(t *testing.T, client *http.Client, url string, patience time.Duration) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err == nil {
			answer.Body.Close()
			return answer
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", url, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestDomain: what does not go with a domain is refused before anything is begun.
func TestDomain(t *testing.T) {
	for _, c := range []Config{
		{ACME: ACME{Domain: "https://market.example"}}, {ACME: ACME{Domain: "market.example:8080"}},
		{ACME: ACME{Domain: "market.example"}, BaseURL: "https://other.example"}, {ACME: ACME{Domain: "market.example"}, BaseURL: "http://market.example"},
	} {
		if err := c.certifies(); err == nil {
			t.Errorf("%+v: got no error, want one", c.ACME)
		}
	}
	c := Config{Listen: DefaultListen, ACME: ACME{Domain: "market.example"}}
	if err := c.certifies(); err != nil || c.Listen != ":443" || c.ACME.Listen != ":80" || c.BaseURL != "https://market.example" {
		t.Errorf("got %+v, %v, want the usual ports and https", c, err)
	}
}
