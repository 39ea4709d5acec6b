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
	StateUnasked   State = "unasked"  // a conversation that was not begun
	StateTalk      State = "talk"     // a conversation without an order
	StateProposed  State = "proposed" // a conversation in which a price was proposed
	StatePaid      State = "paid"     // an order
	StateSent      State = "sent"
	StateCancelled State = "cancelled"
	StateAsked     State = "return-asked" // the buyer asks to send it back
	StateAgreed    State = "return-agreed"
	StateReturned  State = "returned" // on its way back
	StateClosed    State = "closed"
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

// WordMove is one line of the table of words: where the thread of an order goes by an
// event that repeats the broker's word (HELD) on its money. Either side may say it, in
// any state of an order; in those that it keeps the order stays where it is: what is
// cancelled is so, and what is being sent back does not stop being that when the seller
// is paid.
type WordMove struct {
	Word  HoldState `json:"word"` // the kind of the event, too
	Next  State     `json:"next"`
	Keeps []State   `json:"keeps"`
	Does  string    `json:"does"` // for people
}

// timed is the event that nobody signs.
const timed = "time"

//go:embed thread.json
var threadJSON []byte

// threadTable is the declared table, the same that static/wallet/thread.js has.
var threadTable = func() (t struct {
	Kinds []Kind     `json:"kinds"`
	Moves []Move     `json:"moves"`
	Words []WordMove `json:"words"`
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

// Words lists the table of words, in its order.
func Words() []WordMove { return slices.Clone(threadTable.Words) }

func wordOf(kind string) (WordMove, bool) {
	i := slices.IndexFunc(threadTable.Words, func(w WordMove) bool { return string(w.Word) == kind })
	if i < 0 {
		return WordMove{}, false
	}
	return threadTable.Words[i], true
}

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
	Tx    ID        // T10's; of a conversation the same as Order
	State State     // after the last event; see At for now
	Hold  HoldState // the broker's last word on the money that stands in it; empty for none
	Seq   int       // of the last event
	Head  string    // digest of the last event; before the first, what that one names as previous
	Since int64     // unix seconds, by who signed: when it came into this state
	Last  int64     // unix seconds, by who signed: the last event
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
func (t Thread) May(by Side, kind string, now int64) bool { return t.Takes(by, kind, now) == nil }

// Takes is why a side may not add an event of a kind at a time: OutOfTurn by the state
// that the thread has come to, TooMany where no place is left for such a one.
func (t Thread) Takes(by Side, kind string, now int64) error {
	next, ok := t.to(by, kind, now)
	if !ok {
		return OutOfTurn
	}
	if t.Seq >= places(kind, next != t.At(now)) {
		return TooMany
	}
	return nil
}

// places is how many events a thread may have with one of a kind as its last, that moves
// it or does not. What is said, and what leaves the order as it is, leaves places for what
// moves it or its money, and for the broker's word, of which neither side alone can add
// without end.
func places(kind string, moves bool) int {
	_, word := wordOf(kind)
	switch {
	case kind == "message":
		return MaxTalked
	case !moves && !word && kind != "refund":
		return MaxUnmoved
	}
	return MaxEvents
}

// to is the state that an event of a side leads to at a time. The broker's word is taken
// once, and none after its last: an old one shown again changes nothing.
func (t Thread) to(by Side, kind string, at int64) (State, bool) {
	state := t.At(at)
	w, ok := wordOf(kind)
	if !ok {
		m, ok := moveOf(state, kind, by)
		return m.Next, ok
	}
	if t.Order == t.Tx || t.Hold == w.Word || t.Hold != "" && !t.Hold.Open() {
		return "", false // a conversation, or told before
	}
	if slices.Contains(w.Keeps, state) {
		return state, true
	}
	return w.Next, true
}

// Repeat is the event that puts the broker's word on an order's money into its thread:
// how it stands, and the JWS of the HELD that says so.
// False: there is none for it, or the thread has it.
func (t Thread) Repeat(by Side, state HoldState, word string, now int64) (Event, bool) {
	kind := string(state)
	if _, ok := wordOf(kind); !ok || !t.May(by, kind, now) {
		return Event{}, false
	}
	return Event{Kind: kind, Hold: word}, true
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
	case StateTalk, StateProposed:
	case StateClosed:
		days = asksClosed
	default:
		return true
	}
	return now-t.Last < days*24*60*60
}

// Quiet reports whether nothing was said for so long that who paid for what is not
// delivered (WayNone) need ask no more: such an order waits for nothing.
func (t Thread) Quiet(now int64) bool { return now-t.Last >= asksTalk*24*60*60 }

// Next adds an event that a side signed to the thread. OutOfTurn: it does not
// follow, by its place or by the table; TooMany: no place is left for such a one. The
// time that counts is the event's own, so that it is the same to everybody.
func (t Thread) Next(by Side, e Opened[Event]) (Thread, error) {
	if e.Body.Order != t.Order || e.Tx != t.Tx {
		return Thread{}, PartyMismatch
	}
	if e.Body.Seq != t.Seq+1 || (t.Head != "" && e.Body.Previous != t.Head) {
		return Thread{}, OutOfTurn
	}
	at := max(e.At, t.Last)
	next, ok := t.to(by, e.Body.Kind, at)
	if !ok {
		return Thread{}, OutOfTurn
	}
	if t.Seq >= places(e.Body.Kind, next != t.At(at)) {
		return Thread{}, TooMany
	}
	if next != t.State {
		t.State, t.Since = next, at
	}
	if w, ok := wordOf(e.Body.Kind); ok {
		t.Hold = w.Word
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

// ReadEvent verifies an event between a pseudonym and a merchant, and the broker's word
// in it, if it repeats one; and tells whose it is. Unreadable: it is neither's, or the
// word is not the broker's, on this purchase.
func ReadEvent(jws string, buyer jose.VerifyKey, vendor VendorID, seller, broker Keys) (Side, Opened[Event], error) {
	side, e, err := readEvent(jws, buyer, vendor, seller)
	if err != nil || e.Body.Hold == "" {
		return side, e, err
	}
	if _, err := ReadWord(e, Pseudonym(buyer.Thumbprint()), vendor, broker); err != nil {
		return "", Opened[Event]{}, err
	}
	return side, e, nil
}

func readEvent(jws string, buyer jose.VerifyKey, vendor VendorID, seller Keys) (Side, Opened[Event], error) {
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

// ReadWord verifies the broker's word (HELD) that an event repeats. It was told to one
// of the two, and is about this purchase and in the state that the event says.
func ReadWord(e Opened[Event], buyer Pseudonym, vendor VendorID, broker Keys) (Opened[OnHold], error) {
	word, err := Verify[OnHold](e.Body.Hold, string(vendor), broker)
	if err != nil {
		word, err = Verify[OnHold](e.Body.Hold, string(buyer), broker)
	}
	if err != nil || word.Body.Vendor != vendor || word.Body.Purchase != e.Tx || string(word.Body.State) != e.Body.Kind {
		return Opened[OnHold]{}, Unreadable
	}
	return word, nil
}
