package services

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/sync/semaphore"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Bounds on a message to a webhook.
const (
	webhookPatience = 10 * time.Second // for its answer
	webhookAnswer   = 64 << 10         // bytes that are read of it
	webhooksAtOnce  = 64               // of all stalls of this process
	webhooksEach    = 4                // of one stall: its slow addresses keep turns from its own others, and from nobody else's
)

// webhooks tells sellers' own servers, at addresses that sellers chose: under the rules of outward, and no redirect is followed.
type webhooks struct {
	client  *http.Client
	private bool // addresses that are not public are told, too
	turns   *turns
}

// turns bounds how many messages are under way, of one stall and of all. Safe for concurrent use.
type turns struct {
	all *semaphore.Weighted

	mu     sync.Mutex
	stalls map[scrip.VendorID]*turnsOf // under mu; those that have or want a turn
}

// turnsOf are the turns of one stall.
type turnsOf struct {
	one   *semaphore.Weighted
	users int // under turns.mu; who have or want a turn
}

func newTurns(all int64) *turns {
	return &turns{all: semaphore.NewWeighted(all), stalls: map[scrip.VendorID]*turnsOf{}}
}

// take waits for a turn of a stall, and returns what gives it back; its error is ctx's.
func (t *turns) take(ctx context.Context, vendor scrip.VendorID) (giveBack func(), err error) {
	t.mu.Lock()
	of := t.stalls[vendor]
	if of == nil {
		of = &turnsOf{one: semaphore.NewWeighted(webhooksEach)}
		t.stalls[vendor] = of
	}
	of.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if of.users--; of.users == 0 {
			delete(t.stalls, vendor)
		}
	}
	if err := of.one.Acquire(ctx, 1); err != nil {
		leave()
		return nil, err
	}
	if err := t.all.Acquire(ctx, 1); err != nil {
		of.one.Release(1)
		leave()
		return nil, err
	}
	return func() {
		t.all.Release(1)
		of.one.Release(1)
		leave()
	}, nil
}

var _ merchant.Webhooks = webhooks{}

func (h *house) newWebhooks() webhooks {
	return webhooks{
		client: &http.Client{
			Transport: h.outward(), Timeout: webhookPatience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		private: h.PrivateStalls, turns: newTurns(webhooksAtOnce),
	}
}

// Check implements [merchant.Webhooks]. A name is looked up when it is told, by outward; what is plainly here is refused at once.
func (w webhooks) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return scrip.Unreadable
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	at, err := netip.ParseAddr(host)
	if inwards := err == nil && !public(at) || host == "localhost" || strings.HasSuffix(host, ".localhost"); inwards && !w.private {
		return scrip.PartyMismatch
	}
	return nil
}

// Post implements [merchant.Webhooks].
func (w webhooks) Post(ctx context.Context, m merchant.WebhookMessage) (status int, why string) {
	giveBack, err := w.turns.take(ctx, m.Vendor)
	if err != nil {
		return 0, "unreachable"
	}
	defer giveBack()
	req, err := w.request(ctx, m)
	if err != nil {
		return 0, "unsendable"
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, whyUnheard(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, webhookAnswer)) // so that the connection can be used again
	return resp.StatusCode, ""
}

// request is a message, signed with each secret.
func (w webhooks) request(ctx context.Context, m merchant.WebhookMessage) (*http.Request, error) {
	body := []byte(m.Body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	var signatures []string
	for _, secret := range m.Secrets {
		signer, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, err
		}
		signature, err := signer.Sign(m.ID, m.At, body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "peerscrip")
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(m.At.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return req, nil
}

// whyUnheard is a word for why no answer came.
func whyUnheard(err error) string {
	switch {
	case errors.Is(err, errInward):
		return "not-public"
	case os.IsTimeout(err):
		return "timed-out"
	}
	return "unreachable"
}
