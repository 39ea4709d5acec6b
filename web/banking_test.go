package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

var depositKey = regexp.MustCompile(`name="key" value="([^"]{22})"`)

func TestBank(t *testing.T) {
	m := newMemory()
	v := visit(t, testPages(t, m))
	page := v.post("/bank/accounts", nil)
	page.want(t, 200, "Your account is open.", "SB-4821-7730-1156", "data-bank-reference", "Nothing has moved yet")
	key := depositKey.FindStringSubmatch(page.body)
	if key == nil {
		t.Fatal("the form holds no key")
	}
	form := url.Values{"amount": {"250"}, "key": {key[1]}}
	v.post("/bank/deposits", form).want(t, 200, "250.00 EUR of test money put in.", "+250.00")
	v.post("/bank/deposits", form) // the same form sent again
	if got := m.accounts["SB-4821-7730-1156"].Balance; got != 25000 {
		t.Errorf("balance: got %d, want 25000", got)
	}
	for typed, sentence := range map[string]string{
		"much": "Write an amount like 100.00.", "0": "Write an amount like 100.00.", "-3": "Write an amount like 100.00.",
		"999999": "The sandbox does not take that much.", "777": "all its deposits for today", "666": "This form was sent before",
	} {
		v.post("/bank/deposits", url.Values{"amount": {typed}, "key": {"x"}}).want(t, 422, sentence, `value="`+typed+`"`)
	}
	v.post("/bank/account", url.Values{"leave": {"yes"}}).want(t, 200, "I have an account", "!SB-4821")
	v.post("/bank/account", url.Values{"reference": {"SB-0"}}).want(t, 404, "There is no account with this reference.", `value="SB-0"`)
	v.post("/bank/account", url.Values{"reference": {""}}).want(t, 422, "Write the reference of the account.")
	v.post("/bank/account", url.Values{"reference": {" SB-4821-7730-1156 "}}).want(t, 200, "250.00")
}

func TestDepositWithoutAnAccount(t *testing.T) {
	got := visit(t, testPages(t, newMemory())).post("/bank/deposits", url.Values{"amount": {"5"}})
	got.want(t, 200, "Open an account")
}

func TestConfirmCharge(t *testing.T) {
	v := visit(t, testPages(t, newMemory()))
	here := "/bank/confirm/" + oneCharge
	v.post(here, nil).want(t, 409, "There is not enough money in the account")
	v.post("/bank/accounts", nil)
	v.post("/bank/deposits", url.Values{"amount": {"120"}, "key": {"k"}})
	v.post(here, nil).want(t, 200, "Paid with test money", "!Confirm</button>")
	v.post("/bank/confirm/none", nil).want(t, 404)
}

func TestRate(t *testing.T) {
	c := testConfig(newMemory())
	c.PostsPerMinute = 3
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	v := visit(t, h)
	for range 2 {
		v.post("/bank/accounts", nil).want(t, http.StatusOK)
	}
	v.post("/desk/leave", nil).want(t, http.StatusOK)
	v.post("/bank/accounts", nil).want(t, http.StatusTooManyRequests, "One thing at a time")
	v.get("/bank").want(t, http.StatusOK)
}
