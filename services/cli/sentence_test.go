package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestTooLittle: what is too little is told as what it is: the most in one piece, not all that the wallet holds.
func TestTooLittle(t *testing.T) {
	for want, little := range map[string]*wallet.TooLittle{
		"Your wallet can pay at most 40 in one piece, and this needs 60. Look at your wallet and start again.": {
			Reason: scrip.InsufficientScrip, Given: 40, Needed: 60},
		"4 is less than this purchase needs, which is 5.": {Reason: wallet.ErrExchange, Given: 4, Needed: 5},
	} {
		if got := tooLittle(little, func(m scrip.Money) string { return fmt.Sprint(int64(m)) }); got != want {
			t.Errorf("got %q, want %q", got, want)
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
