package scrip

import (
	"context"
	"errors"
	"io"
	"time"

	"peerscrip/jose"
)

// Responder answers requests so that nothing is lost and nothing counts twice
// (protocol section 5): a request that was answered gets the same answer again;
// any other is decided, its answer sealed, and both applied in one commit.
type Responder struct {
	Name    string // the party's own identity: iss of every answer
	Signing jose.SigningKey
	Book    Book
	Clock   func() time.Time
	Random  io.Reader
}

// Request is what an answer needs to know of an opened message.
type Request struct {
	From     string
	Typ      string
	Tx       ID
	Digest   string
	ReplyKey *jose.ReplyKey
	// Final requests have their refusals stored too, but for passing ones: who
	// asks lets go of what it held once it is refused, so that the same request
	// must never be granted afterwards (T16, T23).
	Final bool
	// Once is set where what the first answer to a request did has the same request
	// refused ever after: scrip that it killed, say. Then nobody looks first whether it was
	// answered: the refusal has that done, and who asks once, as most do, is not kept waiting.
	Once bool
	// Barred is the refusal of a request to which nothing new is granted, whatever it asks; one that
	// was answered before is answered again all the same. Empty: it is decided.
	Barred Refusal
	// Again is how a request is answered once more that was granted and whose
	// answer was not stored (Answer.Derived): from what it left. ErrAbsent if it
	// was not granted, TxConflict if its tx was, for other content. May be nil.
	Again func(ctx context.Context) (Answer, error)
}

// RequestOf names an opened message as a request.
func RequestOf[B Body](m Opened[B]) Request {
	return Request{From: m.From, Typ: m.Body.Type(), Tx: m.Tx, Digest: m.Digest, ReplyKey: m.ReplyKey}
}

// Answer is what a step decided: what to say, and what becomes true by it.
type Answer struct {
	Body        Body // nil where others' envelopes are all there is to say
	Attachments Attachments
	Order       string // an envelope to or from somebody else that goes back beside the answer
	Payment     string // likewise
	Change      Change
	// Unstored answers are not remembered and apply no Change: asked again, the
	// step decides again.
	Unstored bool
	// Derived answers are not remembered, though their Change is applied: what
	// it leaves (a sale, a record of the log, a row of scrip that lives) says all there is to
	// say again. So nothing is kept for ever that brought no scrip. Needs Request.Again.
	Derived bool
	// Brings is the scrip the answer delivers: the reply is stored while it lives.
	Brings ID
}

// Answer answers q as decide says, at the one time of the step. A refusal
// becomes a REFUSE under q's reply key, with a nil error; it changes nothing.
// Any other error means that the request has no answer yet.
func (r Responder) Answer(ctx context.Context, q Request, decide func(at int64) (Answer, error)) (Sealed, error) {
	own, trail := new(Trail), TrailOf(ctx)
	sealed, err := r.answer(WithTrail(ctx, own), q, decide)
	trail.Tx, trail.Again = q.Tx, own.Again // what decide asked of a party of this process left its own
	trail.Refused, _ = AsRefusal(err)
	if err != nil {
		return r.refuse(ctx, q, err)
	}
	return sealed, nil
}

// TakeUp answers q as Answer does, where nobody waits for the answer: the same
// request again finds it. A refusal is its error, for q has no answer yet.
func (r Responder) TakeUp(ctx context.Context, q Request, decide func(at int64) (Answer, error)) error {
	_, err := r.answer(ctx, q, decide)
	return err
}

func (r Responder) answer(ctx context.Context, q Request, decide func(at int64) (Answer, error)) (Sealed, error) {
	sealed, err := Sealed{}, ErrAbsent
	if !q.Once {
		sealed, err = r.before(ctx, q)
	}
	if errors.Is(err, ErrAbsent) {
		sealed, err = r.decided(ctx, q, decide)
	}
	if _, refused := AsRefusal(err); refused || errors.Is(err, ErrAnswered) {
		// The same request may have come at the same time and have been granted
		// what this one could not have any more: then its answer is the answer.
		if again, absent := r.before(ctx, q); !errors.Is(absent, ErrAbsent) {
			sealed, err = again, absent
		}
	}
	return sealed, err
}

// before is the answer to a request that was answered, or ErrAbsent.
func (r Responder) before(ctx context.Context, q Request) (Sealed, error) {
	sealed, err := r.stored(ctx, q)
	if !errors.Is(err, ErrAbsent) || q.Again == nil {
		TrailOf(ctx).Again = err == nil
		return sealed, err
	}
	a, err := q.Again(ctx)
	if err != nil {
		return Sealed{}, err
	}
	TrailOf(ctx).Again = true
	return r.sealed(q, a, r.Clock().Unix())
}

func (r Responder) stored(ctx context.Context, q Request) (Sealed, error) {
	reply, err := r.Book.Reply(ctx, q.From, q.Typ, q.Tx)
	if err != nil {
		return Sealed{}, err
	}
	if reply.Digest != q.Digest {
		return Sealed{}, TxConflict
	}
	return reply.Reply, nil
}

// decided seals the answer before it is applied, because the same commit
// stores it. A crash before the commit leaves nothing; after it, the request
// sent again finds its answer.
func (r Responder) decided(ctx context.Context, q Request, decide func(at int64) (Answer, error)) (Sealed, error) {
	if q.Barred != "" {
		return Sealed{}, q.Barred
	}
	at := r.Clock().Unix()
	a, err := decide(at)
	if err != nil {
		return Sealed{}, err
	}
	answer, err := r.sealed(q, a, at)
	if err != nil {
		return Sealed{}, err
	}
	if a.Unstored {
		return answer, nil
	}
	a.Change.At = at
	if !a.Derived {
		a.Change.Replies = append(a.Change.Replies, StoredReply{
			From: q.From, Typ: q.Typ, Tx: q.Tx, Digest: q.Digest, Reply: answer, ScripID: a.Brings,
		})
	}
	if err := r.Book.Apply(ctx, a.Change); err != nil {
		return Sealed{}, err
	}
	return answer, nil
}

// sealed is the whole of an answer.
func (r Responder) sealed(q Request, a Answer, at int64) (answer Sealed, err error) {
	if a.Body != nil {
		if answer, err = r.Seal(q, a.Body, a.Attachments, at); err != nil {
			return Sealed{}, err
		}
	}
	if a.Order != "" {
		answer.Order = a.Order
	}
	if a.Payment != "" {
		answer.Payment = a.Payment
	}
	return answer, nil
}

// Seal seals body as the answer to q. A part of a two-part message is answered
// in the part of the same name.
func (r Responder) Seal(q Request, body Body, a Attachments, at int64) (Sealed, error) {
	envelope, err := jose.Reply(r.Random, Compose(r.Name, q.From, q.Tx, at, body, a), r.Signing, *q.ReplyKey)
	if err != nil {
		return Sealed{}, err
	}
	switch {
	case isPayment(q.Typ):
		return Sealed{Payment: envelope}, nil
	case isPart(q.Typ):
		return Sealed{Order: envelope}, nil
	}
	return Sealed{Envelope: envelope}, nil
}

// refuse seals a REFUSE if err is a refusal, and else returns err.
func (r Responder) refuse(ctx context.Context, q Request, err error) (Sealed, error) {
	reason, ok := AsRefusal(err)
	if !ok || q.ReplyKey == nil {
		return Sealed{}, err
	}
	at := r.Clock().Unix()
	sealed, err := r.Seal(q, refusing(reason, err), Attachments{}, at)
	if err != nil || !q.Final || reason.Transient() || reason == TxConflict {
		return sealed, err
	}
	err = r.Book.Apply(ctx, Change{At: at, Replies: []StoredReply{
		{From: q.From, Typ: q.Typ, Tx: q.Tx, Digest: q.Digest, Reply: sealed},
	}})
	if errors.Is(err, ErrAnswered) {
		return r.stored(ctx, q)
	}
	if passing, ok := AsRefusal(err); ok && passing.Transient() { // it cannot be kept now, so it is none yet
		return r.Seal(q, refusing(passing, err), Attachments{}, at)
	}
	return sealed, err
}
