package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestOpeningsLimit: accounts, stalls and bank accounts are opened by one
// client at a lower rate than anything else is asked.
func TestOpeningsLimit(t *testing.T) {
	c := everything(t)
	c.Rate = 40 // and two openings
	url := serve(t, c)
	for _, path := range []string{"/v1/broker/accounts", "/v1/bank/accounts/SB123/deposits"} {
		fewOf(t, url, path)
		url = serve(t, c) // a fresh count
	}
}

// TestExchangesLimit: one client sends merchants fewer T4s, each of which costs a message
// to the broker, than it may send them else, whichever merchants they are for.
func TestExchangesLimit(t *testing.T) {
	c := everything(t)
	c.Rate = 40 // and four T4s
	url := serve(t, c)
	refused := 0
	for i := range 9 { // two minutes' worth and one more, should a minute end meanwhile
		path := url + "/v1/stalls/" + strings.Repeat("AB"[i%2:i%2+1], 21) + "A" + "/exchanges"
		if answer, _ := ask(t, "POST", path, `{"order":"x","payment":"y"}`); answer.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nine T4s, where four a minute are allowed: none was refused")
	}
	if answer, _ := ask(t, "POST", url+"/v1/stalls/"+vendorID+"/purchases", `{"envelope":"x"}`); answer.StatusCode == http.StatusTooManyRequests {
		t.Error("a T10 beside them was refused")
	}
}

// TestMerchantsAtOneAddress: a market that speaks for many stalls sends the broker many
// times what another client may, but not without end, and takes nothing of what the
// same address may ask else.
func TestMerchantsAtOneAddress(t *testing.T) {
	c := everything(t)
	c.Rate = 2
	url := serve(t, c)
	send := func(n int) (refused int) {
		for range n {
			if answer, _ := ask(t, "POST", url+"/v1/broker/records", `{"envelope":"x"}`); answer.StatusCode == http.StatusTooManyRequests {
				refused++
			}
		}
		return refused
	}
	if got := send(40); got != 0 {
		t.Errorf("40 requests of merchants: %d were refused, want none", got)
	}
	if got := send(41); got == 0 { // a minute may end meanwhile
		t.Error("81 requests of merchants within two minutes: none was refused")
	}
	if answer, _ := ask(t, "GET", url+"/v1/broker", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("another request: status %d, want 200", answer.StatusCode)
	}
}

func fewOf(t *testing.T, url, path string) {
	t.Helper()
	open := func() int {
		t.Helper()
		answer, _ := ask(t, "POST", url+path, `{"envelope":"x"}`)
		return answer.StatusCode
	}
	refused := 0
	for range 5 { // two minutes' worth and one more, should a minute end meanwhile
		if open() == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Errorf("%s: five times, where two a minute are allowed: none was refused", path)
	}
	if answer, _ := ask(t, "GET", url+"/v1/broker", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("another request: status %d, want 200", answer.StatusCode)
	}
}
