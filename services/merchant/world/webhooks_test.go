package world_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// receivers are servers that are told: each by its address answers with a status, or hangs (0).
type receivers struct {
	mu     sync.Mutex
	status map[string]int
	heard  map[string][]merchant.WebhookMessage
}

func (r *receivers) Check(url string) error {
	if strings.Contains(url, "inward") {
		return scrip.PartyMismatch
	}
	return nil
}

func (r *receivers) Post(ctx context.Context, m merchant.WebhookMessage) (int, string) {
	r.mu.Lock()
	r.heard[m.URL] = append(r.heard[m.URL], m)
	status := r.status[m.URL]
	r.mu.Unlock()
	if status == 0 {
		<-ctx.Done()
		return 0, "timed-out"
	}
	return status, ""
}

func (r *receivers) set(url string, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status[url] = status
}

func (r *receivers) at(url string) []merchant.WebhookMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]merchant.WebhookMessage(nil), r.heard[url]...)
}

// hooked is a stall that runs, and whose events are told.
type hooked struct {
	*rig.Rig
	stall *rig.Stall
	to    *receivers
}

func hookedStall(t *testing.T) *hooked {
	t.Helper()
	r := rig.New(t)
	s := r.Stall("Attic")
	to := &receivers{status: map[string]int{}, heard: map[string][]merchant.WebhookMessage{}}
	c := s.Config
	c.Webhooks = to
	s.Stall = merchant.Open(c)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return &hooked{r, s, to}
}

func (h *hooked) hook(url string, status int) scrip.ID {
	h.T.Helper()
	h.to.set(url, status)
	if _, err := h.stall.AddWebhook(h.T.Context(), url); err != nil {
		h.T.Fatal(err)
	}
	all, err := h.stall.SellerWebhooks(h.T.Context())
	if err != nil {
		h.T.Fatal(err)
	}
	for _, w := range all {
		if w.URL == url {
			return w.ID
		}
	}
	h.T.Fatalf("%s is not among the webhooks", url)
	return ""
}

// tell has something told: the stall finds it when it looks for something else.
func (h *hooked) tell(part string) {
	h.T.Helper()
	e := scrip.SellerEvent{Kind: scrip.RatingNew, Object: "AAAAAAAAAAAAAAAAAAAAAA", Part: part}
	told := scrip.Change{At: h.Clock.Now().Unix(), Stall: &scrip.StallChange{Rated: []scrip.SellerEvent{e}}}
	if err := h.stall.Shelf.Apply(h.T.Context(), told); err != nil {
		h.T.Fatal(err)
	}
	h.poke()
}

func (h *hooked) wait(what string, until func() bool) {
	h.T.Helper()
	begun := time.Now()
	for rests := begun; !until(); time.Sleep(5 * time.Millisecond) {
		if time.Since(rests) > 500*time.Millisecond { // a webhook that failed may rest, by the clock of the rig
			h.Clock.Advance(31 * time.Second)
			h.poke()
			rests = time.Now()
		}
		if time.Since(begun) > 30*time.Second {
			h.T.Fatalf("waited in vain: %s", what)
		}
	}
}

// over is the delivery of a webhook's newest event, once that is over.
func (h *hooked) over(id scrip.ID) (d scrip.WebhookDelivery) {
	h.T.Helper()
	h.wait("a delivery to be over", func() bool {
		_, list, err := h.stall.SellerWebhook(h.T.Context(), id)
		if err != nil {
			h.T.Fatal(err)
		}
		if len(list) > 0 {
			d = list[0]
		}
		return len(list) > 0 && d.NextAt == 0
	})
	return d
}

// TestWebhooks: what is told comes to each webhook, signed with its secret, and to others though one hangs; for a day
// after a rotation with both secrets.
func TestWebhooks(t *testing.T) {
	h := hookedStall(t)
	h.hook("https://hangs.example/", 0)
	good := h.hook("https://good.example/", 204)
	h.tell("one")
	d := h.over(good)
	heard := h.to.at("https://good.example/")
	if !d.Done || d.Tries != 1 || d.Status != 204 || len(heard) != 1 {
		t.Fatalf("got %+v after %d messages, want one that was taken", d, len(heard))
	}
	if m := heard[0]; !strings.Contains(m.Body, `"type":"rating.new"`) || !strings.Contains(m.Body, string(h.stall.Vendor())) || !strings.HasPrefix(m.ID, "evt_") || len(m.Secrets) != 1 {
		t.Errorf("the message: got %+v", m)
	}
	fresh, err := h.stall.RotateWebhook(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 1} {
		if d, err := h.stall.TestWebhook(t.Context(), good); err != nil || !d.Done {
			t.Fatalf("a test: got %+v, %v", d, err)
		}
		heard = h.to.at("https://good.example/")
		last := heard[len(heard)-1]
		if len(last.Secrets) != want || string(last.Secrets[0]) != string(fresh) || !strings.Contains(last.Body, `"type":"test"`) {
			t.Errorf("a test after the rotation: got %d secrets and %s, want %d", len(last.Secrets), last.Body, want)
		}
		h.Clock.Advance(25 * time.Hour)
	}
	h.wait("the one that hangs to be tried", func() bool { return len(h.to.at("https://hangs.example/")) > 0 })
	if _, err := h.stall.AddWebhook(t.Context(), "https://inward.example/"); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("an address of this network: got %v, want %v", err, scrip.PartyMismatch)
	}
	if _, err := h.stall.AddWebhook(t.Context(), "ftp://x"); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("no address: got %v, want %v", err, scrip.Unreadable)
	}
}

// TestWebhookIsTriedForThreeDays: with pauses that grow; what was given up is sent again when its seller says so.
func TestWebhookIsTriedForThreeDays(t *testing.T) {
	h := hookedStall(t)
	begun := h.Clock.Now()
	id := h.hook("https://down.example/", 500)
	h.tell("one")
	tried := func(n int) func() bool {
		return func() bool { return len(h.to.at("https://down.example/")) >= n }
	}
	for n := 1; n <= 10; n++ {
		h.wait("a try", tried(n))
		var next int64
		h.wait("its outcome", func() bool {
			_, list, err := h.stall.SellerWebhook(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			next = list[0].NextAt
			return list[0].Status == 500 && list[0].Tries == n && (n < 10 || next == 0)
		})
		if n < 10 {
			h.Clock.Advance(time.Duration(next-h.Clock.Now().Unix()+1) * time.Second)
			h.poke()
		}
	}
	if over := h.Clock.Now().Sub(begun); over < 70*time.Hour || over > 73*time.Hour {
		t.Errorf("given up after %v, want three days", over)
	}
	if d := h.over(id); d.Done || d.Tries != 10 {
		t.Errorf("what is given up: got %+v", d)
	}
	h.to.set("https://down.example/", 200)
	if err := h.stall.ResendWebhook(t.Context(), id, 1); err != nil {
		t.Fatal(err)
	}
	if d := h.over(id); !d.Done || d.Tries != 1 {
		t.Errorf("sent again: got %+v", d)
	}
}

// quiet waits until webhooks were told of all of which there is something to tell.
func (h *hooked) quiet(id scrip.ID) {
	h.T.Helper()
	h.wait("all to be told", func() bool {
		_, list, err := h.stall.SellerWebhook(h.T.Context(), id)
		if err != nil {
			h.T.Fatal(err)
		}
		return len(list) > 0 && !slices.ContainsFunc(list, func(d scrip.WebhookDelivery) bool { return d.NextAt > 0 })
	})
	time.Sleep(100 * time.Millisecond) // who told rests
}

// heardSoon wants a webhook to be told of an event of this kind though nobody has who tells look again.
func (h *hooked) heardSoon(url, kind string) {
	h.T.Helper()
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
		if slices.ContainsFunc(h.to.at(url), func(m merchant.WebhookMessage) bool { return strings.Contains(m.Body, `"type":"`+kind+`"`) }) {
			return
		}
	}
	h.T.Errorf("%s: got %+v, want it told at once", kind, h.to.at(url))
}

// TestWebhooksAreToldAtOnce: what becomes an event of a stall's seller, an order and a rating that the stall hears of, wakes who tells it.
func TestWebhooksAreToldAtOnce(t *testing.T) {
	const url = "https://good.example/"
	h := hookedStall(t)
	c := h.Customer(100_00)
	held, _ := c.Trade(h.stall, c.Acquire(20_00), 10_00)
	listing := h.stall.List(10_00, 1)
	id := h.hook(url, 204)
	h.poke() // which it has looked after
	time.Sleep(100 * time.Millisecond)
	paid, _ := c.Buy(h.stall, held, listing)
	h.heardSoon(url, "order.paid")
	h.wait("the purchase to be recorded", func() bool { return h.stall.Sold(paid.Tx).Recorded })
	h.quiet(id)
	key := c.Alias(h.stall.Vendor())
	rate := c.Seal(rig.Message{From: key.Thumbprint(), By: key, Body: scrip.Rating{Vendor: h.stall.Vendor(), Purchase: paid.Tx, Stars: 5, Counter: 1}})
	if _, err := rig.Send[scrip.Noted](c, h.Broker.Rate, rate); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(6 * time.Minute)
	if err := h.stall.Again(t.Context()); err != nil { // the stall keeps house, and asks for ratings
		t.Fatal(err)
	}
	h.heardSoon(url, "rating.new")
}

// poke has who tells look again now: the clock of the rig wakes nobody.
func (h *hooked) poke() {
	h.T.Helper()
	if err := h.stall.DropWebhook(h.T.Context(), h.hook("https://poke.example/", 204)); err != nil {
		h.T.Fatal(err)
	}
}

// TestWebhookThatIsGone: a receiver that says that it wants no more is told nothing until its seller says so, and then all.
func TestWebhookThatIsGone(t *testing.T) {
	h := hookedStall(t)
	id := h.hook("https://gone.example/", 410)
	h.tell("one")
	off := func(want bool) func() bool {
		return func() bool {
			w, _, err := h.stall.SellerWebhook(t.Context(), id)
			return err == nil && (w.OffAt > 0) == want
		}
	}
	h.wait("the webhook to be off", off(true))
	h.to.set("https://gone.example/", 200)
	h.tell("two")
	if n := len(h.to.at("https://gone.example/")); n != 1 {
		t.Errorf("told while off: got %d messages, want 1", n)
	}
	h.Clock.Advance(time.Minute)
	if err := h.stall.TurnWebhook(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	h.wait("what was missed", func() bool { return len(h.to.at("https://gone.example/")) == 3 })
}

// interrupted is a source of randomness that does something once, before it is read.
type interrupted struct{ do func() }

func (m *interrupted) Read(b []byte) (int, error) {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return rand.Read(b)
}

// TestRotatedTwice: of two who ask for a new secret in one moment one is told that there is another; what was shown is in use, and the
// secret before is good for a day. Later, and also in the same second, there is another one.
func TestRotatedTwice(t *testing.T) {
	h := hookedStall(t)
	id := h.hook("https://good.example/", 204)
	before, _, err := h.stall.SellerWebhook(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var shown scrip.WebhookSecret
	c := h.stall.Config
	c.Random = &interrupted{func() {
		if shown, err = h.stall.RotateWebhook(t.Context(), id); err != nil {
			t.Errorf("the first: %v", err)
		}
	}}
	if secret, err := merchant.Open(c).RotateWebhook(t.Context(), id); !errors.Is(err, scrip.TxConflict) || secret != nil {
		t.Errorf("the second: got %d bytes, %v, want none, %v", len(secret), err, scrip.TxConflict)
	}
	w, _, err := h.stall.SellerWebhook(t.Context(), id)
	if err != nil || !bytes.Equal(w.Secret, shown) || !bytes.Equal(w.Old, before.Secret) {
		t.Errorf("afterwards: got a secret that was shown: %v, the one before it: %v, %v; want true, true", bytes.Equal(w.Secret, shown), bytes.Equal(w.Old, before.Secret), err)
	}
	if again, err := h.stall.RotateWebhook(t.Context(), id); err != nil || bytes.Equal(again, shown) {
		t.Errorf("another one in the same second: %v", err)
	}
}
