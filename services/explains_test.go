package services

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// TestUnreadableIsExplained: a demo says at which check a message was unreadable;
// any other role answers each in the same way.
func TestUnreadableIsExplained(t *testing.T) {
	for role, explains := range map[Role]bool{Demo: true, Serve: false} {
		handler, broker := built(t, role)
		for check, envelope := range unreadable(t, broker) {
			body, err := json.Marshal(map[string]string{"envelope": envelope})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodPost, "/v1/broker/accounts", strings.NewReader(string(body)))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			want := api.Problem{Type: "/problems/unreadable", Title: "The message cannot be read", Status: 400, Instance: w.Header().Get("X-Request-Id")}
			if explains {
				want.Check = check
			}
			told, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.Body.String(); got != string(told) {
				t.Errorf("%s, a message that fails at %q: got %s, want %s", role, check, got, told)
			}
		}
	}
}

// built is a role's handler before it listens, and the broker in it.
func built(t *testing.T, role Role) (http.Handler, scrip.BrokerInfo) {
	t.Helper()
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Config{Role: role, Data: t.TempDir(), BaseURL: "http://127.0.0.1:1", Document: document}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{URL: c.BaseURL, config: c}
	t.Cleanup(func() {
		if err := p.parts.close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := p.parts.api.Broker.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p.server.Handler, info
}

// unreadable are R1s to a broker, by the check at which they fail.
func unreadable(t *testing.T, broker scrip.BrokerInfo) map[string]string {
	t.Helper()
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := scrip.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(to jose.SealKey, edit func(*jose.Message)) string {
		reply, err := jose.NewReplyKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		m := scrip.Compose(key.Thumbprint(), string(broker.ID), tx, time.Now().Unix(), scrip.AccountRequest{Bank: "SB1"}, scrip.Attachments{ReplyKey: &reply})
		edit(&m)
		signed, err := jose.Sign(rand.Reader, m, key)
		if err != nil {
			t.Fatal(err)
		}
		envelope, err := signed.Seal(to)
		if err != nil {
			t.Fatal(err)
		}
		return envelope
	}
	as := func(*jose.Message) {}
	return map[string]string{
		"envelope":    strings.Repeat("a", 400),
		"decrypt":     sealed(other.Public(), as),
		"sign-header": sealed(broker.Envelope, func(m *jose.Message) { m.Typ = "T1" }),
		"claims":      sealed(broker.Envelope, func(m *jose.Message) { m.Aud = string(tx) }),
		"body":        sealed(broker.Envelope, func(m *jose.Message) { m.Body = map[string]any{"bank": "SB1"} }),
		"attachments": sealed(broker.Envelope, func(m *jose.Message) { delete(m.Attach, "reply_key") }),
	}
}
