package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// Purse is where one wallet keeps everything. Secrets reach it locked; it
// cannot read what stands in a Sealed field.
//
// Apply makes every part of c true in one durable commit and returns nil, or
// changes nothing and returns why not: ErrConflict when a row that decides it
// says no. After any other error it is not known whether c was applied. Apply
// is safe for concurrent use, by other processes too: of conflicting Changes
// exactly one is applied. Reads see every Change applied before them and return
// scrip.ErrAbsent for one thing that is not there.
type Purse interface {
	Apply(ctx context.Context, c PurseChange) error
	Identity
	Contents
	Journal
	Collections
}

// Identity is who the customer is, to the broker and to each merchant.
type Identity interface {
	Owner(ctx context.Context) (Owner, error)
	// Pseudonym returns the sealed key made for a merchant.
	Pseudonym(ctx context.Context, vendor scrip.VendorID) ([]byte, error)
	// KnownStall returns a merchant's certificate as it was last seen.
	KnownStall(ctx context.Context, vendor scrip.VendorID) (KnownStall, error)
}

// Contents are the money, what it was spent for, and what the broker is yet to
// be told.
type Contents interface {
	// Holdings lists all scrip, oldest expiry first.
	Holdings(ctx context.Context) ([]Holding, error)
	Receipt(ctx context.Context, tx scrip.ID) (SealedReceipt, error)
	// Receipts lists the newest first, from the offset on.
	Receipts(ctx context.Context, offset, limit int) ([]SealedReceipt, error)
	// Notices lists the oldest first.
	Notices(ctx context.Context, limit int) ([]Notice, error)
}

// Journal is every step the wallet ever wrote down.
type Journal interface {
	Record(ctx context.Context, tx scrip.ID) (Record, error)
	// Unfinished lists steps whose end is not known, oldest first.
	Unfinished(ctx context.Context) ([]Record, error)
	// Ended lists steps that were refused or undone with this at stake, alone or
	// beside another, and whose requests are still there, newest first.
	Ended(ctx context.Context, stake scrip.ID) ([]Record, error)
	// History lists all steps, newest first, from the offset on.
	History(ctx context.Context, offset, limit int) ([]Record, error)
}

// Collections are what merchants are asked for refunds with.
type Collections interface {
	// Collection returns the last COLLECT for a merchant.
	Collection(ctx context.Context, vendor scrip.VendorID) (Collection, error)
	// Met lists the merchants for which there is a pseudonym.
	Met(ctx context.Context) ([]scrip.VendorID, error)
}

// PurseChange is everything one step does to the purse, decided before any of
// it is done. The zero value of each field changes nothing; fields are applied
// in the order in which they stand here.
type PurseChange struct {
	Owner     *Owner          // a new wallet; replaces one without an account
	Account   scrip.AccountID // R2: the owner's account; conflict if there is one
	Info      *Info           // what the broker publishes, as last seen
	Counter   int64           // T1: move the owner's counter to this; conflict unless greater
	Stall     *KnownStall     // a merchant's certificate, as last seen
	Pseudonym *SealedKey      // a new pseudonym; conflict if the merchant has one
	Hold      []Hold          // put scrip at stake; conflict unless it is there and free
	Drop      []Hold          // scrip is spent; conflict unless it is there and at stake in Tx
	Release   scrip.ID        // what is at stake in this step is free again
	Doubt     *Doubt          // its issuer says that a scrip is no money
	Keep      []Holding       // scrip received; conflict if it is there, or a second BrokerScrip
	Write     *Record         // a step written down; conflict if its tx is used, or a second unfinished 6.1
	Advance   *Advance        // a step moves on; conflict unless it is where it is thought to be
	Forget    []scrip.ID      // erase the requests of refused and undone steps with any of this at stake
	Collect   *Collection     // a COLLECT written down, or answered; conflict if there is a later one
	Receipt   *SealedReceipt  // proof of a purchase
	Amend     []SealedReceipt // receipts with more said in them; conflict unless each is there
	Notice    *Notice         // T9, to be delivered
	Delivered scrip.ID        // T9 of this tx needs no delivery any more
}

// Owner is the wallet itself.
type Owner struct {
	Account scrip.AccountID // empty until R2
	Bank    string          // the bank's reference, as in R1
	Name    string          // as in R1
	Counter int64           // the last T1's
	Lock    Lock
	Sealed  []byte // the account's signing key, and R1 until it is answered
	Info    Info
}

// Info is what the broker published when it was last asked.
type Info struct {
	scrip.BrokerInfo
	SeenAt int64 // unix seconds
}

// KnownStall is a merchant as the directory last told of it.
type KnownStall struct {
	scrip.CertifiedStall
	SeenAt int64 // unix seconds
}

// SealedKey is the pseudonym made for one merchant.
type SealedKey struct {
	Vendor scrip.VendorID
	Sealed []byte
}

// Holding is one scrip and its secret.
type Holding struct {
	ScripID scrip.ID
	Vendor  scrip.VendorID // whose VendorScrip it is; empty for BrokerScrip
	Value   scrip.Money
	Expires int64         // unix seconds
	Tx      scrip.ID      // the unfinished step it is at stake in; empty when free
	Doubt   scrip.Refusal // what its issuer said of it; empty when it is good
	Sealed  []byte        // the scrip.Held
}

// Hold names a scrip and the step it is at stake in.
type Hold struct {
	ScripID scrip.ID
	Tx      scrip.ID
}

// Doubt sets aside a scrip that its issuer does not accept. It is kept.
type Doubt struct {
	ScripID scrip.ID
	Reason  scrip.Refusal
}

// State is how far a step has come.
type State string

// A step is written until its end is known. A refused or undone step moved
// nothing; its request is kept while the same stake is there, because whoever
// saw it can still send it: see Wallet.revive.
const (
	Written  State = "written"  // it may have been sent
	Claiming State = "claiming" // half of the answer is kept (6.2: T6; 6.5: T17 or T19), and the other is owed
	Finished State = "finished"
	Undone   State = "undone"  // its time passed without effect (6.2, 6.5)
	WasNo    State = "refused" // the other party signed a REFUSE
)

// Ended reports whether nothing more is to be done.
func (s State) Ended() bool { return s == Finished || s == Undone || s == WasNo }

// Record is a step in the journal.
type Record struct {
	Tx          scrip.ID
	Transaction string // "6.1" to "6.8", "PAYOUT", or "COLLECT" that brought something
	State       State
	Vendor      scrip.VendorID // empty when only the broker is concerned
	Amount      scrip.Money    // as in Step
	Reason      scrip.Refusal  // why it was refused
	Stake       scrip.ID       // the scrip it spends; where it spends none, the account or a merchant
	Beside      scrip.ID       // 6.5: the VendorScrip it spends beside the BrokerScrip
	StartedAt   int64          // unix seconds
	EndedAt     int64          // unix seconds; 0 until it ended
	Sealed      []byte         // the requests and their reply keys; empty once Finished
}

// Advance moves a step from one state to the next.
type Advance struct {
	Tx     scrip.ID
	From   State
	To     State
	Reason scrip.Refusal // of WasNo
	At     int64         // unix seconds: EndedAt, if To is an end
	Sealed []byte        // what takes the place of Record.Sealed; nil leaves it, or with Finished erases it
}

// Collection is the last COLLECT for a merchant.
type Collection struct {
	Vendor  scrip.VendorID
	Tx      scrip.ID
	Counter int64  // its counter: greater than in every one before
	Sealed  []byte // the request; empty once it was answered
}

// SealedReceipt is a Receipt as it is kept.
type SealedReceipt struct {
	Tx     scrip.ID
	At     int64 // unix seconds
	Sealed []byte
}

// Notice is a T9 that the broker has not acknowledged.
type Notice struct {
	Tx     scrip.ID
	Vendor scrip.VendorID
	Price  scrip.Money
	Sealed []byte // the request and its reply key
}
