package services

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/metrics"
	"peerscrip/services/relay"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/witness"
)

// Bounds on what a look for figures lists. Beyond them a depth is "so many, or more".
const (
	maxCounted = 2000 // of each queue of a stall
	maxHeld    = 2000
)

// addFigures has the API and the collector tell the operator's figures, if there are any.
func (h *house) addFigures() {
	if h.metrics == nil && h.traces == nil {
		return
	}
	h.api.Served = func(ctx context.Context, s api.Served) {
		if h.metrics != nil {
			h.metrics.Served(s)
		}
		if h.traces != nil {
			h.traces.served(ctx, s)
		}
	}
	if h.metrics == nil {
		return
	}
	for _, step := range api.Steps() {
		if step.To == api.B && h.api.Broker != nil || step.To == api.M && h.api.Stalls != nil {
			h.metrics.Takes(step)
		}
	}
	if h.relay != nil {
		h.metrics.Carries(relay.Outcomes())
	}
	if h.witnessed != nil {
		h.metrics.Witnesses(witness.Outcomes())
	}
	h.metrics.Look(h.figures)
}

// committed tells the figures of the commits of a kind of database.
func (h *house) committed(kind db.Kind) func(changes int, took time.Duration) {
	if h.metrics == nil {
		return nil
	}
	return func(changes int, took time.Duration) { h.metrics.Committed(string(kind), changes, took) }
}

// counted is a transport whose requests the figures tell of, and traces.
func (h *house) counted(to string, by http.RoundTripper) http.RoundTripper {
	by = h.traces.made(to, by)
	if h.metrics == nil {
		return by
	}
	return h.metrics.Outgoing(to, by)
}

// figures looks at how the process stands. Of what fails the rest is told all the same.
func (h *house) figures(ctx context.Context) (metrics.Standing, error) {
	s := metrics.Standing{Unreachable: map[string]int{}, Stalls: map[string]int{}}
	s.Parts = h.wellness(ctx)
	h.addDisk(&s)
	err := errors.Join(h.addDepths(ctx, &s), h.addLog(ctx, &s))
	if h.catalogue != nil {
		known, unreachable, failed := h.catalogue.Reach(ctx)
		s.Stalls["market"], s.Unreachable["market"] = known, unreachable
		err = errors.Join(err, failed)
	}
	if h.issuer.broker != nil {
		found := h.followed.otherBooks()
		s.Elsewhere = &metrics.Elsewhere{Contradicts: found.Evidence != "", Proven: found.Proven}
	}
	if h.silent != nil {
		s.Unreachable["broker"] = h.silent()
	}
	if h.host != nil {
		s.Stalls["host"] = len(h.host.Stalls())
	}
	if h.relay != nil {
		now := h.relay.Stands()
		s.Stalls["relay"], s.Unreachable["relay"] = now.Connected+now.Asleep, now.Asleep
		s.Relay = &metrics.Relayed{Letters: now.Letters, Bytes: now.Bytes}
	}
	err = errors.Join(err, h.addWitnessed(ctx, &s))
	if err != nil && ctx.Err() == nil {
		h.Log.Warn("some figures for the operator are missing", "err", err)
	}
	return s, err
}

// wellness is each part of the process, as readiness sees it.
func (h *house) wellness(ctx context.Context) map[string]bool {
	parts := map[string]bool{}
	degraded, _ := h.health.ready(ctx) // what fails is among the degraded
	for _, p := range h.health.parts {
		parts[p.name] = true
	}
	for _, name := range degraded {
		parts[name] = false
	}
	return parts
}

// addDisk tells of the disk and of what waits to be written there.
func (h *house) addDisk(s *metrics.Standing) {
	s.Free, s.Least = -1, float64(h.disk.least)
	if free, err := h.disk.free(h.disk.path); err == nil {
		s.Free = float64(free)
	}
	s.Waiting, s.Unchecked = map[string]int{}, map[string]float64{}
	for path, database := range h.databases {
		s.Waiting[string(database.Kind())] += database.Waiting()
		s.Unchecked[string(database.Kind())] += float64(db.Unchecked(path))
	}
	if h.host != nil {
		for _, vendor := range h.host.Stalls() {
			s.Unchecked[string(db.Merchant)] += float64(db.Unchecked(h.folder.Shelf(vendor)))
		}
	}
}

// addDepths counts what the stalls of this process wait for, and what is held in its books.
func (h *house) addDepths(ctx context.Context, s *metrics.Standing) error {
	vendors := h.busy()
	if h.host != nil || h.stall != nil {
		s.Queues = map[string]metrics.Queue{"aside": {}}
		for _, message := range []string{"T5", "T12", "T23", "REFUND", "SENT", "DEFEND"} {
			s.Queues[message] = metrics.Queue{}
		}
	}
	s.Busy = len(vendors)
	for i, vendor := range vendors {
		if i == maxBooks {
			s.Unasked = len(vendors) - i
			break
		}
		if err := h.addDepth(ctx, s, vendor); err != nil {
			return fmt.Errorf("look at the queues of stall %s: %w", vendor, err)
		}
	}
	if h.books == nil {
		return nil
	}
	s.Held = map[string]int{"T3": 0, "T15": 0}
	holds, err := h.books.Holds(ctx, h.Clock().Unix(), maxHeld)
	for _, hold := range holds {
		s.Held[hold.Message]++
	}
	return err
}

// addDepth counts what one stall waits for.
func (h *house) addDepth(ctx context.Context, s *metrics.Standing, vendor scrip.VendorID) error {
	stall, err := h.own(ctx, vendor)
	if err != nil {
		return err
	}
	waiting, err := stall.Underway(ctx, maxCounted)
	for _, u := range waiting {
		queue, since := u.Message, time.Unix(u.Since, 0)
		if u.Aside > 0 {
			queue = "aside"
		}
		q := s.Queues[queue]
		if q.Depth++; q.Oldest.IsZero() || since.Before(q.Oldest) {
			q.Oldest = since
		}
		s.Queues[queue] = q
	}
	return err
}

// addLog tells of the log, its signed head, the last audit, and the disputes and the money that wait.
func (h *house) addLog(ctx context.Context, s *metrics.Standing) error {
	if h.books == nil {
		return nil
	}
	size, staged, err := h.books.LogSize(ctx)
	head, failed := h.books.SignedHead(ctx)
	if errors.Is(failed, scrip.ErrAbsent) {
		failed = nil
	}
	s.Log = &metrics.Log{Size: size, Staged: staged, Head: head.Size}
	if head.At > 0 {
		s.Log.Signed = time.Unix(head.At, 0)
	}
	if err := h.addWitnesses(ctx, s); err != nil {
		return err
	}
	waiting, undecided := h.books.Disputed(ctx, mostDisputes)
	if s.Disputes.Depth = len(waiting); len(waiting) > 0 {
		s.Disputes.Oldest = time.Unix(waiting[0].Since, 0)
	}
	suspended, unsettled := h.books.Suspended(ctx, mostSuspended)
	if s.Suspense.Depth = len(suspended); len(suspended) > 0 {
		s.Suspense.Oldest = time.Unix(suspended[0].At, 0)
	}
	return errors.Join(err, failed, undecided, unsettled, h.addAudit(s))
}

// addWitnesses tells how far each witness of the log has cosigned.
func (h *house) addWitnesses(ctx context.Context, s *metrics.Standing) error {
	if h.witnessStates == nil {
		return nil
	}
	states, err := h.witnessStates(ctx)
	s.Witnesses = map[string]metrics.Witness{}
	for _, w := range states {
		told := metrics.Witness{Contradicts: w.Not != nil}
		if w.At > 0 {
			told.Cosigned = time.Unix(w.At, 0)
		}
		if w.Behind > 0 {
			told.Behind = time.Unix(w.Behind, 0)
		}
		s.Witnesses[w.Name] = told
	}
	return err
}

// addWitnessed tells how far this witness has cosigned each log.
func (h *house) addWitnessed(ctx context.Context, s *metrics.Standing) error {
	if h.witnessed == nil {
		return nil
	}
	logs, err := h.witnessed.All(ctx)
	s.Witnessed = map[string]metrics.Witnessed{}
	for _, c := range logs {
		s.Witnessed[c.Origin] = metrics.Witnessed{Size: c.Size, At: time.Unix(c.At, 0), Contradicts: c.Contradicts}
	}
	return err
}

// addAudit tells of the last audit; its error is why there is no newer one.
func (h *house) addAudit(s *metrics.Standing) error {
	if h.auditor == nil {
		return nil
	}
	report, at, err := h.auditor.known()
	s.Audited = at
	for _, f := range report.Findings {
		if !f.OK {
			s.Findings++
		}
	}
	t := report.Totals
	s.Ledger = map[string]float64{
		"bank": float64(t.Bank), "house": float64(t.House), "outstanding": float64(t.Outstanding), "float": float64(t.Floats), "reserve": float64(t.Reserves),
		"held": float64(t.Held), "earned": float64(t.Earned), "credit": float64(t.Credit), "came in": float64(t.CameIn),
	}
	return err
}

// beginning is what the line says with which the process starts.
func (h *house) beginning(ctx context.Context) []any {
	said := []any{"version", Version(), "role", string(h.Role)}
	if h.issuer.known.Load() != nil {
		said = append(said, "broker", string(h.info().ID), "broker-keys", h.info().Fingerprint())
	}
	said = append(said, "data", filepath.Clean(h.Data))
	if r, err := h.folder.Restored(); err == nil {
		said = append(said, "restored-from", "a backup of "+inBackup(r))
	}
	if kept, err := h.folder.KnownHead(); err == nil && kept != "" {
		text, _, _ := strings.Cut(kept, "\n\n")
		if _, head, err := tree.ParseCheckpoint(text + "\n"); err == nil {
			said = append(said, "broker-head", head.Size)
		}
	}
	if h.books != nil {
		size, _, err := h.books.LogSize(ctx)
		head, failed := h.books.SignedHead(ctx)
		if err = errors.Join(err, failed); err != nil && !errors.Is(err, scrip.ErrAbsent) {
			h.Log.Warn("the log was not looked at", "err", err)
		}
		said = append(said, "log", size, "head", head.Size)
	}
	if h.stall != nil {
		said = append(said, "stall", string(h.stall.Vendor()))
	}
	if h.host != nil {
		said = append(said, "stalls", len(h.host.Stalls()))
	}
	return append(said, h.cosignedSoFar(ctx)...)
}

// cosignedSoFar is what the line says of a witness: its key, and how far it has cosigned.
func (h *house) cosignedSoFar(ctx context.Context) []any {
	if h.witness == nil {
		return nil
	}
	key, err := h.witness.Key.Public().CosignerKey(h.witness.Name)
	logs, failed := h.witnessed.All(ctx)
	if err = errors.Join(err, failed); err != nil {
		h.Log.Warn("what was cosigned was not looked at", "err", err)
	}
	said := []any{"witness", key, "logs", len(h.Logs)}
	for _, c := range logs {
		said = append(said, "log", c.Origin, "head", c.Size)
	}
	return said
}
