package rig

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"peerscrip/docs"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// documented lists, by refusal, the messages that docs/protocol.md lets be
// answered with it.
var documented = sync.OnceValue(func() map[scrip.Refusal][]string {
	list := map[scrip.Refusal][]string{}
	for _, row := range docs.Protocol("refusal", "meaning", "REFUSE to") {
		messages, _, _ := strings.Cut(row["REFUSE to"], ":")
		list[scrip.Refusal(docs.Words(row["refusal"])[0])] = strings.Split(strings.ReplaceAll(messages, " (broker)", ""), ", ")
	}
	return list
})

// Declined fails the test if err is a REFUSE that docs/protocol.md does not
// list for a message. It returns err.
func (r *Rig) Declined(typ string, err error) error {
	r.T.Helper()
	var refusal scrip.Refusal
	if !errors.As(err, &refusal) || refusal == scrip.Unreadable { // said by nobody: the answer did not open
		return err
	}
	if !slices.Contains(documented()[refusal], typ) {
		r.T.Errorf("%s is answered with REFUSE %s, which docs/protocol.md does not list for it", typ, refusal)
	}
	return err
}

// overheard is a merchant's line to the broker, on which every REFUSE is held to
// docs/protocol.md.
type overheard struct {
	rig *Rig
	merchant.Broker
}

// Send listens to the answers to all but R3.
func (o overheard) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := o.Broker.Send(ctx, message, in)
	asked, keys := string(o.rig.Info.ID), o.rig.Keys
	switch message {
	case "T5":
		listen[scrip.ExchangeRequest](o.rig, in, out, asked, keys...)
	case "T12":
		listen[scrip.Records](o.rig, in, out, asked, keys...)
	case "T23":
		listen[scrip.GiveBackRequest](o.rig, in, out, asked, keys...)
	case "REFUND":
		listen[scrip.RefundReport](o.rig, in, out, asked, keys...)
	}
	return out, err
}

// listen looks, with the keys of who was asked, whether the answer to a B is a
// REFUSE.
func listen[B scrip.Body](r *Rig, in, out scrip.Sealed, asked string, keys ...jose.EnvelopeKey) {
	m, err := scrip.Open[B](in.Envelope, keys, asked, r.parties)
	if err != nil {
		return
	}
	if refuse, err := scrip.OpenReply[scrip.Refuse](out.Envelope, *m.ReplyKey, m.From, m.Tx, r.parties); err == nil {
		_ = r.Declined(m.Body.Type(), refuse.Body.Reason)
	}
}

// parties finds the keys of the broker and of the merchants.
func (r *Rig) parties(from, kid string, at int64) (jose.VerifyKey, error) {
	if from == string(r.Info.ID) {
		return r.Info.Signer()(from, kid, at)
	}
	stall, err := r.Books.Stall(context.Background(), scrip.VendorID(from))
	if err != nil {
		return jose.VerifyKey{}, jose.ErrUnknownKey
	}
	return stall.Signing, nil
}
