package scrip_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/services/scrip"
)

func TestRefusals(t *testing.T) {
	list := scrip.Refusals()
	word := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[scrip.Refusal]bool{}
	for _, r := range list {
		if seen[r] || !r.Valid() || !word.MatchString(string(r)) || r.Error() != string(r) {
			t.Errorf("%q: twice %t, valid %t, a word %t", r, seen[r], r.Valid(), word.MatchString(string(r)))
		}
		seen[r] = true
	}
	for _, r := range []scrip.Refusal{"", "Unreadable", "scrip_spent", "unreadable ", "mood"} {
		if r.Valid() {
			t.Errorf("%q is on the closed list", r)
		}
	}
}

// Every constant of the source is on the list, and nothing else is.
func TestRefusalsAreClosed(t *testing.T) {
	source, err := os.ReadFile("refusal.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []scrip.Refusal
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +Refusal = "([^"]+)"`).FindAllSubmatch(source, -1) {
		declared = append(declared, scrip.Refusal(m[1]))
	}
	sameWords(t, "refusal.go declares and Refusals lists", declared, scrip.Refusals())
}

// The document lists the refusals as the source does, says of each whether it is
// passing, and names for each the requests that may meet it.
func TestRefusalsAreDocumented(t *testing.T) {
	var listed []scrip.Refusal
	messages := documentedMessages(t)
	for _, row := range docs.Protocol("refusal", "meaning", "REFUSE to") {
		r := scrip.Refusal(docs.Words(row["refusal"])[0])
		listed = append(listed, r)
		if passing := strings.Contains(row["meaning"], "Passing"); passing != r.Transient() {
			t.Errorf("%s: passing in docs/protocol.md: %t, Transient: %t", r, passing, r.Transient())
		}
		to, _, _ := strings.Cut(row["REFUSE to"], ":")
		for typ := range strings.SplitSeq(strings.ReplaceAll(to, " (broker)", ""), ", ") {
			if m, ok := messages[typ]; !ok || !slices.Contains(m.attached, "reply_key") {
				t.Errorf("%s: docs/protocol.md has it answer %q, which is no request", r, typ)
			}
		}
	}
	sameWords(t, "docs/protocol.md and Refusals list", listed, scrip.Refusals())
}

// sameWords wants two lists to hold the same words in the same order, and tells
// those that only one of them has.
func sameWords(t *testing.T, what string, a, b []scrip.Refusal) {
	t.Helper()
	without := func(list, of []scrip.Refusal) []scrip.Refusal {
		return slices.DeleteFunc(slices.Clone(list), func(r scrip.Refusal) bool { return slices.Contains(of, r) })
	}
	if !slices.Equal(a, b) {
		t.Errorf("%s: only the one has %q, only the other %q, the order is the same: %t",
			what, without(a, b), without(b, a), slices.Equal(without(a, without(a, b)), without(b, without(b, a))))
	}
}

func TestAsRefusal(t *testing.T) {
	for _, test := range []struct {
		err  error
		want scrip.Refusal
		ok   bool
	}{
		{nil, "", false},
		{errors.New("disk on fire"), "", false},
		{errors.New("scrip-spent"), "", false}, // the word alone is none
		{scrip.ErrAbsent, "", false},
		{scrip.ErrAnswered, "", false},
		{scrip.ScripSpent, scrip.ScripSpent, true},
		{fmt.Errorf("kill: %w", scrip.ScripSpent), scrip.ScripSpent, true},
		{fmt.Errorf("apply: %w", fmt.Errorf("kill: %w", scrip.ScripSpent)), scrip.ScripSpent, true},
		{errors.Join(errors.New("close"), scrip.TxConflict), scrip.TxConflict, true},
	} {
		if got, ok := scrip.AsRefusal(test.err); got != test.want || ok != test.ok {
			t.Errorf("AsRefusal(%v): got %q, %t, want %q, %t", test.err, got, ok, test.want, test.ok)
		}
	}
}

func TestTransient(t *testing.T) {
	transient := []scrip.Refusal{scrip.Unavailable, scrip.NotAnnounced, scrip.ScripLocked}
	for _, r := range scrip.Refusals() {
		if got, want := r.Transient(), slices.Contains(transient, r); got != want {
			t.Errorf("%s.Transient(): got %t, want %t", r, got, want)
		}
	}
}
