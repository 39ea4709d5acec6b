package web

import (
	"net/url"
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
