package cli

import (
	"errors"
	"slices"
	"strings"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Failure is why a command did not do what it was told, or not all of it.
type Failure struct {
	Word     string      `json:"word"`            // of Words; decide by it
	Sentence string      `json:"sentence"`        // for people; may change
	Link     string      `json:"link,omitempty"`  // of bank-confirmation: where its owner confirms
	Loads    scrip.Money `json:"loads,omitempty"` // of needs-loading: how much from the bank

	Given  *scrip.Money `json:"given,omitempty"`  // with needed: what was given, or the most that the wallet can pay in one piece
	Needed scrip.Money  `json:"needed,omitempty"` // of exchange-too-small, and of insufficient-scrip where a payment takes more than the wallet can pay in one piece
}

// mistake is something wrong with what a command was told; its text is a sentence.
type mistake string

// Error implements error.
func (m mistake) Error() string { return string(m) }

// needsLoading says that a purchase takes more from the bank than was allowed.
type needsLoading struct {
	amount scrip.Money
	told   string
}

// Error says how to allow it.
func (n *needsLoading) Error() string { return n.told }

// ownWords are the words for what is no refusal and none of wallet.Words, by the error that
// is told with each. The order decides where several would do.
var ownWords = []struct {
	word string
	err  error
}{
	{"busy", wallet.ErrBusy}, // before: what Confirm joins with it, too
	{"nothing-there", wallet.ErrNothing}, {"nothing-there", wallet.ErrNoWaiting}, {"nothing-there", errNoGiveback},
	{"no-wallet", wallet.ErrNoAccount}, {"wallet-exists", wallet.ErrExists}, {"wrong-passphrase", wallet.ErrPassphrase},
	{"other-broker", wallet.ErrOtherBroker}, {"other-books", wallet.ErrOtherBooks}, {"in-use", folder.ErrInUse},
	{"bought-lately", errAgain}, {"wallet-changed", errGrown}, {"too-many-loadings", wallet.ErrTooMuch},
	{"not-found", scrip.ErrAbsent},
}

// The words that a type tells.
const (
	wordConfirm    = "bank-confirmation"
	wordUnfinished = "unfinished"
	wordLoading    = "needs-loading"
	wordMistake    = "invalid"
	wordFault      = "internal"
)

// Words are all that a Failure may say: the refusals of docs/protocol.md, and the wallet's own.
func Words() []string {
	all := []string{wordConfirm, wordUnfinished, wordLoading, wordMistake, wordFault}
	for _, r := range scrip.Refusals() {
		all = append(all, string(r))
	}
	all = append(all, wallet.Words()...)
	for _, own := range ownWords {
		all = append(all, own.word)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// failure is an error of a wallet command as JSON tells it.
func (w *Wallet) failure(err error) Failure {
	f := Failure{Word: word(err), Sentence: err.Error()}
	if said, _, ok := strings.Cut(w.InWords(err).Error(), "\n"); ok {
		f.Sentence = said
	}
	var confirm *wallet.Confirm
	if errors.As(err, &confirm) {
		f.Link = w.linked(confirm.Link)
	}
	var loading *needsLoading
	if errors.As(err, &loading) {
		f.Loads = loading.amount
	}
	var little *wallet.TooLittle
	if errors.As(err, &little) {
		f.Given, f.Needed = &little.Given, little.Needed
	}
	return f
}

// word is why err says that something was not done.
func word(err error) string {
	var confirm *wallet.Confirm
	var loading *needsLoading
	var wrong mistake
	switch {
	case errors.As(err, &confirm):
		return wordConfirm
	case errors.Is(err, wallet.ErrUnfinished):
		return wordUnfinished
	case errors.As(err, &loading):
		return wordLoading
	case errors.As(err, &wrong):
		return wordMistake
	}
	for _, own := range ownWords {
		if errors.Is(err, own.err) {
			return own.word
		}
	}
	if said := wallet.Word(err); said != "" {
		return said
	}
	return wordFault
}
