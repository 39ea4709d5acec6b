package wallet

import "peerscrip/services/scrip"

// Item is one transaction in the journal, and how far it has come.
type Item struct {
	Tx          scrip.ID
	Transaction string // "6.1" to "6.8", "PAYOUT", "RESCUE", or "COLLECT" that brought something
	Phase       Phase
	Vendor      scrip.VendorID // empty when only the broker is concerned
	Amount      scrip.Money    // as in Leg
	Reason      scrip.Refusal  // why it was refused
	Stake       scrip.ID       // the scrip it spends; where it spends none, the account or a merchant
	Beside      scrip.ID       // 6.5: the VendorScrip it spends beside the BrokerScrip
	StartedAt   int64          // unix seconds
	EndedAt     int64          // unix seconds; 0 until it ended
	Sealed      []byte         // what it keeps: the requests and their reply keys; empty once it is done
}

// Phase is how far an item has come. A refused or undone item moved nothing;
// its requests are kept while the same stake is there, because whoever saw them
// can still send them: see Wallet.revive.
type Phase string

// An item is asked, and perhaps half, until its end is known.
const (
	PhaseAsked   Phase = "asked"   // its request may have been sent
	PhaseHalf    Phase = "half"    // half of the answer is kept (6.2: T6 or T8; 6.5: T17 or T19), and the other is owed
	PhaseDone    Phase = "done"    // it did what it was for
	PhaseUndone  Phase = "undone"  // its time passed without effect (6.2, 6.5), or without an answer (6.3, 6.7, 6.8)
	PhaseRefused Phase = "refused" // the other party signed a REFUSE
)

// Ended reports whether nothing more is to be done.
func (p Phase) Ended() bool { return p == PhaseDone || p == PhaseUndone || p == PhaseRefused }

// Advance moves an item from one phase to another.
type Advance struct {
	Tx     scrip.ID
	From   Phase
	To     Phase
	Reason scrip.Refusal // of PhaseRefused
	At     int64         // unix seconds: EndedAt, if To is an end
	Sealed []byte        // takes the place of Item.Sealed; nil leaves it, or with PhaseDone erases it
}

// stakes is all that the item would use up.
func (it Item) stakes() []scrip.ID {
	if it.Beside == "" {
		return []scrip.ID{it.Stake}
	}
	return []scrip.ID{it.Stake, it.Beside}
}

// event is what to say of the item's messages.
func (it Item) event() Event {
	return Event{Tx: it.Tx, Transaction: it.Transaction, Vendor: it.Vendor, Amount: it.Amount}
}
