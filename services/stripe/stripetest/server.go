// Package stripetest is for tests: a server that behaves as Stripe's API was seen to, as far as a broker uses it. It keeps what is
// made, answers an idempotency key as before, signs notices, shows a page where a payer pays or does not, and does on command what
// payers, banks and networks do.
package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The keys that it takes.
const (
	Key     = "sk_test_51peerscrip"
	Webhook = "whsec_peerscrip"
)

type object = map[string]any

// Server is one account at Stripe.
type Server struct {
	URL   string
	Clock func() time.Time

	t        testing.TB
	mu       sync.Mutex
	sessions map[string]object
	intents  map[string]object // payment intents, each with its charge as latest_charge
	refunds  map[string]object
	moved    map[string]object // transfers
	disputed map[string]object // disputes
	keys     map[string]kept   // by idempotency key
	made     int
	calls    map[string]int // by method and path
	faults   []fault
	refunded func(r object) // decides how a new refund stands
}

// kept is the answer to a request with an idempotency key.
type kept struct {
	asked  string
	status int
	answer []byte
}

// fault is what happens to the next call of a path.
type fault struct {
	path   string
	before bool // nothing is done
	status int  // 0: the connection ends without an answer
	code   string
	until  chan struct{} // if it is there, the answer waits for it
}

// New returns a server that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{
		Clock: time.Now, t: t, sessions: map[string]object{}, intents: map[string]object{}, refunds: map[string]object{}, moved: map[string]object{}, disputed: map[string]object{},
		keys: map[string]kept{}, calls: map[string]int{}, refunded: func(r object) { r["status"] = "succeeded" },
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/", s.serve)
	mux.HandleFunc("/pay/{session}", s.page)
	served := httptest.NewServer(mux)
	s.URL = served.URL
	t.Cleanup(served.Close)
	return s
}

// Calls is how often a method and a path were asked, by whatever came of it; a path with an ID as it stands.
func (s *Server) Calls(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[call]
}

// Lose has the next call of a path be done and its answer lost; Break has it not be done, and end likewise; Refuse has it refused
// with a status and a code.
func (s *Server) Lose(path string)  { s.fault(fault{path: path}) }
func (s *Server) Break(path string) { s.fault(fault{path: path, before: true}) }
func (s *Server) Refuse(path string, status int, code string) {
	s.fault(fault{path: path, before: true, status: status, code: code})
}

// Hold has the next call of a path be done, and its answer wait until it is released; the one who asked may be gone by then.
func (s *Server) Hold(path string) (release func()) {
	until := make(chan struct{})
	s.fault(fault{path: path, until: until})
	return sync.OnceFunc(func() { close(until) })
}

func (s *Server) fault(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

func (s *Server) nextFault(path string) (fault, bool) {
	for i, f := range s.faults {
		if f.path == path {
			s.faults = slices.Delete(s.faults, i, i+1)
			return f, true
		}
	}
	return fault{}, false
}

// Forget forgets all idempotency keys, as Stripe does after a day.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.keys)
}

// Refunds decides how new refunds stand: their status, and why they failed.
func (s *Server) Refunds(status, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refunded = func(r object) {
		if r["status"] = status; reason != "" {
			r["failure_reason"] = reason
		}
	}
}

func (s *Server) id(kind string) string {
	s.made++
	return fmt.Sprintf("%s_test_%06d", kind, s.made)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.Method+" "+r.URL.Path]++
	if _, key, _ := strings.Cut(r.Header.Get("Authorization"), " "); key != Key {
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "invalid_api_key")
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "parameter_invalid")
		return
	}
	f, faulty := s.nextFault(r.URL.Path)
	if faulty && f.before {
		if f.status == 0 {
			panic(http.ErrAbortHandler)
		}
		refuse(w, f.status, "invalid_request_error", f.code)
		return
	}
	status, answer := s.once(r)
	if faulty && f.until == nil {
		panic(http.ErrAbortHandler)
	}
	if faulty {
		s.mu.Unlock()
		select {
		case <-f.until:
		case <-r.Context().Done():
		}
		s.mu.Lock()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", s.id("req"))
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// once answers a request with an idempotency key as before; with other parameters it is an error, as Stripe's.
func (s *Server) once(r *http.Request) (int, []byte) {
	key := r.Header.Get("Idempotency-Key")
	asked := r.Method + " " + r.URL.Path + "?" + r.Form.Encode()
	if before, known := s.keys[key]; known && key != "" && r.Method == http.MethodPost {
		if before.asked != asked {
			return http.StatusBadRequest, failure("idempotency_error", "idempotency_key_in_use")
		}
		return before.status, before.answer
	}
	status, answer := s.answer(r)
	if key != "" && r.Method == http.MethodPost {
		s.keys[key] = kept{asked, status, answer}
	}
	return status, answer
}

func refuse(w http.ResponseWriter, status int, kind, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(failure(kind, code))
}

func failure(kind, code string) []byte {
	return encoded(object{"error": object{"type": kind, "code": code, "message": "It says why, with what was sent: " + Key}})
}

func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func (s *Server) answer(r *http.Request) (int, []byte) {
	path, form := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/"), r.Form
	post := r.Method == http.MethodPost
	var o object
	switch {
	case path[0] == "checkout" && len(path) == 2 && post:
		o = s.openSession(form)
	case path[0] == "checkout" && len(path) == 3:
		o = s.shown(s.sessions[path[2]], len(form["expand[0]"]) > 0)
	case path[0] == "checkout" && path[len(path)-1] == "expire":
		if o = s.sessions[path[2]]; o != nil && o["status"] != "open" {
			return http.StatusBadRequest, failure("invalid_request_error", "resource_missing")
		} else if o != nil {
			o["status"] = "expired"
		}
	case path[0] == "refunds" && len(path) == 1 && post:
		return s.refund(form)
	case path[0] == "refunds" && len(path) == 1:
		return http.StatusOK, list(s.refunds, form, "payment_intent")
	case path[0] == "refunds":
		o = s.refunds[path[1]]
	case path[0] == "transfers" && len(path) == 1 && post:
		o = s.transfer(form)
	case path[0] == "transfers" && len(path) == 1:
		return http.StatusOK, list(s.moved, form, "transfer_group")
	case path[0] == "transfers":
		o = s.moved[path[1]]
	case path[0] == "disputes" && len(path) == 1:
		return http.StatusOK, list(s.disputed, form, "payment_intent")
	case path[0] == "payment_intents" && len(path) == 1:
		return http.StatusOK, list(s.intents, form, "")
	case path[0] == "accounts" && post:
		o = object{"id": s.id("acct"), "object": "account"}
	case path[0] == "account_links" && post:
		o = object{"object": "account_link", "url": s.URL + "/connect/" + form.Get("account")}
	}
	if o == nil {
		return http.StatusNotFound, failure("invalid_request_error", "resource_missing")
	}
	return http.StatusOK, encoded(o)
}

// list is a page of what was made, the newest first, as far as it fits what is asked.
func list(of map[string]object, form url.Values, by string) []byte {
	var all []object
	since, _ := strconv.ParseInt(form.Get("created[gte]"), 10, 64)
	for _, o := range of {
		if want := form.Get(by); (by == "" || want == "" || o[by] == want) && o["created"].(int64) >= since {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(b["id"].(string), a["id"].(string)) })
	if after := form.Get("starting_after"); after != "" {
		all = all[1+slices.IndexFunc(all, func(o object) bool { return o["id"] == after }):]
	}
	const page = 2 // so that there are many
	more := len(all) > page
	return encoded(object{"object": "list", "data": append([]object{}, all[:min(len(all), page)]...), "has_more": more, "url": "/v1"})
}

func metadata(form url.Values, prefix string) object {
	m := object{}
	for name, values := range form {
		if inner, ours := strings.CutPrefix(name, prefix); ours {
			m[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	return m
}

func (s *Server) openSession(form url.Values) object {
	total := int64(0)
	for i := range 10 {
		amount, _ := strconv.ParseInt(form.Get(fmt.Sprintf("line_items[%d][price_data][unit_amount]", i)), 10, 64)
		total += amount
	}
	id := s.id("cs")
	s.sessions[id] = object{
		"id": id, "object": "checkout.session", "status": "open", "payment_status": "unpaid", "amount_total": total,
		"currency": form.Get("line_items[0][price_data][currency]"), "client_reference_id": form.Get("client_reference_id"), "metadata": metadata(form, "metadata["),
		"success_url": form.Get("success_url"), "cancel_url": form.Get("cancel_url"), "url": s.URL + "/pay/" + id,
		"intent": metadata(form, "payment_intent_data[metadata]["), "created": s.Clock().Unix(),
	}
	return s.sessions[id]
}

// shown is a session with its payment intent as an object, where that is asked for.
func (s *Server) shown(session object, expanded bool) object {
	if id, paid := session["payment_intent"].(string); paid && expanded {
		session = maps.Clone(session)
		session["payment_intent"] = s.intents[id]
	}
	return session
}

func (s *Server) refund(form url.Values) (int, []byte) {
	intent := s.intents[form.Get("payment_intent")]
	amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	if intent == nil {
		return http.StatusNotFound, failure("invalid_request_error", "resource_missing")
	}
	charge := intent["latest_charge"].(object)
	if left := charge["amount"].(int64) - charge["amount_refunded"].(int64); amount > left {
		return http.StatusBadRequest, failure("invalid_request_error", "charge_already_refunded")
	}
	id := s.id("re")
	r := object{
		"id": id, "object": "refund", "amount": amount, "currency": intent["currency"], "payment_intent": intent["id"], "metadata": metadata(form, "metadata["), "created": s.Clock().Unix(),
	}
	s.refunded(r)
	if r["status"] != "failed" {
		charge["amount_refunded"] = charge["amount_refunded"].(int64) + amount
	}
	s.refunds[id] = r
	return http.StatusOK, encoded(r)
}

func (s *Server) transfer(form url.Values) object {
	amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	id := s.id("tr")
	s.moved[id] = object{
		"id": id, "object": "transfer", "amount": amount, "currency": form.Get("currency"), "destination": form.Get("destination"),
		"transfer_group": form.Get("transfer_group"), "metadata": metadata(form, "metadata["), "reversed": false, "created": s.Clock().Unix(),
	}
	return s.moved[id]
}

// Session is the last page that was opened: its ID.
func (s *Server) Session() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Max(append(slices.Collect(maps.Keys(s.sessions)), ""))
}

// Pay has the payer of a page pay, all that is asked: "succeeded", or "processing" where its bank has yet to say, or
// "requires_payment_method" where it said no. Again it is what that bank says later.
func (s *Server) Pay(session, status string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pay(session, status, 0)
}

// PayOther has the payer pay another amount, in whatever currency.
func (s *Server) PayOther(session string, amount int64, currency string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pay(session, "succeeded", amount)
	s.intents[s.sessions[session]["payment_intent"].(string)]["currency"] = currency
}

func (s *Server) pay(session, status string, amount int64) {
	o := s.sessions[session]
	if o == nil || o["status"] == "expired" {
		s.t.Errorf("pay %s: there is no such page", session)
		return
	}
	if amount == 0 {
		amount = o["amount_total"].(int64)
	}
	id, before := o["payment_intent"].(string)
	if !before {
		id = s.id("pi")
		s.intents[id] = object{"id": id, "object": "payment_intent", "currency": o["currency"], "metadata": o["intent"], "created": s.Clock().Unix(), "amount_received": int64(0)}
	}
	intent := s.intents[id]
	o["status"], o["payment_intent"], intent["status"] = "complete", id, status
	switch status {
	case "succeeded":
		o["payment_status"], intent["amount_received"] = "paid", amount
		intent["latest_charge"] = object{"id": s.id("ch"), "object": "charge", "amount": amount, "amount_refunded": int64(0), "disputed": false, "payment_intent": id}
	case "requires_payment_method":
		intent["last_payment_error"] = object{"code": "payment_intent_payment_attempt_failed", "decline_code": "insufficient_funds", "type": "card_error"}
	}
}

// Expire ends a page by its time.
func (s *Server) Expire(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session]["status"] = "expired"
}

// Charge is the payment intent of a page that was paid.
func (s *Server) Charge(session string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _ := s.sessions[session]["payment_intent"].(string)
	return id
}

// GiveBack has somebody give the payer something back at Stripe itself.
func (s *Server) GiveBack(charge string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.intents[charge]["latest_charge"].(object)
	of["amount_refunded"] = of["amount_refunded"].(int64) + amount
	id := s.id("re")
	s.refunds[id] = object{"id": id, "object": "refund", "amount": amount, "currency": s.intents[charge]["currency"], "payment_intent": charge, "metadata": object{}, "status": "succeeded", "created": s.Clock().Unix()}
}

// Dispute has the payer of a charge take what is left of it back through its bank, and returns the dispute: "needs_response", or
// "warning_needs_response", where the bank asks and takes nothing yet.
func (s *Server) Dispute(charge, status string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.intents[charge]["latest_charge"].(object)
	of["disputed"], id = true, s.id("du")
	s.disputed[id] = object{
		"id": id, "object": "dispute", "amount": of["amount"].(int64) - of["amount_refunded"].(int64), "currency": s.intents[charge]["currency"], "charge": of["id"],
		"payment_intent": charge, "status": status, "metadata": object{}, "created": s.Clock().Unix(),
	}
	return id
}

// Decide says how a dispute stands now: "needs_response", "won", "lost", "warning_closed".
func (s *Server) Decide(dispute, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disputed[dispute]["status"] = status
}

// Omit takes a payment out of the list, as if it had never been.
func (s *Server) Omit(charge string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.intents, charge)
}

// Settle says how refunds that are made stand now, all of them.
func (s *Server) Settle(status, reason string) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.refunds {
		if r["status"] == status {
			continue
		}
		if r["status"], r["failure_reason"] = status, reason; status == "failed" {
			charge := s.intents[r["payment_intent"].(string)]["latest_charge"].(object)
			charge["amount_refunded"] = charge["amount_refunded"].(int64) - r["amount"].(int64)
		}
		ids = append(ids, id)
	}
	return ids
}

// Made counts what there is: sessions, refunds, transfers.
func (s *Server) Made() (sessions, refunds, transfers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions), len(s.refunds), len(s.moved)
}

// Notice is a notice as Stripe sends it, and the header that signs it.
func (s *Server) Notice(id, kind, about string) (payload []byte, signature string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var o object
	for _, all := range []map[string]object{s.sessions, s.intents, s.refunds, s.moved, s.disputed} {
		if found := all[about]; found != nil {
			o = found
		}
	}
	if intent := s.intents[about]; intent != nil && strings.HasPrefix(kind, "charge.") {
		o = intent["latest_charge"].(object)
	}
	payload = encoded(object{
		"id": id, "object": "event", "type": kind, "livemode": false, "created": s.Clock().Unix(), "api_version": "2020-08-27", "data": object{"object": o},
	})
	return payload, Sign(payload, Webhook, time.Now())
}

// Sign is the header that signs a notice.
func Sign(payload []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// page is where a payer pays, or does not.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	o := s.sessions[r.PathValue("session")]
	s.mu.Unlock()
	if o == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodPost {
		s.Pay(r.PathValue("session"), "succeeded")
		http.Redirect(w, r, o["success_url"].(string), http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Pay</title><h1>%v %s</h1><form method="post"><button id="pay">Pay</button></form><a id="no" href="%s">Back</a></html>`,
		o["amount_total"], html.EscapeString(o["currency"].(string)), html.EscapeString(o["cancel_url"].(string)))
}
