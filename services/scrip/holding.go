package scrip

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// Bounds on what is told and shown of holds.
const (
	MaxShown    = 16       // signed messages that one DISPUTE or DEFEND shows
	MaxShowing  = 96 << 10 // bytes of all of them together
	MaxShowings = 5        // DISPUTEs, or DEFENDs, of one purchase that bring no photo
	MaxExhibits = 8        // of those that bring one
	MaxCaption  = 500      // characters of their text
	MaxWatched  = 16       // holds of one WATCHED
	MaxSaid     = 2 * (MaxShowings + MaxExhibits)
	MaxReason   = 500           // characters of an operator's reason
	maxFeed     = 1_000_000_000 // changes of holds that a broker counts
)

// SentReport is SENT: the merchant has sent what was bought. The time to check
// begins.
type SentReport struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
}

// Bought names a purchase and, where its merchant may not have reported it, proves
// it: by the mandate and the merchant's word that it was paid.
type Bought struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
	Mandate  string   `json:"mandate,omitempty"` // T10's JWS; with Paid, or neither
	Paid     string   `json:"paid,omitempty"`    // T11's JWS
}

// ReleaseRequest is RELEASE: the buyer has what was bought, and it is fine.
type ReleaseRequest Bought

// ReclaimRequest is RECLAIM: it was not sent in time, and the buyer wants the money back.
type ReclaimRequest Bought

// Dispute is DISPUTE: it is not as it should be. What the buyer shows, the operator
// reads; nothing else is told of what was bought. One that brings a photo says what
// it shows, and shows nothing else but the EVENT that names it, where there is one.
type Dispute struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
	Mandate  string   `json:"mandate,omitempty"` // as in RELEASE
	Paid     string   `json:"paid,omitempty"`
	Text     string   `json:"text"`
	Shows    []Shown  `json:"shows"`
	Photo    string   `json:"photo,omitempty"` // digest of the photo that is attached
}

// Defend is DEFEND: what the seller says and shows to a DISPUTE, a photo as there.
type Defend struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
	Text     string   `json:"text"`
	Shows    []Shown  `json:"shows"`
	Photo    string   `json:"photo,omitempty"`
}

// Shown is one signed message that a party shows: an OFFER, an EVENT, T10, T11.
type Shown struct {
	Message string `json:"message"` // JWS
}

// Decided is DECIDED: what an operator decided, and why. It is addressed to the
// merchant, and HELD brings it to both.
type Decided struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
	ToBuyer  Money    `json:"to_buyer"`
	ToSeller Money    `json:"to_seller"`
	Text     string   `json:"text"`
}

// OnHold is HELD, the broker's word on how the money of a purchase stands. It
// answers SENT, RELEASE, RECLAIM, DISPUTE and DEFEND, be it that they changed
// anything or not. Who has it may pass it on: both know it for the broker's.
type OnHold struct {
	Vendor      VendorID  `json:"vendor"`
	Purchase    ID        `json:"purchase"`
	Price       Money     `json:"price"`
	Covered     Money     `json:"covered"` // of the price: what the float covered, and was held
	Left        Money     `json:"left"`    // of that: still held
	ToBuyer     Money     `json:"to_buyer"`
	ToSeller    Money     `json:"to_seller"`
	SendBy      int64     `json:"send_by"`      // unix seconds
	CheckWithin int       `json:"check_within"` // days
	State       HoldState `json:"state"`
	Since       int64     `json:"since"`              // unix seconds
	Due         int64     `json:"due"`                // unix seconds: when time ends it; 0 for never
	Decision    string    `json:"decision,omitempty"` // DECIDED's JWS
}

// Watch is WATCH: a merchant asks which holds of its sales have changed, a
// pseudonym which of its purchases there; or about one purchase.
type Watch struct {
	Vendor   VendorID `json:"vendor"`
	After    int      `json:"after"`              // Next of the WATCHED before; 0 from the first on
	Purchase ID       `json:"purchase,omitempty"` // empty: all that changed
}

// Watched is WATCHED, the answer to WATCH: the holds that changed since, those
// first that changed first, as many as fit; or the one that was asked for.
type Watched struct {
	Vendor  VendorID   `json:"vendor"`
	Next    int        `json:"next"` // where the next WATCH goes on
	Holds   []ToldHold `json:"holds"`
	Said    []ToldSaid `json:"said,omitempty"`    // about the one that was asked for, the first first
	Takings *Takings   `json:"takings,omitempty"` // of the merchant who asks; nil for a pseudonym
}

// ToldSaid is the text of a DISPUTE or a DEFEND: so each side reads what the other
// says, and which photo it shows, which is in their thread. What else was shown with
// it, the operator alone reads.
type ToldSaid struct {
	By    Side   `json:"by"`
	At    int64  `json:"at"` // unix seconds: when it was logged
	Text  string `json:"text"`
	Photo string `json:"photo,omitempty"` // digest
}

// Takings are what a merchant has in the books.
type Takings struct {
	Held    Money `json:"held"`     // of protected sales
	Earned  Money `json:"earned"`   // may be paid out
	PaidOut Money `json:"paid_out"` // was, in all
}

// ToldHold is one hold of a WATCHED.
type ToldHold struct {
	Hold string `json:"hold"` // HELD's JWS
}

// Type returns the message's typ on the wire.
func (SentReport) Type() string { return "SENT" }

// Type returns the message's typ on the wire.
func (ReleaseRequest) Type() string { return "RELEASE" }

// Type returns the message's typ on the wire.
func (ReclaimRequest) Type() string { return "RECLAIM" }

// Type returns the message's typ on the wire.
func (Dispute) Type() string { return "DISPUTE" }

// Type returns the message's typ on the wire.
func (Defend) Type() string { return "DEFEND" }

// Type returns the message's typ on the wire.
func (Decided) Type() string { return "DECIDED" }

// Type returns the message's typ on the wire.
func (OnHold) Type() string { return "HELD" }

// Type returns the message's typ on the wire.
func (Watch) Type() string { return "WATCH" }

// Type returns the message's typ on the wire.
func (Watched) Type() string { return "WATCHED" }

func (m Dispute) pictured() string { return m.Photo }

func (m Defend) pictured() string { return m.Photo }

// Valid checks the form of SENT.
func (m SentReport) Valid() error { return valid(m.Vendor.Valid() && m.Purchase.Valid()) }

// Valid checks the form of RELEASE.
func (m ReleaseRequest) Valid() error { return Bought(m).Valid() }

// Valid checks the form of RECLAIM.
func (m ReclaimRequest) Valid() error { return Bought(m).Valid() }

// Valid checks the form of what names a purchase.
func (b Bought) Valid() error {
	return valid(b.Vendor.Valid() && b.Purchase.Valid() && (b.Mandate == "") == (b.Paid == "") && maybeJWS(b.Mandate) && maybeJWS(b.Paid) &&
		len(b.Mandate) <= MaxJWS(Mandate{}.Type()) && len(b.Paid) <= MaxJWS(Paid{}.Type()))
}

// Bought is the purchase that is disputed.
func (m Dispute) Bought() Bought { return Bought{m.Vendor, m.Purchase, m.Mandate, m.Paid} }

// Valid checks the form of DISPUTE.
func (m Dispute) Valid() error {
	if err := m.Bought().Valid(); err != nil {
		return err
	}
	return validShowing(m.Text, m.Shows, m.Photo)
}

// Valid checks the form of DEFEND.
func (m Defend) Valid() error {
	if !m.Vendor.Valid() || !m.Purchase.Valid() {
		return Unreadable
	}
	return validShowing(m.Text, m.Shows, m.Photo)
}

func validShowing(text string, shows []Shown, photo string) error {
	most := MaxMessage
	if photo != "" {
		most = MaxCaption
	}
	if err := validText(text, 1, most, true); err != nil {
		return err
	}
	if len(shows) > MaxShown {
		return TooMany
	}
	size := 0
	for _, s := range shows {
		if !isJWS(s.Message) {
			return Unreadable
		}
		size += len(s.Message)
	}
	if size > MaxShowing {
		return TooMany
	}
	return valid(shows != nil && (photo == "" || validHash(photo) && len(shows) <= 1))
}

// Valid checks the form of DECIDED.
func (m Decided) Valid() error {
	if err := validText(m.Text, 1, MaxReason, true); err != nil {
		return err
	}
	if err := orNothing(m.ToBuyer, m.ToSeller); err != nil {
		return err
	}
	return valid(m.Vendor.Valid() && m.Purchase.Valid())
}

// Valid checks the form of HELD.
func (m OnHold) Valid() error {
	if err := all(m.Vendor.Valid() && m.Purchase.Valid(), m.Price); err != nil {
		return err
	}
	if err := all(true, m.Covered); err != nil {
		return err
	}
	if err := orNothing(m.Left, m.ToBuyer, m.ToSeller); err != nil {
		return err
	}
	if err := (Protect{m.SendBy, m.CheckWithin}).Valid(); err != nil {
		return err
	}
	return valid(isHoldState(m.State) && validTime(m.Since) && (m.Due == 0 || validTime(m.Due)) && maybeJWS(m.Decision) && len(m.Decision) <= MaxJWS(Decided{}.Type()))
}

// Valid checks the form of WATCH.
func (m Watch) Valid() error {
	if m.After < 0 || m.After > maxFeed {
		return TooMany
	}
	return valid(m.Vendor.Valid() && (m.Purchase == "" || m.Purchase.Valid()))
}

// Valid checks the form of WATCHED.
func (m Watched) Valid() error {
	if m.Next < 0 || m.Next > maxFeed || len(m.Holds) > MaxWatched || len(m.Said) > MaxSaid {
		return TooMany
	}
	for _, s := range m.Said {
		if err := s.valid(); err != nil {
			return err
		}
	}
	if t := m.Takings; t != nil {
		if err := orNothing(t.Held, t.Earned, t.PaidOut); err != nil {
			return err
		}
	}
	for _, h := range m.Holds {
		if !isJWS(h.Hold) || len(h.Hold) > MaxJWS(OnHold{}.Type()) {
			return Unreadable
		}
	}
	return valid(m.Vendor.Valid() && m.Holds != nil)
}

func (s ToldSaid) valid() error {
	if err := validText(s.Text, 1, MaxMessage, true); err != nil {
		return err
	}
	return valid((s.By == Buyer || s.By == Seller) && validTime(s.At) && (s.Photo == "" || validHash(s.Photo)))
}

// Showing is what a DISPUTE or a DEFEND says and shows.
type Showing struct {
	Text  string  `json:"text"`
	Shows []Shown `json:"shows"`
	Photo string  `json:"photo"` // digest; empty: it brings none
}

// ReadShowing reads what a DISPUTE or a DEFEND says and shows that was verified
// before, as the log keeps it. Who signed it is not looked at again.
func ReadShowing(kind, jws string) (Showing, error) {
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return Showing{}, Unreadable
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Showing{}, fmt.Errorf("read %s: %w", kind, err)
	}
	var said struct {
		Body Showing `json:"body"`
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		return Showing{}, fmt.Errorf("read %s: %w", kind, err)
	}
	return said.Body, nil
}
