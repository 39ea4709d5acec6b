package stripe_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
	"peerscrip/services/stripe"
	"peerscrip/services/stripe/stripetest"
)

// mock starts Stripe's own stripe-mock, which holds what it is asked to the description of their API, and returns its address.
func mock(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "stripe-mock")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/stripe/stripe-mock").CombinedOutput(); err != nil {
		t.Fatalf("build stripe-mock: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "-http-addr", address, "-https-addr", "")
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	for range 100 {
		if answer, err := http.Get("http://" + address + "/v1/balance"); err == nil {
			_ = answer.Body.Close()
			return "http://" + address
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("stripe-mock does not answer")
	return ""
}

// TestMock: each call fits the description of Stripe's API, and each answer of its form is understood.
func TestMock(t *testing.T) {
	s, err := stripe.New(stripe.Config{Key: stripe.ParseKey("sk_test_123"), Webhook: stripe.ParseKey(stripetest.Webhook), URL: mock(t), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	euro, err := scrip.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	ctx, at := t.Context(), time.Now().Unix()
	a := scrip.Attempt{ID: scrip.DerivedID("attempt", "a", 1), Amount: 20_00, Fee: 55, At: at, Session: "cs_test_1", Charge: "pi_1"}
	d := scrip.Disbursement{Key: "k", Amount: 5_00, Changed: at, Given: "re_1", To: "acct_1", Means: scrip.ByRefund}
	if session, link, err := s.Open(ctx, a, euro, "https://market.example/bank/confirm/k"); err != nil || session == "" || link == "" {
		t.Errorf("Open: got %q, %q, %v, want a page", session, link, err)
	}
	if seen, err := s.Look(ctx, a); err != nil || seen.State != bank.SeenOpen {
		t.Errorf("Look: got %+v, %v, want that it is open", seen, err)
	}
	if err := s.End(ctx, a); err != nil {
		t.Errorf("End: %v", err)
	}
	for name, give := range map[string]func() (bank.Given, error){
		"Refund":            func() (bank.Given, error) { return s.Refund(ctx, d, a) },
		"Pay":               func() (bank.Given, error) { return s.Pay(ctx, d, euro) },
		"Track of a refund": func() (bank.Given, error) { return s.Track(ctx, d) },
		"Track of a payment": func() (bank.Given, error) {
			return s.Track(ctx, scrip.Disbursement{Given: "tr_1", Means: scrip.ByPayment})
		},
	} {
		if got, err := give(); err != nil || got.Name == "" || got.State != bank.GivenDone {
			t.Errorf("%s: got %+v, %v, want that it is done", name, got, err)
		}
	}
	old := d
	old.Changed = 1
	if got, err := s.Refund(ctx, old, a); err != nil || got.Name == "" {
		t.Errorf("Refund of long ago: got %+v, %v", got, err)
	}
	if got, err := s.Pay(ctx, old, euro); err != nil || got.Name == "" {
		t.Errorf("Pay of long ago: got %+v, %v", got, err)
	}
	if account, link, err := s.Connect(ctx, "PAX", "", "https://market.example/bank"); err != nil || account == "" || link == "" {
		t.Errorf("Connect: got %q, %q, %v, want an account and a page", account, link, err)
	}
	kinds := map[bank.ListedKind]int{}
	for l, err := range s.List(ctx, 1) {
		if err != nil || l.Name == "" || l.Currency == "" {
			t.Fatalf("List: got %+v, %v", l, err)
		}
		kinds[l.Kind]++
	}
	if kinds[bank.ListedRefund] == 0 || kinds[bank.ListedPayout] == 0 {
		t.Errorf("List: got %v, want refunds and payouts", kinds)
	}
}
