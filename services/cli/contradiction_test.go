package cli

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestSettledByName: what is shown is settled by the names that are told with it, those that are not settled yet in one command;
// a name of nothing that was found settles nothing.
func TestSettledByName(t *testing.T) {
	forks := []wallet.Fork{{Seen: wallet.ToldHead{Note: "one"}, Proven: true}, {Seen: wallet.ToldHead{Note: "two"}}, {Seen: wallet.ToldHead{Note: "three"}, Settled: true}}
	said := Heads{}
	for _, f := range forks {
		said.Forks = append(said.Forks, Contradiction{Name: f.Name(), Proven: f.Proven, Settled: f.Settled, Evidence: f.Evidence("Attic")})
	}
	var out bytes.Buffer
	said.print(&page{out: &out})
	_, after, told := strings.Cut(out.String(), "heads --settle ")
	names, _, _ := strings.Cut(after, ")")
	if seen, err := seenIn(forks, strings.Split(names, ",")); !told || err != nil || !slices.Equal(seen, []string{"one", "two"}) {
		t.Errorf("by the names that are told: got %q, %v, want one and two\n%s", seen, err, out.String())
	}
	if seen, err := seenIn(forks, []string{forks[0].Name(), "00000000"}); !errors.Is(err, scrip.NotFound) || seen != nil {
		t.Errorf("with a name of nothing: got %q, %v, want none, %v", seen, err, scrip.NotFound)
	}
}
