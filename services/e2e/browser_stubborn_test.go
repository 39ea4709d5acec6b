package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"peerscrip/jose"
	"peerscrip/services"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// stubborn stands before a stall, and answers some of what it is asked with its own
// signed no, or not at all, for as long as it is told to.
type stubborn struct {
	t    *testing.T
	data string
	mu   sync.Mutex
	way  map[string]string // under mu; by the end of a path: a refusal, or unheard
}

// unheard is the way of a stall that does what it is asked, and nobody hears of it.
const unheard = "unheard"

func (s *stubborn) set(way map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.way = way
}

func (s *stubborn) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		step := path.Base(r.URL.Path)
		way := s.way[step]
		s.mu.Unlock()
		switch {
		case way == "" || r.Method != http.MethodPost:
			next.ServeHTTP(w, r)
		case way == unheard:
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			s.refuse(w, r, step, scrip.Refusal(way))
		}
	})
}

func (s *stubborn) refuse(w http.ResponseWriter, r *http.Request, step string, reason scrip.Refusal) {
	keys, err := folder.At(s.data).StallKeys(rand.Reader)
	var in struct{ Envelope string }
	body, readErr := io.ReadAll(r.Body)
	if err != nil || readErr != nil || json.Unmarshal(body, &in) != nil {
		s.t.Errorf("refuse %s: %v, %v, %s", step, err, readErr, body)
		return
	}
	vendor := path.Base(path.Dir(r.URL.Path))
	open := opens[scrip.Mandate]
	if step == "claims" {
		open = opens[scrip.Claim]
	}
	from, tx, key, err := open(in.Envelope, keys.Envelope, vendor)
	if err != nil {
		s.t.Errorf("open what is refused: %v", err)
		return
	}
	answer, err := jose.Reply(rand.Reader, scrip.Compose(vendor, from, tx, time.Now().Unix(), scrip.Refuse{Reason: reason}, scrip.Attachments{}), keys.Signing, key)
	if err != nil {
		s.t.Errorf("refuse %s: %v", step, err)
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"envelope": answer})
}

func opens[B scrip.Body](envelope string, key jose.EnvelopeKey, vendor string) (from string, tx scrip.ID, reply jose.ReplyKey, err error) {
	o, err := scrip.Open[B](envelope, []jose.EnvelopeKey{key}, vendor, nil)
	if err != nil {
		return "", "", jose.ReplyKey{}, err
	}
	return o.From, o.Tx, *o.ReplyKey, nil
}

// ahead sets the clocks of the pages that are opened from now on ahead.
func (p *person) ahead(by time.Duration) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf(`{ const now = Date.now; Date.now = () => now() + %d }`, by.Milliseconds()),
	}); err != nil {
		p.t.Fatal(err)
	}
}

// reopened is the wallet's page on another day.
func (p *person) reopened() {
	p.t.Helper()
	p.open("/wallet")
	p.until("the wallet, or its door", `document.querySelector('`+id("wallet-balance")+`, `+id("wallet-unlock")+`') !== null`)
	if p.count("wallet-unlock") > 0 {
		p.unlock()
	}
}

// takeBack takes everything back. What is asked is asked anew where the plan changes
// meanwhile.
func (p *person) takeBack() {
	p.t.Helper()
	p.until("everything was taken back", `(() => {
		const at = name => document.querySelector('[data-testid="' + name + '"]')
		const next = at("leave-confirm") ?? at("leave-ask")
		next?.click()
		return at("leave-done") !== null
	})()`)
	if said := p.text("leave-done"); strings.Contains(said, "still here") {
		p.t.Errorf("everything was taken back: the page says %q\n%s", said, p.say())
	}
}

// A stall that is in force refuses for ever, in each state after money moved; what it
// keeps nobody from ends with the money back, by the wallet alone.
func TestBrowserStubbornStall(t *testing.T) {
	t.Parallel()
	var offset atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	data, stallData := t.TempDir(), t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data, Clock: clock})
	stall := &stubborn{t: t, data: stallData}
	start(t, services.Config{
		Role: services.Stall, BrokerURL: program.URL, Data: stallData, Name: "The Tinker", Watch: stall.before,
		Goods: []merchant.Item{{Title: "Copper kettle", Category: "Home", Condition: "good", Price: 10_00, Quantity: 9, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5}},
	})
	p := newPerson(t, browser(t), program.URL)
	p.makeWallet()
	kettle := p.eventuallyListed("kettle")

	// T10 is refused for good: nothing is paid, and the money is the person's.
	stall.set(map[string]string{"purchases": "party-mismatch"})
	p.checkout(kettle)
	p.confirm("50.00")
	p.see("checkout-error")
	if said := p.text("checkout-error"); !strings.Contains(said, "Nothing was paid. What was set aside is in your wallet") {
		t.Errorf("a purchase that is refused: the page says %q, want where the money is", said)
	}
	p.shot("stubborn-refused")

	// It is put off for ever: a day later the wallet waits no longer.
	stall.set(map[string]string{"purchases": "unavailable"})
	p.checkout(kettle)
	p.confirm("")
	p.see("work-give-up")
	p.shot("stubborn-put-off")
	offset.Add(int64(25 * time.Hour))
	p.ahead(25 * time.Hour)
	p.reopened()
	p.waitText("checkout-error", "Your money is free again")
	p.waitText("wallet-stall", "10.00")
	p.shot("stubborn-given-up")

	// It is given back, and the next exchange is made unheard; CLAIM is refused for ever.
	p.takeBack()
	stall.set(map[string]string{"exchanges": unheard, "claims": "party-mismatch"})
	p.checkout(kettle)
	p.fill("checkout-load-amount", "50.00")
	p.address("12 Elm Street")
	p.click("checkout-confirm")
	p.waitText("work-trouble", "The stall has not given you its money yet")
	p.shot("stubborn-owes")
	offset.Add(int64(48 * time.Hour))
	p.ahead(48 * time.Hour)
	p.reopened()
	p.waitText("work-known", "10.00")
	p.waitText("work-known", "who runs this market can close the stall: name them the payment")
	p.shot("stubborn-owes-for-days")

	// Its certificate is taken back: the money is at the bank, by itself, once what was
	// announced for the purchase that was given up counts no more.
	if _, err := services.Revoke(t.Context(), storage.Config{Data: data}, path.Base(path.Dir(kettle))); err != nil {
		t.Fatal(err)
	}
	offset.Add(int64(91 * 24 * time.Hour))
	p.ahead(91 * 24 * time.Hour)
	p.reopened()
	p.waitText("gone-done", "10.00")
	p.shot("stubborn-gone")
	auditOf(t, data, stallData)
}
