package world_test

import (
	"context"
	"crypto/rand"
	"sync/atomic"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Ways in which a stall in force can be in the way for ever.
const (
	says      = "a final no"
	puts      = "a passing no"
	silence   = "silence"
	gibberish = "nonsense"
	spent     = "the word that it is spent"
)

var stubbornWays = []string{says, puts, silence, gibberish}

// stubborn is a stall that from some time on gives everybody the same answer: wallets,
// and the broker's T16.
type stubborn struct {
	toStall
	keys   merchantKeys
	broker scrip.Keys
	way    atomic.Value // one of stubbornWays; unset for as it should be
}

type merchantKeys struct {
	vendor   scrip.VendorID
	envelope jose.EnvelopeKey
	signing  jose.SigningKey
}

// stubbornTo is a customer of a stall that can be made stubborn.
func (w *world) stubbornTo() (customer, *stubborn) {
	w.T.Helper()
	s := &stubborn{toStall: toStall{w}, keys: merchantKeys{w.vendor(), w.stall.Secret.Envelope, w.stall.Secret.Signing}, broker: w.Broker.Identity.Signer()}
	w.Wire.Instead = s.extend
	purse, ref := w.purse(), w.account(start)
	cfg := w.config(purse)
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return s, nil }
	c := customer{must(wallet.Make(context.Background(), cfg, ref, "")), purse, ref}
	want(w.T, "Load", c.Load(context.Background(), 50_00), nil)
	want(w.T, "Exchange", c.Exchange(context.Background(), w.vendor(), 30_00), nil)
	return c, s
}

// refusing answers a request of type Q with a REFUSE of the stall's.
func refusing[Q scrip.Body](k merchantKeys, request string, callers scrip.Keys, reason scrip.Refusal) (string, error) {
	q, err := scrip.Open[Q](request, []jose.EnvelopeKey{k.envelope}, string(k.vendor), callers)
	if err != nil {
		return "", err
	}
	return jose.Reply(rand.Reader, scrip.Compose(string(k.vendor), q.From, q.Tx, q.At, scrip.Refuse{Reason: reason}, scrip.Attachments{}), k.signing, *q.ReplyKey)
}

// instead is what a stubborn stall answers; ok says that it does as it should.
func instead[Q scrip.Body](s *stubborn, request string, callers scrip.Keys, final scrip.Refusal) (answer string, ok bool, err error) {
	switch s.way.Load() {
	case says:
		answer, err = refusing[Q](s.keys, request, callers, final)
	case spent:
		answer, err = refusing[Q](s.keys, request, callers, scrip.ScripSpent)
	case puts:
		answer, err = refusing[Q](s.keys, request, callers, scrip.Unavailable)
	case silence:
		err = errDown
	case gibberish:
		answer = "no envelope"
	default:
		ok = true
	}
	return answer, ok, err
}

func (s *stubborn) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	var answer string
	ok, err := true, error(nil)
	switch message {
	case "T4":
		answer, ok, err = instead[scrip.ExchangeOrder](s, in.Order, nil, scrip.PartyMismatch)
	case "T22":
		answer, ok, err = instead[scrip.GiveBackOrder](s, in.Order, nil, scrip.PartyMismatch)
	case "CLAIM":
		answer, ok, err = instead[scrip.Claim](s, in.Envelope, nil, scrip.PartyMismatch)
	case "T10":
		answer, ok, err = instead[scrip.Mandate](s, in.Envelope, nil, scrip.OutOfStock)
	case "COLLECT":
		answer, ok, err = instead[scrip.Collect](s, in.Envelope, nil, scrip.PartyMismatch)
	case "T26":
		answer, ok, err = instead[scrip.Renew](s, in.Envelope, nil, scrip.PartyMismatch)
	}
	switch {
	case ok:
		return s.toStall.Send(ctx, message, in)
	case in.Order != "":
		return scrip.Sealed{Order: answer}, err
	}
	return scrip.Sealed{Envelope: answer}, err
}

// extend answers the broker's T16.
func (s *stubborn) extend(ctx context.Context, to *merchant.Stall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message != (scrip.ExtendRequest{}).Type() {
		return to.Send(ctx, message, in)
	}
	if answer, ok, err := instead[scrip.ExtendRequest](s, in.Envelope, s.broker, scrip.PartyMismatch); !ok {
		return scrip.Sealed{Envelope: answer}, err
	}
	return to.Extend(ctx, in)
}
