package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"peerscrip/services/rig"
	"regexp"
	"strings"
	"testing"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// TestBadInput: whatever is sent to a running process that is no good message
// is answered with problem+json, in which nothing of the inside shows, and
// changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	var heard records
	front := newProxy(t, "C -> B and M", &heard)
	p := newProcess(t, "demo", "--no-people", "--base-url="+front.url)
	front.leadTo(p.url)
	p.start()
	b := newBuyer(t, front.url, 200_00, nil)
	vendor, jws := sampleOffer(b, p)
	b.must("load", b.Load(t.Context(), 150_00))
	if _, err := b.Buy(t.Context(), jws, 1, rig.To("12 Elm Street")); err != nil {
		t.Fatalf("buy: %v", err)
	}
	b.must("deliver", b.Deliver(t.Context()))
	book := folder.At(p.data).Shelf(vendor)
	eventually(t, patience, "T12 at the broker", func() bool { return readShelf(t, book).recorded() })
	before := auditOf(t, p.data)

	kinds := map[string]bool{}
	for _, s := range heard.all() {
		if s.method == http.MethodPost && !strings.HasPrefix(s.path, "/v1/bank/") {
			kinds[s.path] = true
			replayed(t, p.url, s)
			spoilt(t, p.url, s)
		}
	}
	if len(kinds) != 6 { // R1, T1, T3, T4, T9, T10
		t.Errorf("only these were spoilt: %v", kinds)
	}
	for name, c := range badRequests(string(vendor)) {
		c.refused(t, name, p.url)
	}
	if after := auditOf(t, p.data); after != before {
		t.Errorf("the books changed: got %+v, want %+v", after, before)
	}
	if got := len(readShelf(t, book).sales); got != 1 {
		t.Errorf("got %d sales, want the one", got)
	}
	b.conserved()
}

// sampleOffer is the cheapest offer of a demo.
func sampleOffer(b *buyer, p *process) (scrip.VendorID, string) {
	b.t.Helper()
	listed, err := b.broker.Stalls(b.t.Context(), "")
	b.must("read the directory", err)
	var best onSale
	for _, s := range listed.Stalls {
		for _, offer := range b.offers(p.url, s.Vendor) {
			if best.jws == "" || offer.Price < best.Price {
				best = offer
			}
		}
	}
	return best.Vendor, best.jws
}

// badRequest is a request and the problem it must be answered with.
type badRequest struct {
	method, path, contentType, body string
	status                          int
	word                            string
}

const asJSON = "application/json"

// unopened is an envelope in the right form that nobody can open.
var unopened = strings.Repeat("A", 100) + ".AAAA.AAAA.AAAA.AAAA"

func badRequests(vendor string) map[string]badRequest {
	const t1, t4 = "/v1/broker/acquisitions", "/v1/stalls/%s/exchanges"
	exchanges := fmt.Sprintf(t4, vendor)
	huge := strings.Repeat("A", 327681)
	return map[string]badRequest{
		"oversize":              {"POST", t1, asJSON, `{"envelope":"` + huge + `"}`, 413, "too-large"},
		"oversize, in chunks":   {"POST", t1, asJSON, "chunked:" + `{"envelope":"` + huge + `"}`, 413, "too-large"},
		"envelope over 256 KiB": {"POST", t1, asJSON, `{"envelope":"` + huge[:262145] + `"}`, 400, "unreadable"},
		"no content type":       {"POST", t1, "", `{"envelope":"` + unopened + `"}`, 415, "media-type"},
		"a form":                {"POST", t1, "application/x-www-form-urlencoded", "envelope=" + unopened, 415, "media-type"},
		"text":                  {"POST", t1, "text/plain", `{"envelope":"` + unopened + `"}`, 415, "media-type"},
		"another charset":       {"POST", t1, asJSON + "; charset=utf-16", `{"envelope":"` + unopened + `"}`, 415, "media-type"},
		"nothing":               {"POST", t1, asJSON, "", 400, "unreadable"},
		"junk":                  {"POST", t1, asJSON, "\x00\xff\xfejunk", 400, "unreadable"},
		"not an object":         {"POST", t1, asJSON, `["envelope"]`, 400, "unreadable"},
		"null":                  {"POST", t1, asJSON, `{"envelope":null}`, 400, "unreadable"},
		"a number":              {"POST", t1, asJSON, `{"envelope":1}`, 400, "unreadable"},
		"duplicate member":      {"POST", t1, asJSON, `{"envelope":"` + unopened + `","envelope":"` + unopened + `"}`, 400, "unreadable"},
		"unknown member":        {"POST", t1, asJSON, `{"envelope":"` + unopened + `","amount":1}`, 400, "unreadable"},
		"another case":          {"POST", t1, asJSON, `{"Envelope":"` + unopened + `"}`, 400, "unreadable"},
		"trailing bytes":        {"POST", t1, asJSON, `{"envelope":"` + unopened + `"}{}`, 400, "unreadable"},
		"invalid UTF-8":         {"POST", t1, asJSON, `{"envelope":"` + "\xc3\x28" + `"}`, 400, "unreadable"},
		"deeply nested":         {"POST", t1, asJSON, strings.Repeat("[", 100_000), 400, "unreadable"},
		"unopened":              {"POST", t1, asJSON, `{"envelope":"` + unopened + `"}`, 400, "unreadable"},
		"wrong form":            {"POST", t1, asJSON, `{"order":"` + unopened + `","payment":"` + unopened + `"}`, 400, "unreadable"},
		"half a pair":           {"POST", exchanges, asJSON, `{"order":"` + unopened + `"}`, 400, "unreadable"},
		"unopened pair":         {"POST", exchanges, asJSON, `{"order":"` + unopened + `","payment":"` + unopened + `"}`, 400, "unreadable"},
		"no such stall":         {"POST", fmt.Sprintf(t4, "AAAAAAAAAAAAAAAAAAAAAA"), asJSON, `{"order":"` + unopened + `","payment":"` + unopened + `"}`, 404, "unknown-vendor"},
		"not a stall":           {"GET", "/v1/stalls/..%2f..%2fetc", "", "", 400, "unreadable"},
		"unknown path":          {"GET", "/v1/nothing", "", "", 404, "not-found"},
		"unknown path, POST":    {"POST", "/v1/broker/nothing", asJSON, `{"envelope":"` + unopened + `"}`, 404, "not-found"},
		"unknown method":        {"DELETE", "/v1/broker", "", "", 405, "method-not-allowed"},
		"invented method":       {"SPEND", t1, "", "", 405, "method-not-allowed"},
		"GET for POST":          {"GET", t1, "", "", 405, "method-not-allowed"},
		"no such account":       {"GET", "/v1/bank/accounts/SB'%20OR%201=1--", "", "", 400, "unreadable"},
		"no such photo":         {"GET", "/v1/stalls/" + vendor + "/photos/" + strings.Repeat("A", 43), "", "", 404, "not-found"},
		"negative deposit":      {"POST", "/v1/bank/accounts/SB1/deposits", asJSON, `{"amount":-5,"key":"AAAAAAAAAAAAAAAAAAAAAA"}`, 400, "unreadable"},
		"page -1":               {"GET", "/v1/market/listings?page=-1", "", "", 400, "unreadable"},
		"page of text":          {"GET", "/v1/market/listings?page=one", "", "", 400, "unreadable"},
	}
}

// problemMembers are the members a problem of a demo may have.
var problemMembers = regexp.MustCompile(`^(check|type|title|status|detail|instance|errors)$`)

// inside is what must not be read outside.
var inside = regexp.MustCompile(`(?i)\.go\b|goroutine|panic|sqlite|/tmp/|/work/|book\.db|json:|jose:|runtime error|stack`)

// send sends the request; the answer is read whole.
func (r badRequest) send(t testing.TB, base string) (*http.Response, []byte) {
	t.Helper()
	text, chunked := strings.CutPrefix(r.body, "chunked:")
	var body io.Reader = strings.NewReader(text)
	if chunked {
		body = io.MultiReader(body) // whose length is not known
	}
	request, err := http.NewRequestWithContext(t.Context(), r.method, base+r.path, body)
	if err != nil {
		t.Fatal(err)
	}
	if r.contentType != "" {
		request.Header.Set("Content-Type", r.contentType)
	}
	answer, err := passing.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	return answer, b
}

// refused wants the problem.
func (r badRequest) refused(t testing.TB, name, base string) *http.Response {
	t.Helper()
	answer, body := r.send(t, base)
	var members map[string]any
	err := json.Unmarshal(body, &members)
	if answer.StatusCode != r.status || answer.Header.Get("Content-Type") != "application/problem+json" || err != nil {
		t.Errorf("%s: got %s, %s, want %d and problem+json", name, answer.Status, cut(body), r.status)
		return answer
	}
	kind, _ := members["type"].(string)
	word, ok := strings.CutPrefix(kind, "/problems/")
	if !ok || word == "" || (r.word != "" && word != r.word) || members["status"] != float64(r.status) {
		t.Errorf("%s: got %s, want type /problems/%s", name, cut(body), r.word)
	}
	id, _ := members["instance"].(string)
	if !scrip.ID(id).Valid() || answer.Header.Get("X-Request-Id") != id {
		t.Errorf("%s: got instance %q and request id %q, want the same", name, id, answer.Header.Get("X-Request-Id"))
	}
	for member := range members {
		if !problemMembers.MatchString(member) {
			t.Errorf("%s: got member %q", name, member)
		}
	}
	if found := inside.FindString(string(body)); found != "" {
		t.Errorf("%s: got %q in %s", name, found, cut(body))
	}
	return answer
}

func cut(b []byte) string {
	if len(b) > 300 {
		b = b[:300]
	}
	return string(b)
}

// replayed sends a message again as it was: the answer may be the same again or
// a sealed no, and nothing moves.
func replayed(t testing.TB, base string, s spoken) {
	t.Helper()
	answer, body := badRequest{method: "POST", path: s.path, contentType: asJSON, body: string(s.request)}.send(t, base)
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s sent again: got %s, %s, want a sealed answer", s.path, answer.Status, cut(body))
	}
}

// spoilt cuts an envelope short and changes single bits of it, in each part and
// at its ends, where base64 has bits that mean nothing.
func spoilt(t testing.TB, base string, s spoken) {
	t.Helper()
	for member, envelope := range s.envelopes(t, s.request) {
		var tries []string
		parts, at := strings.Split(envelope, "."), 0
		for _, part := range parts {
			for _, i := range []int{at, at + len(part)/2, at + len(part) - 1} {
				if len(part) > 0 {
					tries = append(tries, envelope[:i]+flipped(envelope[i])+envelope[i+1:])
				}
			}
			at += len(part) + 1
			tries = append(tries, envelope[:min(at-1, len(envelope)-1)])
		}
		for _, spoiltOne := range append(tries, "", envelope+"A", envelope+"=", " "+envelope, envelope+"."+parts[4]) {
			bad := badRequest{"POST", s.path, asJSON, strings.Replace(string(s.request), envelope, spoiltOne, 1), 400, "unreadable"}
			if member == "payment" { // which a merchant cannot read: it answers the order part as before
				if answer, _ := bad.send(t, base); answer.StatusCode == http.StatusOK {
					continue
				}
			}
			bad.refused(t, s.path+" "+member, base)
		}
	}
}

// flipped changes one bit of a character, so that it stays one of base64url.
func flipped(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)^1:][:1]
}

// TestRate: who asks too often is told to wait, and for how long.
func TestRate(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "broker", "--rate=5")
	var refused *http.Response
	for range 12 { // two minutes' worth, should one end meanwhile
		r := badRequest{"GET", "/v1/broker", "", "", 429, "too-many-requests"}
		if answer, _ := r.send(t, p.url); answer.StatusCode == http.StatusOK {
			continue
		}
		refused = r.refused(t, "the sixth in a minute", p.url)
	}
	if refused == nil || !regexp.MustCompile(`^[1-9]\d?$`).MatchString(refused.Header.Get("Retry-After")) {
		t.Errorf("got %v, want 429 with the seconds to wait", refused)
	}
	if !healthy(t, p) {
		t.Error("peerscrip health: a busy broker looks dead")
	}
	auditOf(t, p.data)
}
