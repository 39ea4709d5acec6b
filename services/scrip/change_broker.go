package scrip

import "peerscrip/jose"

// BrokerChange is the part of a Change that only a broker's books have. Log
// comes before Post, because what is recorded already must not be found short
// of money that it moved itself.
type BrokerChange struct {
	// First, before scrip dies and is made:

	Keys      []string     // the broker's KEYS, all of them, as signed: TxConflict unless they continue those that are kept
	Bank      string       // a new account of the sandbox bank, by its reference: BankDeclined if it is taken
	Account   *Account     // a new account: TxConflict if its key or ID has one
	Stall     *Stall       // a new stall: NameInvalid, TooMany, PartyMismatch if its key has one
	Revoke    VendorID     // a certificate taken back: StallRevoked if it was before, UnknownVendor
	Recertify *Recertified // a stall's next certificate: StallRevoked if it has none any more, Unavailable unless it is as it was seen
	Rename    *Renamed     // a stall's other name, with its certificate: NameInvalid, TooMany, CounterStale, StallRevoked, Unavailable unless it is as it was seen
	Counter   *Counter     // an account's counter moved on (T1, BANK, REKEY): CounterStale, KeyReplaced
	Rebank    *Rebanked    // an account's other reference: UnknownAccount. What was set aside for its bank's sake goes on
	Rekey     *Rekeyed     // an account's other key: KeyReplaced, PartyMismatch if it is or was anybody's
	Deadlines int64        // unix seconds: what T3 locked for longer, by a clock that was ahead, is locked until then
	Loosen    *Loosened    // the change of a T15 is given: ErrAnswered unless its scrip was held
	Unextend  *Unextended  // a T15 is forgotten: ErrAnswered unless it is as this says
	Aside     *Unpaid      // what a T15 brings back is set aside: ErrAnswered unless its change was given

	// Then, after it:

	Batch    *Batch      // the tx of a T12: TxConflict if it was another's
	Alias    *Alias      // which account a pseudonym is: PartyMismatch if it is another's
	Announce *Announced  // T3, remembered until its scrip dies: TxConflict
	Log      []Record    // the append-only log: AlreadyRecorded
	Rescue   *Rescue     // the float of an account at a merchant that is gone is paid back: Unavailable unless it is as it was seen
	Rate     *Rated      // a purchase is rated, or rated anew: NotFound, CounterStale, AlreadyRecorded
	Answer   *Answered   // a rating is answered: NotFound, AlreadyRecorded
	Turn     *Turned     // a hold goes on: Unavailable unless it is as it was seen
	TakeBack *TakenBack  // part of a purchase that T12 reported is refunded: NotFound, AmountOutOfBounds
	Banking  *Banking    // real money at payment providers: Unavailable, AlreadyRecorded
	Post     []Posting   // the books, which sum to zero by construction: BankDeclined, FloatShort, EarnedShort, StallRevoked
	Hold     []Hold      // the price of a protected purchase is held: Unavailable where the float had more than it says
	Show     *Exhibited  // a party shows what it has of a disputed purchase: TooMany
	Head     *SignedHead // a signed head of the log; dropped without an error if another came first
	Cosigned *Cosigned   // the word of a witness on a signed head; dropped without an error if it said a later one
	Extend   *Extension  // T15, remembered until the merchant answers T16: TxConflict, TooMany
}

// Account is a peer as the broker knows it.
type Account struct {
	ID      AccountID
	Key     jose.VerifyKey
	Bank    string // the bank's reference
	Name    string // empty unless it will sell
	Counter int64  // the last T1's, BANK's or REKEY's
	Opened  int64  // unix seconds
}

// Counter moves an account's counter to Next, if that is greater than it, and the account
// has the key with which that was signed.
type Counter struct {
	Account AccountID
	Next    int64
	Key     string // thumbprint
}

// Rebanked says which reference an account has from now on.
type Rebanked struct {
	Account AccountID
	Bank    string
}

// Rekeyed says with which key an account signs from now on, in the place of which.
type Rekeyed struct {
	Account AccountID
	From    string // thumbprint
	To      jose.VerifyKey
}

// Stall is a merchant as the broker knows it.
type Stall struct {
	Certificate
	Account AccountID // whose stall it is; never published
	JWS     string    // the certificate as signed
	Revoked bool
	Silence Silence
}

// Gone reports whether a merchant is gone at a time: it was revoked, its certificate
// lapsed days ago, or it does not answer the broker.
func (s Stall) Gone(at int64) bool {
	return s.Revoked || s.Silence.Gone(at) || s.Lapsed(at) && s.Silence.Lapsed(at)
}

// Lapsed reports whether a merchant's certificate has lapsed at a time.
func (s Stall) Lapsed(at int64) bool { return at >= s.NotAfter }

// Alias ties a pseudonym to the account behind it, for one vendor. Only the
// broker can.
type Alias struct {
	Pseudonym Pseudonym
	Account   AccountID
	Vendor    VendorID
}

// Batch is a T12 as its merchant sent it: the tx stands for this content and no
// other.
type Batch struct {
	Vendor VendorID
	Tx     ID
	Digest string // of T12's payload
}

// Announced is a T3 taken note of: what the T5 with the same tx must say.
type Announced struct {
	Tx        ID
	ScripID   ID
	Account   AccountID
	Vendor    VendorID
	Pseudonym Pseudonym
	Value     Money
	Deadline  int64         // unix seconds
	Digest    string        // of T3's payload
	Proof     string        // digest of the AliasPossession that came with T3
	ReplyKey  jose.ReplyKey // T3's: the same T3 sent again is answered with T6 under it
}

// Extension is a T15 that waits for its merchant: with the T16 it is, all the
// broker needs to give change, and to undo.
type Extension struct {
	Outgoing
	Vendor     VendorID
	Value      Money
	ScripID    ID    // the BrokerScrip; once it is not held, what it left, or empty
	Held       bool  // the BrokerScrip lives and is held; its change was not given
	ValidUntil int64 // unix seconds
	// Aside is why the account's bank would not take what T15 brings back. Nothing
	// waits behind it, and it waits for a BANK of the account.
	Aside Refusal
}

// Account is who sent T15.
func (x Extension) Account() AccountID { return AccountID(x.From) }

// Loosened says that the BrokerScrip of a T15 died and its change, if there is
// any, is ScripID.
type Loosened struct {
	Tx      ID
	ScripID ID
}

// Unextended forgets a T15 whose BrokerScrip is, or is not, still held.
type Unextended struct {
	Tx   ID
	Held bool
}

// Unpaid sets a T15 aside whose amount cannot go back to the bank.
type Unpaid struct {
	Tx     ID
	Reason Refusal
}

// Refundable is what T12 reported of a purchase and was not taken back.
type Refundable struct {
	Account AccountID // behind the pseudonym that bought
	Left    Money
}

// Turned is a hold as it was seen and as it is from now on.
type Turned struct {
	Saw int64 // its Seq
	To  Hold  // whose Seq does not count: it is the next
}

// Exhibited is a DISPUTE or a DEFEND in the log, by its tx. TooMany beyond MaxShowings
// of a kind without a photo, and MaxExhibits with one.
type Exhibited struct {
	Vendor   VendorID
	Purchase ID
	Kind     string
	Tx       ID
	Photo    string // digest of JPEG; empty: it brings none
	JPEG     []byte // nil where it is listed
}

// TakenBack is the part of a purchase that its buyer has back, by REFUND, RECLAIM or
// DECIDED: NotFound unless T12 reported the purchase, AmountOutOfBounds when all of
// it together is above what was covered of the price.
type TakenBack struct {
	Vendor   VendorID
	Purchase ID // tx of T10
	Amount   Money
}
