package services

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

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

// OperatorLink makes a new link to the operator's console of a data folder, beside the
// process that runs on it or without it, which listens for its operator at the address.
// The links before let nobody in any more.
func OperatorLink(data, address string) (string, error) {
	f := folder.At(data)
	if !f.HasBooks() && !f.HasMarket() {
		return "", fmt.Errorf("this is no data folder of a broker, a market or a stall: %s", data)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return "", fmt.Errorf("read the operator's address: %w", err)
	}
	token, err := f.MakeOperatorLink(rand.Reader)
	return "http://" + address + consolePath + token, err
}

// listenApart listens for the operator: on a loopback address alone, beside the
// console's own login. No address is no listener.
func listenApart(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("read the operator's address: %w", err)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("the operator's console is for a loopback address, like 127.0.0.1:8081, not for %s", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the operator: %w", err)
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
	p.operator = &http.Server{
		Handler: fromHere(tools), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
		WriteTimeout: 2 * standingTimeout, IdleTimeout: idleTimeout,
	}
	return nil
}

// buildConsole makes the operator's console, and at the first time a link to it. A relay, which keeps nothing and
// decides nothing, has none.
func (p *Program) buildConsole() (http.Handler, error) {
	if p.config.Role == Relay {
		return http.NotFoundHandler(), nil
	}
	page, err := web.NewOperator(web.Operator{
		Site: p.parts.pages.Site, Standing: remembered(p.parts.standing, p.config.Log), Court: p.parts.court, Link: p.parts.folder.UseOperatorLink,
		Market: p.parts.moderation, Suspense: p.parts.suspense, Revoke: p.parts.revoke, Sessions: p.parts.pages.Sessions, Clock: p.config.Clock, Log: p.config.Log,
	})
	if err == nil && !p.parts.folder.HadOperatorLink() {
		p.console, err = p.parts.folder.MakeOperatorLink(p.config.Random)
	}
	return page, err
}

func (p *Program) serveOperator(listener net.Listener) {
	p.OperatorURL = "http://" + listener.Addr().String()
	if p.console != "" {
		p.ConsoleURL = p.OperatorURL + consolePath + p.console
	}
	p.serveOn(p.operator.Serve, listener)
}

// fromHere refuses requests for any other name than a loopback address: another
// site's name that was made to lead here is not the operator's.
func fromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) {
			http.Error(w, "This page answers to a loopback address only.", http.StatusForbidden)
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
