package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

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
	var little *wallet.TooLittle
	switch {
	case err == nil:
		return nil
	case errors.As(err, &confirm):
		link := w.linked(confirm.Link)
		if errors.Is(err, wallet.ErrBusy) {
			return told{"Your money waits for your word at the bank. Open " + link + " to confirm, or say `peerscrip wallet cancel`; then say the same again.", err}
		}
		return told{"Your bank wants you to confirm this. Open " + link + ", then say the same again; or call it off with `peerscrip wallet cancel`.", err}
	case errors.Is(err, wallet.ErrUnfinished):
		return told{"This is not settled yet: nobody has answered in a way that ends it. Say the same again later: it goes on from here.", err}
	case errors.Is(err, wallet.ErrBusy):
		return told{"Your money is at stake in an earlier payment. `peerscrip wallet balance` goes on with that one.", err}
	case errors.As(err, &little):
		return told{tooLittle(little, func(m scrip.Money) string { return w.say(context.Background(), m) }), err}
	case wallet.Sentence(err) != "":
		return told{wallet.Sentence(err), err}
	}
	return err
}

// tooLittle is the sentence of little, with its amounts as people write them.
func tooLittle(little *wallet.TooLittle, say func(scrip.Money) string) string {
	text := "Your wallet can pay at most %s in one piece, and this needs %s. Look at your wallet and start again."
	if errors.Is(little, wallet.ErrExchange) {
		text = "%s is less than this purchase needs, which is %s."
	}
	return fmt.Sprintf(text, say(little.Given), say(little.Needed))
}

// linked is the address of a link of the bank's, which may be a path at the broker.
func (w *Wallet) linked(link string) string {
	if strings.HasPrefix(link, "/") {
		return strings.TrimSuffix(w.config.BrokerURL, "/") + link
	}
	return link
}
