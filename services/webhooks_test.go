package services

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// TestWebhookPost: a receiver that has any of the secrets can verify the message by the convention's own library; a redirect is not
// followed, and an address that is not public is not told, be it by its number or by what its name resolves to.
func TestWebhookPost(t *testing.T) {
	old, fresh := slices.Repeat([]byte{1}, 32), slices.Repeat([]byte{2}, 32)
	heard := 0
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard++
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for _, secret := range [][]byte{old, fresh} {
			hook, err := standardwebhooks.NewWebhookRaw(secret)
			if err != nil {
				t.Fatal(err)
			}
			if err := hook.Verify(body, r.Header); err != nil {
				t.Errorf("with %d: %v", secret[0], err)
			}
		}
		if other, err := standardwebhooks.NewWebhookRaw(slices.Repeat([]byte{3}, 32)); err != nil || other.Verify(body, r.Header) == nil {
			t.Errorf("with a secret that is none: %v, want not to verify", err)
		}
	}))
	defer receiver.Close()
	h := house{Config: Config{PrivateStalls: true}, parts: &parts{}}
	m := merchant.WebhookMessage{URL: receiver.URL, ID: "evt_1", Body: `{"type":"test"}`, At: time.Now(), Secrets: []scrip.WebhookSecret{fresh, old}}
	if status, why := h.newWebhooks().Post(t.Context(), m); status != 200 || heard != 1 {
		t.Errorf("a message: got %d %s, heard %d times", status, why, heard)
	}
	m.URL = receiver.URL + "/moved"
	if status, _ := h.newWebhooks().Post(t.Context(), m); status != 302 || heard != 2 {
		t.Errorf("a redirect: got %d, heard %d times, want 302 and 2", status, heard)
	}
	outside := house{Config: Config{Log: slog.New(slog.DiscardHandler)}, parts: &parts{}}
	if status, why := outside.newWebhooks().Post(t.Context(), m); status != 0 || why != "not-public" || heard != 2 {
		t.Errorf("an address that is not public: got %d %s, heard %d times", status, why, heard)
	}
	for address, want := range map[string]error{
		"http://127.0.0.1/": scrip.PartyMismatch, "http://[::1]:8080/": scrip.PartyMismatch, "https://localhost/": scrip.PartyMismatch,
		"https://10.1.2.3/hook": scrip.PartyMismatch, "https://shop.example/hook?key=1": nil,
	} {
		if err := outside.newWebhooks().Check(address); err != want {
			t.Errorf("%s: got %v, want %v", address, err, want)
		}
	}
	if err := h.newWebhooks().Check("http://127.0.0.1/"); err != nil {
		t.Errorf("where private stalls are asked: got %v", err)
	}
}

// TestWebhookTurns: a stall whose addresses hang has its own turns and no more; others go on, and what ended leaves nothing behind.
func TestWebhookTurns(t *testing.T) {
	all := newTurns(webhooksEach + 1)
	var back []func()
	for range webhooksEach {
		giveBack, err := all.take(t.Context(), "slow")
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, giveBack)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := all.take(soon, "slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more of the same stall: got %v, want that it waits", err)
	}
	other, err := all.take(t.Context(), "other")
	if err != nil {
		t.Fatalf("a turn of another stall: got %v, want one", err)
	}
	soon, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := all.take(soon, "third"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more than there are: got %v, want that it waits", err)
	}
	back[0]()
	again, err := all.take(t.Context(), "slow")
	if err != nil {
		t.Errorf("a turn that was given back: got %v, want it", err)
	}
	for _, giveBack := range append(back[1:], other, again) {
		giveBack()
	}
	if n := len(all.stalls); n != 0 {
		t.Errorf("once all are given back: got %d stalls remembered, want none", n)
	}
}
