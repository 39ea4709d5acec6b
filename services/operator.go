package services

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// Bounds on the operator's page, whose audit reads the whole log.
const (
	standingAge     = 5 * time.Second // so long it is shown again as it was
	standingTimeout = time.Minute
	maxHolds        = 200
	maxQueues       = 500
)

// listenApart listens for the operator: on a loopback address, since whoever
// reaches it may read. No address is no listener.
func listenApart(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("read the operator's address: %w", err)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("the operator's page is for a loopback address, like 127.0.0.1:8081, not for %s", address)
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

// buildOperator makes the operator's page.
func (p *Program) buildOperator() error {
	page, err := web.NewOperator(web.Operator{Site: p.parts.pages.Site, Standing: remembered(p.parts.standing), Log: p.config.Log})
	if err != nil {
		return err
	}
	p.operator = &http.Server{
		Handler: fromHere(page), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
		WriteTimeout: 2 * standingTimeout, IdleTimeout: idleTimeout,
	}
	return nil
}

func (p *Program) serveOperator(listener net.Listener) {
	p.OperatorURL = "http://" + listener.Addr().String()
	p.running.Go(func() {
		if err := p.operator.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.failed <- err
		}
	})
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

// remembered looks at most once in standingAge, for one reader at a time.
func remembered(look func(context.Context) (web.Standing, error)) func(context.Context) (web.Standing, error) {
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
		if err == nil {
			last, at = standing, time.Now()
		}
		return standing, err
	}
}

// standing looks at the books, if they are here, and at the queues.
func (h *house) standing(ctx context.Context) (web.Standing, error) {
	s := web.Standing{At: h.Clock()}
	names, err := h.stallNames(ctx)
	if err != nil {
		return s, err
	}
	if h.books != nil {
		if err := h.addBooks(ctx, &s, names); err != nil {
			return s, err
		}
	}
	return s, h.addQueues(ctx, &s)
}

// stallNames are those of the broker's directory; none when it is elsewhere.
func (h *house) stallNames(ctx context.Context) (map[scrip.VendorID]string, error) {
	names := map[scrip.VendorID]string{}
	if h.books == nil {
		return names, nil
	}
	stalls, err := h.books.Stalls(ctx)
	for _, stall := range stalls {
		names[stall.Vendor] = stall.Name
	}
	return names, err
}

func (h *house) addBooks(ctx context.Context, s *web.Standing, names map[scrip.VendorID]string) error {
	report, err := audit.Folders(ctx, []string{h.Data})
	if err != nil {
		return err
	}
	t := report.Totals
	s.Totals = []web.Total{
		{Name: "Bank", Amount: t.Bank}, {Name: "Outstanding", Amount: t.Outstanding}, {Name: "Floats", Amount: t.Floats},
		{Name: "Reserves", Amount: t.Reserves}, {Name: "Earned", Amount: t.Earned}, {Name: "Sum", Amount: t.Sum()},
		{Name: "Came in minus went out", Amount: t.CameIn},
	}
	for _, f := range report.Findings {
		s.Verdicts = append(s.Verdicts, web.Verdict(f))
	}
	slices.SortStableFunc(s.Verdicts, func(a, b web.Verdict) int { return cmp.Compare(a.Invariant, b.Invariant) })
	for vendor, of := range report.Stalls {
		s.Stalls = append(s.Stalls, web.StallTotals{
			Vendor: string(vendor), Name: names[vendor], Float: of.Float, Reserve: of.Reserve, Earned: of.Earned,
		})
	}
	slices.SortFunc(s.Stalls, func(a, b web.StallTotals) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Vendor, b.Vendor))
	})
	holds, err := h.books.Holds(ctx, h.Clock().Unix(), maxHolds)
	for _, hold := range holds {
		s.Holds = append(s.Holds, web.Hold{
			Message: hold.Message, Stall: cmp.Or(names[hold.Vendor], string(hold.Vendor)), Waits: waitsFor(hold, h.Clock().Unix()),
			Amount: hold.Value, Until: time.Unix(hold.Until, 0),
		})
	}
	return err
}

// waitsFor says what ends a hold.
func waitsFor(hold db.Hold, at int64) string {
	switch {
	case hold.Message == "T3":
		return "T5 from the stall; then it is free again"
	case !hold.Held:
		return "the stall's answer to T16, or its revocation; the change was given"
	case at < hold.Until:
		return "the stall's answer to T16, which is sent again and again"
	}
	return "the customer, to be given the change; T16 is sent again and again"
}

// addQueues lists what the stalls of this process wait for.
func (h *house) addQueues(ctx context.Context, s *web.Standing) error {
	vendors := []scrip.VendorID{}
	if h.host != nil {
		vendors = h.host.Stalls()
	}
	if h.stall != nil {
		vendors = append(vendors, h.stall.Vendor())
	}
	for _, vendor := range vendors {
		stall, err := h.own(ctx, string(vendor))
		if err != nil {
			return err
		}
		waiting, err := underway(ctx, stall)
		if err != nil {
			return err
		}
		for _, u := range waiting {
			if len(s.Queues) < maxQueues {
				s.Queues = append(s.Queues, web.Queue{Underway: u, Stall: stall.Certificate.Name})
			}
		}
	}
	return nil
}
