package e2e_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/stripe/stripetest"
)

// payer is somebody with a browser who pays where the wallet says.
type payer struct {
	t      *testing.T
	client *http.Client
}

// page gets a page, or sends a form to it, and returns what it says and the address that it is sent on to.
func (p payer) page(address string, form url.Values) (text, onward string) {
	p.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, address, body)
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: got %s, %v\n%s", method, address, answer.Status, err, b)
	}
	_, onward, _ = strings.Cut(answer.Header.Get("Refresh"), "url=")
	return string(b), onward
}

// TestRealMoney: a broker that takes money by Stripe, as processes: the wallet waits with a link, its owner pays on Stripe's page and comes
// back, Stripe tells of it, the wallet has its money; it goes back where it came from, once, though the broker is killed between Stripe's
// answer and its record. Stripe's list and the books agree.
func TestRealMoney(t *testing.T) {
	there := stripetest.New(t)
	keys := t.TempDir()
	files := []string{filepath.Join(keys, "key"), filepath.Join(keys, "webhook")}
	for i, secret := range []string{stripetest.Key, stripetest.Webhook} {
		if err := os.WriteFile(files[i], []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	money := []string{"--stripe-key-file=" + files[0], "--stripe-webhook-file=" + files[1], "--stripe-url=" + there.URL}
	b := startProcess(t, "broker", append(money, "--card-fee=0.25+1.5%")...)
	w := newCommands(t, b.url)
	out, err := w.command("load", "20.00").CombinedOutput()
	link := regexp.MustCompile(`http://\S+/bank/confirm/[\w-]+`).FindString(string(out))
	if err == nil || link == "" {
		t.Fatalf("load: got %v\n%s\nwant a link to pay at", err, out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := payer{t, &http.Client{Jar: jar}}
	if text, _ := p.page(link, nil); !strings.Contains(text, "You pay a fee of") || !strings.Contains(text, "20.55") {
		t.Errorf("got %s, want a page that says the fee, and 20.55 in all", text)
	}
	_, atStripe := p.page(link, url.Values{"way": {"card"}})
	if !strings.HasPrefix(atStripe, there.URL) {
		t.Fatalf("to pay: got sent on to %q, want a page of Stripe's", atStripe)
	}
	p.page(atStripe, url.Values{}) // pays, and is led back
	payload, signature := there.Notice("evt_1", "checkout.session.completed", there.Session())
	if status := notify(t, b.url, payload, signature); status != http.StatusNoContent {
		t.Errorf("a notice: got %d, want %d", status, http.StatusNoContent)
	}
	if status := notify(t, b.url, payload, "t=1,v1=00"); status != http.StatusBadRequest {
		t.Errorf("a forged notice: got %d, want %d", status, http.StatusBadRequest)
	}
	eventually(t, 20*time.Second, "paid", func() bool {
		text, _ := p.page(link, nil)
		return strings.Contains(text, "The money is there")
	})
	if got := w.money(w.run("balance")); got != 20_00 {
		t.Errorf("balance: got %d, want 2000", got)
	}
	release := there.Hold("/v1/refunds")
	w.run("withdraw")
	eventually(t, 20*time.Second, "given back at Stripe", func() bool { _, refunds, _ := there.Made(); return refunds == 1 })
	b.kill() // the answer is on its way
	release()
	b.start()
	account := b.url + "/bank?account=" + w.bank
	eventually(t, 30*time.Second, "given back in the books", func() bool {
		text, _ := p.page(account, nil)
		return strings.Contains(text, "Paid out</") || regexp.MustCompile(`(?s)scope="row"[^>]*>\s*Paid out`).MatchString(text)
	})
	if _, refunds, _ := there.Made(); refunds != 1 {
		t.Errorf("refunds at Stripe: got %d, want 1", refunds)
	}
	reconciled := exec.Command(program(t), append([]string{"bank", "reconcile", "--data", b.data}, money...)...)
	if out, err := reconciled.CombinedOutput(); err != nil {
		t.Errorf("reconcile: %v\n%s", err, out)
	}
	b.stop()
	refused := exec.Command(program(t), "broker", "--listen", b.listen, "--data", b.data)
	if out, err := refused.CombinedOutput(); err == nil || !strings.Contains(string(out), "another bank takes a data folder of its own") {
		t.Errorf("the sandbox on books of real money: got %v\n%s, want that it does not start", err, out)
	}
	if totals := auditOf(t, b.data); totals.CameIn != 0 {
		t.Errorf("came in minus went out: got %d, want 0", totals.CameIn)
	}
	for _, said := range []string{b.stdout.String(), b.stderr.String()} {
		if strings.Contains(said, "51peerscrip") || strings.Contains(said, "whsec_") {
			t.Errorf("a key is in what the broker said: %s", said)
		}
	}
}

// notify sends a notice of Stripe's, and returns the status of the answer.
func notify(t *testing.T, broker string, payload []byte, signature string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, broker+"/v1/bank/stripe/events", strings.NewReader(string(payload)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Stripe-Signature", signature)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
