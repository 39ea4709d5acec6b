package scrip

import (
	"fmt"
	"slices"

	"peerscrip/jose"
)

// Outgoing is a request that one party makes of another because a third asked
// for it: a stall's T5 for a T4 and T23 for a T22, a broker's T16 for a T15.
//
// It is written down before it is sent and stays until the other party's
// signed word settles it, so that no crash and no lost answer costs anything:
// the same bytes are sent again, with growing pauses, and whoever asked is
// answered from whichever attempt succeeds. When it is settled, the keys are
// erased with it.
type Outgoing struct {
	Tx         ID            // of what was asked, and of what is sent for it
	From       string        // who asked
	Digest     string        // of what was asked
	ReplyKey   jose.ReplyKey // for the answer to who asked
	Request    Sealed        // what is sent, the same each time
	RequestKey jose.ReplyKey // what its answer is sealed under
	Since      int64         // unix seconds
}

// Outgoing makes the request with body that q needs of another party, whose
// name and key are to and seal. It is not sent: write it down first.
func (r Responder) Outgoing(q Request, to string, seal jose.SealKey, at int64, body Body) (Outgoing, error) {
	o := Outgoing{Tx: q.Tx, From: q.From, Digest: q.Digest, ReplyKey: *q.ReplyKey, Since: at}
	var err error
	if o.RequestKey, err = jose.NewReplyKey(r.Random); err != nil {
		return Outgoing{}, err
	}
	m := Compose(r.Name, to, q.Tx, at, body, Attachments{ReplyKey: &o.RequestKey})
	if o.Request.Envelope, err = jose.Seal(r.Random, m, r.Signing, seal); err != nil {
		return Outgoing{}, fmt.Errorf("seal %s: %w", body.Type(), err)
	}
	return o, nil
}

// For refuses another request than the one that o was written down for
// (TxConflict).
func (o Outgoing) For(q Request) error {
	if o.Digest != q.Digest || o.From != q.From {
		return TxConflict
	}
	return nil
}

// Asked is the request of the type typ that o was written down for.
func (o Outgoing) Asked(typ string) Request {
	return Request{From: o.From, Typ: typ, Tx: o.Tx, Digest: o.Digest, ReplyKey: &o.ReplyKey}
}

// Word is what the other party signed about an Outgoing: it granted it as Body
// says, or refused it for good.
type Word[B Body] struct {
	Body    B
	Refused Refusal // empty where it granted
	At      int64   // unix seconds, by the other party's clock
	JWS     string  // the word as signed: evidence
}

// Unanswered is the error of an Outgoing about which nothing final is known:
// the other party was not reached, what came back is not its own word, or it
// refuses for now. The request stays and is sent again.
type Unanswered struct{ Cause error }

// Error tells the cause. It is not wrapped, so that a refusal for now is not
// taken for an answer.
func (u Unanswered) Error() string { return "not answered: " + u.Cause.Error() }

// Hear opens the answer to o, which is for me and signed with signer's key. A
// refusal for now is final too if it is among over. Any error is Unanswered.
func Hear[B Body](o Outgoing, answer Sealed, me string, signer Keys, over ...Refusal) (Word[B], error) {
	m, err := OpenReply[B](answer.Envelope, o.RequestKey, me, o.Tx, signer)
	if err == nil {
		return Word[B]{Body: m.Body, At: m.At, JWS: m.JWS}, nil
	}
	refuse, unsigned := OpenReply[Refuse](answer.Envelope, o.RequestKey, me, o.Tx, signer)
	reason := refuse.Body.Reason
	if unsigned != nil || (reason.Transient() && !slices.Contains(over, reason)) {
		return Word[B]{}, Unanswered{err}
	}
	return Word[B]{Refused: reason, At: refuse.At, JWS: refuse.JWS}, nil
}
