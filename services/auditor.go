package services

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/storage"
)

const (
	// auditEvery is how often the books are audited for the operator's console: then a
	// look has little to go on with, however long the log is.
	auditEvery = 10 * time.Minute
	// auditPatience is how long a page waits for an audit before it shows the last one.
	auditPatience = 1500 * time.Millisecond
)

// auditor audits the books of a data folder beside everything else, one time after
// another, and each time from where the last one ended.
type auditor struct {
	look   func(context.Context) (audit.Report, error)
	log    *slog.Logger
	wanted chan struct{} // somebody wants to know

	mu     sync.Mutex // guards what follows
	report audit.Report
	at     time.Time     // when it was made; zero: none was
	err    error         // why the last try came to none
	next   chan struct{} // closed when the next audit is over
}

func newAuditor(of storage.Config, log *slog.Logger) *auditor {
	look := func(ctx context.Context) (audit.Report, error) {
		return audit.Storages(ctx, []storage.Config{of}, true)
	}
	return &auditor{look: look, log: log, wanted: make(chan struct{}, 1), next: make(chan struct{})}
}

// run audits when it begins, when somebody wants to know, and now and then, until ctx
// ends.
func (a *auditor) run(ctx context.Context) {
	for {
		report, err := a.look(ctx)
		if ctx.Err() != nil {
			return
		}
		a.keep(report, err)
		select {
		case <-a.wanted:
		case <-time.After(auditEvery):
		case <-ctx.Done():
			return
		}
	}
}

// keep has everybody know of an audit.
func (a *auditor) keep(report audit.Report, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sound := a.at.IsZero() || a.report.OK()
	if a.err = err; err == nil {
		a.report, a.at = report, time.Now()
	}
	switch {
	case err != nil:
		a.log.Error("the books were not audited", "err", err)
	case !report.OK() && sound: // once
		a.log.Error("the books do not close: see the operator's console, or \"peerscrip audit\"")
	}
	close(a.next)
	a.next = make(chan struct{})
}

// known is the last audit and when it was made, at once: zero where the first is not over
// yet. An error is why the last try came to none.
func (a *auditor) known() (audit.Report, time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.report, a.at, a.err
}

// latest is the last audit and when it was made, after a moment for another one: zero
// where the first is not over yet. An error is why there is none.
func (a *auditor) latest(ctx context.Context) (audit.Report, time.Time, error) {
	a.mu.Lock()
	next := a.next
	a.mu.Unlock()
	select {
	case a.wanted <- struct{}{}:
	default: // somebody asked before, and it is not begun
	}
	select {
	case <-next:
	case <-time.After(auditPatience):
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at.IsZero() {
		return audit.Report{}, a.at, a.err
	}
	return a.report, a.at, nil
}
