package e2e_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"peerscrip/services"
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
