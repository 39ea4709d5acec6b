package scrip

import (
	_ "embed"
	"encoding/json"
	"slices"
)

// Protect is the protection of a purchase, as its mandate has it: the broker holds
// the price until the buyer had the time to look at what came. It is made of the
// promises of the offers, the longest of each.
type Protect struct {
	SendBy      int64 `json:"send_by"`      // unix seconds: from then on the buyer may reclaim what was not sent
	CheckWithin int   `json:"check_within"` // days from SENT until the seller has the money: for the way, and to look
}

// MaxCheck is how many days CheckWithin may be: the longest way and the longest look.
const MaxCheck = 104

// Valid checks the form of a protection.
func (p Protect) Valid() error {
	if p.CheckWithin < 1 || p.CheckWithin > MaxCheck {
		return TooMany
	}
	return valid(validTime(p.SendBy))
}

// Promise is what the offers of one order promise together.
type Promise struct {
	Send  int // days from the payment on
	Check int // days from SENT on: the longest way, and the longest time to look; 0 for no protection
}

// Promised is what portions promise that go in one parcel, delivered in a way: the
// longest of each. Offers of before promise nothing: their parcels have the longest
// time that an offer may take.
func Promised(portions []Portion, d Delivery) Promise {
	var p Promise
	look, way := 0, 0
	for _, of := range portions {
		o := of.Offer
		if o.Edition == "" {
			p.Send = MaxSendWithin
			continue
		}
		p.Send, look = max(p.Send, o.SendWithin), max(look, o.CheckWithin)
		if w, ok := o.WayFor(d); ok {
			way = max(way, w.Days[1])
		}
	}
	if look > 0 {
		p.Check = way + look
	}
	return p
}

// grace is what a mandate gives the seller beyond the promise: T10 may wait so long for
// its stall.
const grace = day

// PromisedBy is until when it was promised to send what is to be sent by a time, after
// which its buyer may reclaim: what is told to people as the seller's deadline.
func PromisedBy(sendBy int64) int64 { return sendBy - grace }

// Protect is the protection that a mandate of a time asks for: nil where none is
// promised.
func (p Promise) Protect(at int64) *Protect {
	if p.Check == 0 {
		return nil
	}
	return &Protect{SendBy: at + int64(p.Send)*day + grace, CheckWithin: p.Check}
}

// Kept reports whether a protection that comes at a time is what was promised, but
// for clocks that differ by half a day, or are MaxAhead ahead.
func (p Promise) Kept(by Protect, at int64) bool {
	least := at + int64(p.Send)*day - day/2
	return p.Check > 0 && by.CheckWithin == p.Check && by.SendBy >= least && by.SendBy <= at+int64(p.Send)*day+grace+MaxAhead
}

// HoldState is what became of the money of a protected purchase.
type HoldState string

// The states of a hold. The first three are open.
const (
	HoldHeld      HoldState = "held"      // paid, and not sent as far as the broker knows
	HoldSent      HoldState = "sent"      // the buyer may look at it
	HoldDisputed  HoldState = "disputed"  // waits for the operator
	HoldReleased  HoldState = "released"  // the seller has it
	HoldReclaimed HoldState = "reclaimed" // the buyer has it again
	HoldDecided   HoldState = "decided"   // each has its part
	HoldRefunded  HoldState = "refunded"  // the seller took all of it back
)

// HoldStates lists the states of a hold, the open ones first.
func HoldStates() []HoldState {
	return []HoldState{HoldHeld, HoldSent, HoldDisputed, HoldReleased, HoldReclaimed, HoldDecided, HoldRefunded}
}

func isHoldState(s HoldState) bool { return slices.Contains(HoldStates(), s) }

// Open reports whether money is still held.
func (s HoldState) Open() bool { return slices.Contains(HoldStates()[:3], s) }

// EventTime is the event of a hold that nobody signs: its time is over.
const EventTime = "TIME"

// HoldMove is one line of the table of a hold's states: in this state this event
// leads to the next. Whatever is not in the table changes nothing.
type HoldMove struct {
	State HoldState `json:"state"`
	Event string    `json:"event"` // the message that says so
	By    string    `json:"by"`    // C, M, B; empty for time
	Next  HoldState `json:"next"`
	Does  string    `json:"does"` // for people
}

//go:embed hold.json
var holdJSON []byte

var holdTable = func() (t struct {
	Moves []HoldMove `json:"moves"`
}) {
	if err := json.Unmarshal(holdJSON, &t); err != nil {
		panic(err) // not before main: a test reads it
	}
	return t
}()

// HoldMoves lists the table of a hold's states, in its order.
func HoldMoves() []HoldMove { return slices.Clone(holdTable.Moves) }

// abandoned is how many days after SendBy a hold goes back to its buyer by itself:
// nothing stays held for ever.
const abandoned = 90

// Hold is the money of a protected purchase in the broker's books.
type Hold struct {
	Vendor    VendorID
	Purchase  ID        // tx of T10
	Account   AccountID // the buyer's
	Pseudonym Pseudonym
	Price     Money
	Covered   Money // what the float covered of the price, and was held
	Left      Money // of Covered: still held; 0 once the hold is over
	ToBuyer   Money // of Covered: what the buyer had back, refunds apart
	ToSeller  Money // of Covered: what the seller had
	Protect
	Paid     int64 // unix seconds, by who paid: T10's time, or when it was recorded if that is earlier
	Sent     int64 // unix seconds: SENT's; 0 until then
	State    HoldState
	Since    int64  // unix seconds: when it came into this state
	Due      int64  // unix seconds: when time ends it; 0 for never
	Decision string // DECIDED's JWS; empty until then
	Seq      int64  // its place in the feed: the last that changed has the highest
}

// Holding begins the hold of a purchase whose price the float covers.
func Holding(v VendorID, a AccountID, m Opened[Mandate], at int64) Hold {
	return Hold{
		Vendor: v, Purchase: m.Tx, Account: a, Pseudonym: Pseudonym(m.From), Price: m.Body.Price, Covered: m.Body.Price, Left: m.Body.Price,
		Protect: *m.Body.Protect, Paid: min(m.At, at), State: HoldHeld, Since: at, Due: m.Body.Protect.SendBy + abandoned*day,
	}
}

// Limited is a hold, just begun, of which the float covers so much alone.
func (h Hold) Limited(covered Money) Hold {
	h.Covered, h.Left = covered, covered
	return h
}

// Next is the hold after an event at a time, and where the money goes that is left
// of it. False: the event changes nothing, as it stands.
func (h Hold) Next(event string, at int64) (Hold, []Posting, bool) {
	i := slices.IndexFunc(holdTable.Moves, func(m HoldMove) bool { return m.State == h.State && m.Event == event })
	if i < 0 || event == (ReclaimRequest{}).Type() && at < h.SendBy || event == EventTime && (h.Due == 0 || at < h.Due) {
		return h, nil, false
	}
	next := holdTable.Moves[i].Next
	if next != h.State {
		h.State, h.Since, h.Due = next, at, 0
	}
	switch next {
	case HoldSent:
		if event == (SentReport{}).Type() {
			h.Sent, h.Due = at, at+int64(h.CheckWithin)*day
		}
	case HoldReleased:
		return h.paid(0, h.Left)
	case HoldReclaimed:
		return h.paid(h.Left, 0)
	}
	return h, nil, true
}

// Hastened is a hold that was marked as sent by a clock that was ahead, and has been put
// right at a time: its time to check begins then, and not once the clock has caught up.
func (h Hold) Hastened(at int64) Hold {
	h.Since, h.Sent, h.Due = at, at, at+int64(h.CheckWithin)*day
	return h
}

// Decide is the hold after an operator's decision: so much to the buyer, the rest to
// the seller. False: nothing is disputed, or it is more than is left.
func (h Hold) Decide(toBuyer Money, decision string, at int64) (Hold, []Posting, bool) {
	left := h.Left
	h, _, ok := h.Next((Decided{}).Type(), at)
	if !ok || toBuyer < 0 || toBuyer > left {
		return h, nil, false
	}
	h.Decision = decision
	return h.paid(toBuyer, left-toBuyer)
}

// Refund is the hold after a REFUND of an amount, and what of it comes out of what is
// left. False: nothing is held any more.
func (h Hold) Refund(amount Money, at int64) (Hold, Money, bool) {
	h, _, ok := h.Next((RefundReport{}).Type(), at)
	if !ok {
		return h, 0, false
	}
	amount = min(amount, h.Left)
	h.Left -= amount
	if h.Left == 0 {
		h.State, h.Since, h.Due = HoldRefunded, at, 0
	}
	return h, amount, true
}

// paid ends a hold: all that is left of it goes to the two.
func (h Hold) paid(toBuyer, toSeller Money) (Hold, []Posting, bool) {
	var posts []Posting
	if toBuyer > 0 {
		posts = append(posts, Posting{From: HeldOf(h.Vendor), To: CreditOf(h.Account), Amount: toBuyer})
	}
	if toSeller > 0 {
		posts = append(posts, Posting{From: HeldOf(h.Vendor), To: EarnedOf(h.Vendor), Amount: toSeller})
	}
	h.ToBuyer, h.ToSeller, h.Left = h.ToBuyer+toBuyer, h.ToSeller+toSeller, 0
	return h, posts, true
}

// Told is what the broker tells buyer and merchant of a hold: HELD.
func (h Hold) Told() OnHold {
	return OnHold{
		Vendor: h.Vendor, Purchase: h.Purchase, Price: h.Price, Covered: h.Covered, Left: h.Left, ToBuyer: h.ToBuyer, ToSeller: h.ToSeller,
		SendBy: h.SendBy, CheckWithin: h.CheckWithin, State: h.State, Since: h.Since, Due: h.Due, Decision: h.Decision,
	}
}
