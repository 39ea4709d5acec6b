package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services"
	"peerscrip/services/folder"
)

// underName asks for a page under a host's name and returns its status and text.
func underName(t testing.TB, url, host string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, answer)
}

func readAnswer(t testing.TB, answer *http.Response) (int, string) {
	t.Helper()
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// TestOperator: the page says how the books stand and what waits, on its own
// loopback address and under a loopback name alone.
func TestOperator(t *testing.T) {
	t.Parallel()
	program := start(t, services.Config{Role: services.Serve, Operator: "127.0.0.1:0"})
	if status, page := underName(t, program.OperatorURL, ""); status != http.StatusUnauthorized || strings.Contains(page, "Outstanding") {
		t.Errorf("without a session: got %d, want 401\n%s", status, page)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar}
	if door, err := client.Get(program.ConsoleURL); err != nil || door.StatusCode != http.StatusOK {
		t.Fatalf("the link's door: got %v, %v, want 200", door, err)
	}
	opened, err := client.Post(program.ConsoleURL, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	status, page := readAnswer(t, opened)
	if status != http.StatusOK {
		t.Fatalf("the link: got %d, want 200\n%s", status, page)
	}
	again, err := client.Post(program.ConsoleURL, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := readAnswer(t, again); status != http.StatusForbidden {
		t.Errorf("the link again: got %d, want 403", status)
	}
	for _, want := range []string{"The books close.", ">I1<", ">I3<", "Outstanding", "Came in minus went out", "Refunds (REFUND)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if status, _ := underName(t, program.OperatorURL, "rebound.example"); status != http.StatusForbidden {
		t.Errorf("under another name: got %d, want 403", status)
	}
	for _, path := range []string{"/operator", "/verdicts"} {
		if status, page := underName(t, program.URL+path, ""); status != http.StatusNotFound {
			t.Errorf("%s of the public address: got %d, want 404\n%s", path, status, page)
		}
	}
	if status, page := underName(t, program.URL, ""); status != http.StatusOK || strings.Contains(page, "Books and queues") {
		t.Errorf("the public address shows the operator's console, or nothing: %d", status)
	}
}

// A page that anybody may read is not served where anybody reaches it.
func TestOperatorIsLocal(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "broker.example:80", "8081"} {
		program, err := services.Start(t.Context(), services.Config{
			Role: services.Serve, Listen: "127.0.0.1:0", Data: t.TempDir(), Operator: address,
		})
		if err == nil {
			t.Errorf("--operator %s: got a program, want an error", address)
			if err := program.Stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestMetrics: the figures are told at the operator's address to who shows the token of the
// data folder, and nowhere else; each figure that the dashboard and the alerts name is among
// them, and none has what is of a customer or of a stall in a label.
func TestMetrics(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := key.Public().CosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	program := start(t, services.Config{Role: services.Serve, Operator: "127.0.0.1:0", Data: data, Witnesses: []string{"http://127.0.0.1:1 " + witness}})
	token, err := folder.At(data).ScrapeToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(url, token string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		return readAnswer(t, answer)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		if status, _ := ask(program.OperatorURL+path, "another"); status != http.StatusUnauthorized {
			t.Errorf("%s with another token: got %d, want 401", path, status)
		}
		if status, _ := ask(program.URL+path, token); status != http.StatusNotFound {
			t.Errorf("%s of the public address: got %d, want 404", path, status)
		}
	}
	if status, _ := ask(program.OperatorURL+"/debug/pprof/cmdline", token); status != http.StatusNotFound {
		t.Errorf("the arguments: got %d, want 404", status)
	}
	if status, profile := ask(program.OperatorURL+"/debug/pprof/heap", token); status != http.StatusOK || len(profile) < 100 {
		t.Errorf("a profile: got %d with %d bytes, want one", status, len(profile))
	}
	if status, _ := ask(program.OperatorURL+"/readyz", ""); status != http.StatusOK {
		t.Errorf("/readyz: got %d, want 200", status)
	}
	if status, _ := underName(t, program.OperatorURL+"/metrics", "rebound.example"); status != http.StatusForbidden {
		t.Errorf("under another name: got %d, want 403", status)
	}
	b := newBuyer(t, program.URL, 50_00, nil)
	b.must("load", b.Load(t.Context(), 20_00))
	told := ""
	for range 100 { // the first audit is over soon
		var status int
		if status, told = ask(program.OperatorURL+"/metrics", token); status != http.StatusOK {
			t.Fatalf("the figures: got %d\n%s", status, told)
		}
		if strings.Contains(told, "peerscrip_audit_findings") {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	for _, want := range []string{
		`peerscrip_messages_total{message="T1",outcome="granted",to="broker"} 1`, `peerscrip_message_duration_seconds_count{message="T1",to="broker"} 1`,
		`peerscrip_refusals_total{word="scrip-spent"} 0`, `peerscrip_part_well{part="broker/book.db"} 1`, `peerscrip_audit_findings 0`,
		`peerscrip_queue_depth{message="T12"} 0`, `role="serve"`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the figures do not have %s", want)
		}
	}
	for _, private := range []string{string(b.Account()), b.bank} {
		if strings.Contains(told, private) {
			t.Errorf("the figures have %q, which is a customer's", private)
		}
	}
	if lines := strings.Count(told, "\n"); lines > 4000 {
		t.Errorf("got %d lines of figures, want a bounded number", lines)
	}
	all := told
	beside := t.TempDir()
	relay := start(t, services.Config{Role: services.Relay, Operator: "127.0.0.1:0", Data: beside, BrokerURL: program.URL})
	if token, err = folder.At(beside).ScrapeToken(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(relay.URL+"/v1/stalls/"+strings.Repeat("A", 22)+"/offers", ""); status != http.StatusServiceUnavailable {
		t.Errorf("a stall that is not at the relay: got %d, want 503", status)
	}
	_, told = ask(relay.OperatorURL+"/metrics", token)
	all += told
	for _, want := range []string{
		`peerscrip_relay_requests_total{outcome="away"} 1`, `peerscrip_relay_requests_total{outcome="answered"} 0`, `peerscrip_stalls_known{by="relay"} 0`, `peerscrip_relay_letters 0`, `role="relay"`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the figures of a relay do not have %s", want)
		}
	}
	if status, _ := ask(relay.OperatorURL+"/", ""); status != http.StatusNotFound {
		t.Errorf("the console of a relay: got %d, want none", status)
	}
	namedFiguresAreTold(t, all+witnessFigures(t, program.URL, ask))
}

// witnessFigures are those of a witness of a broker's log, which have what it cosigned and
// what it would not.
func witnessFigures(t *testing.T, brokerURL string, ask func(url, token string) (int, string)) string {
	t.Helper()
	data := t.TempDir()
	witness := start(t, services.Config{Role: services.Witness, Operator: "127.0.0.1:0", Data: data, Logs: []string{brokerURL}, Name: "witness.example"})
	token, err := folder.At(data).ScrapeToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	head := ""
	eventually(t, patience, "the broker to sign a head", func() bool {
		_, text := ask(brokerURL+"/v1/broker/log/head", "")
		var signed struct{ Head string }
		if err := json.Unmarshal([]byte(text), &signed); err != nil {
			t.Fatal(err)
		}
		head = signed.Head
		return head != ""
	})
	for _, request := range []string{"old 0\n\n" + head, "old 0\n\n" + head, "nothing"} { // the second begins at another head
		answer, err := http.Post(witness.URL+"/add-checkpoint", "text/plain", strings.NewReader(request))
		if err != nil {
			t.Fatal(err)
		}
		readAnswer(t, answer)
	}
	_, told := ask(witness.OperatorURL+"/metrics", token)
	for _, want := range []string{
		`peerscrip_witnessed_requests_total{outcome="cosigned"} 1`, `peerscrip_witnessed_requests_total{outcome="other-size"} 1`, `peerscrip_witnessed_requests_total{outcome="malformed"} 1`,
		`peerscrip_witnessed_requests_total{outcome="contradicts"} 0`, `peerscrip_part_well{part="witnessed logs"} 1`, `role="witness"`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the figures of a witness do not have %s", want)
		}
	}
	if !regexp.MustCompile(`peerscrip_witnessed_records\{log="[^"]+"\} [1-9]`).MatchString(told) || !regexp.MustCompile(`peerscrip_witnessed_contradictions\{log="[^"]+"\} 0`).MatchString(told) {
		t.Errorf("the figures of a witness do not say what it cosigned:\n%s", told)
	}
	if status, _ := ask(witness.OperatorURL+"/", ""); status != http.StatusNotFound {
		t.Errorf("the console of a witness: got %d, want none", status)
	}
	return told
}

// namedFiguresAreTold wants each figure that the dashboard and the alerts name among those
// that are told.
func namedFiguresAreTold(t *testing.T, told string) {
	t.Helper()
	for _, file := range []string{"dashboard.json", "alerts.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations", file))
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`\b(?:peerscrip|process|go)_[a-z0-9_]+`).FindAllString(string(text), -1)
		if len(named) < 10 {
			t.Errorf("%s names %d figures, want many", file, len(named))
		}
		for _, name := range named {
			if !regexp.MustCompile(`(?m)^` + name + `[{ ]`).MatchString(told) {
				t.Errorf("%s names %s, which is not told", file, name)
			}
		}
	}
}
