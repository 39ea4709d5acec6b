package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

const envelope = `{"envelope":"aaaaaaaaaaaaaaaa.b.c.d.e"}`

// TestAnswers is the contract in rows: a request, the status, and what stands
// in the answer.
func TestAnswers(t *testing.T) {
	url := serve(t, everything(t))
	long := strings.Repeat("a", 262145)
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		want                     []string
	}{
		{"keys", "GET", "/.well-known/jwks.json", "", 200, []string{`"keys":[{"kty":"OKP","crv":"Ed25519"`, `"use":"enc"`, `"y":"`}},
		{"KEYS", "GET", "/v1/broker/keys?after=2", "", 200, []string{`"keys":["header.keys-after-2.signature"]`}},
		{"broker", "GET", "/v1/broker", "", 200, []string{`"currency":"EUR"`, `"exponent":2`, `"max_charge":100000`}},
		{"R1", "POST", "/v1/broker/accounts", envelope, 200, []string{`{"envelope":"R1:aaaa`}},
		{"BANK", "POST", "/v1/broker/banks", envelope, 200, []string{`BANK:`}},
		{"REKEY", "POST", "/v1/broker/rekeyings", envelope, 200, []string{`REKEY:`}},
		{"OWNER", "POST", "/v1/broker/owners", envelope, 200, []string{`OWNER:`}},
		{"REVOKE", "POST", "/v1/broker/revocations", envelope, 200, []string{`REVOKE:`}},
		{"R3", "POST", "/v1/broker/stalls", envelope, 200, []string{`R3:`}},
		{"T1", "POST", "/v1/broker/acquisitions", envelope, 200, []string{`T1:`}},
		{"T3", "POST", "/v1/broker/announcements", envelope, 200, []string{`T3:`}},
		{"T5", "POST", "/v1/broker/exchanges", `{"envelope":"eeeeeeeeeeeeeeee","payment":"pppppppppppppppp"}`, 200, []string{`"envelope":"T5:e`, `"payment":"T5:p`}},
		{"T9", "POST", "/v1/broker/notices", envelope, 200, []string{`T9:`}},
		{"T12", "POST", "/v1/broker/records", envelope, 200, []string{`T12:`}},
		{"REFUND", "POST", "/v1/broker/refunds", envelope, 200, []string{`REFUND:`}},
		{"STATEMENT", "POST", "/v1/broker/statements", envelope, 200, []string{`STATEMENT:`}},
		{"PAYOUT", "POST", "/v1/broker/payouts", envelope, 200, []string{`PAYOUT:`}},
		{"RESCUE", "POST", "/v1/broker/rescues", envelope, 200, []string{`RESCUE:`}},
		{"COLLECT", "POST", "/v1/stalls/" + vendorID + "/collections", envelope, 200, []string{`COLLECT:`}},
		{"directory", "GET", "/v1/broker/stalls", "", 200, []string{`{"stalls":[{`, `"revoked":false`}},
		{"entry", "GET", "/v1/broker/stalls/" + vendorID, "", 200, []string{`"name":"Anna's bicycles"`}},
		{"no entry", "GET", "/v1/broker/stalls/" + unknownID, "", 404, []string{`/problems/unknown-vendor`}},
		{"stall", "GET", "/v1/stalls/" + vendorID, "", 200, []string{`"about":"Bicycles, mended`}},
		{"no stall", "GET", "/v1/stalls/" + unknownID, "", 404, []string{`/problems/unknown-vendor`}},
		{"T4", "POST", "/v1/stalls/" + vendorID + "/exchanges", `{"order":"oooooooooooooooo","payment":"pppppppppppppppp"}`, 200, []string{`"order":"T4:o`, `"payment":"T4:p`}},
		{"CLAIM", "POST", "/v1/stalls/" + vendorID + "/claims", envelope, 200, []string{`CLAIM:`}},
		{"T10", "POST", "/v1/stalls/" + vendorID + "/purchases", envelope, 200, []string{`T10:`}},
		{"T10 to nobody", "POST", "/v1/stalls/" + unknownID + "/purchases", envelope, 404, []string{`/problems/unknown-vendor`}},
		{"offers", "GET", "/v1/stalls/" + vendorID + "/offers", "", 200, []string{`{"offers":[{"away_until":7,"offer":"header.offer.signature","stock":3}]}`}},
		{"offer", "GET", "/v1/stalls/" + vendorID + "/offers/" + offerID, "", 200, []string{`"stock":3`}},
		{"no offer", "GET", "/v1/stalls/" + vendorID + "/offers/" + unknownID, "", 404, []string{`/problems/not-found`}},
		{"photo", "GET", "/v1/stalls/" + vendorID + "/photos/" + pictureDigest, "", 200, []string{"the picture"}},
		{"thumb", "GET", "/v1/stalls/" + vendorID + "/photos/" + pictureDigest + "/thumb", "", 200, []string{"small"}},
		{"search", "GET", "/v1/market/listings?q=lamp&sort=price&page=1", "", 200, []string{`"total":1`, `"state":"live"`}},
		{"search with terms", "GET", "/v1/market/listings?q=lamp&terms=true", "", 200, []string{`"terms":["anna",`}},
		{"search of an empty form", "GET", "/v1/market/listings?q=&category=&condition=", "", 200, []string{`"total":1`}},
		{"listing", "GET", "/v1/market/listings/" + vendorID + "/" + offerID, "", 200, []string{`"price":900`, `"alt":"A lamp"`}},
		{"categories", "GET", "/v1/market/categories", "", 200, []string{`"listings":1,"name":"Home"`}},
		{"feed", "GET", "/v1/market/feed?limit=1", "", 200, []string{`"state":"live"`, `"next":"9-17-4"`, `"more":true`, `"start":true`}},
		{"feed gone on with", "GET", "/v1/market/feed?after=9-17-4", "", 200, []string{`"changes":[{"offer_id":"` + unknownID + `","state":"removed","vendor":"` + vendorID + `"}]`, `"stalls":[]`}},
		{"feed from nowhere", "GET", "/v1/market/feed?after=hunter2", "", 400, []string{`"field":"after"`, `"rule":"pattern"`}},
		{"open bank account", "POST", "/v1/bank/accounts", "", 201, []string{`"reference":"SB123"`}},
		{"bank account", "GET", "/v1/bank/accounts/SB123", "", 200, []string{`"balance":700`}},
		{"deposit", "POST", "/v1/bank/accounts/SB123/deposits", `{"amount":5,"key":"` + keyID + `"}`, 200, []string{`"balance":705`}},
		{"large deposit", "POST", "/v1/bank/accounts/SB123/deposits", `{"amount":100001,"key":"` + keyID + `"}`, 422, []string{`amount-out-of-bounds`}},
		{"confirmation", "GET", "/v1/bank/confirmations/" + keyID, "", 200, []string{`"confirmed":true`}},
		{"confirm", "POST", "/v1/bank/confirmations/" + keyID, "", 200, []string{`"amount":25000`}},
		{"decline", "POST", "/v1/bank/confirmations/" + keyID + "/decline", "", 200, []string{`"amount":25000`, `"declined":false`}},
		{"health", "GET", "/healthz", "", 200, []string{`{"status":"ok"}`}},
		{"ready", "GET", "/readyz", "", 200, []string{`{"status":"ok"}`}},
		{"document", "GET", "/openapi.yaml", "", 200, []string{"openapi: 3.1.0"}},
		{"schemas", "GET", "/v1/schemas", "", 200, []string{`{"schemas":["ANSWER","BANK"`, `"T27"`, `"order"`}},
		{"schema", "GET", "/v1/schemas/T10", "", 200, []string{`"$id":"/v1/schemas/T10"`, `"properties":{"vendor":{`}},
		{"no schema", "GET", "/v1/schemas/T99", "", 404, []string{`/problems/not-found`}},
		{"docs", "GET", "/docs", "", 200, []string{"<!doctype html>", `id="stallPurchase"`}},
		{"no such problem", "GET", "/problems/nonsense", "", 404, []string{`/problems/not-found`}},

		{"unknown path", "GET", "/v1/nothing", "", 404, []string{`"type":"/problems/not-found"`, `"instance":"`}},
		{"wrong method", "DELETE", "/v1/broker", "", 405, []string{`/problems/method-not-allowed`}},
		{"post to a get", "POST", "/v1/market/categories", "{}", 405, []string{`/problems/method-not-allowed`}},
		{"not json to a get", "POST", "/v1/broker", "{", 405, []string{`/problems/method-not-allowed`}},
		{"too much to a get", "PUT", "/v1/broker", long + long, 405, []string{`/problems/method-not-allowed`}},
		{"too much to nothing", "POST", "/v1/nothing", long + long, 404, []string{`/problems/not-found`}},
		{"a get with a body", "GET", "/v1/broker", "{", 400, []string{`/problems/unreadable`}},
		{"a get with too large a body", "GET", "/docs", long + long, 400, []string{`/problems/unreadable`}},
		{"no body", "POST", "/v1/broker/accounts", "", 400, []string{`/problems/unreadable`, `"rule":"required"`}},
		{"not json", "POST", "/v1/broker/accounts", "{", 400, []string{`"rule":"json"`}},
		{"trailing bytes", "POST", "/v1/broker/accounts", envelope + "{}", 400, []string{`"rule":"json"`}},
		{"duplicate member", "POST", "/v1/broker/accounts", `{"envelope":"aaaaaaaaaaaaaaaa","envelope":"bbbbbbbbbbbbbbbb"}`, 400, []string{`"rule":"json"`}},
		{"invalid UTF-8", "POST", "/v1/broker/accounts", "{\"envelope\":\"aaaaaaaaaaaaaaaa\xff\"}", 400, []string{`"rule":"json"`}},
		{"missing member", "POST", "/v1/broker/exchanges", envelope, 400, []string{`"field":"/payment"`, `"rule":"required"`}},
		{"unknown member", "POST", "/v1/broker/accounts", `{"envelope":"aaaaaaaaaaaaaaaa","hunter2":1}`, 400, []string{`/problems/unreadable`}},
		{"wrong case", "POST", "/v1/broker/accounts", `{"Envelope":"aaaaaaaaaaaaaaaa"}`, 400, []string{`/problems/unreadable`}},
		{"null", "POST", "/v1/broker/accounts", `{"envelope":null}`, 400, []string{`"field":"/envelope"`}},
		{"envelope too long", "POST", "/v1/broker/accounts", `{"envelope":"` + long + `"}`, 400, []string{`"field":"/envelope"`, `"rule":"maxLength"`}},
		{"body too large", "POST", "/v1/broker/accounts", `{"envelope":"` + long + long + `"}`, 413, []string{`/problems/too-large`}},
		{"fraction of a cent", "POST", "/v1/bank/accounts/SB123/deposits", `{"amount":1.5,"key":"` + keyID + `"}`, 400, []string{`"field":"/amount"`}},
		{"negative deposit", "POST", "/v1/bank/accounts/SB123/deposits", `{"amount":-5,"key":"` + keyID + `"}`, 400, []string{`"field":"/amount"`, `"rule":"minimum"`}},
		{"bad id in path", "GET", "/v1/stalls/hunter2", "", 400, []string{`"field":"vendor"`}},
		{"id not canonical", "GET", "/v1/stalls/sXUVUIUsQypR-ta5E-HfAx", "", 400, []string{`"field":"vendor"`, `"rule":"pattern"`}},
		{"bad page", "GET", "/v1/market/listings?page=hunter2", "", 400, []string{`"field":"page"`}},
		{"bad sort", "GET", "/v1/market/listings?sort=hunter2", "", 400, []string{`"field":"sort"`}},
		{"body where none is", "POST", "/v1/bank/accounts", `{"a":1}`, 400, []string{`/problems/unreadable`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, body := ask(t, tc.method, url+tc.path, tc.body)
			if resp.StatusCode != tc.status {
				t.Errorf("got status %d, want %d: %s", resp.StatusCode, tc.status, body)
			}
			for _, want := range tc.want {
				if !strings.Contains(body, want) {
					t.Errorf("got answer %.400s, want %s in it", body, want)
				}
			}
			if strings.Contains(body, "hunter2") {
				t.Errorf("the answer repeats what was sent: %s", body)
			}
			if id := resp.Header.Get("X-Request-Id"); !scrip.ID(id).Valid() {
				t.Errorf("got X-Request-Id %q, want an id", id)
			}
			checkProblem(t, resp, body)
		})
	}
}

// ask sends one request and reads its answer.
func ask(t *testing.T, method, url, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatalf("make a request: %v", err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	return resp, string(got)
}

// checkProblem holds every answer that declines to the form of problems.
func checkProblem(t *testing.T, resp *http.Response, body string) {
	t.Helper()
	if resp.StatusCode < 400 {
		return
	}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("got content type %q, want application/problem+json", got)
	}
	var p api.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("the problem %q does not decode: %v", body, err)
	}
	if p.Status != resp.StatusCode || p.Title == "" || p.Instance != resp.Header.Get("X-Request-Id") {
		t.Errorf("got problem %+v, want status %d, a title, and the request's id", p, resp.StatusCode)
	}
}

func TestMediaType(t *testing.T) {
	url := serve(t, everything(t))
	for media, want := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "text/plain": 415, "": 415,
		"application/json; charset=latin1": 415,
	} {
		req, _ := http.NewRequest("POST", url+"/v1/broker/accounts", strings.NewReader(envelope))
		req.Header.Set("Content-Type", media)
		if resp, body := send(t, req); resp.StatusCode != want {
			t.Errorf("content type %q: got %d, want %d: %s", media, resp.StatusCode, want, body)
		}
	}
}

// TestRoles: a role that is not played has no routes.
func TestRoles(t *testing.T) {
	for path, strip := range map[string]func(*api.Config){
		"/v1/broker":             func(c *api.Config) { c.Broker = nil },
		"/.well-known/jwks.json": func(c *api.Config) { c.Broker = nil },
		"/v1/stalls/" + vendorID: func(c *api.Config) { c.Stalls = nil },
		"/v1/market/categories":  func(c *api.Config) { c.Market = nil },
		"/v1/bank/accounts/a":    func(c *api.Config) { c.Bank = nil },
	} {
		c := everything(t)
		strip(&c)
		if resp, body := ask(t, "GET", serve(t, c)+path, ""); resp.StatusCode != 404 || !strings.Contains(body, "/problems/not-found") {
			t.Errorf("%s without its role: got %d %s, want 404", path, resp.StatusCode, body)
		}
	}
	if _, err := api.New(api.Config{Document: document(t)}); err != nil {
		t.Errorf("no role at all: got %v, want a server", err)
	}
}

// TestDefaultsReachTheMarket: what a query leaves out has the document's value.
func TestDefaultsReachTheMarket(t *testing.T) {
	c := everything(t)
	m := &fakeMarket{}
	c.Market = m
	ask(t, "GET", serve(t, c)+"/v1/market/listings?q=lamp&min_price=5", "")
	want := market.Query{Text: "lamp", MinPrice: 5, Sort: market.Relevance, Page: 1, PerPage: 24}
	if !reflect.DeepEqual(m.last, want) {
		t.Errorf("got query %+v, want %+v", m.last, want)
	}
}

// TestQueriesTravel: everything that a market can be asked reaches it through a
// client.
func TestQueriesTravel(t *testing.T) {
	c, m := everything(t), &fakeMarket{}
	c.Market = m
	full := market.Query{
		Text: "lamp", Category: "Home", Condition: "good", Vendor: vendorID, MinPrice: 5, MaxPrice: 5000,
		Sub: "Lighting", Country: "NL", Town: "Den Haag", To: "BE", Collected: true,
		Attributes: []scrip.Attribute{{Name: "Colour", Value: "Red: dark"}, {Name: "Colour", Value: "blue, light"}}, Protected: true, Open: true, Facets: true, Near: true,
		Since: 1_789_000_000, Sort: market.Cheapest, Page: 2, PerPage: 7,
	}
	for i, field := range reflect.VisibleFields(reflect.TypeOf(full)) {
		if reflect.ValueOf(full).Field(i).IsZero() {
			t.Errorf("%s is not asked for in this test", field.Name)
		}
	}
	if _, err := dial(t, serve(t, c)).Market().Search(t.Context(), full); err != nil || !reflect.DeepEqual(m.last, full) {
		t.Errorf("got query %+v, %v, want %+v", m.last, err, full)
	}
	if _, err := dial(t, serve(t, c)).Market().Feed(t.Context(), market.FeedCursor{Change: 1}, 7); err != nil || m.limit != 7 {
		t.Errorf("the feed: got a limit of %d, %v, want 7", m.limit, err)
	}
}

// TestFindingTravels: so does everything that it answers: counts of filters, stalls by name, and what is near.
func TestFindingTravels(t *testing.T) {
	c := everything(t)
	far := dial(t, serve(t, c)).Market()
	for what, q := range map[string]market.Query{
		"found":       {Text: "lamp", Category: "Home", Facets: true, Attributes: []scrip.Attribute{{Name: "colour", Value: "RED"}}},
		"in a town":   {Text: "lamp", Country: "NL", Town: "utrecht", Facets: true},
		"not found":   {Text: "lmap", Facets: true, Near: true},
		"nothing but": {Text: "lamp"},
	} {
		q.Page, q.PerPage, q.Sort = 1, 24, market.Relevance
		want, err := c.Market.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := far.Search(t.Context(), q)
		if err != nil || !reflect.DeepEqual(got.Facets, want.Facets) || !reflect.DeepEqual(got.Stalls, want.Stalls) || !reflect.DeepEqual(got.Near, want.Near) {
			t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
		}
	}
}

// TestTimeout: work that takes too long is not available.
func TestTimeout(t *testing.T) {
	c := everything(t)
	c.Timeout = 20 * time.Millisecond
	c.Ready = func(ctx context.Context) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() }
	resp, body := ask(t, "GET", serve(t, c)+"/readyz", "")
	if resp.StatusCode != 503 || !strings.Contains(body, "/problems/unavailable") || resp.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %s, want 503 unavailable with Retry-After", resp.StatusCode, body)
	}
}

// TestNotReady: which parts are not well is told with why nothing can be done, and nothing of the fault itself.
func TestNotReady(t *testing.T) {
	c := everything(t)
	c.Ready = func(context.Context) ([]string, error) {
		return []string{"disk", "broker"}, errors.New("/var/lib/secret is full")
	}
	resp, body := ask(t, "GET", serve(t, c)+"/readyz", "")
	if resp.StatusCode != 503 || !strings.Contains(body, `"parts":["disk","broker"]`) || strings.Contains(body, "secret") || resp.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %s, want 503 with the parts and Retry-After", resp.StatusCode, body)
	}
	if _, body := ask(t, "GET", serve(t, c)+"/v1/nothing", ""); strings.Contains(body, "parts") {
		t.Errorf("another problem: got %s, want no parts", body)
	}
}

func TestRateLimit(t *testing.T) {
	c := everything(t)
	c.Rate = 3
	url := serve(t, c)
	last := 0
	for range 5 {
		resp, body := ask(t, "GET", url+"/v1/market/categories", "")
		last = resp.StatusCode
		if last == 429 && (!strings.Contains(body, "/problems/too-many-requests") || resp.Header.Get("Retry-After") == "") {
			t.Errorf("got %s, want the problem with Retry-After", body)
		}
	}
	if last != 429 {
		t.Errorf("fifth request of three allowed: got %d, want 429", last)
	}
	if resp, _ := ask(t, "GET", url+"/healthz", ""); resp.StatusCode != 200 {
		t.Errorf("health check of a busy client: got %d, want 200", resp.StatusCode)
	}
}

// TestNotice: what a payment provider tells is handed over as it came, with its signature, to who can tell whether it is one.
func TestNotice(t *testing.T) {
	const body = "{ \"id\":\"evt_1\", \"new\":[1.50] }\n"
	for name, of := range map[string]struct {
		signature string
		notices   api.Notices
		want      int
	}{
		"signed":          {strconv.Itoa(len(body)), fakeNotices{}, http.StatusNoContent},
		"badly signed":    {"1", fakeNotices{}, http.StatusBadRequest},
		"unsigned":        {"", fakeNotices{}, http.StatusBadRequest},
		"nobody hears it": {strconv.Itoa(len(body)), nil, http.StatusNotFound},
	} {
		c := everything(t)
		c.Notices = of.notices
		r, err := http.NewRequest(http.MethodPost, serve(t, c)+"/v1/bank/stripe/events", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		if of.signature != "" {
			r.Header.Set("Stripe-Signature", of.signature)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != of.want {
			t.Errorf("%s: got %s, want %d", name, answer.Status, of.want)
		}
	}
}
