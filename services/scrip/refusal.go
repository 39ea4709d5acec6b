package scrip

import "errors"

// Refusal is one word of the closed list with which any party declines. It is
// the same word on the wire, in problem+json and in code. Every other error is
// this program's fault and its text leaves the process never.
type Refusal string

// The closed list. A refusal changes nothing.
const (
	Unreadable        Refusal = "unreadable"           // cannot be opened; says nothing of why
	TxConflict        Refusal = "tx-conflict"          // this tx was used with other content
	UnknownAccount    Refusal = "unknown-account"      // no such account at this broker
	KeyReplaced       Refusal = "key-replaced"         // signed with a key that the account has replaced
	UnknownVendor     Refusal = "unknown-vendor"       // no such merchant
	StallRevoked      Refusal = "stall-revoked"        // the broker took the certificate back
	StallClosed       Refusal = "stall-closed"         // it takes no orders now: its seller is away, or has closed it
	Blocked           Refusal = "blocked"              // the seller sells this pseudonym nothing more, and reads no conversation of it
	NotYetInForce     Refusal = "not-yet-in-force"     // the certificate's time has not begun, by the clock of who says so
	StallInForce      Refusal = "stall-in-force"       // the merchant is not gone: ask it
	CounterStale      Refusal = "counter-stale"        // a T1, BANK, REKEY or COLLECT not newer than one already answered
	ScripHeld         Refusal = "scrip-held"           // the account holds a live BrokerScrip
	ScripSpent        Refusal = "scrip-spent"          // spent, withdrawn or renewed: its row is gone
	ScripInvalid      Refusal = "scrip-invalid"        // certificate or secret do not recompute
	ScripExpired      Refusal = "scrip-expired"        // only its renewal is left
	ScripLocked       Refusal = "scrip-locked"         // another transaction holds it for now
	ValueMismatch     Refusal = "value-mismatch"       // signed amounts differ
	PartyMismatch     Refusal = "party-mismatch"       // signed parties or digests differ
	NotAnnounced      Refusal = "not-announced"        // T5 came before T3: send again
	LockExpired       Refusal = "lock-expired"         // T5 came after the deadline of T3
	AmountOutOfBounds Refusal = "amount-out-of-bounds" // not positive, or above a limit
	BankDeclined      Refusal = "bank-declined"        // the bank will not pay
	InsufficientScrip Refusal = "insufficient-scrip"   // the scrip is worth less than asked
	OfferChanged      Refusal = "offer-changed"        // not the seller's current offer
	OfferExpired      Refusal = "offer-expired"        // past its valid-until
	OutOfStock        Refusal = "out-of-stock"         // sold
	NotDelivered      Refusal = "not-delivered"        // the seller does not deliver it in that way, or not to that country
	PriceMismatch     Refusal = "price-mismatch"       // not the price the seller signed
	PromiseMismatch   Refusal = "promise-mismatch"     // not the protection that the seller promised, or by a clock that is wrong
	FloatShort        Refusal = "float-short"          // the merchant's float does not cover it
	EarnedShort       Refusal = "earned-short"         // the merchant has not earned that much
	MandateInvalid    Refusal = "mandate-invalid"      // not signed by a pseudonym of this vendor
	AlreadyRecorded   Refusal = "already-recorded"     // this mandate was reported before
	NameInvalid       Refusal = "name-invalid"         // empty, too long, or taken, or looks like one that is
	OutOfTurn         Refusal = "out-of-turn"          // another event came first, or this one may not follow
	TooMany           Refusal = "too-many"             // a count above its bound
	Unavailable       Refusal = "unavailable"          // cannot be reached now: send the same again
	NotFound          Refusal = "not-found"            // no such thing here
)

// Refusals lists every refusal once, in the order of the documentation.
func Refusals() []Refusal {
	return []Refusal{
		Unreadable, TxConflict, UnknownAccount, KeyReplaced, UnknownVendor, StallRevoked, StallClosed, Blocked, NotYetInForce, StallInForce, CounterStale,
		ScripHeld, ScripSpent, ScripInvalid, ScripExpired, ScripLocked, ValueMismatch,
		PartyMismatch, NotAnnounced, LockExpired, AmountOutOfBounds, BankDeclined,
		InsufficientScrip, OfferChanged, OfferExpired, OutOfStock, NotDelivered, PriceMismatch, PromiseMismatch, FloatShort,
		EarnedShort, MandateInvalid, AlreadyRecorded, NameInvalid, OutOfTurn, TooMany, Unavailable, NotFound,
	}
}

// Error returns the word on the wire.
func (r Refusal) Error() string { return string(r) }

// Valid reports whether r is on the closed list.
func (r Refusal) Valid() bool {
	for _, known := range Refusals() {
		if r == known {
			return true
		}
	}
	return false
}

// Transient reports whether the same request may be granted later as it is.
func (r Refusal) Transient() bool {
	return r == Unavailable || r == NotAnnounced || r == ScripLocked
}

// AsRefusal returns the refusal in err's chain, if there is one.
func AsRefusal(err error) (Refusal, bool) {
	var r Refusal
	ok := errors.As(err, &r)
	return r, ok
}
