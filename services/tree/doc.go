// Package tree is what the world sees of the broker's log (protocol 6, "The
// log in public"): a Merkle tree (RFC 6962) over one [Entry] for each record,
// the [Head] that the broker signs now and then, and the proofs that an entry
// is under a head ([Inclusion]) and that one head continues another
// ([Consistency]).
//
// Everything here is hashes. An entry names messages by digest and commits to
// the broker's own record of them under a salt, so that who holds a message
// can find it in the log, and who does not learns nothing, not even by guessing.
//
// Pure: no I/O, no clock. Every failure to verify is [ErrProof].
package tree

import "errors"

// ErrProof is returned for what does not prove what it should, whatever is
// wrong with it.
var ErrProof = errors.New("this proves nothing")

// Bounds on what is read.
const (
	MaxEntry    = 8192 // bytes of an entry's text
	MaxMessages = 64   // messages of an entry
	MaxHead     = 2048 // bytes of a signed head
	MaxPath     = 128  // hashes in a proof: 2 for each level of a tree of 2^64 records
	MaxSize     = 1<<53 - 1
)
