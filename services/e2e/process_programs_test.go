package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"peerscrip/services/scrip"
)

// programmed is a hosted stall whose seller has a program, which listed one thing.
type programmed struct {
	robot
	vendor scrip.VendorID
	heard  *webhookReceiver
}

// startProgrammed opens a stall for an account at a market. Its program lists a trowel by the
// seller API, and has a server hear what is sold.
func startProgrammed(t *testing.T, owner *buyer, market, name string) programmed {
	t.Helper()
	desk, vendor := hostStall(owner, market, name)
	p := programmed{robot{t, market, desk.key(vendor)}, vendor, newWebhookReceiver(t)}
	made := desk.form("/desk/programs/webhooks", url.Values{"url": {p.heard.server.URL}})
	secret := regexp.MustCompile(`value="(whsec_[^"]*)"`).FindStringSubmatch(made)
	if secret == nil {
		t.Fatalf("no secret is shown:\n%s", made)
	}
	p.heard.secret.Store(&secret[1])
	p.ask("POST", "/v1/seller/offers", `{"title":"Trowel","description":"","category":"Tools & Garden","condition":"good","price":500,`+
		`"delivery":[{"way":"post","label":"","price":0,"countries":[],"days":[1,3]},{"way":"collect","label":"","price":0,"countries":[],"days":[0,0]}],`+
		`"send_within":3,"check_within":3,"quantity":2}`)
	return p
}

// robot is a seller's program with a key.
type robot struct {
	t        testing.TB
	url, key string
}

func (r robot) ask(method, path, body string) (answer map[string]any) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", path)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		r.t.Fatal(err)
	}
	if err := json.Unmarshal(text.Bytes(), &answer); err != nil || resp.StatusCode >= 300 {
		r.t.Fatalf("%s %s: got %d %s, %v", method, path, resp.StatusCode, text.String(), err)
	}
	return answer
}

// webhookReceiver is a seller's own server.
type webhookReceiver struct {
	server *httptest.Server
	secret atomic.Pointer[string]
	down   atomic.Bool
	tried  atomic.Int32 // while it was down

	mu    sync.Mutex
	heard map[string]string // under mu: orders by the kind of message
}

func newWebhookReceiver(t *testing.T) *webhookReceiver {
	t.Helper()
	r := &webhookReceiver{heard: map[string]string{}}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.down.Load() {
			r.tried.Add(1)
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		hook, err := standardwebhooks.NewWebhook(*r.secret.Load())
		if err == nil {
			err = hook.Verify(body, req.Header)
		}
		var m struct {
			Type string
			Data struct{ Order string }
		}
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		if err != nil {
			t.Errorf("a message: %v", err)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard[m.Type] = m.Data.Order
	}))
	t.Cleanup(r.server.Close)
	return r
}

func (r *webhookReceiver) orderOf(kind string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard[kind]
}
