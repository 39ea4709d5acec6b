package scrip_test

import (
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

// TestPromise: an order is protected by the longest promise of its lines, as its
// buyer reckons it and its stall checks it, whichever clock is a little wrong.
func TestPromise(t *testing.T) {
	const at, hour, day = 1_800_000_000, 60 * 60, 24 * 60 * 60
	line := func(send, check, days int) scrip.Portion {
		way := scrip.Posted(0)
		way.Days = []int{1, days}
		return scrip.Portion{Offer: scrip.Offer{Edition: scrip.Edition, SendWithin: send, CheckWithin: check, Delivery: []scrip.Way{way}}, Quantity: 1}
	}
	before := scrip.Portion{Offer: scrip.Offer{Postage: new(scrip.Money(4_90))}, Quantity: 1}
	for _, test := range []struct {
		name  string
		lines []scrip.Portion
		want  scrip.Promise
	}{
		{"one", []scrip.Portion{line(5, 3, 7)}, scrip.Promise{Send: 5, Check: 10}},
		{"the longest of each", []scrip.Portion{line(5, 3, 7), line(2, 14, 4), line(1, 0, 20)}, scrip.Promise{Send: 5, Check: 34}},
		{"without protection", []scrip.Portion{line(5, 0, 7)}, scrip.Promise{Send: 5}},
		{"of before", []scrip.Portion{before}, scrip.Promise{Send: scrip.MaxSendWithin}},
		{"of before, beside one", []scrip.Portion{before, line(5, 3, 7)}, scrip.Promise{Send: scrip.MaxSendWithin, Check: 10}},
	} {
		got := scrip.Promised(test.lines, scrip.Delivery{Way: scrip.WayPost})
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
		by := got.Protect(at)
		if (by == nil) != (got.Check == 0) {
			t.Fatalf("%s: Protect: got %+v", test.name, by)
		}
		if by == nil {
			continue
		}
		for ahead, want := range map[int64]bool{0: true, 36 * hour: true, 36*hour + 1: false, -3 * day: true, -3*day - 1: false} {
			if kept := got.Kept(*by, at+ahead); kept != want {
				t.Errorf("%s, %d seconds later: kept %t, want %t", test.name, ahead, kept, want)
			}
		}
		if other := (scrip.Protect{SendBy: by.SendBy, CheckWithin: by.CheckWithin + 1}); got.Kept(other, at) {
			t.Errorf("%s: longer to check than promised is kept", test.name)
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
