package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/hashicorp/yamux"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Node is a stall's end of the wire.
type Node struct {
	URL         string                             // the relay's
	Certificate func() (scrip.Certificate, string) // the stall's newest, and as it was signed
	Signing     jose.SigningKey                    // of the certificate
	Handler     http.Handler                       // answers customers; only what is below /v1/stalls/ comes to it
	Clock       func() time.Time
	Random      io.Reader
	Log         *slog.Logger
}

// How long a node waits before it connects again: longer each time, and from the
// beginning after a connection that lived for longestPause.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = time.Minute
)

// Run keeps the node connected until ctx ends.
func (n *Node) Run(ctx context.Context) {
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, longestPause) {
		began := time.Now()
		err := n.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		n.Log.Warn("the relay does not carry customers here now; connecting again", "relay", n.URL, "in", pause, "err", err)
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
		}
	}
}

// connect serves one connection. Its error is why there is none any more.
func (n *Node) connect(ctx context.Context) error {
	hello, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	conn, _, err := websocket.Dial(hello, n.URL+Path, nil)
	if err != nil {
		return err
	}
	defer conn.CloseNow() // after a good end this does nothing
	conn.SetReadLimit(maxHello)
	asked, err := hear[challenge](hello, conn)
	if err != nil {
		return fmt.Errorf("hear the challenge: %w", err)
	}
	answer, err := n.prove(asked)
	if err != nil {
		return fmt.Errorf("prove whose node this is: %w", err)
	}
	if err := say(hello, conn, answer); err != nil {
		return err
	}
	if _, err := hear[welcome](hello, conn); err != nil {
		return fmt.Errorf("the relay does not take this stall: %w", err)
	}
	n.Log.Info("customers reach this stall through the relay", "relay", n.URL)
	return n.serve(ctx, websocket.NetConn(ctx, conn, websocket.MessageBinary))
}

// serve answers what comes through a connection, until it ends.
func (n *Node) serve(ctx context.Context, conn net.Conn) error {
	session, err := yamux.Server(conn, wire())
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: relayed(n.Handler), ReadHeaderTimeout: helloTimeout, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(n.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = session.Close() }) // Serve tells why it ended
	defer stop()
	err = server.Serve(session)
	return errors.Join(err, server.Close(), session.Close())
}

// stallPaths are the beginning of all paths that a relay carries.
const stallPaths = "/v1/stalls/"

// clientHeader is where a relay tells a node a client's address, by which the node
// limits how much one of them may ask. It is the relay's word and good for nothing else.
const clientHeader = "X-Forwarded-For"

// relayed lets in what a relay may carry, as if the client had connected itself.
func relayed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, stallPaths) {
			http.NotFound(w, r)
			return
		}
		client := netip.IPv6Unspecified()
		if told, err := netip.ParseAddr(r.Header.Get(clientHeader)); err == nil {
			client = told
		}
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		r.Header.Del(clientHeader)
		next.ServeHTTP(w, r)
	})
}

// Ask asks a relay who it is.
func Ask(ctx context.Context, base string) (About, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+Path, nil)
	if err != nil {
		return About{}, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return About{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxHello))
	if err != nil {
		return About{}, err
	}
	var about About
	if err := jose.Decode(body, &about); answer.StatusCode != http.StatusOK || err != nil || !scrip.ValidBaseURL(about.BaseURL) || !about.Broker.Valid() {
		return About{}, fmt.Errorf("there is no relay at %s", base)
	}
	return about, nil
}

// vendorIn is whose stall a request is for, or "".
func vendorIn(u *url.URL) scrip.VendorID {
	rest, found := strings.CutPrefix(u.Path, stallPaths)
	if !found {
		return ""
	}
	vendor, _, _ := strings.Cut(rest, "/")
	return scrip.VendorID(vendor)
}
