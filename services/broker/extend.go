package broker

import (
	"context"
	"errors"
	"time"

	"peerscrip/services/scrip"
)

// Extend is protocol T15, T17, T19, with T16 and T18 between: the account's
// BrokerScrip is held, part of its value is reserved for a merchant, and the
// merchant is asked to issue it as part of VendorScrip that the customer holds.
// The answer holds the merchant's T17 and, in its payment part, T19.
//
// While the merchant does not answer, the payment part is NOTED with the time
// until which it may issue; Run goes on asking. After that time the answer is
// T19 with the change alone, and the reserve waits for the merchant's word:
// T18, which brings T17, or its signed REFUSE, or its revocation, for which the
// reserve goes back. It never does on time alone: the merchant may have issued.
func (b *Broker) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.ExtendPayment](ctx, b, in.Payment)
	if err != nil {
		return scrip.Sealed{}, err
	}
	barred := q.Barred
	q.Barred = "" // what is written down goes on, whichever key the account has by now
	if late, err := b.cameLate(ctx, q); !errors.Is(err, scrip.ErrAbsent) {
		return late, err
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		x, fresh, err := b.extending(ctx, m, in.Order, barred, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		a, err := b.extended(ctx, x, b.askOnce, at)
		if fresh && (err != nil || a.Unstored) {
			b.wakeUp() // the merchant is to be asked again; who repeats T15 hurries nobody
		}
		return a, err
	})
}

// hold names T15's transaction where it holds BrokerScrip.
func hold(tx scrip.ID) scrip.ID { return scrip.HoldBy(scrip.ExtendPayment{}.Type(), tx) }

// extending holds the BrokerScrip and writes T15 down, with the T16 that will
// be sent, unless it is written down already; fresh says which. Where it is not, and barred says so, it is refused. A crash after this
// commit leaves an extension that Run takes up.
func (b *Broker) extending(ctx context.Context, m scrip.Opened[scrip.ExtendPayment], order string, barred scrip.Refusal, at int64) (x scrip.Extension, fresh bool, err error) {
	q := scrip.RequestOf(m)
	known, err := b.Books.Extension(ctx, m.Tx)
	if err == nil {
		return known, false, known.For(q)
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return scrip.Extension{}, false, err
	}
	if barred != "" {
		return scrip.Extension{}, false, barred
	}
	stall, err := b.mayExtend(ctx, m, order, at)
	if err != nil {
		return scrip.Extension{}, false, err
	}
	x = scrip.Extension{
		Vendor: m.Body.Vendor, Value: m.Body.Value, ScripID: m.Scrip.ScripID, Held: true, ValidUntil: at + int64(b.ExtendTime/time.Second),
	}
	x.Outgoing, err = b.responder().Outgoing(q, string(x.Vendor), stall.Envelope, at, scrip.ExtendRequest{
		Vendor: x.Vendor, Value: x.Value, Pseudonym: m.Body.Pseudonym, OrderDigest: m.Dual, PaymentDigest: m.Digest, ValidUntil: x.ValidUntil,
	})
	if err != nil {
		return scrip.Extension{}, false, err
	}
	x.Request.Order = order
	posts := []scrip.Posting{{From: scrip.Outstanding, To: scrip.ReserveOf(x.Vendor, x.Account()), Amount: x.Value}}
	err = b.Books.Apply(ctx, scrip.Change{
		At:   at,
		Lock: []scrip.Lock{{ScripID: x.ScripID, Tx: hold(x.Tx), Until: scrip.Forever}},
		Broker: &scrip.BrokerChange{
			Extend: &x, Post: posts, Log: []scrip.Record{extensionRecord(x, at, "T15", posts, m.JWS)},
		},
	})
	if errors.Is(err, scrip.TxConflict) || errors.Is(err, scrip.AlreadyRecorded) {
		// The same T15 may have come twice at the same time: what was written
		// first stands, or its answer.
		if x, err = b.Books.Extension(ctx, m.Tx); err != nil || x.For(q) != nil {
			return scrip.Extension{}, false, scrip.TxConflict
		}
	}
	return x, true, err
}

// mayExtend checks what the broker can see of T15: its own part.
func (b *Broker) mayExtend(ctx context.Context, m scrip.Opened[scrip.ExtendPayment], order string, at int64) (scrip.Stall, error) {
	live, err := b.presented(ctx, m.From, string(m.Body.Account), hold(m.Tx), m.Attachments, at)
	if err != nil {
		return scrip.Stall{}, err
	}
	if m.Body.Value > live.Value {
		return scrip.Stall{}, scrip.InsufficientScrip
	}
	if !scrip.Passable(order) {
		return scrip.Stall{}, scrip.PartyMismatch
	}
	stall, err := b.activeStall(ctx, m.Body.Vendor, at)
	if err != nil {
		return scrip.Stall{}, err
	}
	return stall, b.checkOwner(ctx, m.Body.Account, m.Body.Pseudonym, m.Body.Vendor)
}
