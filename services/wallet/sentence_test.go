package wallet

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

// TestSentences: every refusal, and every word of the wallet's own, is a
// sentence that says something of its own.
func TestSentences(t *testing.T) {
	words := []string{"wallet-restored", "bank-waits", "cancelled", "given-up", "stall-owes", "waited-long", "other-books", "keys-foreign"} // the browser's alone, and one that comes with a refusal
	for _, own := range ownWords {
		words = append(words, own.word)
	}
	for _, r := range scrip.Refusals() {
		words = append(words, string(r))
	}
	said := map[string]string{}
	for _, w := range words {
		s := sentences[[2]string{w, ""}]
		if !strings.HasSuffix(s, ".") || said[s] != "" {
			t.Errorf("%s: got %q, as for %q, want a sentence of its own", w, s, said[s])
		}
		said[s] = w
	}
	for k := range sentences {
		if k[1] == "" && said[sentences[k]] != k[0] {
			t.Errorf("%q is a sentence for nothing", k[0])
		}
	}
}

func TestSentence(t *testing.T) {
	expired := &Refused{Message: "T10", Reason: scrip.ScripExpired}
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("begin 6.1: %w", &Refused{Message: "T1", Reason: scrip.BankDeclined}), "Your bank declined."},
		{scrip.OfferExpired, "This offer has ended."},
		{expired, "This money has expired. Your wallet renews"},
		{&Refused{Message: "T26", Reason: scrip.ScripExpired}, "Its issuer says that this money expired more than a year ago"},
		{fmt.Errorf("%w: %w", ErrConflict, &Refused{Message: "T26", Reason: scrip.ScripSpent}), "This money was already spent."},
		{ErrUndone, "The stall did not do its part in time"},
		{fmt.Errorf("%w: %w", scrip.Unreadable, scrip.ErrSuccession), "This market shows keys that do not follow"},
		{&Refused{Message: "BANK", Reason: scrip.BankDeclined}, "The bank does not know that account."},
		{&Refused{Message: "RESCUE", Reason: scrip.FloatShort}, "Nothing of yours is left at this stall"},
		{&Refused{Message: "DISPUTE", Reason: scrip.TooMany}, "You have reported this as often"},
		{ErrDeclined, "The stall did not add to your money there."},
		{ErrNoAnswer, "The stall gave no answer for a day"},
		{errNotRenewed, "It was not renewed"},
	} {
		if got := Sentence(c.err); !strings.HasPrefix(got, c.want) || got == "" {
			t.Errorf("%v: got %q, want it to begin with %q", c.err, got, c.want)
		}
	}
	if got := Sentence(errors.New("disk full")); got != "" {
		t.Errorf("a fault: got %q, want nothing", got)
	}
}
