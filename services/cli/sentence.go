package cli

import (
	"errors"
	"fmt"
	"strings"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// sentences tell a person what a refusal means and what to do. The browser's
// wallet says the same (static/wallet/refusals.js), but where it means itself.
var sentences = map[scrip.Refusal]string{
	scrip.Unreadable:        "The message could not be read. Check the broker's URL and try again.",
	scrip.TxConflict:        "This step was already used for something else. Start again from the listing.",
	scrip.UnknownAccount:    "The broker does not know your account any more. Ask its operator.",
	scrip.UnknownVendor:     "The broker does not know this seller. Choose another one.",
	scrip.StallRevoked:      "The broker has closed this stall. Choose another seller.",
	scrip.CounterStale:      "The broker has already answered a newer request of this account. Try once more.",
	scrip.ScripHeld:         "Your account already holds money from the broker, and it can hold only one sum at a time. Look at your wallet. Where that was restored from a backup, the money came after the backup.",
	scrip.ScripSpent:        "This money was already spent. If you did not spend it, look at your receipts; if you restored a backup of this wallet elsewhere, it is there now.",
	scrip.ScripInvalid:      "This money was not accepted. Look at your wallet.",
	scrip.ScripExpired:      "This money has expired. Your wallet renews it by itself, for up to a year after that day: try again in a moment.",
	scrip.ScripLocked:       "This money is held by another purchase for a few minutes. Try again then.",
	scrip.ValueMismatch:     "The amounts did not agree, so nothing was done. Start again from the listing.",
	scrip.PartyMismatch:     "The names in the messages did not agree, so nothing was done. Start again from the listing.",
	scrip.NotAnnounced:      "The messages crossed. Try again.",
	scrip.LockExpired:       "It took too long, so nothing was done. Try again.",
	scrip.AmountOutOfBounds: "The broker does not give out such an amount. Choose another one.",
	scrip.BankDeclined:      "Your bank declined. Put money into your bank account, or load less.",
	scrip.InsufficientScrip: "Your wallet holds less than this needs. Look at your wallet and start again.",
	scrip.OfferChanged:      "The seller has changed this listing. Look at it again before you buy.",
	scrip.OfferExpired:      "This offer has ended.",
	scrip.OutOfStock:        "Someone else bought the last one.",
	scrip.PriceMismatch:     "This is no longer the price the seller signed. Look at the listing again.",
	scrip.FloatShort:        "The broker holds less for this stall than that. Try again later, or spend it at the stall.",
	scrip.EarnedShort:       "Your stall has not earned that much. Look at what it has earned and choose a smaller amount.",
	scrip.MandateInvalid:    "The stall did not accept the payment order. Try again.",
	scrip.AlreadyRecorded:   "This purchase was already recorded.",
	scrip.NameInvalid:       "That name cannot be used: it is empty, too long, or taken. Choose another.",
	scrip.TooMany:           "Too many at once. Wait a minute and try again.",
	scrip.Unavailable:       "It cannot be reached now. Try again later.",
	scrip.NotFound:          "It is not there any more.",
}

// told is an error as a person is told it: the sentence, and below it what a
// report of a fault needs.
type told struct {
	sentence string
	error
}

func (t told) Error() string { return fmt.Sprintf("%s\n  (%v)", t.sentence, t.error) }

func (t told) Unwrap() error { return t.error }

// InWords puts what a person must know before an error of a wallet command. An
// error whose text is a sentence already, or a fault, it leaves as it is.
func (w *Wallet) InWords(err error) error {
	var confirm *wallet.Confirm
	reason, refused := scrip.AsRefusal(err)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &confirm):
		link := confirm.Link
		if strings.HasPrefix(link, "/") {
			link = strings.TrimSuffix(w.config.BrokerURL, "/") + link
		}
		return told{"Your bank wants you to confirm this. Open " + link + ", then say the same again.", err}
	case errors.Is(err, wallet.ErrUnfinished):
		return told{"This is not settled yet, and nothing is lost. Say the same again later: it goes on from here.", err}
	case errors.Is(err, wallet.ErrBusy):
		return told{"Your money is at stake in an earlier payment. `peerscrip wallet balance` goes on with that one.", err}
	case refused && sentences[reason] != "":
		return told{sentences[reason], err}
	}
	return err
}
