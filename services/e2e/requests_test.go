package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/getkin/kin-openapi/openapi3"

	"peerscrip/api/contract"
	"peerscrip/services"
	"peerscrip/services/cli"
)

// requestsIn is how many requests the runs below make: PEERSCRIP_REQUESTS=10000 for many.
func requestsIn(t *testing.T) int {
	if text := os.Getenv("PEERSCRIP_REQUESTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("PEERSCRIP_REQUESTS: %v", err)
		}
		return n
	}
	return 400
}

// TestRequestsFromTheDocument: whatever is asked of an instance that its document allows, or
// nearly does, it answers as the document says, and never with a fault of its own.
func TestRequestsFromTheDocument(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	owner := newBuyer(t, program.URL, 900_00, nil)
	seller, vendor := hostStall(owner, program.URL, "The Ironmonger")
	seller.list(goods{"Lamp", "20.00", "0", "9"})
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	key := seller.key(vendor)
	requesting(t, text, program.URL, func(r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/seller") {
			r.Header.Set("Authorization", "Bearer "+key)
		}
	}, map[string][]string{
		"vendor": {string(vendor)}, "offer": {string(owner.offers(program.URL, vendor)["Lamp"].Offer.Offer)}, "reference": {owner.bank},
		"index": {"0", "1", "2", "9"}, "from": {"0", "1", "2"}, "to": {"1", "2", "3"},
	})
	auditOf(t, data)
}

// TestRequestsToTheWallet: the same of the wallet's API.
func TestRequestsToTheWallet(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	owner := newBuyer(t, program.URL, 1, nil)
	seller, vendor := hostStall(owner, program.URL, "The Ironmonger")
	seller.list(goods{"Lamp", "20.00", "0", "9"})
	page := fmt.Sprintf("%s/l/%s/%s", program.URL, vendor, owner.offers(program.URL, vendor)["Lamp"].Offer.Offer)
	c := &speaker{t: t, data: t.TempDir(), broker: program.URL, ran: map[string]bool{}}
	c.say("make", "", "make")
	c.say("fund", "", "fund", "900.00")
	order := fmt.Sprint(c.say("pay", "", "pay", page, "--way", "collect", "--load", "20.00")["receipt"].(map[string]any)["order"])
	address, token := c.serving()
	shown := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	requesting(t, cli.Document, address, shown, map[string][]string{"listing": {page}, "order": {order}, "key": {"one", "two"}})
	auditOf(t, data)
}

// serving serves the wallet's API until the test ends; every answer is held to its document.
func (c *speaker) serving() (address, token string) {
	c.t.Helper()
	held, err := contract.Read(cli.Contract)
	if err != nil {
		c.t.Fatal(err)
	}
	out := &output{}
	line := cli.Command{Out: out, Key: make([]byte, 32), Watch: func(next http.Handler) http.Handler {
		return held.Watch(next, func(misfit string) { c.t.Error(misfit) })
	}}
	parser, err := kong.New(&line, cli.Identifiers())
	if err != nil {
		c.t.Fatal(err)
	}
	parsed, err := cli.Parse(parser, []string{"serve", "--listen", "127.0.0.1:0", "--data", c.data, "--broker-url", c.broker, "--passphrase", "correct horse"})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	parsed.BindTo(ctx, (*context.Context)(nil))
	done := make(chan error, 1)
	go func() { done <- parsed.Run(&line) }()
	c.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			c.t.Errorf("serve: %v", err)
		}
	})
	eventually(c.t, patience, "the wallet to serve", func() bool { return readyAt.MatchString(out.String()) })
	said := readyAt.FindStringSubmatch(out.String())
	b, err := os.ReadFile(said[3])
	if err != nil {
		c.t.Fatal(err)
	}
	return said[1], string(b)
}

// asker makes requests of a document's operations.
type asker struct {
	*rand.Rand
	doc        *openapi3.T
	operations []asked
	known      map[string][]string // values that mean something, by the names of parameters and members
}

// asked is one operation.
type asked struct {
	method, path string
	item         *openapi3.PathItem
	op           *openapi3.Operation
}

// requesting makes requests, and wants no fault; that each answer is declared, the server's test
// harness tells.
func requesting(t *testing.T, document []byte, base string, change func(*http.Request), known map[string][]string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{Rand: seeded(t), doc: doc, known: known}
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, op := range doc.Paths.Value(path).Operations() {
			a.operations = append(a.operations, asked{method, path, doc.Paths.Value(path), op})
		}
	}
	slices.SortFunc(a.operations, func(x, y asked) int { return strings.Compare(x.path+x.method, y.path+y.method) })
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	seen, done := map[int]int{}, map[string]bool{}
	for n := range requestsIn(t) {
		o := a.operations[n%len(a.operations)]
		r, told := a.request(base, o)
		if r == nil {
			continue // no request can say that
		}
		if change != nil && a.often(29, 30) {
			change(r)
		}
		resp, err := client.Do(r)
		if err != nil {
			if _, broken := err.(net.Error); !broken {
				t.Errorf("%s: %v", told, err)
			}
			continue
		}
		answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		resp.Body.Close()
		seen[resp.StatusCode]++
		if err == nil && resp.StatusCode < 300 {
			done[o.op.OperationID] = true
		}
		if resp.StatusCode >= 500 && !mayPass(resp, answer) {
			t.Errorf("%s: got %d %.300s, want no fault", told, resp.StatusCode, answer)
		}
	}
	t.Logf("answers by status: %v; %d of %d operations did what they are for", seen, len(done), len(a.operations))
	if len(done) < len(a.operations)/4 {
		t.Errorf("got %d of %d operations to answer well, want more: the requests are not those of the document", len(done), len(a.operations))
	}
}

// mayPass reports whether an answer of 503 says what may pass: there is nothing yet, or somebody
// cannot be reached. A proof of a record that no head covers yet is such.
func mayPass(resp *http.Response, answer []byte) bool {
	var p struct{ Type string }
	err := json.Unmarshal(answer, &p)
	return err == nil && resp.StatusCode == http.StatusServiceUnavailable && (p.Type == "/problems/unavailable" || p.Type == "/problems/unfinished")
}

// often is true so many times of so many.
func (a *asker) often(times, of int) bool { return a.IntN(of) < times }

func (a *asker) one(of ...string) string { return of[a.IntN(len(of))] }

// request is a request of an operation, mostly as the document has it; and what to say of it.
func (a *asker) request(base string, o asked) (*http.Request, string) {
	path, query := a.target(o)
	var body []byte
	media := "application/json"
	if o.op.RequestBody != nil {
		if body = []byte("no picture"); o.op.RequestBody.Value.Content["application/json"] != nil {
			body = a.body(o.op.RequestBody.Value.Content["application/json"].Schema.Value)
		} else {
			media = a.one(slices.Sorted(maps.Keys(o.op.RequestBody.Value.Content))...)
		}
	} else if a.often(1, 40) {
		body = []byte(a.one("{", "{}", "null", "x"))
	}
	method := o.method
	if a.often(1, 25) {
		method = a.one("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
	}
	target := base + path
	if query != "" {
		target += "?" + query
	}
	r, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		return nil, ""
	}
	if a.often(1, 30) {
		media = a.one("", "text/plain", "application/json; charset=utf-16", "application/json;", "multipart/form-data", "application/x-www-form-urlencoded")
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", media)
	}
	if a.often(1, 10) {
		name := a.one("If-None-Match", "Accept", "Accept-Encoding", "Range", "Origin", "Content-Encoding", "X-Request-Id", "If-Modified-Since", "Authorization", "Cookie")
		r.Header.Set(name, a.one("*", "gzip", "bytes=0-3", "https://elsewhere.example", "W/\"x\"", "Basic AAAA", strings.Repeat("a", 3000)))
	}
	if a.often(1, 30) {
		r.ContentLength = -1 // in chunks
	}
	return r, fmt.Sprintf("%s %.300s %.300q", method, target, body)
}

// target is a path with its parameters, and a query.
func (a *asker) target(o asked) (path, query string) {
	path = o.path
	values := url.Values{}
	for _, p := range append(slices.Clone(o.item.Parameters), o.op.Parameters...) {
		value := a.text(a.value(p.Value.Name, p.Value.Schema.Value, 0))
		switch {
		case p.Value.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", url.PathEscape(value))
		case p.Value.In == "query" && (p.Value.Required || a.often(1, 3)):
			values.Add(p.Value.Name, value)
			if a.often(1, 20) {
				values.Add(p.Value.Name, value)
			}
		}
	}
	if a.often(1, 30) {
		path += a.one("/", "//", "/..", "/%2e%2e", "/%00", "/%ff", "%20", "/x", ";a=b")
	}
	query = values.Encode()
	if a.often(1, 30) {
		query += a.one("&x=1", "&", "%zz", "&=", "&%00", "&q=%ff", "#")
	}
	return path, query
}

// text is a value as it stands in a path or a query.
func (a *asker) text(v any) string {
	if s, is := v.(string); is {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(b)
}

// body is JSON of a schema, or nearly.
func (a *asker) body(s *openapi3.Schema) []byte {
	b, err := json.Marshal(a.value("", s, 0))
	if err != nil {
		return []byte("{}")
	}
	if !a.often(1, 12) || len(b) < 2 {
		return b
	}
	switch a.IntN(8) {
	case 0:
		return b[:a.IntN(len(b))]
	case 1:
		return append(b, b...)
	case 2:
		return append([]byte("\xef\xbb\xbf"), b...)
	case 3:
		return []byte(strings.Repeat("[", 100_000))
	case 4:
		return []byte(`{"a":` + strings.Repeat("9", 400) + "e999}")
	case 5:
		return bytes.Replace(b, []byte("{"), []byte(`{"a":1,"a":2,`), 1)
	case 6:
		return append(b[:len(b)-1], []byte(`,"\ud800":"`+"\xff"+`"}`)...)
	}
	return bytes.Repeat([]byte(" "), 400_000)
}

// value is one of a schema: mostly well, and sometimes of another form.
func (a *asker) value(name string, s *openapi3.Schema, depth int) any {
	if a.often(1, 25) {
		return a.odd()
	}
	if list := a.known[name]; len(list) > 0 && a.often(4, 5) {
		return a.one(list...)
	}
	for len(s.AllOf) > 0 {
		s = s.AllOf[0].Value
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[a.IntN(len(s.Enum))]
	case len(s.Examples) > 0 && depth < 2 && a.often(1, 3):
		return s.Examples[a.IntN(len(s.Examples))]
	case s.Type.Is("object"):
		return a.object(s, depth)
	case s.Type.Is("array"):
		list := []any{}
		for range a.between(int(s.MinItems), min(int(s.MinItems)+3, most(s.MaxItems))) {
			list = append(list, a.value("", s.Items.Value, depth+1))
		}
		return list
	case s.Type.Is("integer"), s.Type.Is("number"):
		return a.number(s)
	case s.Type.Is("boolean"):
		return a.often(1, 2)
	}
	return a.string(s)
}

func (a *asker) object(s *openapi3.Schema, depth int) map[string]any {
	made := map[string]any{}
	for name, member := range s.Properties {
		if slices.Contains(s.Required, name) && !a.often(1, 40) || a.often(1, 2) {
			made[name] = a.value(name, member.Value, depth+1)
		}
	}
	if a.often(1, 40) {
		made[a.one("x", "", "__proto__", "amount")] = a.odd()
	}
	return made
}

func (a *asker) number(s *openapi3.Schema) any {
	low, high := int64(0), int64(1<<53-1)
	if s.Min != nil {
		low = int64(*s.Min)
	}
	if s.Max != nil {
		high = int64(*s.Max)
	}
	switch a.IntN(6) {
	case 0:
		return low
	case 1:
		return high
	case 2:
		return high + 1
	}
	return low + a.Int64N(max(min(high-low, 5000), 1))
}

// string is of the lengths of a schema; of its pattern, where that is one of an ID's or of a digest's.
func (a *asker) string(s *openapi3.Schema) string {
	n := a.between(int(s.MinLength), min(int(s.MinLength)+40, most(s.MaxLength)))
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if s.Pattern == "" {
		letters += " äß🚲\"\\<>&%/?#'\n\x00"
	}
	var b strings.Builder
	runes := []rune(letters)
	for range n {
		b.WriteRune(runes[a.IntN(len(runes))])
	}
	text := b.String()
	if n == 22 || n == 43 {
		text = text[:n-1] + "A"
	}
	return text
}

// odd is a value that fits next to nothing.
func (a *asker) odd() any {
	return []any{
		nil, true, -1, 0, 1.5, int64(1) << 62, "", "hunter2", strings.Repeat("x", 5000), "\x00", "\u202e", "../../etc/passwd", "' OR 1=1 --", "%s%n", "${jndi:x}",
		[]any{}, map[string]any{}, []any{[]any{[]any{}}}, "NaN", "0x10", "１２", strings.Repeat("A", 22), strings.Repeat("A", 43), "a.b.c",
	}[a.IntN(24)]
}

func (a *asker) between(low, high int) int { return low + a.IntN(max(high-low, 0)+1) }

func most(bound *uint64) int {
	if bound == nil {
		return 1 << 20
	}
	return int(min(*bound, 1<<20))
}
