package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/wallet"
)

// TestSettledByName: what is shown is settled by the names that are told with it, those that are not settled yet in one command; of one
// head what is proven has another name than what was not yet; a name that nothing has is passed over, and told.
func TestSettledByName(t *testing.T) {
	forks := []wallet.Fork{
		{Seen: wallet.ToldHead{Note: "one"}, Proven: true}, {Seen: wallet.ToldHead{Note: "one"}},
		{Seen: wallet.ToldHead{Note: "two"}}, {Seen: wallet.ToldHead{Note: "three"}, Settled: true},
	}
	said := Heads{}
	for _, f := range forks {
		said.Forks = append(said.Forks, Contradiction{Name: f.Name(), Proven: f.Proven, Settled: f.Settled, Evidence: f.Evidence("Attic")})
	}
	var out bytes.Buffer
	said.print(&page{out: &out})
	_, after, told := strings.Cut(out.String(), "heads --settle ")
	names, _, _ := strings.Cut(after, ")")
	if shown, unknown := forksNamed(forks, strings.Split(names, ",")); !told || !slices.Equal(shown, forks[:3]) || unknown != nil {
		t.Errorf("by the names that are told: got %+v, and %q of nothing, want %+v\n%s", shown, unknown, forks[:3], out.String())
	}
	if got := len(forks[0].Name()); got != 16 {
		t.Errorf("a name: got %d digits, want 16: who signs the heads must not find two of one name", got)
	}
	for _, f := range forks {
		gone := "0000000000000000"
		shown, unknown := forksNamed(forks, []string{gone, f.Name()})
		if !slices.Equal(shown, []wallet.Fork{f}) || !slices.Equal(unknown, []string{gone}) {
			t.Errorf("beside a name of nothing: got %+v, and %q of nothing, want %+v and %s", shown, unknown, f, gone)
		}
		out.Reset()
		Heads{Unknown: unknown}.print(&page{out: &out})
		if !strings.Contains(out.String(), gone) {
			t.Errorf("a name of nothing is not told: got %s", out.String())
		}
	}
}
