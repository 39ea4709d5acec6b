package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
)

// continued is an audit that goes on from the last one.
func continued(t testing.TB, data string, heads ...string) audit.Report {
	t.Helper()
	report, err := audit.Continue(t.Context(), []string{data}, heads...)
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	return report
}

// said is what a report says of the log.
func said(r audit.Report) string {
	var all []string
	for _, f := range r.Findings {
		if f.Invariant == "log" {
			all = append(all, fmt.Sprint(f.OK, " ", f.Text))
		}
	}
	return strings.Join(all, "\n")
}

// TestContinue: an audit that goes on from the last one has the same findings and
// totals as one that reads all, with heads of before and after; and none goes on
// from what was not checked with this broker's keys, or is not there any more.
func TestContinue(t *testing.T) {
	t.Parallel()
	r := rig.New(t)
	c := r.Customer(100_00)
	c.Acquire(20_00)
	early, err := r.Broker.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := said(continued(t, r.Data)); strings.Contains(got, "earlier") || strings.Contains(got, "false") {
		t.Errorf("the first: got %s, want a whole one", got)
	}
	r.Customer(50_00)
	r.Clock.Advance(2 * time.Minute)
	late, err := r.Broker.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := continued(t, r.Data, early, late)
		whole, err := audit.Folders(t.Context(), []string{r.Data}, early, late)
		if err != nil {
			t.Fatal(err)
		}
		if !got.OK() || got.Totals != whole.Totals || !reflect.DeepEqual(got.Stalls, whole.Stalls) {
			t.Errorf("got %+v, want the totals of a whole one: %+v", got, whole)
		}
		if !strings.Contains(said(got), "of which an earlier audit checked") || len(got.Findings) < len(whole.Findings)-1 {
			t.Errorf("got %s, want that it went on, and as many findings as\n%s", said(got), said(whole))
		}
	}

	for what, tc := range map[string]struct {
		spoil func(data string)
		wants string
	}{
		"cut off": {func(data string) {
			forge(t, folder.At(data).Books(), cutOff+`DELETE FROM log_head;`)
		}, "not what an earlier audit checked"},
		"written anew": {func(data string) {
			forge(t, folder.At(data).Books(), `UPDATE log SET salt = zeroblob(16) WHERE id = (SELECT record FROM log_seq WHERE seq = 1); DELETE FROM log_head;`)
		}, "not what an earlier audit checked"},
	} {
		data := copied(t, r.Data)
		tc.spoil(data)
		if got := said(continued(t, data)); !strings.Contains(got, tc.wants) {
			t.Errorf("%s: got %s, want that it is %s", what, got, tc.wants)
		}
	}
	data := copied(t, r.Data)
	state := filepath.Join(data, "broker", "audited.json")
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"forged": strings.Replace(string(b), `"refunds":0`, `"refunds":5`, 1), "nothing": "", "not it": "{}",
	} {
		if err := os.WriteFile(state, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := said(continued(t, data)); strings.Contains(got, "earlier") || strings.Contains(got, "false") {
			t.Errorf("a state that is %s: got %s, want a whole audit", what, got)
		}
	}
	if err := os.Remove(filepath.Join(data, "broker", "keys.json")); err != nil {
		t.Fatal(err)
	}
	if got := continued(t, data); !got.OK() {
		t.Errorf("a snapshot without keys: got %+v, want that it is audited", got.Findings)
	}
}
