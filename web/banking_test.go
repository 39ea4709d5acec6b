package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

var depositKey = regexp.MustCompile(`name="key" value="([^"]{22})"`)

func TestBank(t *testing.T) {
	s := newShop(t)
	s.Bank.Limits.Daily = 2
	v := visit(t, pagesOf(t, s.config()))
	page := v.post("/bank/accounts", nil)
	page.want(t, 200, "Your account is open.", "data-bank-reference", "Nothing has moved yet")
	key := depositKey.FindStringSubmatch(page.body)
	if key == nil {
		t.Fatal("the form holds no key")
	}
	form := url.Values{"amount": {"250"}, "key": {key[1]}}
	v.post("/bank/deposits", form).want(t, 200, "€250.00 of test money put in.", "+€250.00")
	v.post("/bank/deposits", form) // the same form sent again
	for typed, sentence := range map[string]string{
		"much": "Write an amount like 12.50.", "0": "Write an amount above 0.", "-3": "Write an amount like 12.50.", "1000000000.01": "Write at most €1,000,000,000.00.",
		"999999": "The sandbox does not take that much.", "66": "This form was sent before",
	} {
		v.post("/bank/deposits", url.Values{"amount": {typed}, "key": {key[1]}}).want(t, 422, sentence, `value="`+typed+`"`)
	}
	v.post("/bank/deposits", url.Values{"amount": {"1"}, "key": {string(s.ID())}}).want(t, 200, "€1.00 of test money")
	v.post("/bank/deposits", url.Values{"amount": {"1"}, "key": {string(s.ID())}}).want(t, 422, "all its deposits for today")
	reference := regexp.MustCompile(`data-bank-reference>([^<]+)<`).FindStringSubmatch(page.body)[1]
	v.post("/bank/account", url.Values{"leave": {"yes"}}).want(t, 200, "I have an account", "!"+reference)
	v.post("/bank/account", url.Values{"reference": {"SB-0"}}).want(t, 404, "There is no account with this reference.", `value="SB-0"`)
	v.post("/bank/account", url.Values{"reference": {""}}).want(t, 422, "Write the reference of the account.")
	v.post("/bank/account", url.Values{"reference": {" " + reference + " "}}).want(t, 200, "251.00")
}

// TestMovements: what the log says of an account is told in its owner's words.
func TestMovements(t *testing.T) {
	s := newShop(t)
	c := s.Customer(200_00)
	c.Acquire(120_00)
	visit(t, pagesOf(t, s.config())).get("/bank?account="+c.Bank).want(t, 200, "80.00", "Test money put in", "+€200.00",
		"Loaded into your wallet", "-€120.00")
}

func TestDepositWithoutAnAccount(t *testing.T) {
	got := visit(t, pagesOf(t, newShop(t).config())).post("/bank/deposits", url.Values{"amount": {"5"}})
	got.want(t, 200, "Open an account")
}

func TestConfirmCharge(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	here := s.charge()
	v.get(here).want(t, 200, "200.00", "Confirm</button>", "!not enough money")
	v.post(here, nil).want(t, 200, "Paid with test money", "!Confirm</button>")
	v.post("/bank/confirm/none", nil).want(t, 404)
}

// TestDeclineCharge: what was declined is not paid, whatever is pressed afterwards.
func TestDeclineCharge(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	here := s.charge()
	v.get(here).want(t, 200, "Decline</button>")
	v.post(here, url.Values{"decline": {"yes"}}).want(t, 200, "Payment declined", "Nothing was paid", "!Confirm</button>")
	v.post(here, nil).want(t, 200, "Payment declined", "!Paid with test money")
	v.post("/bank/confirm/none", url.Values{"decline": {"yes"}}).want(t, 404)
}

// TestChargeThatIsNotCovered: an account that holds less by now is told before its owner confirms.
func TestChargeThatIsNotCovered(t *testing.T) {
	s := newShop(t)
	c := s.Customer(200_00)
	answer, err := rig.Send[scrip.Pending](c, s.Broker.Acquire, c.Acquisition(200_00))
	if err != nil {
		t.Fatal(err)
	}
	c.Acquire(1_00)
	visit(t, pagesOf(t, s.config())).get("/bank/confirm/"+string(rig.Charge(answer.Body.Link))).
		want(t, 200, "There is not enough money in the account", "Confirm</button>")
}

func TestRate(t *testing.T) {
	c := newShop(t).config()
	c.PostsPerMinute = 3
	v := visit(t, pagesOf(t, c))
	for range 2 {
		v.post("/bank/accounts", nil).want(t, http.StatusOK)
	}
	v.post("/desk/leave", nil).want(t, http.StatusOK)
	v.post("/bank/accounts", nil).want(t, http.StatusTooManyRequests, "One thing at a time")
	v.get("/bank").want(t, http.StatusOK)
}
