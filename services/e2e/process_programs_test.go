package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/services/receipt"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// programmed is a hosted stall whose seller has a program, which listed one thing.
type programmed struct {
	robot
	vendor scrip.VendorID
	hook   hooked
	heard  *output // what the hook has heard since it is back
}

// startProgrammed opens a stall for an account at a market. Its program lists a trowel by the
// seller API, and has docs/examples/webhook.mjs hear what is sold.
func startProgrammed(t *testing.T, owner *buyer, market, name string) programmed {
	t.Helper()
	desk, vendor := hostStall(owner, market, name)
	p := programmed{robot: robot{t, market, desk.key(vendor)}, vendor: vendor, hook: hookAt(t, desk, freePort(t))}
	p.ask("POST", "/v1/seller/offers", `{"title":"Trowel","description":"","category":"Tools & Garden","condition":"good","price":500,`+
		`"delivery":[{"way":"post","label":"","price":0,"countries":[],"days":[1,3]},{"way":"collect","label":"","price":0,"countries":[],"days":[0,0]}],`+
		`"send_within":3,"check_within":3,"quantity":2}`)
	return p
}

// paysLink asks for money by the seller API, as a shop of one's own does, and has a customer pay it
// at a market.
func (p programmed) paysLink(b *buyer, market string) wallet.Receipt {
	p.t.Helper()
	asked := p.ask("POST", "/v1/seller/payment-links", fmt.Sprintf(
		`{"title":"Two guitar lessons","description":"","reference":"2026-117","price":300,"times":"once","valid_until":%d}`, time.Now().Add(time.Hour).Unix()))
	path, found := strings.CutPrefix(asked["url"].(string), p.url)
	page, err := http.Get(market + path)
	b.must("open the payment link at a market", err)
	page.Body.Close()
	if !found || page.StatusCode != http.StatusOK {
		p.t.Errorf("%v at a market: got %s, want 200", asked["url"], page.Status)
	}
	public, err := b.dial(p.url).Stall(p.vendor).Offer(p.t.Context(), scrip.ID(asked["offer"].(string)))
	b.must("fetch the payment link", err)
	paid, err := b.Buy(p.t.Context(), public.Offer, 1, scrip.Delivery{Way: scrip.WayNone})
	b.must("pay the payment link", err)
	return paid
}

// bundleFile is the receipt of a purchase as a file, and the broker's keys as its buyer has them.
func (b *buyer) bundleFile(broker string, r wallet.Receipt) (file, keys string) {
	b.t.Helper()
	text, err := receipt.Make(receipt.Bundle{
		Broker: b.Info(b.t.Context()).ID, Vendor: r.Vendor, Certificate: r.Certificate, Offers: r.Offers(), Mandate: r.Mandate, Paid: r.Paid, Order: r.Order,
	})
	b.must("make a receipt", err)
	folder := b.t.TempDir()
	file, keys = filepath.Join(folder, "receipt.json"), filepath.Join(folder, "keys.json")
	b.must("write a receipt", os.WriteFile(file, text, 0o600))
	resp, err := http.Get(broker + "/v1/broker/keys")
	b.must("ask for the broker's keys", err)
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	b.must("read the broker's keys", err)
	b.must("write the broker's keys", os.WriteFile(keys, said, 0o600))
	return file, keys
}

// robot is a seller's program with a key.
type robot struct {
	t        testing.TB
	url, key string
}

func (r robot) ask(method, path, body string) (answer map[string]any) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", path)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		r.t.Fatal(err)
	}
	if err := json.Unmarshal(text.Bytes(), &answer); err != nil || resp.StatusCode >= 300 {
		r.t.Fatalf("%s %s: got %d %s, %v", method, path, resp.StatusCode, text.String(), err)
	}
	return answer
}
