package services

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"peerscrip/api"
)

// Where a process listens that has its own certificate, unless it is told otherwise.
const (
	listenTLS  = ":443"
	listenHTTP = ":80"
)

// certificateLeft is how long a certificate is good at the least while all is well: the next
// one is asked for long before.
const certificateLeft = 7 * 24 * time.Hour

// ACME is how a process gets a certificate for its name by itself. Whoever gives a Domain
// agrees to the terms of the authority.
type ACME struct {
	Domain    string // the name; empty: the process speaks plain HTTP
	Directory string // URL of the authority's ACME directory; default: Let's Encrypt's
	Roots     string // file of PEM certificates by which the authority's own address is believed; default: the system's
	Email     string // where the authority writes when something is wrong; may be empty
	Listen    string // address for HTTP, which answers the authority and leads everybody else to https; default :80
}

// certified is the certificate of a process, kept in its data folder and renewed by itself.
type certified struct {
	domain string
	issuer *certmagic.ACMEIssuer
	config *certmagic.Config
	cache  *certmagic.Cache
	plain  net.Listener
	server *http.Server
}

// newCertified prepares to get the certificate, and listens for HTTP.
func newCertified(a ACME, listen, store string, log *slog.Logger) (*certified, error) {
	roots, err := rootsIn(a.Roots)
	if err != nil {
		return nil, err
	}
	plain, err := api.Listen(a.Listen, "--listen-http")
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP, by which the authority makes sure of %s: %w", a.Domain, err)
	}
	c := &certified{domain: a.Domain, plain: plain}
	quiet := zap.NewNop() // what happens is told by OnEvent
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.config, nil }, Logger: quiet,
	})
	c.config = certmagic.New(c.cache, certmagic.Config{Storage: &certmagic.FileStorage{Path: store}, Logger: quiet, OnEvent: told(log)})
	c.issuer = certmagic.NewACMEIssuer(c.config, certmagic.ACMEIssuer{
		CA: a.Directory, Email: a.Email, Agreed: true, TrustedRoots: roots, Logger: quiet,
		AltHTTPPort: portOf(plain.Addr().String()), AltTLSALPNPort: portOf(listen),
	})
	c.config.Issuers = []certmagic.Issuer{c.issuer}
	c.server = &http.Server{
		Handler: c.issuer.HTTPChallengeHandler(http.HandlerFunc(c.toTLS)), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
		WriteTimeout: headerTimeout, IdleTimeout: headerTimeout, MaxHeaderBytes: 16 << 10,
	}
	return c, nil
}

func rootsIn(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the authority's roots: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("no certificate is in %s", file)
	}
	return pool, nil
}

func portOf(address string) int {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	n, err := net.LookupPort("tcp", port)
	if err != nil {
		return 0
	}
	return n
}

// told says in the log what becomes of the certificate.
func told(log *slog.Logger) func(context.Context, string, map[string]any) error {
	return func(_ context.Context, event string, about map[string]any) error {
		switch event {
		case "cert_obtained":
			log.Info("there is a new certificate", "domain", about["identifier"], "renewal", about["renewal"])
		case "cert_failed":
			log.Error("no certificate was given; it is tried again by itself", "domain", about["identifier"], "err", about["error"])
		}
		return nil
	}
}

// toTLS leads who reads to https.
func (c *certified) toTLS(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "This address speaks https.", http.StatusMisdirectedRequest)
		return
	}
	w.Header().Set("Connection", "close")
	http.Redirect(w, r, "https://"+c.domain+r.URL.RequestURI(), http.StatusMovedPermanently)
}

// tls is the configuration of the public listener.
func (c *certified) tls() *tls.Config {
	config := c.config.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.NextProtos = append([]string{"h2", "http/1.1"}, config.NextProtos...)
	return config
}

// begin asks for the certificate, unless it is there, and again until there is one, and then
// for the next in time, as long as ctx lasts.
func (c *certified) begin(ctx context.Context) error {
	return c.config.ManageAsync(ctx, []string{c.domain})
}

// check wants a certificate that is good for a while.
func (c *certified) check(ctx context.Context) error {
	kept, err := c.config.CacheManagedCertificate(ctx, c.domain)
	if err != nil {
		return fmt.Errorf("there is no certificate for %s yet: %w", c.domain, err)
	}
	if left := time.Until(kept.Leaf.NotAfter); left < certificateLeft {
		return fmt.Errorf("the certificate for %s is good for %d hours more", c.domain, int(left.Hours()))
	}
	return nil
}

// Close ends the listener for HTTP and the renewal.
func (c *certified) Close() error {
	c.cache.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return c.server.Shutdown(ctx)
}

// overTLS tells browsers to come by https alone, for a month.
func overTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=2592000")
		next.ServeHTTP(w, r)
	})
}

// certifies fills in what is left out beside the domain, and refuses what does not go with it.
func (c *Config) certifies() error {
	if c.ACME.Domain == "" {
		return nil
	}
	if strings.ContainsAny(c.ACME.Domain, "/:*@ ") {
		return fmt.Errorf("the domain is a name, like market.example, not %s", c.ACME.Domain)
	}
	fill(&c.ACME.Listen, listenHTTP)
	if c.Listen == DefaultListen {
		c.Listen = listenTLS
	}
	if base := "https://" + c.ACME.Domain; c.BaseURL == "" {
		c.BaseURL = base
	} else if c.BaseURL != base && !strings.HasPrefix(c.BaseURL, base+":") {
		return errors.New("the base URL is not at the domain")
	}
	return nil
}
