package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"peerscrip/jose"
	"peerscrip/services"
	"peerscrip/services/cli"
	"peerscrip/services/receipt"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestReceiptTellsNoSecret: of all that a buyer sends and gets with a purchase,
// what spends and who pays is not in the bundle, in no encoding.
func TestReceiptTellsNoSecret(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	broker := c.Acquire(50_00)
	vendor, _ := c.Trade(s, broker, 20_00)
	listing := s.List(12_50, 3)
	t10 := c.Mandate(s, vendor, listing)
	paid, err := rig.Send[scrip.Paid](c, s.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	proof, err := r.Broker.MessageProof(t.Context(), t10.Signed.Digest())
	if err != nil {
		t.Fatal(err)
	}
	b := receipt.Bundle{
		Broker: r.Info.ID, Vendor: s.Vendor(), Certificate: s.CertificateJWS, Offers: []string{listing.JWS}, Mandate: t10.Signed.JWS,
		Paid: paid.JWS, Order: disclosed(t, t10.Signed, "order"), Logged: receipt.LoggedAs(proof),
	}
	file, err := receipt.Make(b)
	if err != nil {
		t.Fatal(err)
	}
	if report := b.Verify(r.Info.Chain, r.Info.Currency); !report.OK() {
		t.Errorf("Verify: got %+v, want it to hold", report.Findings)
	}
	tells := unfolded(string(file))
	if !strings.Contains(tells, "12 Elm Street") {
		t.Fatal("the search does not find what is there")
	}
	for name, secret := range map[string]string{
		"account": string(c.Account), "account's key": c.Key.Public().Thumbprint(), "bank": c.Bank,
		"spent scrip": string(vendor.Scrip.ScripID), "its certificate": vendor.Scrip.Certificate, "its secret": string(vendor.Secret),
		"change": string(paid.Scrip.ScripID), "its certificate too": paid.Scrip.Certificate, "its secret too": string(paid.Secret),
		"scrip as attached": disclosed(t, t10.Signed, "scrip"), "secret as attached": disclosed(t, t10.Signed, "secret"),
		"reply key as attached": disclosed(t, t10.Signed, "reply_key"),
	} {
		if secret == "" || strings.Contains(tells, secret) {
			t.Errorf("the bundle tells the %s: %q", name, secret)
		}
	}
	b.Order = disclosed(t, t10.Signed, "secret")
	if _, err := receipt.Make(b); !errors.Is(err, receipt.ErrBundle) {
		t.Errorf("the secret for the order: got %v, want %v", err, receipt.ErrBundle)
	}
}

// disclosed returns the disclosure of an attachment.
func disclosed(t *testing.T, signed jose.Signed, name string) string {
	t.Helper()
	for _, d := range signed.Attachments {
		if got, _, err := jose.ReadDisclosure(d); err == nil && got == name {
			return d
		}
	}
	t.Fatalf("no attachment %s", name)
	return ""
}

// unfolded is a text with all base64url in it decoded too, at any depth.
func unfolded(text string) string {
	all := text
	for _, word := range regexp.MustCompile(`[A-Za-z0-9_-]{16,}`).FindAllString(text, -1) {
		if b, err := base64.RawURLEncoding.DecodeString(word); err == nil {
			all += "\n" + string(b)
			if json.Valid(b) {
				all += "\n" + unfolded(string(b))
			}
		}
	}
	return all
}

// TestReceiptFile: the command line makes a receipt of what it bought, and says
// what it proves, to who has the broker's keys and to who has others.
func TestReceiptFile(t *testing.T) {
	var unproven atomic.Bool // the broker proves nothing
	program := start(t, services.Config{Role: services.Serve, Watch: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if unproven.Load() && strings.HasPrefix(r.URL.Path, "/v1/broker/log/") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	owner := newBuyer(t, program.URL, 1, nil)
	seller, vendor := hostStall(owner, program.URL, "The Ironmonger")
	seller.list(goods{"Hinge", "2.50", "0.50", "9"})
	folder, out, aside := t.TempDir(), &bytes.Buffer{}, &bytes.Buffer{}
	purse, err := cli.Open(t.Context(), cli.Config{
		Data: folder, BrokerURL: program.URL, Passphrase: "correct horse", Out: out, Err: aside, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer purse.Close()
	if _, err := purse.Make(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := purse.Fund(t.Context(), "50.00"); err != nil {
		t.Fatal(err)
	}
	offer := owner.offers(program.URL, vendor)["Hinge"]
	bought, err := purse.Buy(t.Context(), offer.jws, 2, rig.To("12 Elm Street"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "receipt.json")
	var bundle cli.Bundle
	eventually(t, patience, "the seller to report the sale", func() bool {
		aside.Reset()
		if bundle, err = purse.BundleOf(t.Context(), string(bought.OrderID), true); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(bundle), `"logged"`)
	})
	if aside.Len() > 0 {
		t.Errorf("with the proof: got %q beside it, want nothing", aside)
	}
	if err := os.WriteFile(file, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	unproven.Store(true)
	without, err := purse.BundleOf(t.Context(), string(bought.OrderID), true)
	if unproven.Store(false); err != nil || strings.Contains(string(without), `"logged"`) || !strings.Contains(aside.String(), "without that proof") {
		t.Errorf("without the proof: got %v, %q beside it, and %s, want to be told", err, aside, without)
	}
	out.Reset()
	if err := cli.PrintVerified(t.Context(), out, file, program.URL, ""); err != nil {
		t.Errorf("verify: %v", err)
	}
	for _, want := range []string{"5.50 EUR", "“The Ironmonger”", "2 × “Hinge”", "recorded the purchase as number", "The receipt holds."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("verify does not say %q:\n%s", want, out)
		}
	}
	refund(t, seller, bought.OrderID, "2.50")
	eventually(t, patience, "the broker to cover it", func() bool {
		back, err := purse.Collect(t.Context(), vendor)
		if err != nil {
			t.Fatal(err)
		}
		return back > 0
	})
	after := &bytes.Buffer{}
	out.Reset()
	if bundle, err = purse.BundleOf(t.Context(), string(bought.Tx), true); err != nil {
		t.Fatal(err)
	}
	refunded := filepath.Join(folder, "refunded.json")
	if err := os.WriteFile(refunded, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cli.PrintVerified(t.Context(), after, refunded, program.URL, ""); err != nil || !strings.Contains(after.String(), "The seller paid 2.50 EUR back") {
		t.Errorf("after a refund: got %v\n%s", err, after)
	}
	other := start(t, services.Config{Role: services.Broker})
	if err := cli.PrintVerified(t.Context(), out, file, other.URL, ""); !errors.Is(err, cli.ErrNotProven) {
		t.Errorf("with another broker's keys: got %v, want %v", err, cli.ErrNotProven)
	}
	if _, err := purse.BundleOf(t.Context(), "nothing", true); err == nil {
		t.Error("a bundle of nothing: got nil, want an error")
	}
	keys := filepath.Join(folder, "keys.json")
	if err := os.WriteFile(keys, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cli.PrintVerified(t.Context(), out, file, keys, ""); err == nil {
		t.Error("with a file that holds no keys: got nil, want an error")
	}
}

// refund takes back part of an order at the seller's desk.
func refund(t *testing.T, desk *seller, order scrip.ID, amount string) {
	t.Helper()
	here := "/desk/orders/" + string(order)
	_, page := desk.send("GET", here, "", nil)
	key := refundKey.FindSubmatch(page)
	if key == nil {
		t.Fatalf("no form to refund an order:\n%s", page)
	}
	desk.form(here+"/refund", url.Values{"key": {string(key[1])}, "refund": {amount}})
}
