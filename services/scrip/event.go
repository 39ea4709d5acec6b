package scrip

import "slices"

// Bounds on threads of events.
const (
	MaxEvents     = 1000      // of one thread
	MaxTalked     = 900       // of one thread, with a message as its last
	MaxUnmoved    = 950       // of one thread, with one as its last that neither moves the order nor its money
	MaxTold       = 100       // events of one TOLD
	MaxTelling    = 128 << 10 // bytes of all events of one TOLD together
	MaxTalks      = 3         // conversations of a pseudonym at a stall
	MaxUnheard    = 20        // events of a pseudonym that its conversations leave unanswered, together
	MaxUnanswered = 100       // events of a buyer that one order leaves unanswered; what moves the order is taken all the same
	MaxAsking     = 500       // conversations that wait for one stall
	MaxParcel     = 60        // characters of a carrier's name and of a tracking number
	MaxMessage    = 2000      // characters of one line of a conversation
	MaxTalkPhoto  = 96 << 10  // bytes of a photo: an envelope carries it in base64 thrice, and has 256 KiB
	MaxTalkSide   = 2048      // pixels of each side of a photo
	MaxTalkPhotos = 20        // photos of one thread
	MaxAskPhotos  = 64 << 20  // bytes of all photos of conversations without an order at one stall
)

// MaxAhead is by how many seconds an event's time may be ahead of the clock of who
// hears it. The time is its signer's, and threads close by it: without a bound one side
// could close them for the other. Clocks are wrong by less.
const MaxAhead = 3 * 24 * 60 * 60

// Event is EVENT: the next thing that buyer or seller say or do about an order,
// or in a conversation without one. It names the event before it by digest, so
// that the two have one thread or can show that the other signed two. Which
// members come with which kind, and what may follow what, is in thread.json.
type Event struct {
	Order    ID     `json:"order"`    // T11's order ID; the conversation's own where there is no order
	Seq      int    `json:"seq"`      // from 1, without a gap
	Previous string `json:"previous"` // digest of the event before; of the first see Thread
	Kind     string `json:"kind"`
	Text     string `json:"text"` // a person's words; may be empty where the kind says so

	Offer    ID       `json:"offer,omitempty"`             // that is asked about; of a private offer its own
	Carrier  string   `json:"carrier,omitempty"`           // of a parcel
	Tracking string   `json:"tracking,omitempty"`          // of a parcel
	Refund   ID       `json:"refund,omitempty"`            // tx of the REFUND
	Address  *Address `json:"address,omitempty"`           // where it goes instead
	Amount   Money    `json:"amount,omitempty,omitzero"`   // of the REFUND; strict JSON has omitempty for texts alone
	Hold     string   `json:"hold,omitempty"`              // HELD's JWS: the broker's word that the event repeats
	Price    Money    `json:"price,omitempty,omitzero"`    // of one, as it is proposed or offered
	Quantity int      `json:"quantity,omitempty,omitzero"` // how many, together
	Until    int64    `json:"until,omitempty,omitzero"`    // unix seconds: the private offer's valid_until
	Photo    string   `json:"photo,omitempty"`             // digest of a JPEG
	Pays     Side     `json:"pays,omitempty"`              // who pays for the way back
}

// Tell is TELL: a pseudonym asks what has happened since the last event that it
// knows and, where Events has one, adds it.
type Tell struct {
	Vendor VendorID    `json:"vendor"`
	Order  ID          `json:"order"`
	Since  int         `json:"since"`  // the last seq known; 0 for none
	Events []ToldEvent `json:"events"` // one at most
	// Photo is the digest of the photo that is attached, where Events has one; else
	// of the one that is asked for.
	Photo string `json:"photo,omitempty"`
}

// Told is TOLD, the answer to TELL: the events after Since, oldest first, as
// many as fit. Who has fewer than Seq then asks again.
type Told struct {
	Order  ID          `json:"order"`
	Seq    int         `json:"seq"` // of the last event there is; 0 for none
	Events []ToldEvent `json:"events"`
	Photo  string      `json:"photo,omitempty"` // digest of the attached photo, where one was asked for: then there are no events
}

// ToldEvent is one event of a TOLD, or of a TELL.
type ToldEvent struct {
	Event string `json:"event"` // EVENT's JWS
}

func (m Tell) pictured() string {
	if len(m.Events) == 0 {
		return ""
	}
	return m.Photo
}

func (m Told) pictured() string { return m.Photo }

// Type returns the message's typ on the wire.
func (Event) Type() string { return "EVENT" }

// Type returns the message's typ on the wire.
func (Tell) Type() string { return "TELL" }

// Type returns the message's typ on the wire.
func (Told) Type() string { return "TOLD" }

// Valid checks the form of EVENT, and that it has the members of its kind and no
// others.
func (m Event) Valid() error {
	if m.Seq < 1 || m.Seq > MaxEvents {
		return TooMany
	}
	kind, ok := kindOf(m.Kind)
	if !ok {
		return Unreadable
	}
	if err := validText(m.Text, kind.Least, kind.Most, true); err != nil {
		return err
	}
	for _, line := range []string{m.Carrier, m.Tracking} {
		if err := validText(line, 0, MaxParcel, false); err != nil {
			return err
		}
	}
	for _, money := range []Money{m.Amount, m.Price} {
		if money == 0 {
			continue
		}
		if err := all(true, money); err != nil {
			return err
		}
	}
	if m.Quantity < 0 || m.Quantity > MaxQuantity {
		return TooMany
	}
	if m.Address != nil {
		if err := m.Address.Valid(); err != nil {
			return err
		}
	}
	there := m.members()
	for _, name := range kind.Must {
		if !slices.Contains(there, name) {
			return Unreadable
		}
	}
	for _, name := range there {
		if !slices.Contains(kind.Must, name) && !slices.Contains(kind.May, name) {
			return Unreadable
		}
	}
	return valid(m.Order.Valid() && validHash(m.Previous) && (m.Offer == "" || m.Offer.Valid()) && (m.Refund == "" || m.Refund.Valid()) &&
		maybeJWS(m.Hold) && len(m.Hold) <= MaxJWS(OnHold{}.Type()) && (m.Until == 0 || validTime(m.Until)) && (m.Photo == "" || validHash(m.Photo)) &&
		slices.Contains([]Side{"", Buyer, Seller}, m.Pays))
}

// members names what an event has beside what every event has.
func (m Event) members() (names []string) {
	for name, there := range map[string]bool{
		"offer": m.Offer != "", "carrier": m.Carrier != "", "tracking": m.Tracking != "", "refund": m.Refund != "", "amount": m.Amount != 0,
		"address": m.Address != nil, "hold": m.Hold != "", "price": m.Price != 0, "quantity": m.Quantity != 0, "until": m.Until != 0, "photo": m.Photo != "",
		"pays": m.Pays != "",
	} {
		if there {
			names = append(names, name)
		}
	}
	return names
}

// Held is the broker's word that a verified event repeats. False: it repeats none.
func (m Event) Held() (OnHold, bool) {
	if m.Hold == "" {
		return OnHold{}, false
	}
	word, err := Unchecked[OnHold](m.Hold)
	return word, err == nil
}

// Cleaned is the event with what people wrote in it made fit to be signed.
func (m Event) Cleaned() Event {
	m.Text, m.Carrier, m.Tracking = Clean(m.Text), CleanLine(m.Carrier), CleanLine(m.Tracking)
	if m.Address != nil {
		cleaned := m.Address.Cleaned()
		m.Address = &cleaned
	}
	return m
}

// Valid checks the form of TELL. The event in it is the step's to verify.
func (m Tell) Valid() error {
	if m.Since < 0 || m.Since > MaxEvents {
		return TooMany
	}
	if len(m.Events) > 1 {
		return TooMany
	}
	for _, e := range m.Events {
		if !isJWS(e.Event) || len(e.Event) > MaxJWS(Event{}.Type()) {
			return Unreadable
		}
	}
	return valid(m.Vendor.Valid() && m.Order.Valid() && m.Events != nil && (m.Photo == "" || validHash(m.Photo)))
}

// Valid checks the form of TOLD.
func (m Told) Valid() error {
	if m.Seq < 0 || m.Seq > MaxEvents || len(m.Events) > MaxTold {
		return TooMany
	}
	size := 0
	for _, e := range m.Events {
		if !isJWS(e.Event) {
			return Unreadable
		}
		size += len(e.Event)
	}
	if size > MaxTelling {
		return TooMany
	}
	return valid(m.Order.Valid() && m.Events != nil && (m.Photo == "" || validHash(m.Photo) && len(m.Events) == 0))
}
