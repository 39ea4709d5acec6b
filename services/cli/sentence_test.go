package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// meansItself are refusals for which the browser's wallet talks of its page.
var meansItself = map[scrip.Refusal]bool{
	scrip.Unreadable: true, scrip.UnknownAccount: true, scrip.ScripSpent: true, scrip.Unavailable: true,
}

// TestSentences: every refusal is a sentence here and in the browser, and the
// same one.
func TestSentences(t *testing.T) {
	b, err := os.ReadFile("../../static/wallet/refusals.js")
	if err != nil {
		t.Fatal(err)
	}
	browser := map[scrip.Refusal]string{}
	for _, m := range regexp.MustCompile(`(?m)^  '([a-z-]+)': '(.*)',$`).FindAllStringSubmatch(string(b), -1) {
		browser[scrip.Refusal(m[1])] = m[2]
	}
	for _, r := range scrip.Refusals() {
		if sentences[r] == "" || browser[r] == "" {
			t.Errorf("%s: got %q, and %q in the browser, want a sentence", r, sentences[r], browser[r])
		}
		if same := sentences[r] == browser[r]; same == meansItself[r] {
			t.Errorf("%s: got %q, and %q in the browser; the same: %v, want %v", r, sentences[r], browser[r], same, !same)
		}
	}
}

func TestInWords(t *testing.T) {
	w := &Wallet{config: Config{BrokerURL: "http://broker.test/"}}
	fault := errors.New("disk full")
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("begin 6.1: %w", &wallet.Refused{Message: "T1", Reason: scrip.BankDeclined}), "Your bank declined."},
		{scrip.OfferExpired, "This offer has ended."},
		{fmt.Errorf("send T15: %w: %w", wallet.ErrUnfinished, scrip.Unavailable), "This is not settled yet"},
		{&wallet.Confirm{Link: "/bank/x"}, "Your bank wants you to confirm this. Open http://broker.test/bank/x,"},
		{wallet.ErrBusy, "Your money is at stake"},
		{wallet.ErrNothing, wallet.ErrNothing.Error()},
		{fault, "disk full"},
	} {
		got := w.InWords(c.err)
		if !strings.HasPrefix(got.Error(), c.want) || !errors.Is(got, c.err) {
			t.Errorf("%v: got %q, want it to begin with %q", c.err, got, c.want)
		}
	}
	if got := w.InWords(nil); got != nil {
		t.Errorf("no error: got %v, want none", got)
	}
}
