package tour

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/docs"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// passing is a step's request and answer going by the ear.
func passing(t *testing.T, e *ear, at string, asks, answer scrip.Sealed) {
	t.Helper()
	step, ok := stepAt(at)
	if !ok {
		t.Fatalf("%s: no step is there", at)
	}
	text := func(s scrip.Sealed) []byte {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	e.hear(text(asks), []passage{asked(step)})
	e.answered(step, http.StatusOK, text(answer))
}

// open has the customer open messages.
func open(e *ear, messages ...string) {
	for _, m := range messages {
		e.opened(wallet.Event{Message: m, Direction: wallet.Received})
	}
}

// shown lists what the ear says went by; what was not seen in brackets.
func shown(e *ear) string {
	var list []string
	for _, m := range e.messages() {
		name := m.Number
		if !m.Seen {
			name = "(" + name + ")"
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

const vendor = "sXUVUIUsQypR-ta5E-HfAw"

var (
	envelope = scrip.Sealed{Envelope: "e"}
	parts    = scrip.Sealed{Order: "o", Payment: "p"}
)

// TestAnswersAreOpened: an answer counts as what the customer's wallet found in
// it, and what was said between broker and merchant by what came of it.
func TestAnswersAreOpened(t *testing.T) {
	forward, relay := scrip.Sealed{Envelope: "e", Payment: "p"}, scrip.Sealed{Envelope: "e", Order: "o"}
	for _, tc := range []struct {
		name      string
		customers bool
		pass      func(e *ear)
		want      string
	}{
		{"a refused renewal", false, func(e *ear) {
			passing(t, e, "/v1/broker/renewals", envelope, envelope)
			open(e, "REFUSE")
		}, "T26"},
		{"a renewal refused and then granted", false, func(e *ear) {
			passing(t, e, "/v1/broker/renewals", envelope, envelope)
			open(e, "REFUSE")
			passing(t, e, "/v1/stalls/"+vendor+"/renewals", envelope, envelope)
			open(e, "T27")
		}, "T26 T26 T27"},
		{"a payment to be confirmed", true, func(e *ear) {
			passing(t, e, "/v1/broker/acquisitions", envelope, envelope)
			open(e, "PENDING")
			passing(t, e, "/v1/broker/acquisitions", envelope, envelope)
			open(e, "T2")
		}, "T1 T1 T2"},
		{"an exchange, heard by all", false, func(e *ear) {
			passing(t, e, "/v1/broker/exchanges", forward, forward)
			passing(t, e, "/v1/stalls/"+vendor+"/exchanges", parts, parts)
			open(e, "T8", "T6")
		}, "T5 T6 T7 T4 T8"},
		{"a refused exchange, heard by all", false, func(e *ear) {
			passing(t, e, "/v1/broker/exchanges", forward, forward)
			passing(t, e, "/v1/stalls/"+vendor+"/exchanges", parts, parts)
			open(e, "REFUSE", "REFUSE")
		}, "T5 T4"},
		{"an exchange, heard by the customer", true, func(e *ear) {
			passing(t, e, "/v1/stalls/"+vendor+"/exchanges", parts, parts)
			open(e, "T8", "T6")
		}, "T4 (T5) (T7) T6 T8"},
		{"an extension whose merchant is away, heard by the customer", true, func(e *ear) {
			passing(t, e, "/v1/broker/extensions", parts, scrip.Sealed{Payment: "p"})
			open(e, "NOTED")
		}, "T15"},
		{"an extension with its change only", true, func(e *ear) {
			passing(t, e, "/v1/broker/extensions", parts, scrip.Sealed{Payment: "p"})
			open(e, "T19")
		}, "T15 T19"},
		{"an extension, heard by all", false, func(e *ear) {
			passing(t, e, "/v1/stalls/"+vendor+"/extensions", relay, relay)
			passing(t, e, "/v1/broker/extensions", parts, parts)
			open(e, "T17", "T19")
		}, "T16 T17 T18 T15 T19"},
		{"a refused giveback, heard by the customer", true, func(e *ear) {
			passing(t, e, "/v1/stalls/"+vendor+"/givebacks", parts, scrip.Sealed{Order: "o"})
			open(e, "REFUSE")
		}, "T22"},
		{"a sale reported and a statement", false, func(e *ear) {
			passing(t, e, "/v1/broker/records", envelope, envelope)
			passing(t, e, "/v1/broker/statements", envelope, envelope)
			open(e, "STATED")
		}, "T12"},
	} {
		e := &ear{began: time.Now(), customers: tc.customers}
		tc.pass(e)
		if got := shown(e); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

// TestMessages: the tour has words for each numbered message of the API's table, for
// those by which held money is let go, and for no other.
func TestMessages(t *testing.T) {
	var got []string
	for _, m := range messages() {
		got = append(got, m.name)
	}
	if len(got) != 32 || len(captions) != 32 || got[5] != "T1" || got[31] != "T27" || !slices.Equal(slices.Sorted(slices.Values(got[:5])), []string{"HELD", "RATE", "RELEASE", "TELL", "TOLD"}) || !slices.IsSortedFunc(got, func(a, b string) int { return number(a) - number(b) }) {
		t.Errorf("got %v and words for %d, want HELD, RATE, RELEASE, TELL, TOLD and T1 to T27", got, len(captions))
	}
	ways := map[string]string{}
	for _, row := range docs.Protocol("typ", "way") {
		name, _, _ := strings.Cut(row["typ"], "-")                 // T4-order goes first
		if ways[name] == "" && strings.Contains(row["way"], "→") { // what travels inside another has none
			ways[name] = row["way"]
		}
	}
	for _, m := range messages() {
		way := string(m.from) + "→" + string(m.to)
		if m.through != "" {
			way += ", through " + string(m.through)
		}
		if want := strings.Replace(ways[m.name], "I", string(api.B), 1); !strings.HasPrefix(want, way) || m.through == "" && strings.Contains(want, "through") {
			t.Errorf("%s: got the way %s, docs/protocol.md has %q", m.name, way, ways[m.name])
		}
	}
	if _, ok := stepAt("/v1/broker"); ok {
		t.Error("the broker's description: got a step")
	}
	if s, ok := stepAt("/v1/stalls/" + vendor + "/renewals"); !ok || s.To != api.M {
		t.Errorf("a stall's renewals: got %+v, %t", s, ok)
	}
}
