package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// served is a wallet that serves its API, as a process.
type served struct {
	t      *testing.T
	c      *commands
	url    string
	token  string
	cmd    *exec.Cmd
	stdout output
	stderr output
	done   chan struct{}
}

// serve starts the API of a wallet, and waits until it answers.
func (c *commands) serve(t *testing.T) *served {
	t.Helper()
	s := &served{t: t, c: c}
	t.Cleanup(func() {
		s.kill()
		for _, fault := range []string{"panic:", "does not fit openapi.yaml"} {
			if strings.Contains(s.stderr.String(), fault) {
				t.Errorf("wallet serve: %s in its log:\n%s", fault, tail(s.stderr.String()))
			}
		}
		if t.Failed() {
			t.Logf("wallet serve said:\n%s%s", tail(s.stdout.String()), tail(s.stderr.String()))
		}
	})
	s.start("127.0.0.1:0")
	return s
}

var readyAt = regexp.MustCompile(`ready: (http://(\S+))\nits token is in (\S+)\n`)

func (s *served) start(listen string) {
	s.t.Helper()
	before := s.stdout.Len()
	s.cmd, s.done = s.c.command("serve", "--listen", listen), make(chan struct{})
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait() // how it ended does not matter
		close(done)
	}(s.cmd, s.done)
	eventually(s.t, 30*time.Second, "the wallet to serve", func() bool { return readyAt.MatchString(s.stdout.String()[before:]) })
	said := readyAt.FindStringSubmatch(s.stdout.String()[before:])
	token, err := os.ReadFile(said[3])
	info, failed := os.Stat(said[3])
	if err != nil || failed != nil || info.Mode().Perm() != 0o600 || len(token) != 43 {
		s.t.Fatalf("the token in %s: got %d bytes, %v, want 43 of mode 0600", said[3], len(token), err)
	}
	s.url, s.token = said[1], string(token)
}

func (s *served) kill() {
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err == nil {
		<-s.done
	}
}

// ask asks, and returns the status, the answer's header and its members.
func (s *served) ask(method, path, body string, change ...func(*http.Request)) (int, http.Header, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, do := range change {
		do(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, nil // it was killed
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, nil
	}
	var said map[string]any
	if strings.HasSuffix(resp.Header.Get("Content-Type"), "json") && len(b) > 0 {
		if err := json.Unmarshal(b, &said); err != nil {
			s.t.Errorf("%s %s: got %s, want JSON", method, path, b)
		}
	}
	return resp.StatusCode, resp.Header, said
}

// gets wants an answer of 200, or a problem of a word, and returns its members.
func (s *served) gets(word, method, path, body string, change ...func(*http.Request)) map[string]any {
	s.t.Helper()
	status, _, said := s.ask(method, path, body, change...)
	if got, _ := said["type"].(string); (word == "") != (status == http.StatusOK) || word != "" && got != "/problems/"+word {
		s.t.Errorf("%s %s %s: got %d %v, want %q", method, path, body, status, said, word)
	}
	return said
}

// TestWalletServe: a program buys, writes, collects and shows a receipt over the wallet's API. The same
// payment under its key is one purchase, be its answer lost with the process; and nobody gets in
// without the token, or by another name of this machine.
func TestWalletServe(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Lamp", "20.00", "0", "9"})
	page := n.pageOf("Lamp")
	c := newCommands(t, n.broker.url)
	c.run("fund", "500.00")
	s := c.serve(t)
	lines := `"lines":[{"listing":"` + page + `","quantity":1}],"delivery":{"way":"collect"}`
	payment := func(key, more string) string { return `{"key":"` + key + `",` + lines + more + `}` }

	for name, change := range map[string]func(*http.Request){
		"unauthorized": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s.token[1:]+"A") },
		"wrong-host":   func(r *http.Request) { r.Host = "bank.example:" + r.URL.Port() },
	} {
		s.gets(name, "POST", "/v1/payments", payment("no", `,"load":5000`), change)
	}
	status, header, _ := s.ask("GET", "/v1/balance", "", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
	if status != http.StatusOK || header.Get("Access-Control-Allow-Origin") != "" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("for a page of another site: got %d, %v, want nothing that lets it read", status, header)
	}
	if status, _, _ := s.ask("GET", "/openapi.yaml", "", func(r *http.Request) { r.Header.Del("Authorization") }); status != http.StatusOK {
		t.Errorf("the document: got %d, want it for everyone here", status)
	}
	if out, err := c.command("serve", "--listen", "0.0.0.0:0").CombinedOutput(); err == nil || !bytes.Contains(out, []byte("another wallet command")) {
		t.Errorf("a second one: got %v, %s, want that the wallet is in use", err, out)
	}

	s.gets("unreadable", "POST", "/v1/plans", `{"lines":[]}`)
	s.gets("unreadable", "GET", "/v1/receipts?offset=-1", "")
	s.gets("invalid", "POST", "/v1/plans", `{"lines":[{"listing":"nowhere"}]}`)
	s.gets("method-not-allowed", "DELETE", "/v1/balance", "")
	s.gets("not-found", "GET", "/v1/nothing", "")
	if plan := s.gets("", "POST", "/v1/plans", "{"+lines+"}"); plan["total"] != 20_00. || plan["loads"] != 20_00. {
		t.Errorf("plan: got %v, want 2000, loaded", plan)
	}
	if no := s.gets("needs-loading", "POST", "/v1/payments", payment("one", "")); no["loads"] != 20_00. {
		t.Errorf("without leave to load: got %v, want how much", no)
	}
	s.gets("not-found", "GET", "/v1/payments/one", "")
	bought := s.gets("", "POST", "/v1/payments", payment("one", `,"load":2000`))
	again := s.gets("", "GET", "/v1/payments/one", "")
	if s.gets("", "POST", "/v1/payments", payment("one", `,"load":2000`)); numberOf(bought) == "" || numberOf(again) != numberOf(bought) {
		t.Errorf("the same payment: got %v, want %v", again, bought)
	}
	s.gets("tx-conflict", "POST", "/v1/payments", payment("one", `,"load":2001`))

	s.boughtThrough(payment("two", `,"load":9000`))
	if _, orders := n.sold(); orders != 2 {
		t.Errorf("one payment, and one that was cut off and asked for again: got %d orders, want 2", orders)
	}

	order := numberOf(bought)
	said := s.gets("", "POST", "/v1/orders/"+order+"/events", `{"seq":0,"kind":"message","text":"Is it wrapped?"}`)
	s.gets("out-of-turn", "POST", "/v1/orders/"+order+"/events", `{"seq":0,"kind":"message","text":"Is it wrapped?"}`)
	if thread := s.gets("", "GET", "/v1/orders/"+order, ""); said["seq"] != 1. || thread["seq"] != 1. {
		t.Errorf("a message: got %v, then %v, want one event", said, thread)
	}
	asked := s.gets("", "POST", "/v1/conversations", `{"key":"a","listing":"`+page+`","text":"Is it old?"}`)
	if again := s.gets("", "POST", "/v1/conversations", `{"key":"a","listing":"`+page+`","text":"Is it old?"}`); again["order"] != asked["order"] || again["seq"] != 1. {
		t.Errorf("asked again: got %v, want the conversation %v", again, asked)
	}
	s.gets("tx-conflict", "POST", "/v1/conversations", `{"key":"a","listing":"`+page+`","text":"Is it new?"}`)
	for n := range 2 {
		if proposed := s.gets("", "POST", "/v1/proposals", `{"key":"b","listing":"`+page+`","price":1500}`); proposed["order"] != asked["order"] || proposed["seq"] != 2. {
			t.Errorf("proposed, time %d: got %v, want it once, in the conversation %v", n+1, proposed, asked)
		}
	}
	s.gets("tx-conflict", "POST", "/v1/proposals", `{"key":"b","listing":"`+page+`","price":1400}`)
	s.gets("", "POST", "/v1/proposals", `{"listing":"`+page+`","price":1300}`)
	for _, path := range []string{"/v1/account", "/v1/orders", "/v1/receipts", "/v1/receipts/" + order, "/v1/holds", "/v1/earnings"} {
		s.gets("", "GET", path, "")
	}
	s.gets("", "POST", "/v1/collections", `{"to":"stall"}`)
	for _, until := range [][2]string{{"/v1/loads", `{"until":700}`}, {"/v1/exchanges", `{"listing":"` + page + `","until":300}`}} {
		var both sync.WaitGroup
		for range 2 { // the same at the same time moves nothing more
			both.Go(func() { s.gets("", "POST", until[0], until[1]) })
		}
		both.Wait()
		if had := s.gets("", "POST", until[0], until[1]); had["total"] != 7_00. { // nor again
			t.Errorf("%s: got %v, want 700 in all", until[0], had)
		}
	}
	s.gets("invalid", "POST", "/v1/payouts", `{"to":"bank"}`) // this account has no stall
	s.gets("not-found", "GET", "/v1/orders/"+order+"/photos/"+strings.Repeat("A", 43), "")
	s.gets("not-found", "POST", "/v1/holds/"+strings.Repeat("A", 22)+"/dispute", `{"text":"Broken"}`)
	s.gets("", "POST", "/v1/holds/"+order+"/release", "")
	s.gets("", "POST", "/v1/holds/"+order+"/reclaim", `{"to":"scrip"}`)
	s.verified(order)
	for range 2 {
		if left := s.gets("", "POST", "/v1/withdrawals", ""); left["total"] != 3_00. {
			t.Errorf("withdrawn: got %v, want what is at the stall left", left)
		}
	}
	if got := c.bankBalance(); got != 457_00 {
		t.Errorf("at the bank: got %d, want 45700", got)
	}
	n.closed()
}

func numberOf(bought map[string]any) string {
	receipt, _ := bought["receipt"].(map[string]any)
	order, _ := receipt["order"].(string)
	return order
}

// boughtThrough pays while the process is killed, and asks again until it has the purchase.
func (s *served) boughtThrough(payment string) {
	s.t.Helper()
	for _, after := range []time.Duration{2 * time.Millisecond, 15 * time.Millisecond, 40 * time.Millisecond} {
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			s.ask("POST", "/v1/payments", payment) // its answer may be lost
		}()
		time.Sleep(after)
		s.kill()
		<-answered
		s.start(strings.TrimPrefix(s.url, "http://"))
	}
	first := s.gets("", "POST", "/v1/payments", payment)
	if second := s.gets("", "POST", "/v1/payments", payment); numberOf(first) == "" || numberOf(second) != numberOf(first) {
		s.t.Errorf("after the process was killed: got %v, then %v, want one purchase", first, second)
	}
}

// verified wants the receipt of an order to hold.
func (s *served) verified(order string) {
	s.t.Helper()
	bundle, err := json.Marshal(s.gets("", "GET", "/v1/receipts/"+order+"/bundle", ""))
	file := filepath.Join(s.t.TempDir(), "receipt.json")
	if err != nil || os.WriteFile(file, bundle, 0o600) != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(program(s.t), "verify", file, "--broker-keys", s.c.broker).CombinedOutput(); err != nil {
		s.t.Errorf("verify: %v\n%s", err, out)
	}
}
