package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"peerscrip/api"
	"peerscrip/services/folder"
	"peerscrip/services/metrics"
	"peerscrip/services/relay"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/witness"
	"peerscrip/web"
)

// Bounds on connections. Handlers bound their own work.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	uploadTimeout = 2 * time.Minute  // eight photos over a slow line
	answerTimeout = 30 * time.Second // after all of a request was read, or was too slow to be
	stopTimeout   = 10 * time.Second
)

// Program is a running process of one role.
type Program struct {
	// URL is where it can be reached.
	URL string
	// OperatorURL is the operator's console; empty without one.
	OperatorURL string
	// DeskURL lets the owner of a stand-alone stall in, once, and whoever tries a demo
	// to a sample stall's desk; empty for other roles, and when a stall's was told at
	// an earlier start: see DeskLink.
	DeskURL string

	// ConsoleURL lets the operator in, once; empty when it was told at an earlier
	// start: see OperatorLink.
	ConsoleURL string

	config   Config
	console  string       // the token in ConsoleURL
	machine  http.Handler // the API
	parts    parts
	server   *http.Server
	operator *http.Server // nil without
	cancel   context.CancelFunc
	stopping func() // ends streams, which otherwise nothing ends
	running  sync.WaitGroup
	draining atomic.Bool
	failed   chan error // has room for all servers
}

// parts are what a role is built of. Absent ones are zero.
type parts struct {
	api      api.Config
	pages    *web.Config
	standing func(ctx context.Context) (web.Standing, error) // what the operator's console shows
	court    web.Court                                       // nil without books
	folder   folder.Folder
	// moderation is nil without a market of others, revoke without books.
	moderation web.Moderation
	suspense   web.Suspense // nil without real money
	revoke     func(context.Context, scrip.VendorID) (string, error)
	disk       *disk
	metrics    *metrics.Metrics                // nil without an operator
	traces     *traces                         // nil where no collector is named
	certified  *certified                      // nil where the process speaks plain HTTP
	beginning  func(ctx context.Context) []any // what the line says with which the process starts
	desk       string                          // path of the owner's link
	relay      *relay.Relay                    // nil but for a relay
	witness    *witness.Witness                // nil but for a witness
	node       *relay.Node                     // nil but for a stand-alone stall behind one
	runners    []func(ctx context.Context)
	closers    []io.Closer // closed last to first
	seed       func(ctx context.Context) error
}

func (p *parts) run(f func(ctx context.Context)) { p.runners = append(p.runners, f) }
func (p *parts) closeLater(c io.Closer)          { p.closers = append(p.closers, c) }

func (p *parts) close() error {
	var failed error
	for i := len(p.closers) - 1; i >= 0; i-- {
		failed = errors.Join(failed, p.closers[i].Close())
	}
	return failed
}

// closer is what is to be done when a program ends.
type closer func() error

func (c closer) Close() error { return c() }

// Start builds the program a Config describes and starts it: when it returns,
// the program answers. Stop must be called.
func Start(ctx context.Context, c Config) (*Program, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	data, err := folder.Open(c.Data)
	if err != nil {
		return nil, err
	}
	lock, err := data.Lock()
	if err != nil {
		return nil, err
	}
	apart, err := listenApart(c.Operator)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	listener, err := api.Listen(c.Listen, "--listen")
	if err != nil {
		return nil, errors.Join(err, closed(apart), lock.Close())
	}
	fill(&c.BaseURL, "http://"+listener.Addr().String())
	p := &Program{URL: c.BaseURL, config: c, failed: make(chan error, 3)}
	p.parts.closeLater(lock)
	if err := p.prepare(ctx, listener, data); err != nil {
		return nil, errors.Join(err, listener.Close(), closed(apart), p.parts.close())
	}
	if err := p.build(ctx); err != nil {
		return nil, errors.Join(err, listener.Close(), closed(apart), p.parts.close())
	}
	c.Log.Info("peerscrip starts", append(p.parts.beginning(ctx), "listen", listener.Addr().String(), "base-url", c.BaseURL)...)
	p.serve(listener)
	if apart != nil {
		p.serveOperator(apart)
	}
	if p.parts.seed != nil {
		if err := p.parts.seed(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("make the samples: %w", err), p.Stop())
		}
	}
	return p, nil
}

// prepare makes what is below all parties: traces, and the certificate's keeper.
func (p *Program) prepare(ctx context.Context, listener net.Listener, data folder.Folder) (err error) {
	if p.parts.traces, err = newTraces(ctx, p.config); err != nil {
		return err
	}
	if p.parts.traces != nil {
		p.parts.closeLater(p.parts.traces)
	}
	if p.config.ACME.Domain == "" {
		return nil
	}
	p.parts.certified, err = newCertified(p.config.ACME, listener.Addr().String(), data.TLS(), p.config.Log)
	if err == nil {
		p.parts.closeLater(p.parts.certified)
	}
	return err
}

func (p *Program) build(ctx context.Context) error {
	kept, err := storage.At(p.config.where())
	if err != nil {
		return err
	}
	if err := assemble(ctx, p.config, kept, &p.parts); err != nil {
		return err
	}
	handler, err := p.handler()
	if err != nil {
		return err
	}
	handler = p.parts.disk.guard(p.drains(handler))
	if p.config.Watch != nil {
		handler = p.config.Watch(handler)
	}
	if p.parts.node != nil {
		p.parts.node.Handler = handler
	}
	if handler, err = compressed(handler); err != nil { // outermost: who watches reads what is said
		return err
	}
	if p.parts.certified != nil {
		handler = overTLS(handler)
	}
	if p.parts.desk != "" {
		p.DeskURL = p.URL + p.parts.desk
	}
	if p.config.Operator != "" {
		if err := p.buildOperator(); err != nil {
			return err
		}
	}
	p.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: uploadTimeout,
		WriteTimeout: uploadTimeout + answerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(p.config.Log.Handler(), slog.LevelDebug), // what strangers do to connections
	}
	return nil
}

// drains tells the other end of each connection, once the program is to end, that the
// connection ends with the answer; and whoever asks whether it is ready that it is not.
func (p *Program) drains(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// handler puts the API and the pages on one port.
func (p *Program) handler() (http.Handler, error) {
	ready := p.parts.api.Ready
	p.parts.api.Ready = func(ctx context.Context) ([]string, error) {
		if p.draining.Load() {
			return nil, errDraining
		}
		return ready(ctx)
	}
	stopping := make(chan struct{})
	p.stopping, p.parts.api.Stopping = sync.OnceFunc(func() { close(stopping) }), stopping
	machine, err := api.New(p.parts.api)
	if err != nil {
		return nil, err
	}
	if m := p.parts.metrics; m != nil {
		machine = m.API(machine)
	}
	p.machine = machine
	if p.parts.relay != nil {
		return p.relaying(machine), nil
	}
	if p.parts.witness != nil {
		return p.witnessing(machine), nil
	}
	pages, err := web.New(*p.parts.pages)
	if err != nil {
		return nil, err
	}
	if m := p.parts.metrics; m != nil {
		pages = m.Pages(pages)
	}
	machine, pages = p.parts.traces.answered("api", machine), p.parts.traces.answered("pages", pages)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.Answers(r.URL.Path) {
			machine.ServeHTTP(w, r)
		} else {
			pages.ServeHTTP(w, r)
		}
	}), nil
}

func (p *Program) serve(listener net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	for _, run := range p.parts.runners {
		p.running.Go(func() { run(ctx) })
	}
	listen := p.server.Serve
	if c := p.parts.certified; c != nil {
		p.server.TLSConfig = c.tls()
		listen = func(l net.Listener) error { return p.server.ServeTLS(l, "", "") }
		p.serveOn(c.server.Serve, c.plain)
	}
	p.serveOn(listen, listener)
	if c := p.parts.certified; c != nil {
		p.running.Go(func() {
			if err := c.begin(ctx); err != nil {
				p.config.Log.Error("no certificate is asked for", "err", err)
			}
		})
	}
}

// serveOn serves on a listener until the server is shut down.
func (p *Program) serveOn(serve func(net.Listener) error, listener net.Listener) {
	p.running.Go(func() {
		if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.failed <- err
		}
	})
}

// errDraining says that the program was told to end.
var errDraining = errors.New("it was told to stop")

// Failed reports a listener that died by itself.
func (p *Program) Failed() <-chan error { return p.failed }

// Stop lets requests finish, stops the background work and closes the
// databases. What is undelivered is delivered after the next start. With a Drain it
// answers for so long first, says that it is not ready, and ends each connection with its
// answer, so that a load balancer has turned elsewhere when nobody listens any more.
func (p *Program) Stop() error {
	if p.config.Drain > 0 {
		p.draining.Store(true)
		time.Sleep(p.config.Drain)
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	p.stopping()
	err := p.server.Shutdown(ctx)
	if p.operator != nil {
		err = errors.Join(err, p.operator.Shutdown(ctx))
	}
	if p.parts.certified != nil {
		err = errors.Join(err, p.parts.certified.server.Shutdown(ctx))
	}
	p.cancel()
	p.running.Wait()
	return errors.Join(err, p.parts.close())
}

// consoleFlags are what "peerscrip operator" has to be told of where the console is.
func (p *Program) consoleFlags() string {
	at := p.config.console()
	switch {
	case at.URL != "":
		return "--operator-url " + at.URL
	case at.certified():
		return "--operator " + at.Listen + " --domain " + at.Domain
	}
	return "--operator " + strings.TrimPrefix(p.OperatorURL, "http://")
}

// Announce tells a person where to go.
func (p *Program) Announce(out io.Writer) {
	fmt.Fprintf(out, "peerscrip %s is ready: %s\n", p.config.Role, p.URL)
	if p.OperatorURL != "" {
		if !p.config.Role.hasConsole() {
			fmt.Fprintf(out, "figures, for the operator: %s/metrics\n", p.OperatorURL)
		} else {
			fmt.Fprintf(out, "books, queues and disputes, for the operator: %s\n", p.OperatorURL)
		}
		if p.ConsoleURL != "" {
			fmt.Fprintf(out, "the operator's console (a link that works once; keep it to yourself): %s\n", p.ConsoleURL)
		} else if p.config.Role.hasConsole() {
			fmt.Fprintf(out, "a new link to the console: peerscrip operator --data %s %s\n", p.config.Data, p.consoleFlags())
		}
	}
	if w := p.parts.witness; w != nil {
		if key, err := w.Key.Public().CosignerKey(w.Name); err == nil { // its name was taken
			fmt.Fprintf(out, "brokers name it so: --witness \"%s %s\"\n", p.URL, key)
		}
	}
	if p.config.Relay != "" {
		fmt.Fprintf(out, "customers come through the relay: %s\n", p.config.Relay)
	}
	if p.DeskURL != "" && p.config.Role == Demo {
		fmt.Fprintf(out, "a sample stall's desk, as its seller sees it (a link that works once): %s\n", p.DeskURL)
	} else if p.DeskURL != "" {
		fmt.Fprintf(out, "your desk (a link that works once; keep it to yourself): %s\n", p.DeskURL)
	} else if p.config.Role == Stall {
		fmt.Fprintf(out, "a new link to your desk: peerscrip desk --data %s --base-url %s\n", p.config.Data, p.URL)
	}
}
