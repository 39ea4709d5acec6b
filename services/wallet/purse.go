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

	Owner(ctx context.Context) (Owner, error)
	// Pseudonym returns the sealed key made for a merchant.
	Pseudonym(ctx context.Context, vendor scrip.VendorID) ([]byte, error)
	// Met lists the merchants for which there is a pseudonym.
	Met(ctx context.Context) ([]scrip.VendorID, error)
	// KnownStall returns a merchant's certificate as it was last seen.
	KnownStall(ctx context.Context, vendor scrip.VendorID) (KnownStall, error)

	// Holdings lists all scrip, oldest expiry first.
	Holdings(ctx context.Context) ([]Holding, error)
	Receipt(ctx context.Context, tx scrip.ID) (SealedReceipt, error)
	// Receipts lists the newest first, from the offset on.
	Receipts(ctx context.Context, offset, limit int) ([]SealedReceipt, error)
	// Protected lists those of protected purchases, likewise; only those whose money is held
	// as far as is known, if open.
	Protected(ctx context.Context, open bool, offset, limit int) ([]SealedReceipt, error)
	// Notices lists the tx of all that wait, the oldest first.
	Notices(ctx context.Context) ([]scrip.ID, error)
	// Notice returns one that waits, or scrip.ErrAbsent.
	Notice(ctx context.Context, tx scrip.ID) (Notice, error)
	// Collection returns the last COLLECT for a merchant.
	Collection(ctx context.Context, vendor scrip.VendorID) (Collection, error)

	// Thread returns what is kept of a thread, by its tx.
	Thread(ctx context.Context, tx scrip.ID) (SealedThread, error)
	// Threads lists all that are kept, the last one first.
	Threads(ctx context.Context) ([]SealedThread, error)

	// Item returns one item of the journal.
	Item(ctx context.Context, tx scrip.ID) (Item, error)
	// Keyed returns the purchase of a key, by the digest of its name.
	Keyed(ctx context.Context, name string) (Keyed, error)
	// Unfinished lists items whose end is not known, oldest first.
	Unfinished(ctx context.Context) ([]Item, error)
	// Ended lists items that were refused or undone with this at stake, alone or
	// beside another, and whose requests are still there, newest first.
	Ended(ctx context.Context, stake scrip.ID) ([]Item, error)
	// Disputed lists the merchants that said of what they owe that it is spent, or no
	// money: VendorScrip that is in doubt, or a 6.2 that was refused for it. Not those of
	// which a RESCUE has told what there is.
	Disputed(ctx context.Context) ([]scrip.VendorID, error)
	// Rescues lists the merchants of which a RESCUE told what there is, or that there
	// is nothing more for now.
	Rescues(ctx context.Context) ([]Rescues, error)
	// Heads lists the heads of the broker's log that are kept: the line's, if there is one,
	// and what each stall told and was not compared yet.
	Heads(ctx context.Context) ([]ToldHead, error)
	// Forks lists what contradicts the broker, the first first.
	Forks(ctx context.Context) ([]Fork, error)
	// History lists all items, newest first, from the offset on.
	History(ctx context.Context, offset, limit int) ([]Item, error)
}

// Rescues are the RESCUEs at one merchant, and the purchases there.
type Rescues struct {
	Vendor scrip.VendorID
	Asked  int64 // unix seconds: the last RESCUE
	Bought int64 // unix seconds: the last purchase that was begun; 0 for none
}

// PurseChange is everything that becomes true of the purse at once, decided
// before any of it is done. The zero value of each field changes nothing;
// fields are applied in the order in which they stand here.
type PurseChange struct {
	Owner     *Owner          // a new wallet; replaces one without an account
	Account   scrip.AccountID // R2: the owner's account; conflict if there is one
	Info      *Info           // what the broker publishes, as last seen
	Counter   int64           // T1, BANK, REKEY: move the owner's counter to this; conflict unless greater
	CountOn   *CountOn        // a T1, BANK or REKEY was stale: the owner's counter goes on from another; nothing if it moved on meanwhile
	Banking   []byte          // a BANK written down, sealed; conflict if there is one
	Banked    string          // BANK was answered: the owner's reference from now on; conflict if there is none
	Rekeying  []byte          // a REKEY written down, sealed; conflict if there is one
	Rekeyed   *Rekeyed        // REKEY was answered; conflict if there is none
	Stall     *KnownStall     // a merchant's certificate, as last seen
	Pseudonym *SealedKey      // a new pseudonym; conflict if the merchant has one
	Hold      []Hold          // put scrip at stake; conflict unless it is there and free
	Drop      []Hold          // scrip is spent; conflict unless it is there and at stake in Tx
	Release   scrip.ID        // what is at stake in this item is free again
	Doubt     *Doubt          // its issuer says that a scrip is no money: it is set aside
	Aside     []Doubt         // more scrip that is set aside
	Unrenewed *Doubt          // its issuer will not renew a scrip, for a reason that is none to doubt it
	Keep      []Holding       // scrip received; conflict if it is there, or a second BrokerScrip
	Write     *Item           // an item written down; conflict if its tx is used, or a second unfinished 6.1
	Keyed     *Keyed          // the item is the purchase of a key; conflict if it has one that was not refused
	Advance   *Advance        // an item moves on; conflict unless it is where it is thought to be
	GiveUp    []Advance       // other items end, without their T9; what is at stake in them is free; conflict as in Advance
	Forget    []scrip.ID      // erase the requests of refused and undone items with any of this at stake
	Overtaken scrip.ID        // erase the requests of refused 6.1 of this account: their counter is behind
	Collect   *Collection     // a COLLECT written down, or answered; conflict if there is a later one
	Receipt   *SealedReceipt  // proof of a purchase
	Amend     []SealedReceipt // receipts with more said in them; conflict unless each is there
	Thread    *SealedThread   // what was said and done about an order, or in a conversation; conflict unless Version is the next
	Unasked   *SealedThread   // a conversation that its merchant refused to begin is forgotten; conflict unless it is there in this Version
	Notice    *Notice         // T9, to be delivered
	Delivered scrip.ID        // T9 of this tx needs no delivery any more
	Heads     *HeadChange     // what becomes of heads of the broker's log
}

// Owner is the wallet itself.
type Owner struct {
	Account  scrip.AccountID // empty until R2
	Bank     string          // the bank's reference, as in R1 or the last BANK
	Banking  []byte          // a BANK that was not answered; empty for none
	Rekeying []byte          // a REKEY that was not answered; empty for none
	Name     string          // as in R1
	Counter  int64           // the last T1's, BANK's or REKEY's
	Lock     Lock
	Sealed   []byte // the account's signing key, and R1 until it is answered
	Info     Info
}

// Rekeyed is what a REKEY left: the account's key, as Owner.Sealed has it, by which all VendorScrip
// that is here becomes exposed; or empty, and all is as it was.
type Rekeyed struct{ Sealed []byte }

// CountOn takes the owner's counter from one that was stale to where the count
// goes on.
type CountOn struct{ From, To int64 }

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

// Collection is the last COLLECT for a merchant.
type Collection struct {
	Vendor  scrip.VendorID
	Tx      scrip.ID
	Counter int64  // its counter: greater than in every one before
	Sealed  []byte // the request; empty once it was answered
}

// SealedReceipt is a Receipt as it is kept.
type SealedReceipt struct {
	Tx        scrip.ID
	At        int64 // unix seconds
	Protected bool
	Open      bool // of a protected purchase: its money is held, as far as is known
	Sealed    []byte
}

// SealedThread is what is kept of a thread.
type SealedThread struct {
	Tx      scrip.ID // T10's; of a conversation its own
	Vendor  scrip.VendorID
	Version int   // from 1; each change is one more
	At      int64 // unix seconds: when it changed last
	Sealed  []byte
}

// Notice is a T9 that the broker has not acknowledged.
type Notice struct {
	Tx     scrip.ID
	Vendor scrip.VendorID
	Price  scrip.Money
	Sealed []byte // the request and its reply key
}
