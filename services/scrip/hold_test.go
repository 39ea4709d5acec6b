package scrip_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/services/scrip"
)

// The table of what ends a hold is in docs/protocol.md as in hold.json.
func TestHoldsAreDocumented(t *testing.T) {
	var moves, told []string
	for _, m := range scrip.HoldMoves() {
		event := m.Event
		if event == scrip.EventTime {
			event = "time"
		}
		moves = append(moves, strings.Join([]string{"`" + string(m.State) + "`", event, m.By, "`" + string(m.Next) + "`", m.Does}, " | "))
	}
	for _, row := range docs.Protocol("a hold that is", "event", "by", "is then", "does") {
		told = append(told, strings.Join([]string{row["a hold that is"], row["event"], row["by"], row["is then"], row["does"]}, " | "))
	}
	if !slices.Equal(told, moves) {
		t.Errorf("docs/protocol.md has\n%s\nhold.json\n%s", strings.Join(told, "\n"), strings.Join(moves, "\n"))
	}
}

// TestHoldNext: every event, in every state, at every time that matters, does what the
// table says and no more, and the money of a hold is where its state says.
func TestHoldNext(t *testing.T) {
	const begun, sendBy = 1_800_000_000, 1_800_432_000
	const day = 24 * 60 * 60
	events := []string{"SENT", "RELEASE", "RECLAIM", "DISPUTE", "DEFEND", "DECIDED", "TIME", "T12"}
	h := scrip.Hold{
		Vendor: "v", Account: "a", Price: 900, Covered: 900, Left: 900, Protect: scrip.Protect{SendBy: sendBy, CheckWithin: 3},
		State: scrip.HoldHeld, Since: begun, Due: sendBy + 90*day,
	}
	for _, test := range []struct {
		event string
		at    int64
		want  scrip.HoldState // of a hold that is held
		due   int64
	}{
		{"SENT", begun, scrip.HoldSent, begun + 3*day}, {"SENT", sendBy + day, scrip.HoldSent, sendBy + 4*day},
		{"RELEASE", begun, scrip.HoldReleased, 0}, {"RECLAIM", sendBy - 1, scrip.HoldHeld, h.Due}, {"RECLAIM", sendBy, scrip.HoldReclaimed, 0},
		{"DISPUTE", begun, scrip.HoldDisputed, 0}, {"TIME", sendBy + 90*day - 1, scrip.HoldHeld, h.Due}, {"TIME", sendBy + 90*day, scrip.HoldReclaimed, 0},
		{"DEFEND", begun, scrip.HoldHeld, h.Due}, {"DECIDED", begun, scrip.HoldHeld, h.Due}, {"T12", begun, scrip.HoldHeld, h.Due},
	} {
		if got, _, _ := h.Next(test.event, test.at); got.State != test.want || got.Due != test.due {
			t.Errorf("%s at %d: got %s until %d, want %s until %d", test.event, test.at, got.State, got.Due, test.want, test.due)
		}
	}
	seen := map[scrip.HoldState]bool{}
	var walk func(h scrip.Hold, depth int)
	walk = func(h scrip.Hold, depth int) {
		seen[h.State] = true
		if h.State.Open() != (h.Left > 0) || h.Left+h.ToBuyer+h.ToSeller > h.Covered {
			t.Fatalf("a hold that is %s: %+v", h.State, h)
		}
		if depth == 0 {
			return
		}
		for _, event := range events {
			for _, at := range []int64{begun, sendBy, sendBy + 200*day} {
				next, posts, ok := h.Next(event, at)
				if event == "DECIDED" {
					next, posts, ok = h.Decide(h.Left/3, "jws", at)
				}
				moved := scrip.Money(0)
				for _, p := range posts {
					moved += p.Amount
				}
				if moved != h.Left-next.Left || !ok && (next != h || moved > 0) {
					t.Fatalf("%s of %+v: got %+v, %+v, %t", event, h, next, posts, ok)
				}
				if ok {
					walk(next, depth-1)
				}
			}
		}
		for _, amount := range []scrip.Money{1, h.Left, 5000} {
			if next, held, ok := h.Refund(amount, begun); ok {
				if held != min(amount, h.Left) || next.Left != h.Left-held {
					t.Fatalf("Refund %d of %+v: got %d, %+v", amount, h, held, next)
				}
				walk(next, depth-1)
			}
		}
	}
	walk(h, 4)
	if len(seen) != len(scrip.HoldStates()) {
		t.Errorf("reached %v, want every state", seen)
	}
}

// holdVectors are testdata/holds.json.
func holdVectors(t *testing.T) (all struct {
	Promises []struct {
		Name  string `json:"name"`
		Lines []struct {
			SendWithin  int          `json:"send_within"`
			CheckWithin int          `json:"check_within"`
			Delivery    []scrip.Way  `json:"delivery"`
			Postage     *scrip.Money `json:"postage"`
		} `json:"lines"`
		Delivery struct {
			Way     string `json:"way"`
			Label   string `json:"label"`
			Country string `json:"country"`
		} `json:"delivery"`
		At      int64          `json:"at"`
		Send    int            `json:"send"`
		Check   int            `json:"check"`
		Protect *scrip.Protect `json:"protect"`
	} `json:"promises"`
	SendBy      int64 `json:"send_by"`
	CheckWithin int   `json:"check_within"`
	Moves       []struct {
		State   scrip.HoldState `json:"state"`
		Due     int64           `json:"due"`
		Event   string          `json:"event"`
		At      int64           `json:"at"`
		Next    scrip.HoldState `json:"next"`
		NextDue int64           `json:"next_due"`
	} `json:"moves"`
},
) {
	t.Helper()
	if err := json.Unmarshal(must(os.ReadFile("testdata/holds.json")), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestHoldVectors: an event at a time leads where the vectors say.
func TestHoldVectors(t *testing.T) {
	all := holdVectors(t)
	for _, v := range all.Moves {
		h := scrip.Hold{State: v.State, Due: v.Due, Protect: scrip.Protect{SendBy: all.SendBy, CheckWithin: all.CheckWithin}}
		if got, _, _ := h.Next(v.Event, v.At); got.State != v.Next || got.Due != v.NextDue {
			t.Errorf("%s of %s at %d: got %s until %d, want %s until %d", v.Event, v.State, v.At, got.State, got.Due, v.Next, v.NextDue)
		}
	}
}

// TestPromise: an order is protected by the longest promise of its lines, as its
// buyer reckons it and its stall checks it, whichever clock is a little wrong.
func TestPromise(t *testing.T) {
	const hour, day = 60 * 60, 24 * 60 * 60
	for _, v := range holdVectors(t).Promises {
		var lines []scrip.Portion
		for _, l := range v.Lines {
			o := scrip.Offer{SendWithin: l.SendWithin, CheckWithin: l.CheckWithin, Delivery: l.Delivery, Postage: l.Postage}
			if l.Delivery != nil {
				o.Edition = scrip.Edition
			}
			lines = append(lines, scrip.Portion{Offer: o, Quantity: 1})
		}
		d := scrip.Delivery{Way: v.Delivery.Way, Label: v.Delivery.Label}
		if d.Way == scrip.WayPost {
			d.Address = &scrip.Address{Country: v.Delivery.Country}
		}
		got := scrip.Promised(lines, d)
		if want := (scrip.Promise{Send: v.Send, Check: v.Check}); got != want {
			t.Errorf("%s: got %+v, want %+v", v.Name, got, want)
		}
		by := got.Protect(v.At)
		if (by == nil) != (v.Protect == nil) || by != nil && *by != *v.Protect {
			t.Errorf("%s: Protect: got %+v, want %+v", v.Name, by, v.Protect)
		}
		if by == nil {
			continue
		}
		if at, want := scrip.PromisedBy(by.SendBy), v.At+int64(v.Send)*day; at != want {
			t.Errorf("%s: promised by %d, want %d", v.Name, at, want)
		}
		for ahead, want := range map[int64]bool{0: true, 36 * hour: true, 36*hour + 1: false, -3 * day: true, -3*day - 1: false} {
			if kept := got.Kept(*by, v.At+ahead); kept != want {
				t.Errorf("%s, %d seconds later: kept %t, want %t", v.Name, ahead, kept, want)
			}
		}
		if other := (scrip.Protect{SendBy: by.SendBy, CheckWithin: by.CheckWithin + 1}); got.Kept(other, v.At) {
			t.Errorf("%s: longer to check than promised is kept", v.Name)
		}
	}
}

// TestOpenHoldsAreDocumentedForBuyers: of each state in which a buyer's protected money
// waits, docs/protocol.md says what can be done and how it ends.
func TestOpenHoldsAreDocumentedForBuyers(t *testing.T) {
	var told []string
	for _, row := range docs.Protocol("its money", "what can be done", "how it ends") {
		told = append(told, docs.Words(row["its money"])...)
		if row["what can be done"] == "" || row["how it ends"] == "" {
			t.Errorf("%s: got %q, %q, want what can be done and how it ends", row["its money"], row["what can be done"], row["how it ends"])
		}
	}
	want := []string{"credit"}
	for _, s := range scrip.HoldStates() {
		if s.Open() {
			want = append(want, string(s))
		}
	}
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("got rows %q, want %q", told, want)
	}
}
