package scrip

import (
	"context"
	"errors"
)

// Change is everything one step of the protocol does to the world, decided
// before any of it is done. A Book applies it whole or not at all. The zero
// value of each field changes nothing.
//
// Order of application: Replies are claimed; then what Broker or Stall lists
// as first; then Kill, Lock, Release and Issue; then the rest of Broker or
// Stall as it stands there; last each reply is tied to the scrip it brings.
type Change struct {
	At      int64         // unix seconds: the step's one reading of the clock
	Kill    []Kill        // live scrip erased with its master secrets: ScripSpent, ScripLocked
	Lock    []Lock        // live scrip held for a transaction: ScripSpent, ScripLocked
	Release []Release     // held scrip set free: ScripSpent, ScripLocked
	Issue   []Live        // scrip made live: ScripHeld at a broker
	Replies []StoredReply // what the same requests are answered again: ErrAnswered, TxConflict, ScripSpent
	Broker  *BrokerChange // a broker's own; a stall's Book returns ErrForeign
	Stall   *StallChange  // a stall's own; a broker's Book returns ErrForeign
}

// Book is where a party's state lives.
//
// Apply makes every part of c true in one durable commit and returns nil, or
// changes nothing and returns why not. It is safe for concurrent use, and of
// conflicting Changes exactly one is applied. The errors that mean something
// stand beside the field they are of:
//
//   - ErrAnswered: a reply to the same request is stored already, by a request
//     that came at the same time. Read it and send it.
//   - ErrForeign: the Change asks for what is another party's.
//   - a Refusal: the row that decides it said no.
//
// Anything else means that the state is not known to have changed: the request
// fails, and its repetition will tell.
type Book interface {
	Apply(ctx context.Context, c Change) error
	// Reply returns the stored reply to a request, or ErrAbsent.
	Reply(ctx context.Context, from, typ string, tx ID) (StoredReply, error)
	// Live returns a scrip's row, or ScripSpent when there is none.
	Live(ctx context.Context, id ID) (Live, error)
}

// ErrAnswered is returned by Book.Apply when the request has its reply.
var ErrAnswered = errors.New("the request is answered already")

// ErrForeign is returned by Book.Apply for a field that belongs to another
// kind of party.
var ErrForeign = errors.New("a change of another kind of book")

// ErrAbsent is returned by reads of what may or may not be there.
var ErrAbsent = errors.New("absent")

// Kill erases a live scrip. It must be free, or locked by Tx, or its lock void.
type Kill struct {
	ScripID ID
	Tx      ID
}

// Lock holds a live scrip that is free, or locked by the same Tx (whose
// deadline stays as it was), or whose lock is void.
type Lock struct {
	ScripID ID
	Tx      ID
	Until   int64 // unix seconds
}

// Release frees a live scrip that Tx holds: ScripSpent if it is dead, ScripLocked
// if another holds it or none.
type Release struct {
	ScripID ID
	Tx      ID
}

// StoredReply answers a request again: matched by who sent it, its type, its
// tx and the digest of its signed payload. It lives as long as the scrip it
// brought; with no scrip, for good: few are (see Answer.Derived). A reply with
// Replaces set takes the place of one to the same request, if there is one (T6 is
// T3's, however T3 was answered before).
type StoredReply struct {
	From     string
	Typ      string
	Tx       ID
	Digest   string
	Reply    Sealed
	ScripID  ID // empty: it stays
	Replaces bool
}
