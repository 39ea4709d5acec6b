package web

import (
	"context"
	"crypto/rand"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// TestPrograms: a key is made for what was chosen, shown once, listed without it, and revoked;
// what was typed stays where something is missing.
func TestPrograms(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.enter()
	v.get("/desk").want(t, 200, `href="/desk/programs"`)
	v.get("/desk/programs").want(t, 200, "No program is let in.")
	keys := "/desk/programs/keys?desk=" + string(s.attic.Vendor())
	v.post(keys, url.Values{"name": {"Stock list"}}).want(t, 422, `value="Stock list"`, "Choose what the program may do.")
	v.post(keys, url.Values{"name": {" "}, "scope": {"orders:read"}}).want(t, 422, "Give the key a name", `value="orders:read" checked`)
	v.post(keys, url.Values{"name": {"Robot"}, "scope": {"everything"}}).want(t, 403)
	made := v.post(keys, url.Values{"name": {"Stock list"}, "scope": {"listings:write", "orders:read"}})
	made.want(t, 200, "The key “Stock list”", "shown only this once")
	token := regexp.MustCompile(`value="(pss_[^"]*)"`).FindStringSubmatch(made.body)
	if token == nil {
		t.Fatal("the key is not shown")
	}
	if vendor, err := merchant.VendorOfKey(token[1]); err != nil || vendor != s.attic.Vendor() {
		t.Errorf("the key is for %q, %v, want %q", vendor, err, s.attic.Vendor())
	}
	k, err := s.attic.Key(t.Context(), token[1])
	if err != nil || !k.May(scrip.ListingsWrite) || k.May(scrip.MoneyRead) {
		t.Errorf("the key: got %+v, %v", k, err)
	}
	list := v.get("/desk/programs")
	list.want(t, 200, "Stock list", "Listings", "last used", "!never used")
	if strings.Contains(list.body, token[1]) {
		t.Error("the key is shown again")
	}
	v.post("/desk/programs/keys/revoke", url.Values{"key": {string(k.ID)}}).want(t, 200, "The key is taken back.", "No program is let in.")
	v.post("/desk/programs/keys/revoke", url.Values{"key": {string(k.ID)}}).want(t, 200, "The key is taken back.")
}

// TestWebhooksAtTheDesk: an address is added with a secret that is shown once, tested, given another secret, stopped and removed;
// what was sent is listed and can be sent again.
func TestWebhooksAtTheDesk(t *testing.T) {
	s := newShop(t)
	c := s.attic.Config
	c.Webhooks = deaf{}
	elsewhere, between := merchant.Open(c), &meanwhile{}
	c.Random = between
	s.attic.Stall = merchant.Open(c)
	v := visit(t, pagesOf(t, s.config()))
	v.enter()
	add := "/desk/programs/webhooks?desk=" + string(s.attic.Vendor())
	v.post(add, url.Values{"url": {"shop.example"}}).want(t, 422, `value="shop.example"`, "Write a whole address")
	made := v.post(add, url.Values{"url": {"https://shop.example/hook"}})
	made.want(t, 200, "whsec_", "shown only this once", "https://shop.example/hook")
	secret := regexp.MustCompile(`value="(whsec_[^"]*)"`).FindStringSubmatch(made.body)
	at := regexp.MustCompile(`/desk/programs/webhooks/[\w-]{22}`).FindString(made.body)
	if secret == nil || at == "" {
		t.Fatal("no secret, or no link to the address")
	}
	v.get(at).want(t, 200, "https://shop.example/hook", "Nothing yet.", "!whsec_")
	v.post(at+"/test", nil).want(t, 200, "The test was not taken.", "Your server answered with status 503.", "Not taken")
	v.post(at+"/rotate", nil).want(t, 200, "A new secret", "whsec_", "!"+secret[1])
	between.do = func() {
		if _, err := elsewhere.RotateWebhook(t.Context(), scrip.ID(path.Base(at))); err != nil {
			t.Error(err)
		}
	}
	v.post(at+"/rotate", nil).want(t, 200, "None was made here", "!whsec_")
	v.post(at+"/turn", url.Values{"on": {"0"}}).want(t, 200, "Nothing is sent there now", `name="on" value="1"`)
	v.post(at+"/turn", url.Values{"on": {"1"}}).want(t, 200, "Messages are sent again.")
	v.post(at+"/resend", url.Values{"event": {"7"}}).want(t, 404)
	v.post(at+"/resend", url.Values{"event": {"x"}}).want(t, 403)
	v.post(at+"/drop", nil).want(t, 200, "The address is removed.", "!https://shop.example/hook")
	v.post(at+"/drop", nil).want(t, 200, "The address is removed.")
	v.get(at).want(t, 404)
}

// meanwhile is a source of randomness that does something once, before it is read.
type meanwhile struct{ do func() }

func (m *meanwhile) Read(b []byte) (int, error) {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return rand.Read(b)
}

// deaf is receivers that take nothing.
type deaf struct{}

func (deaf) Check(string) error                                          { return nil }
func (deaf) Post(context.Context, merchant.WebhookMessage) (int, string) { return 503, "" }
