package scrip

import (
	_ "embed"
	"encoding/json"
	"slices"

	"peerscrip/jose"
)

// Side is who signed an event.
type Side string

// The two sides of a thread, by their letters in docs/protocol.md.
const (
	Buyer  Side = "C"
	Seller Side = "M"
)

// State is what a thread has come to.
type State string

// Where threads begin, and where all of them end. The states between are known by
// the table alone.
const (
	StateUnasked State = "unasked" // a conversation that was not begun
	StateTalk    State = "talk"    // a conversation without an order
	StateMuted   State = "muted"
	StatePaid    State = "paid" // an order
	StateSent    State = "sent"
	StateClosed  State = "closed"
)

// Kind is what comes with the events of one kind: the bounds of its text, in
// characters, and which other members must and may be there.
type Kind struct {
	Kind  string   `json:"kind"`
	Least int      `json:"least"`
	Most  int      `json:"most"`
	Must  []string `json:"must"`
	May   []string `json:"may"`
}

// Move is one line of the table of states: in this state this event of this side
// leads to the next. Of the event "time", which nobody signs, Days says after how
// long.
type Move struct {
	State State  `json:"state"`
	Event string `json:"event"`
	By    Side   `json:"by"` // empty for time
	Next  State  `json:"next"`
	Days  int    `json:"days"`
	Does  string `json:"does"` // what else becomes true of it; for people
}

// timed is the event that nobody signs.
const timed = "time"

//go:embed thread.json
var threadJSON []byte

// threadTable is the declared table, the same that static/wallet/thread.js has.
var threadTable = func() (t struct {
	Kinds []Kind `json:"kinds"`
	Moves []Move `json:"moves"`
}) {
	if err := json.Unmarshal(threadJSON, &t); err != nil {
		panic(err) // not before main: a test reads it
	}
	return t
}()

// Kinds lists the kinds of events, in the order of the table.
func Kinds() []Kind { return slices.Clone(threadTable.Kinds) }

// Moves lists the table of states, in its order.
func Moves() []Move { return slices.Clone(threadTable.Moves) }

func kindOf(kind string) (Kind, bool) {
	i := slices.IndexFunc(threadTable.Kinds, func(k Kind) bool { return k.Kind == kind })
	if i < 0 {
		return Kind{}, false
	}
	return threadTable.Kinds[i], true
}

func moveOf(state State, event string, by Side) (Move, bool) {
	i := slices.IndexFunc(threadTable.Moves, func(m Move) bool { return m.State == state && m.Event == event && m.By == by })
	if i < 0 {
		return Move{}, false
	}
	return threadTable.Moves[i], true
}

// Thread is what buyer and seller have signed about one order, or in one
// conversation without one, as far as it has come. It is made by Ordered or
// Asked and by Next alone, so that who has the same events has the same thread.
type Thread struct {
	Order ID
	Tx    ID     // T10's; of a conversation the same as Order
	State State  // after the last event; see At for now
	Seq   int    // of the last event
	Head  string // digest of the last event; before the first, what that one names as previous
	Since int64  // unix seconds, by who signed: when it came into this state
	Last  int64  // unix seconds, by who signed: the last event
}

// Ordered begins the thread of an order. Its root is the mandate, T10, and not T11:
// a T11 that left no change is signed anew when it is asked for again, so it has no
// one digest, and the mandate is what the broker's log holds. Its time counts too.
func Ordered(order ID, mandate Opened[Mandate]) Thread {
	return Thread{Order: order, Tx: mandate.Tx, State: StatePaid, Head: mandate.Digest, Since: mandate.At, Last: mandate.At}
}

// Asked begins a conversation about an offer. Its first event names the offer's
// version that was read by its digest.
func Asked(conversation ID) Thread {
	return Thread{Order: conversation, Tx: conversation, State: StateUnasked}
}

// At is the state at a time: what only waits for time comes by itself.
func (t Thread) At(now int64) State {
	if m, ok := moveOf(t.State, timed, ""); ok && now-t.Since >= int64(m.Days)*24*60*60 {
		return m.Next
	}
	return t.State
}

// May reports whether a side may add an event of a kind at a time.
func (t Thread) May(by Side, kind string, now int64) bool {
	_, ok := moveOf(t.At(now), kind, by)
	return ok && t.Seq < MaxEvents
}

// How long, in days, it is asked what was said since, after the last word.
const (
	asksTalk   = 60 // in a conversation without an order
	asksClosed = 14 // in an order that is closed
)

// Open reports whether more is to be expected at a time, so that it is worth to ask.
func (t Thread) Open(now int64) bool {
	days := int64(asksTalk)
	switch t.At(now) {
	case StateTalk, StateMuted:
	case StateClosed:
		days = asksClosed
	default:
		return true
	}
	return now-t.Last < days*24*60*60
}

// Next adds an event that a side signed to the thread. OutOfTurn: it does not
// follow, by its place or by the table. The time that counts is the event's own,
// so that it is the same to everybody.
func (t Thread) Next(by Side, e Opened[Event]) (Thread, error) {
	if e.Body.Order != t.Order || e.Tx != t.Tx {
		return Thread{}, PartyMismatch
	}
	if e.Body.Seq != t.Seq+1 || (t.Head != "" && e.Body.Previous != t.Head) {
		return Thread{}, OutOfTurn
	}
	at := max(e.At, t.Last)
	state := t.At(at)
	m, ok := moveOf(state, e.Body.Kind, by)
	if !ok {
		return Thread{}, OutOfTurn
	}
	if m.Next != t.State {
		t.State, t.Since = m.Next, at
	}
	t.Seq, t.Head, t.Last = e.Body.Seq, e.Digest, at
	return t, nil
}

// Follow puts an event in the place that comes next, ready to be signed under the
// thread's Tx. Where the thread is a conversation that was not begun, previous is
// the digest of the offer's version that is asked about.
func (t Thread) Follow(e Event, previous string) Event {
	e.Order, e.Seq, e.Previous = t.Order, t.Seq+1, t.Head
	if t.Head == "" {
		e.Previous = previous
	}
	return e
}

// ReadEvent verifies an event between a pseudonym and a merchant, and tells whose
// it is. Unreadable: it is neither's.
func ReadEvent(jws string, buyer jose.VerifyKey, vendor VendorID, seller Keys) (Side, Opened[Event], error) {
	pseudonym := buyer.Thumbprint()
	e, err := Verify[Event](jws, string(vendor), func(from, kid string, _ int64) (jose.VerifyKey, error) {
		if from != pseudonym || kid != pseudonym {
			return jose.VerifyKey{}, jose.ErrUnknownKey
		}
		return buyer, nil
	})
	if err == nil {
		return Buyer, e, nil
	}
	e, other := Verify[Event](jws, pseudonym, seller)
	if other != nil {
		return "", Opened[Event]{}, err
	}
	return Seller, e, nil
}
