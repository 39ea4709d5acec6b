package wallet

import (
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Errors a person can do something about; their texts are sentences to show.
var (
	// ErrUnfinished says that nobody has answered yet in a way that settles the
	// item. It is in the journal; Resume asks again.
	ErrUnfinished = errors.New("not settled yet: the wallet will ask again")
	// ErrOtherBooks says that the broker has shown somebody else other books, which is proven, and
	// that no money is added before its person has settled that: see SettleForks. Nothing moved.
	ErrOtherBooks = errors.New("the broker has shown different books, so no money is added: see what \"peerscrip wallet heads\" tells; what you have can be spent and withdrawn. Once it is explained, say so, as that tells")
	// ErrUndone says that an exchange was not taken up in time. Nothing moved.
	ErrUndone = errors.New("the seller did not take up the exchange in time: the money is back")
	// ErrNoAnswer says that a merchant's answers have decided nothing for so long that
	// they are not waited for any more. What they were asked for may have been done.
	ErrNoAnswer = errors.New("the seller has given no answer for a day: it is not waited for any more, and the money is free")
	// ErrDeclined says that a seller did not issue for the money a 6.5 reserved
	// for it.
	ErrDeclined = errors.New("the seller did not take the money in time: it is back at the bank")
	// ErrBusy says that the money a plan needs is at stake in an unfinished item.
	ErrBusy = errors.New("an earlier payment is not settled yet: resume it first")
	// ErrTooMuch says that a payment takes more loadings than one may.
	ErrTooMuch = errors.New("that takes more than ten loadings, because the broker gives no more at once: load it in parts first")
	// ErrNoWaiting is CallOff's answer when no payment waits for a word at the bank.
	ErrNoWaiting = errors.New("no payment waits for your word at the bank")
	// ErrNothing is the answer of Withdraw when there is no BrokerScrip, and of
	// Leave when there is no scrip at all.
	ErrNothing = errors.New("there is no money to take back to the bank")
	// ErrExchange says that Buy was asked to exchange less than the price.
	ErrExchange = errors.New("exchange at least what the purchase costs")
	// ErrPassphrase says that the purse does not open with this passphrase or key.
	ErrPassphrase = errors.New("this passphrase does not open the purse")
	// ErrExists is Make's answer to a purse that has an account.
	ErrExists = errors.New("there is a wallet in this purse already")
	// ErrNoAccount is Open's answer to a purse that has none.
	ErrNoAccount = errors.New("there is no wallet in this purse: make one first")
	// ErrOtherBroker says that the directory is not the broker the wallet was made for.
	ErrOtherBroker = errors.New("this is not the broker the wallet was made for")
)

// TooLittle says how much there is of what a payment needs: of ErrExchange, what was asked for; of
// scrip.InsufficientScrip, the most that the wallet holds in one piece.
type TooLittle struct {
	Reason        error
	Given, Needed scrip.Money
}

// Error names both, in minor units.
func (t *TooLittle) Error() string {
	return fmt.Sprintf("%v: %d of %d", t.Reason, t.Given, t.Needed)
}

// Unwrap gives the reason.
func (t *TooLittle) Unwrap() error { return t.Reason }

// ErrConflict is returned by Purse.Apply when a row that decides a Change says
// no: somebody else, with the same purse, was there first.
var ErrConflict = errors.New("the purse changed meanwhile")

// Refused is a signed no. The item it ends moved nothing; with ErrUnfinished it
// is a no that may pass, and the item goes on.
type Refused struct {
	Message string // what was refused: "T10"
	Reason  scrip.Refusal
	Stale   scrip.Stale // of CounterStale: where the refuser's count stands
	Line    int         // of T10: the line of the order that was refused, counted from 1; 0 for none
}

// Error names the message and the reason.
func (r *Refused) Error() string { return fmt.Sprintf("%s was refused: %s", r.Message, r.Reason) }

// Unwrap gives the reason, for errors.Is and scrip.AsRefusal.
func (r *Refused) Unwrap() error { return r.Reason }

// Confirm says that the bank wants its customer to confirm a payment at Link.
// Once that is done, the same call goes on from there, and so does Resume.
type Confirm struct {
	Tx     scrip.ID
	Amount scrip.Money
	Link   string // path or URL
}

// Error says where to confirm.
func (c *Confirm) Error() string { return "the bank wants the payment to be confirmed at " + c.Link }

// unfinished marks err, which settles nothing, as a reason to ask again.
func unfinished(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrUnfinished, err)
}

// errNotRenewed is the ErrNoAnswer of a renewal.
var errNotRenewed = fmt.Errorf("renew: %w", ErrNoAnswer)

// errAnswer is the cause of unfinished when a signed answer is not what was
// asked for.
var errAnswer = errors.New("the answer is not what was asked for")

// errSilent is the cause of unfinished while a merchant has not answered the
// broker.
var errSilent = errors.New("the seller has not answered the broker")

// errNoPseudonym is a purse that lost what it cannot lose.
var errNoPseudonym = errors.New("there is VendorScrip but no pseudonym it belongs to")
