package wallet

import (
	_ "embed" // sentences.json
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// sentencesJSON are the words of both wallets: the browser's says the same.
//
//go:embed sentences.json
var sentencesJSON []byte

// meaning is what a word means, in every transaction or in one.
type meaning struct {
	Word        string `json:"word"`
	Transaction string `json:"transaction"`
	Sentence    string `json:"sentence"`
}

var sentences = parseSentences(sentencesJSON)

func parseSentences(b []byte) map[[2]string]string {
	var list []meaning
	if err := json.Unmarshal(b, &list); err != nil {
		panic(fmt.Sprintf("sentences.json, which is compiled in: %v", err))
	}
	all := map[[2]string]string{}
	for _, m := range list {
		all[[2]string{m.Word, m.Transaction}] = m.Sentence
	}
	return all
}

// transactionOf names the transactions in which a word means something else, by
// what is refused in them.
var transactionOf = map[string]string{
	scrip.Renew{}.Type(): "6.8", scrip.RescueRequest{}.Type(): "rescue", scrip.BankRequest{}.Type(): "bank", scrip.Rating{}.Type(): "rate",
	scrip.ReleaseRequest{}.Type(): "protect", scrip.ReclaimRequest{}.Type(): "protect", scrip.Dispute{}.Type(): "protect",
}

// Sentence tells a person what err means: what happened, where the money is,
// what to do. Empty where err is none of what a person can do something about.
func Sentence(err error) string {
	w, transaction := Word(err), ""
	var no *Refused
	if errors.As(err, &no) {
		transaction = transactionOf[no.Message]
	}
	if errors.Is(err, errNotRenewed) {
		transaction = "6.8"
	}
	if said := sentences[[2]string{w, transaction}]; said != "" {
		return said
	}
	return sentences[[2]string{w, ""}]
}

// ownWords are the words for errors of the wallet's own that are no refusals.
var ownWords = []struct {
	err  error
	word string
}{
	{ErrUndone, "stall-silent"},
	{ErrDeclined, "stall-declined"},
	{ErrNoAnswer, "no-answer"},
	{ErrExchange, "exchange-too-small"},
	{ErrConflict, "wallet-changed"},
	{ErrClock, "clock-wrong"},
}

// wordForeign is that of scrip.ErrSuccession.
const wordForeign = "keys-foreign"

// Words are the words that Word may return beside refusals.
func Words() []string {
	all := []string{wordForeign}
	for _, own := range ownWords {
		all = append(all, own.word)
	}
	return all
}

// Word is the word for why err says that nothing was done: a refusal, or one of
// the wallet's own (see Words). Empty for any other error.
func Word(err error) string {
	if errors.Is(err, scrip.ErrSuccession) {
		return wordForeign // why an answer was unreadable
	}
	if reason, refused := scrip.AsRefusal(err); refused {
		return string(reason)
	}
	for _, own := range ownWords {
		if errors.Is(err, own.err) {
			return own.word
		}
	}
	return ""
}
