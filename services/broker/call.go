package broker

import (
	"context"
	"fmt"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// How often a merchant that holds what customers put in is asked whether it is there:
// one that did not answer lately more often, so that one that is on for an hour a day
// is heard.
const (
	callEvery       = 24 * 60 * 60 // seconds
	callSilentEvery = 60 * 60
	mostCalled      = 64 // merchants in one round
)

// lap is a way round merchants, a few of them at a time, each in its turn. It is
// forgotten with the process, which begins anew.
type lap struct {
	every int64 // seconds from the beginning of one to that of the next
	began int64
	over  bool
	after scrip.VendorID // the last that was asked
}

// next returns the next merchants, as list lists them after one.
func (l *lap) next(at int64, list func(after scrip.VendorID, limit int) ([]scrip.Stall, error)) ([]scrip.Stall, error) {
	if l.over && at >= l.began && at < l.began+l.every {
		return nil, nil
	}
	if l.over {
		*l = lap{every: l.every}
	}
	if l.after == "" {
		l.began = at
	}
	stalls, err := list(l.after, mostCalled)
	if err != nil {
		return nil, err
	}
	if l.over = len(stalls) < mostCalled; len(stalls) > 0 {
		l.after = stalls[len(stalls)-1].Vendor
	}
	return stalls, nil
}

// callOn asks merchants whether they are there, until ctx ends. It begins a while after
// the start: others may have been started at the same time.
func (b *Broker) callOn(ctx context.Context) {
	for {
		select {
		case <-time.After(longestPause):
		case <-ctx.Done():
			return
		}
		if err := b.Call(ctx); err != nil && ctx.Err() == nil {
			b.Log.Error("merchants are not asked whether they are there", "err", err)
		}
	}
}

// Call is CALL, NOTED, to the merchants whose turn it is: what customers put in must
// not stay with one that is gone. On each day on which one does not answer, or its
// certificate has lapsed, that is logged; so is the answer that ends a silence.
func (b *Broker) Call(ctx context.Context) error {
	if b.Merchants == nil {
		return nil
	}
	b.calling.Lock() // two rounds at once would ask the same
	defer b.calling.Unlock()
	at := b.Clock().Unix()
	list := func(silent bool) func(scrip.VendorID, int) ([]scrip.Stall, error) {
		return func(after scrip.VendorID, limit int) ([]scrip.Stall, error) {
			return b.Books.Callable(ctx, silent, after, limit)
		}
	}
	stalls, err := b.all.next(at, list(false))
	if err != nil {
		return err
	}
	silent, err := b.quiet.next(at, list(true))
	if err != nil {
		return err
	}
	return eachAbreast(append(stalls, silent...), func(_ int, s scrip.Stall) error { return b.callOne(ctx, s) })
}

// callOne asks one merchant, and logs what is new of its silence.
func (b *Broker) callOne(ctx context.Context, stall scrip.Stall) error {
	q, tx, err := b.called(ctx, stall)
	if err != nil || ctx.Err() != nil {
		return err
	}
	at := b.Clock().Unix()
	r := scrip.Record{At: at, Kind: scrip.Call{}.Type(), Tx: tx, Account: stall.Account, Vendor: stall.Vendor, Evidence: []string{q.question}}
	switch {
	case stall.Lapsed(at): // whatever it answers
	case q.answer != "" && stall.Silence == scrip.Silence{}:
		return nil
	case q.answer != "":
		r.Kind, r.Evidence = scrip.Noted{}.Type(), []string{q.question, q.answer}
	}
	if r.Kind == (scrip.Call{}).Type() && (stall.Gone(at) || !stall.Silence.Counts(at)) {
		return nil
	}
	return b.Books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{Log: []scrip.Record{r}}})
}

// call is a CALL as it was signed, and the merchant's signed answer, if there is one.
type call struct{ question, answer string }

// called sends CALL to a merchant.
func (b *Broker) called(ctx context.Context, stall scrip.Stall) (call, scrip.ID, error) {
	tx, err := scrip.NewID(b.Random)
	if err != nil {
		return call{}, "", err
	}
	o := scrip.Outgoing{Tx: tx}
	if o.RequestKey, err = jose.NewReplyKey(b.Random); err != nil {
		return call{}, "", err
	}
	signed, err := jose.Sign(b.Random, scrip.Compose(string(b.Identity.ID), string(stall.Vendor), tx, b.Clock().Unix(),
		scrip.Call{Vendor: stall.Vendor}, scrip.Attachments{ReplyKey: &o.RequestKey}), b.signing())
	if err != nil {
		return call{}, "", err
	}
	if o.Request.Envelope, err = signed.Seal(stall.Envelope); err != nil {
		return call{}, "", fmt.Errorf("seal CALL: %w", err)
	}
	asking, cancel := context.WithTimeout(ctx, patienceAgain)
	defer cancel()
	answer, err := b.Merchants.Send(asking, b.entry(stall), scrip.Call{}.Type(), o.Request)
	if err != nil {
		b.Log.Info("a merchant does not answer CALL", "vendor", stall.Vendor, "err", err)
		return call{question: signed.JWS}, tx, nil
	}
	said, err := scrip.Hear[scrip.Noted](o, answer, string(b.Identity.ID), stall.Signer())
	if err != nil {
		b.Log.Info("a merchant's answer to CALL is not its own word", "vendor", stall.Vendor, "err", err)
		return call{question: signed.JWS}, tx, nil
	}
	return call{signed.JWS, said.JWS}, tx, nil
}
