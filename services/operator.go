package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"peerscrip/api"
	"peerscrip/services/folder"
	"peerscrip/web"
)

// Bounds on the operator's console: its audit goes on from the last one.
const (
	standingAge     = 5 * time.Second // so long it is shown again as it was
	standingTimeout = time.Minute
)

// consolePath is where a link to the console leads.
const consolePath = "/key/"

// Console says where the operator's console is: on a loopback address as it is, from which
// nothing leaves the machine; on any other over TLS alone, by the process's own certificate
// or by a proxy in front.
type Console struct {
	Listen string // address; empty: there is no console
	URL    string // where a proxy in front is reached, over TLS; empty: there is none
	Domain string // name of the process's own certificate; empty: it has none
}

func (c Config) console() Console {
	return Console{Listen: c.Operator, URL: c.OperatorURL, Domain: c.ACME.Domain}
}

// certified reports whether the console itself speaks TLS.
func (c Console) certified() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && c.URL == "" && c.Domain != "" && !isLoopback(host)
}

// over reports whether browsers reach the console over TLS.
func (c Console) over() bool { return c.URL != "" || c.certified() }

// check refuses a console that would be reached in the clear.
func (c Console) check() error {
	if c.URL != "" && (!isRoot(c.URL) || insecure(c.URL)) {
		return fmt.Errorf("the operator's URL is an address like https://console.example, without a path, not %s", c.URL)
	}
	if c.Listen == "" {
		if c.URL != "" {
			return errors.New("an operator's URL leads to the operator's address: give that, too (--operator)")
		}
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("read the operator's address: %w", err)
	}
	if !isLoopback(host) && !c.over() {
		return fmt.Errorf("the operator's console is for a loopback address, like 127.0.0.1:8081; for %s it takes TLS, with a certificate of its own (--domain) or by a proxy in front (--operator-url)", c.Listen)
	}
	return nil
}

// at is where the console is reached, by the address that it has in the end.
func (c Console) at(listen string) (string, error) {
	if c.URL != "" {
		return c.URL, nil
	}
	if !c.certified() {
		return "http://" + listen, nil
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("read the operator's address: %w", err)
	}
	if port == "443" {
		return "https://" + c.Domain, nil
	}
	return "https://" + net.JoinHostPort(c.Domain, port), nil
}

// name is under which name browsers reach the console beside loopback ones; empty: none.
func (c Console) name() string {
	if u, err := url.Parse(c.URL); err == nil && c.URL != "" {
		return u.Hostname()
	}
	if c.certified() {
		return c.Domain
	}
	return ""
}

// OperatorLink makes a new link to the operator's console of a data folder, beside the
// process that runs on it or without it. The links before let nobody in any more.
func OperatorLink(data string, at Console) (string, error) {
	f := folder.At(data)
	if !f.IsProgram() {
		return "", fmt.Errorf("this is no data folder of a broker, a market or a stall: %s", data)
	}
	if err := at.check(); err != nil {
		return "", err
	}
	console, err := at.at(at.Listen)
	if err != nil {
		return "", err
	}
	token, err := f.MakeOperatorLink(rand.Reader)
	return console + consolePath + token, err
}

// listenApart listens for the operator, at an address that was checked. No address is no
// listener.
func listenApart(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	listener, err := api.Listen(address, "--operator")
	if err != nil {
		return nil, fmt.Errorf("for the operator: %w", err)
	}
	return listener, nil
}

func closed(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// buildOperator makes what the operator's address serves.
func (p *Program) buildOperator() error {
	console, err := p.buildConsole()
	if err != nil {
		return err
	}
	tools, err := p.tools(console)
	if err != nil {
		return err
	}
	handler := fromHere(p.config.console().name(), tools)
	if p.config.console().over() {
		handler = overTLS(handler)
	}
	p.operator = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
		WriteTimeout: 2 * standingTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(p.config.Log.Handler(), slog.LevelDebug), // what strangers do to connections
	}
	return nil
}

// buildConsole makes the operator's console, and at the first time a link to it. A relay and a witness, which decide
// nothing, have none.
func (p *Program) buildConsole() (http.Handler, error) {
	if !p.config.Role.hasConsole() {
		return http.NotFoundHandler(), nil
	}
	proxied := ""
	if p.config.OperatorURL != "" { // whoever connects without a proxy says anything in a header
		proxied = p.config.ClientIP
	}
	page, err := web.NewOperator(web.Operator{
		Site: p.parts.pages.Site, Standing: remembered(p.parts.standing, p.config.Log), Court: p.parts.court, Link: p.parts.folder.UseOperatorLink,
		Market: p.parts.moderation, Suspense: p.parts.suspense, Revoke: p.parts.revoke, Sessions: p.parts.pages.Sessions, Clock: p.config.Clock, Log: p.config.Log,
		TLS: p.config.console().over(), PostsPerMinute: p.config.Posts, ReadsPerMinute: p.config.Rate, ClientIP: clientIP(proxied),
	})
	if err == nil && !p.parts.folder.HadOperatorLink() {
		p.console, err = p.parts.folder.MakeOperatorLink(p.config.Random)
	}
	return page, err
}

func (p *Program) serveOperator(listener net.Listener) {
	console := p.config.console()
	p.OperatorURL, _ = console.at(listener.Addr().String()) // a listener's address has a port
	if p.console != "" {
		p.ConsoleURL = p.OperatorURL + consolePath + p.console
	}
	listen := p.operator.Serve
	if console.certified() {
		p.operator.TLSConfig = p.parts.certified.tls()
		listen = func(l net.Listener) error { return p.operator.ServeTLS(l, "", "") }
	}
	p.serveOn(listen, listener)
}

// fromHere refuses requests for any other name than a loopback address, or the console's own
// if it has one: another site's name that was made to lead here is not the operator's.
func fromHere(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) && (name == "" || !strings.EqualFold(host, name)) {
			http.Error(w, "This page answers to its own address only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// remembered looks at most once in standingAge, for one reader at a time. What
// cannot be looked at now is shown as it was, with its time.
func remembered(look func(context.Context) (web.Standing, error), log *slog.Logger) func(context.Context) (web.Standing, error) {
	var mu sync.Mutex
	var last web.Standing
	var at time.Time
	return func(ctx context.Context) (web.Standing, error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(at) < standingAge {
			return last, nil
		}
		ctx, cancel := context.WithTimeout(ctx, standingTimeout)
		defer cancel()
		standing, err := look(ctx)
		if err != nil && !last.At.IsZero() {
			log.Warn("the operator's console shows how things stood before", "at", last.At, "err", err)
			return last, nil
		}
		if err == nil {
			last, at = standing, time.Now()
		}
		return standing, err
	}
}
