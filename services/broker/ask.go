package broker

import (
	"context"
	"time"

	"peerscrip/services/scrip"
)

// Merchants carries messages by their names, T16 (with T15's order part in Order)
// and CALL, to a merchant near or far. An error, whatever it is, says that nothing
// is known of what happened to the request: only a signed answer counts.
type Merchants interface {
	Send(ctx context.Context, stall scrip.CertifiedStall, message string, in scrip.Sealed) (scrip.Sealed, error)
}

// How long a merchant is waited for: while a customer waits too, and when it is asked
// again, of which it has many. What it says later, the next T16 finds.
const (
	patience      = 3 * time.Second
	patienceAgain = 2 * time.Second
)

// verdict is what is known of a T16: the merchant's signed word, or else what
// its silence comes to. The zero value: nothing is known.
type verdict struct {
	unheard  bool // it was not reached
	issued   bool
	refused  scrip.Refusal // empty if it did not refuse
	evidence []string      // its signed word
	order    string        // T17
}

// ends names, in the log, what undid an extension: the merchant's REFUSE, or,
// where there is none, that it is gone.
func (v verdict) ends() string {
	if len(v.evidence) == 0 {
		return "GONE"
	}
	return scrip.Refuse{}.Type()
}

// asker gets a merchant's verdict.
type asker func(ctx context.Context, x scrip.Extension) (verdict, error)

// ask sends T16. A verdict that is neither means that nothing is known: the
// merchant was not reached, or what came back is not signed by it, or it may yet
// issue. That it is gone stands for a refusal, if it says nothing else.
func (b *Broker) ask(ctx context.Context, x scrip.Extension) (verdict, error) {
	return b.askFor(ctx, x, patience)
}

// askFor is ask with another patience.
func (b *Broker) askFor(ctx context.Context, x scrip.Extension, patience time.Duration) (verdict, error) {
	stall, err := b.Books.Stall(ctx, x.Vendor)
	if err != nil {
		return verdict{}, err
	}
	if b.Merchants == nil {
		return b.silence(stall, x, true), nil
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := b.Merchants.Send(asking, b.entry(stall), scrip.ExtendRequest{}.Type(), x.Request)
	if err != nil {
		b.Log.Info("a merchant does not answer T16", "vendor", x.Vendor, "err", err)
		return b.silence(stall, x, true), nil
	}
	t18, err := scrip.Hear[scrip.ExtendApproval](x.Outgoing, answer, string(b.Identity.ID), stall.Signer())
	switch {
	case err == nil && t18.Refused != "":
		return verdict{refused: t18.Refused, evidence: []string{t18.JWS}}, nil
	case err == nil && t18.Body == scrip.ExtendApproval{Vendor: x.Vendor, Value: x.Value} && scrip.Passable(answer.Order):
		return verdict{issued: true, evidence: []string{t18.JWS}, order: answer.Order}, nil
	}
	return b.silence(stall, x, false), nil
}

// askOnce is ask for a T15 that came, maybe once more: where the merchant was just asked
// for the same, it is not asked again.
func (b *Broker) askOnce(ctx context.Context, x scrip.Extension) (verdict, error) {
	at := b.Clock().Unix()
	if !b.asking.Begin(x.Digest, at) {
		return b.askNobody(ctx, x)
	}
	said, err := b.ask(ctx, x)
	b.asking.End(x.Digest, at, err == nil && !said.unheard, said.issued || said.refused != "")
	return said, err
}

// askNobody is ask where the merchant is known to be out of reach.
func (b *Broker) askNobody(ctx context.Context, x scrip.Extension) (verdict, error) {
	stall, err := b.Books.Stall(ctx, x.Vendor)
	if err != nil {
		return verdict{}, err
	}
	return b.silence(stall, x, true), nil
}

// silence of a merchant about a T16 comes to nothing, unless it is gone and must not
// issue any more.
func (b *Broker) silence(stall scrip.Stall, x scrip.Extension, unheard bool) verdict {
	at := b.Clock().Unix()
	if stall.Revoked || (stall.Gone(at) && at >= x.ValidUntil) {
		return verdict{unheard: unheard, refused: scrip.StallRevoked}
	}
	return verdict{unheard: unheard}
}
