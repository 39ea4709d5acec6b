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
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestSellersPrograms: a program lists by the seller API at a hosted stall, hears by a signed webhook that somebody bought, also
// when its server was down meanwhile, and sends the order; the buyer hears of it.
func TestSellersPrograms(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "serve")
	desk, vendor := hostStall(newBuyer(t, p.url, 1, nil), p.url, "The Ironmonger")
	made := desk.form("/desk/programs/keys", url.Values{"name": {"Robot"}, "scope": {"listings:write", "orders:read", "orders:write", "money:read"}})
	key := regexp.MustCompile(`value="(pss_[^"]*)"`).FindStringSubmatch(made)
	if key == nil {
		t.Fatalf("no key is shown:\n%s", made)
	}
	to := newWebhookReceiver(t)
	made = desk.form("/desk/programs/webhooks", url.Values{"url": {to.server.URL}})
	secret := regexp.MustCompile(`value="(whsec_[^"]*)"`).FindStringSubmatch(made)
	if secret == nil {
		t.Fatalf("no secret is shown:\n%s", made)
	}
	to.secret.Store(&secret[1])

	bot := robot{t, p.url, key[1]}
	offer := bot.ask("POST", "/v1/seller/offers", `{"title":"Hinge","description":"","category":"Tools & Garden","condition":"good","price":500,`+
		`"delivery":[{"way":"post","label":"","price":0,"countries":[],"days":[1,3]},{"way":"collect","label":"","price":0,"countries":[],"days":[0,0]}],`+
		`"send_within":3,"check_within":3,"quantity":2}`)["offer"].(string)
	buyer := newCommands(t, p.url)
	buyer.run("fund", "20.00")
	to.down.Store(true)
	eventually(t, 20*time.Second, "the market lists it", func() bool {
		resp, err := http.Get(p.url + "/v1/market/listings/" + string(vendor) + "/" + offer)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	buyer.run("pay", p.url+"/l/"+string(vendor)+"/"+offer, "--way", "collect", "--load", "20")
	eventually(t, 20*time.Second, "the receiver that is down is tried", func() bool { return to.tried.Load() > 0 })
	to.down.Store(false)
	var order string
	eventually(t, 30*time.Second, "the message comes once it is back", func() bool {
		order = to.orderOf("order.paid")
		return order != ""
	})
	said := bot.ask("POST", "/v1/seller/orders/"+order+"/sent", `{"text":"It is ready."}`)
	if said["state"] != "sent" {
		t.Errorf("sent: got %v", said)
	}
	buyer.says("It is ready.", "orders")
	eventually(t, 30*time.Second, "the message that it is sent", func() bool { return to.orderOf("order.event") == order })
	if moved := bot.ask("GET", "/v1/seller/movements", "")["movements"].([]any); len(moved) != 1 {
		t.Errorf("movements: got %v, want one", moved)
	}
	p.stop()
	auditOf(t, p.data)
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
	req.Header.Set("Authorization", "Bearer "+r.key)
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
