package scrip_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// The table of states, and the kinds of events, are in docs/protocol.md as in
// thread.json.
func TestThreadsAreDocumented(t *testing.T) {
	var moves []string
	for _, m := range scrip.Moves() {
		event := "`" + m.Event + "`"
		if m.Event == "time" {
			event = fmt.Sprintf("%d days", m.Days)
		}
		moves = append(moves, strings.Join([]string{"`" + string(m.State) + "`", event, string(m.By), "`" + string(m.Next) + "`", m.Does}, " | "))
	}
	var told []string
	for _, row := range docs.Protocol("state", "event", "who", "next", "does") {
		told = append(told, strings.Join([]string{row["state"], row["event"], row["who"], row["next"], row["does"]}, " | "))
	}
	if !slices.Equal(told, moves) {
		t.Errorf("docs/protocol.md has the states\n%s\nthread.json\n%s", strings.Join(told, "\n"), strings.Join(moves, "\n"))
	}
	var words, toldWords []string
	for _, w := range scrip.Words() {
		words = append(words, fmt.Sprintf("`%s` | `%s` | %s | %s", w.Word, w.Next, w.Keeps, w.Does))
	}
	for _, row := range docs.Protocol("the broker's word", "the thread is then", "but stays where it is in", "since") {
		keeps := docs.Words(row["but stays where it is in"])
		toldWords = append(toldWords, fmt.Sprintf("%s | %s | %s | %s", row["the broker's word"], row["the thread is then"], keeps, row["since"]))
	}
	if !slices.Equal(toldWords, words) {
		t.Errorf("docs/protocol.md has the words\n%s\nthread.json\n%s", strings.Join(toldWords, "\n"), strings.Join(words, "\n"))
	}
	var kinds []string
	for _, row := range docs.Protocol("kind", "text", "comes with") {
		kinds = append(kinds, fmt.Sprint(docs.Words(row["kind"])[0], " ", row["text"], " ", docs.Words(row["comes with"])))
	}
	for i, k := range scrip.Kinds() {
		want := fmt.Sprint(k.Kind, " ", fmt.Sprintf("%d to %d", k.Least, k.Most), " ", append(slices.Clone(k.Must), k.May...))
		if len(kinds) != len(scrip.Kinds()) || kinds[i] != want {
			t.Fatalf("docs/protocol.md has the kinds %q, thread.json has %q", kinds, want)
		}
	}
}

// The table is whole: no state leads nowhere known, none is reached by two ways in
// the same event, and who moves is who signs the kind.
func TestThreadTableIsWhole(t *testing.T) {
	states, kinds, seen := map[scrip.State]bool{scrip.StateUnasked: true, scrip.StatePaid: true}, map[string]bool{}, map[string]bool{}
	for _, k := range scrip.Kinds() {
		kinds[k.Kind] = true
	}
	for _, w := range scrip.Words() {
		states[w.Next] = true
		for _, state := range w.Keeps {
			if !slices.ContainsFunc(scrip.Moves(), func(m scrip.Move) bool { return m.State == state }) {
				t.Errorf("%s keeps %s, which is no state", w.Word, state)
			}
		}
		if !kinds[string(w.Word)] || !slices.Contains(scrip.HoldStates(), w.Word) {
			t.Errorf("%s is no kind of event, or no state of a hold", w.Word)
		}
	}
	for _, m := range scrip.Moves() {
		if !states[m.State] {
			t.Errorf("%s stands before a line that leads to it", m.State)
		}
		states[m.Next] = true
		line := fmt.Sprint(m.State, m.Event, m.By)
		if seen[line] {
			t.Errorf("%s: two lines of %s by %q", m.State, m.Event, m.By)
		}
		seen[line] = true
		if timed := m.Event == "time"; timed != (m.By == "") || timed != (m.Days > 0) || !timed && !kinds[m.Event] {
			t.Errorf("%+v is neither an event of a side nor time", m)
		}
	}
}

// Neither side alone can fill the places of a thread that are kept for what moves it: no
// way of moves by one of them leads back to where it began. What repeats the broker's
// word is taken once, and REFUNDs end with the price.
func TestNobodyMovesInCircles(t *testing.T) {
	for _, by := range []scrip.Side{scrip.Buyer, scrip.Seller} {
		var walk func(way []scrip.State)
		walk = func(way []scrip.State) {
			for _, m := range scrip.Moves() {
				if m.State != way[len(way)-1] || m.By != by || m.Next == m.State || m.Event == "refund" {
					continue
				}
				if slices.Contains(way, m.Next) {
					t.Errorf("%s alone goes from %v by %s to %s", by, way, m.Event, m.Next)
					continue
				}
				walk(append(slices.Clone(way), m.Next))
			}
		}
		for _, m := range scrip.Moves() {
			walk([]scrip.State{m.State})
		}
	}
}

// TestThreadVectors: whatever was signed in its place, the thread comes to what
// the shared vectors say.
func TestThreadVectors(t *testing.T) {
	var list []struct {
		Name, Begins string
		From         int // the seq of the last event before these
		Events       []struct {
			By   scrip.Side
			Kind string
			At   int64
		}
		State   scrip.State
		Now     int64
		Refused bool
	}
	if err := json.Unmarshal(must(os.ReadFile("testdata/threads.json")), &list); err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		th := scrip.Asked(id("conversation"))
		if v.Begins == "order" {
			th = scrip.Ordered(id("order"), scrip.Opened[scrip.Mandate]{Tx: id("tx"), At: now, Digest: hash("T10")})
		}
		th.Seq = v.From
		last := int64(now)
		for i, e := range v.Events {
			opened := following(th, e.Kind, e.At)
			next, err := th.Next(e.By, opened)
			no := errors.Is(err, scrip.OutOfTurn) || errors.Is(err, scrip.TooMany)
			if want := v.Refused && i == len(v.Events)-1; no != want || !want && err != nil {
				t.Fatalf("%s: event %d: got %v, want refused %t", v.Name, i, err, want)
			}
			if err == nil {
				th, last = next, next.Last
			}
		}
		if v.Now != 0 {
			last = v.Now
		}
		if got := th.At(last); got != v.State {
			t.Errorf("%s: got %s, want %s", v.Name, got, v.State)
		}
	}
}

// following is the next event of a thread.
func following(th scrip.Thread, kind string, at int64) scrip.Opened[scrip.Event] {
	previous := th.Head
	if previous == "" {
		previous = hash("OFFER")
	}
	return scrip.Opened[scrip.Event]{
		Tx: th.Tx, At: at, Digest: hash(fmt.Sprint(th.Order, th.Seq+1)),
		Body: scrip.Event{Order: th.Order, Seq: th.Seq + 1, Previous: previous, Kind: kind},
	}
}

// An event that is not in its place is out of turn, whatever it says; one of
// another thread is another's.
func TestEventsHaveTheirPlace(t *testing.T) {
	th := scrip.Ordered(id("order"), scrip.Opened[scrip.Mandate]{Tx: id("tx"), At: now, Digest: hash("T10")})
	th = must(th.Next(scrip.Seller, following(th, "message", now)))
	for name, c := range map[string]struct {
		spoil func(*scrip.Opened[scrip.Event])
		want  error
	}{
		"in its place":           {func(*scrip.Opened[scrip.Event]) {}, nil},
		"again":                  {func(e *scrip.Opened[scrip.Event]) { e.Body.Seq = 1 }, scrip.OutOfTurn},
		"with a gap":             {func(e *scrip.Opened[scrip.Event]) { e.Body.Seq = 3 }, scrip.OutOfTurn},
		"after another event":    {func(e *scrip.Opened[scrip.Event]) { e.Body.Previous = hash("another") }, scrip.OutOfTurn},
		"of another order":       {func(e *scrip.Opened[scrip.Event]) { e.Body.Order = id("another") }, scrip.PartyMismatch},
		"of another transaction": {func(e *scrip.Opened[scrip.Event]) { e.Tx = id("another") }, scrip.PartyMismatch},
	} {
		e := following(th, "message", now)
		c.spoil(&e)
		if got, err := th.Next(scrip.Buyer, e); !errors.Is(err, c.want) || (err == nil && got.Seq != 2) {
			t.Errorf("an event %s: got %v, want %v", name, err, c.want)
		}
	}
	th.Seq = scrip.MaxTalked
	if err := th.Takes(scrip.Buyer, "message", now); !errors.Is(err, scrip.TooMany) {
		t.Errorf("a message where there is no place for one: got %v, want %v", err, scrip.TooMany)
	}
	if err := th.Takes(scrip.Seller, "sent", now); err != nil {
		t.Errorf("marked as sent after all messages: %v", err)
	}
}

// An event is read as the buyer's or the seller's by its signature alone, and one
// that is addressed to somebody else is nobody's.
func TestEventsAreOfWhoSigned(t *testing.T) {
	w := newWorld()
	vendor := scrip.VendorID(w.vendor)
	th := scrip.Ordered(id("order"), scrip.Opened[scrip.Mandate]{Tx: id("tx"), At: now, Digest: hash("T10")})
	sign := func(from, to string, by jose.SigningKey) string {
		body := th.Follow(scrip.Event{Kind: "message", Text: "Hello"}, "")
		return w.signedBy(scrip.Compose(from, to, th.Tx, now, body, scrip.Attachments{}), by)
	}
	alias, me := w.alias.Thumbprint(), string(w.vendor)
	for name, c := range map[string]struct {
		jws  string
		side scrip.Side
	}{
		"by the buyer":                    {sign(alias, me, w.alias), scrip.Buyer},
		"by the seller":                   {sign(me, alias, w.signing), scrip.Seller},
		"by the seller as the buyer":      {sign(alias, me, w.signing), ""},
		"by the buyer as the seller":      {sign(me, alias, w.alias), ""},
		"by the buyer to another seller":  {sign(alias, string(id("other")), w.alias), ""},
		"by the seller to another person": {sign(me, hash("other"), w.signing), ""},
	} {
		side, _, err := scrip.ReadEvent(c.jws, w.alias.Public(), vendor, w.keys, w.keys)
		if side != c.side || (c.side == "") != errors.Is(err, scrip.Unreadable) {
			t.Errorf("an event %s: got %q, %v, want %q", name, side, err, c.side)
		}
	}
}

// The broker's word in an event is verified: who signs an event cannot make one up, nor
// show that of another purchase, or of another state.
func TestEventsRepeatTheBrokersWord(t *testing.T) {
	w := newWorld()
	vendor, alias := scrip.VendorID(w.vendor), w.alias.Thumbprint()
	th := scrip.Ordered(id("order"), scrip.Opened[scrip.Mandate]{Tx: id("tx"), At: now, Digest: hash("T10")})
	held := func(to string, by jose.SigningKey, spoil func(*scrip.OnHold)) string {
		h := scrip.OnHold{
			Vendor: vendor, Purchase: th.Tx, Price: 12_50, Covered: 12_50, ToSeller: 12_50, SendBy: now, CheckWithin: 5, State: scrip.HoldReleased, Since: now,
		}
		spoil(&h)
		return w.signedBy(scrip.Compose(string(w.broker), to, id("asked"), now, h, scrip.Attachments{}), by)
	}
	good := func(*scrip.OnHold) {}
	for name, c := range map[string]struct {
		word string
		ok   bool
	}{
		"told to the seller":        {held(string(vendor), w.signing, good), true},
		"told to the buyer":         {held(alias, w.signing, good), true},
		"told to somebody else":     {held(hash("other"), w.signing, good), false},
		"of the buyer's own":        {held(string(vendor), w.alias, good), false},
		"of another purchase":       {held(alias, w.signing, func(h *scrip.OnHold) { h.Purchase = id("other") }), false},
		"of another stall":          {held(alias, w.signing, func(h *scrip.OnHold) { h.Vendor = scrip.VendorID(id("other")) }), false},
		"in another state":          {held(alias, w.signing, func(h *scrip.OnHold) { h.State = scrip.HoldDisputed }), false},
		"that is no signed message": {"eyJhIjoxfQ.eyJiIjoyfQ.c2ln", false},
	} {
		body := th.Follow(scrip.Event{Kind: "released", Hold: c.word}, "")
		jws := w.signedBy(scrip.Compose(alias, string(vendor), th.Tx, now, body, scrip.Attachments{}), w.alias)
		_, e, err := scrip.ReadEvent(jws, w.alias.Public(), vendor, w.keys, w.keys)
		if c.ok != (err == nil) || !c.ok && !errors.Is(err, scrip.Unreadable) {
			t.Errorf("a word %s: got %v, want taken %t", name, err, c.ok)
		}
		if h, ok := e.Body.Held(); ok != c.ok || ok && h.ToSeller != 12_50 {
			t.Errorf("a word %s: got %+v, %t", name, h, ok)
		}
	}
}

// signedBy is a message signed with a key, as evidence.
func (w world) signedBy(m jose.Message, by jose.SigningKey) string {
	signed, _, err := signedFor(m, by)
	return must(signed, err).JWS
}
