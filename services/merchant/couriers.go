package merchant

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// pauses are those after each try. When they are over it is given up: three days after the first.
var pauses = []int64{5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 20 * 3600}

// pauseAfter is the pause after so many tries; 0: it is given up.
func pauseAfter(tries int) int64 {
	if tries > len(pauses) {
		return 0
	}
	return pauses[tries-1]
}

// How long it is rested, in seconds, where nothing is to be done: without webhooks somebody's word ends it.
const (
	restsWith    = 60
	restsWithout = 15 * 60
)

// tellWebhooks delivers events to webhooks until ctx ends. Each webhook has a worker while something waits for it, so that
// one which hangs keeps nobody else waiting.
func (s *Stall) tellWebhooks(ctx context.Context) {
	c := couriers{Stall: s, of: map[scrip.ID]*courier{}, ends: make(chan ended)}
	defer c.working.Wait()
	for {
		told := s.seller.wait()
		rest := c.begin(ctx)
		for waits := true; waits; {
			select {
			case end := <-c.ends:
				waits, rest = c.end(end, rest)
			case <-told:
				waits = false
			case <-time.After(rest):
				waits = false
			case <-ctx.Done():
				return
			}
		}
	}
}

// courier is the worker of one webhook.
type courier struct {
	busy  bool
	again bool  // something was told since it looked
	until int64 // unix seconds: it rests
}

// ended is a courier for whom nothing is left, or who is to rest.
type ended struct {
	id    scrip.ID
	until int64
}

type couriers struct {
	*Stall
	of      map[scrip.ID]*courier
	ends    chan ended
	working sync.WaitGroup
}

// begin has every courier look who is not at work and does not rest, and returns how long it is until one has to without being told.
func (c *couriers) begin(ctx context.Context) (rest time.Duration) {
	all, err := c.Shelf.Webhooks(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Warn("webhooks cannot be read now", "err", err)
		}
		return shortestRest * time.Second
	}
	maps.DeleteFunc(c.of, func(id scrip.ID, k *courier) bool {
		return !k.busy && !slices.ContainsFunc(all, func(w scrip.Webhook) bool { return w.ID == id })
	})
	rest = restsWithout * time.Second
	for _, w := range all {
		rest = min(rest, restsWith*time.Second)
		k := c.of[w.ID]
		if k == nil {
			k = &courier{}
			c.of[w.ID] = k
		}
		wait := k.until - c.Clock().Unix()
		switch {
		case w.OffAt > 0:
		case k.busy:
			k.again = true
		case wait > 0 && wait <= longestRest: // not so long, where the clock was set back
			rest = min(rest, time.Duration(wait)*time.Second)
		default:
			k.busy, k.again = true, false
			c.working.Go(func() {
				end := ended{w.ID, c.serveWebhook(ctx, w.ID)}
				select {
				case c.ends <- end:
				case <-ctx.Done():
				}
			})
		}
	}
	return rest
}

// end notes that a courier has ended, and returns whether there is nothing to do before the rest is over.
func (c *couriers) end(e ended, rest time.Duration) (waits bool, _ time.Duration) {
	k := c.of[e.id]
	k.busy, k.until = false, e.until
	if e.until == 0 {
		return !k.again, rest
	}
	wait := max(e.until-c.Clock().Unix(), 0)
	return true, min(rest, time.Duration(wait)*time.Second)
}

// After so many failures one after the other a webhook is let rest for shortestRest; what waits for it waits on for the pauses of each
// delivery, and is looked for again after longestRest.
const (
	failuresBefore = 3
	shortestRest   = 30
	longestRest    = 15 * 60
)

// mostAtOnce is how many deliveries a worker reads at a time.
const mostAtOnce = 50

// serveWebhook delivers what waits for one webhook, and returns until when it is to be let alone; 0: until something is told.
func (s *Stall) serveWebhook(ctx context.Context, id scrip.ID) (until int64) {
	failures := 0
	for ctx.Err() == nil {
		w, err := s.Shelf.Webhook(ctx, id)
		if err == nil && w.OffAt == 0 {
			err = s.spreadTo(ctx, w)
		}
		if errors.Is(err, scrip.ErrAbsent) || err == nil && w.OffAt > 0 {
			return 0
		}
		var waiting []scrip.WebhookDelivery
		if err == nil {
			waiting, err = s.Shelf.Undelivered(ctx, id, mostAtOnce)
		}
		if err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("a webhook cannot be served now", "err", err)
			}
			return s.Clock().Unix() + shortestRest
		}
		if len(waiting) == 0 {
			return 0
		}
		for _, d := range waiting {
			now := s.Clock().Unix()
			if d.NextAt > now {
				return min(d.NextAt, now+longestRest)
			}
			took, err := s.deliver(ctx, w, d)
			if err != nil && ctx.Err() == nil {
				s.Log.Warn("a webhook's delivery cannot be noted", "err", err)
				return now + shortestRest
			}
			if failures++; took {
				failures = 0
			}
			if failures >= failuresBefore {
				return s.Clock().Unix() + shortestRest
			}
		}
	}
	return 0
}

// spreadTo makes deliveries of what was told since, as many as may wait.
func (s *Stall) spreadTo(ctx context.Context, w scrip.Webhook) error {
	waiting, err := s.Shelf.Undelivered(ctx, w.ID, scrip.MaxDeliveries)
	if err != nil || len(waiting) == scrip.MaxDeliveries {
		return err
	}
	events, err := s.Shelf.SellerEvents(ctx, w.After, min(scrip.MaxDeliveries-len(waiting), mostAtOnce))
	if err != nil || len(events) == 0 {
		return err
	}
	spread := scrip.WebhookSpread{Webhook: w.ID, After: w.After}
	for _, e := range events {
		body, err := s.webhookBody(e.Kind, e.At, Tell(e))
		if err != nil {
			return err
		}
		spread.Deliveries = append(spread.Deliveries, scrip.WebhookDelivery{Event: e.Seq, Kind: e.Kind, Body: body})
		spread.To = e.Seq
	}
	if err := s.changeWebhook(ctx, scrip.WebhookChange{Spread: &spread}); !errors.Is(err, scrip.ErrAnswered) {
		return err
	}
	return nil // another process did
}

// deliver makes one try. A crash, or another process, leaves it to be tried again after the pause that is written down before
// it is sent; so a message may come twice, under the same ID.
func (s *Stall) deliver(ctx context.Context, w scrip.Webhook, d scrip.WebhookDelivery) (took bool, err error) {
	at, pause := s.Clock().Unix(), pauseAfter(d.Tries+1)
	try := d
	try.NextAt = at + max(pause, shortestRest)
	err = s.changeWebhook(ctx, scrip.WebhookChange{Try: &try})
	if errors.Is(err, scrip.ErrAnswered) {
		return true, nil // another process has it
	}
	if err != nil {
		return false, err
	}
	d.Tries++
	d.Status, d.Why = s.post(ctx, w, fmt.Sprintf("evt_%s_%d", s.Vendor(), d.Event), d.Body)
	if ctx.Err() != nil {
		return false, ctx.Err() // as after a crash
	}
	d.Done, d.NextAt = taken(d.Status), at+pause
	if d.Done || pause == 0 {
		d.NextAt = 0
	}
	err = s.changeWebhook(ctx, scrip.WebhookChange{Tried: &d})
	if err == nil && d.Status == gone {
		err = s.TurnWebhook(ctx, w.ID, false)
	}
	return d.Done, err
}

func (s *Stall) post(ctx context.Context, w scrip.Webhook, id, body string) (status int, why string) {
	m := WebhookMessage{Vendor: s.Vendor(), URL: w.URL, ID: id, Body: body, At: s.Clock(), Secrets: []scrip.WebhookSecret{w.Secret}}
	if s.Clock().Unix() < w.OldUntil {
		m.Secrets = append(m.Secrets, w.Old)
	}
	return s.Webhooks.Post(ctx, m)
}

// taken reports whether a message was taken.
func taken(status int) bool { return status >= 200 && status < 300 }

// gone is the status with which a receiver says that it wants no more.
const gone = 410
