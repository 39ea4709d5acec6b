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
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	free := ports(t, 3)
	plain, secure, console := free[0], free[1], free[2]
	directory, believed, roots, leave := authority(t, plain, secure)
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := "https://localhost:" + strconv.Itoa(secure)
	config := Config{
		Role: Broker, Listen: ":" + strconv.Itoa(secure), BaseURL: base, Data: t.TempDir(), Document: document, Operator: ":" + strconv.Itoa(console),
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
	consoleOverTLS(t, p, client.Transport, config)
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

// consoleOverTLS enters the operator's console under the process's name, by the first link and
// by the next: its cookies go over TLS alone, and no other name leads there.
func consoleOverTLS(t *testing.T, p *Program, by http.RoundTripper, c Config) {
	t.Helper()
	want := "https://localhost" + c.Operator
	if p.OperatorURL != want || !strings.HasPrefix(p.ConsoleURL, want+"/key/") {
		t.Fatalf("the console: got %s, and the link %s, want it at %s", p.OperatorURL, p.ConsoleURL, want)
	}
	next, err := OperatorLink(c.Data, c.console())
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: by, Jar: jar}
	for link, status := range map[string]int{p.ConsoleURL: http.StatusForbidden, next: http.StatusOK} { // the next replaced the first
		door, err := client.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		door.Body.Close()
		for _, cookie := range door.Cookies() {
			if !cookie.Secure {
				t.Errorf("the cookie %s goes in the clear, too", cookie.Name)
			}
		}
		opened, err := client.Post(link, "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		opened.Body.Close()
		if opened.StatusCode != status || opened.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: got %d, %v, want %d, and https from now on", link, opened.StatusCode, opened.Header, status)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, want, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "rebound.example"
	other, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	other.Body.Close()
	if other.StatusCode != http.StatusForbidden {
		t.Errorf("under another name: got %d, want 403", other.StatusCode)
	}
}

// TestConsole: where the console is, and that it is never reached in the clear from another
// machine.
func TestConsole(t *testing.T) {
	for _, one := range []struct {
		Console
		at, name string // at empty: it is refused
	}{
		{Console{Listen: "127.0.0.1:8081"}, "http://127.0.0.1:8081", ""},
		{Console{Listen: "[::1]:8081", Domain: "market.example"}, "http://[::1]:8081", ""},
		{Console{Listen: ":8444", Domain: "market.example"}, "https://market.example:8444", "market.example"},
		{Console{Listen: "192.0.2.1:443", Domain: "market.example"}, "https://market.example", "market.example"},
		{Console{Listen: "0.0.0.0:8081", URL: "https://console.example"}, "https://console.example", "console.example"},
		{Console{Listen: "127.0.0.1:8081", URL: "https://console.example:8443", Domain: "market.example"}, "https://console.example:8443", "console.example"},
		{Console{Listen: ":8081"}, "", ""},
		{Console{Listen: "broker.example:8081"}, "", ""},
		{Console{Listen: "8081"}, "", ""},
		{Console{URL: "https://console.example"}, "", ""},
		{Console{Listen: ":8081", URL: "http://console.example"}, "", ""},
		{Console{Listen: ":8081", URL: "https://console.example/operator"}, "", ""},
	} {
		if err := one.check(); (err == nil) != (one.at != "") {
			t.Errorf("%+v: got %v", one.Console, err)
		}
		if one.at == "" {
			continue
		}
		here := fromHere(one.name, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		for host, want := range map[string]int{"127.0.0.1:8081": http.StatusOK, "localhost": http.StatusOK, one.name: http.StatusOK, "rebound.example": http.StatusForbidden} {
			if host == "" {
				continue
			}
			asked, said := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
			asked.Host = host
			if here.ServeHTTP(said, asked); said.Code != want {
				t.Errorf("%+v under %s: got %d, want %d", one.Console, host, said.Code, want)
			}
		}
		if at, err := one.Console.at(one.Listen); err != nil || at != one.at || one.Console.name() != one.name {
			t.Errorf("%+v: got %q, %q, %v, want %q, %q", one.Console, at, one.Console.name(), err, one.at, one.name)
		}
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
