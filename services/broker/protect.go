package broker

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// What buyer and merchant say of a protected purchase is answered by HELD: how its
// money stands then, be it that they changed anything or not. So a message that came
// twice, too late or too early is told so, and nothing needs to be stored for it: the
// hold's row says what became true, once.

// mostTurns bounds how often a message about a hold is decided anew because another
// was faster.
const mostTurns = 5

// Sent is SENT, HELD: the merchant has sent what was bought. While that is held, the
// time to check begins.
func (b *Broker) Sent(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.SentReport](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		return b.turned(ctx, about{event: m.Body.Type(), vendor: m.Body.Vendor, purchase: m.Body.Purchase, tx: m.Tx, jws: m.JWS}, at)
	})
}

// Release is RELEASE, HELD: the buyer has what was bought, and the merchant has the
// money.
func (b *Broker) Release(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.ReleaseRequest](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return fromBuyer(ctx, b, m, scrip.Bought(m.Body), nil)
}

// Reclaim is RECLAIM, HELD: what was not sent in time, the buyer has back as credit.
func (b *Broker) Reclaim(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.ReclaimRequest](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return fromBuyer(ctx, b, m, scrip.Bought(m.Body), nil)
}

// Dispute is DISPUTE, HELD: the money stays where it is until an operator decides.
// Said again it shows more; one that brings a photo shows that.
func (b *Broker) Dispute(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Dispute](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return fromBuyer(ctx, b, m, m.Body.Bought(), &exhibit{m.Body.Shows, m.Body.Photo, m.Photo})
}

// Defend is DEFEND, HELD: what the merchant says and shows to a dispute.
func (b *Broker) Defend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Defend](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		return b.turned(ctx, about{
			event: m.Body.Type(), vendor: m.Body.Vendor, purchase: m.Body.Purchase, tx: m.Tx, jws: m.JWS,
			shows: &exhibit{m.Body.Shows, m.Body.Photo, m.Photo},
		}, at)
	})
}

// about is a message about a hold.
type about struct {
	event    string
	vendor   scrip.VendorID
	purchase scrip.ID
	by       scrip.Pseudonym // empty for the merchant's
	tx       scrip.ID
	jws      string   // empty for time
	shows    *exhibit // of DISPUTE and DEFEND
}

// fromBuyer answers a buyer's message about a purchase. Where its merchant has not
// reported the purchase, the message may prove it: then that is recorded first, as
// T12 would have, and a merchant who never reports gains nothing by it.
func fromBuyer[B scrip.Body](ctx context.Context, b *Broker, m scrip.Opened[B], of scrip.Bought, shows *exhibit) (scrip.Sealed, error) {
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		alias, err := b.Books.Alias(ctx, scrip.Pseudonym(m.From), of.Vendor)
		if errors.Is(err, scrip.ErrAbsent) {
			err = scrip.NotFound
		}
		if err == nil {
			err = b.quota.Take(string(alias.Account), m.Digest, at)
		}
		if err != nil {
			return scrip.Answer{}, err
		}
		if err := b.prove(ctx, m.From, of, at); err != nil {
			return scrip.Answer{}, err
		}
		return b.turned(ctx, about{m.Body.Type(), of.Vendor, of.Purchase, scrip.Pseudonym(m.From), m.Tx, m.JWS, shows}, at)
	})
}

// prove records a purchase that its buyer proves, unless it is recorded.
func (b *Broker) prove(ctx context.Context, buyer string, of scrip.Bought, at int64) error {
	if of.Mandate == "" {
		return nil
	}
	if _, err := b.Books.Held(ctx, of.Vendor, of.Purchase); !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	stall, err := b.Books.Stall(ctx, of.Vendor)
	if err != nil {
		return err
	}
	paid, err := scrip.Verify[scrip.Paid](of.Paid, buyer, stall.Signer())
	if err != nil || paid.Tx != of.Purchase {
		return scrip.MandateInvalid
	}
	p, err := b.recorded(ctx, of.Vendor, scrip.Report{
		Price: paid.Body.Price, OrderDigest: paid.Body.OrderDigest, Tx: of.Purchase, Mandate: of.Mandate,
	}, at)
	if err != nil {
		return err
	}
	if p.hold == nil {
		return scrip.NotFound
	}
	if string(p.hold.Pseudonym) != buyer {
		return scrip.MandateInvalid
	}
	p.record.Evidence = append(p.record.Evidence, of.Paid)
	return b.recordOne(ctx, nil, p, at)
}

// turned applies a message about a hold, and answers how that stands then. Each is
// one commit; of what comes at the same time the hold's row takes one, and the other
// is decided on what it left.
func (b *Broker) turned(ctx context.Context, m about, at int64) (scrip.Answer, error) {
	if err := b.looked(m.shows); err != nil {
		return scrip.Answer{}, err
	}
	err := error(scrip.Unavailable)
	for range mostTurns {
		var h scrip.Hold
		if h, err = b.holdOf(ctx, m); err != nil {
			return scrip.Answer{}, err
		}
		next, posts, ok := h.Next(m.event, at)
		if !ok {
			return scrip.Answer{Body: h.Told(), Unstored: true}, nil
		}
		err = b.Books.Apply(ctx, turning(h, next, m, posts, at))
		switch {
		case err == nil:
			return scrip.Answer{Body: next.Told(), Unstored: true}, nil
		case errors.Is(err, scrip.AlreadyRecorded):
			return b.turnedBefore(ctx, m)
		case !errors.Is(err, scrip.Unavailable):
			return scrip.Answer{}, err
		}
	}
	return scrip.Answer{}, err
}

// turnedBefore answers a message whose tx is in the log: the very same is told how the
// hold stands, of any other it is scrip.TxConflict.
func (b *Broker) turnedBefore(ctx context.Context, m about) (scrip.Answer, error) {
	_, err := b.granted(ctx, m.tx, m.event, m.jws, func(r scrip.Record) bool { return r.Vendor == m.vendor })
	if err != nil {
		return scrip.Answer{}, err
	}
	h, err := b.holdOf(ctx, m)
	return scrip.Answer{Body: h.Told(), Unstored: true}, err
}

// holdOf finds the hold that a message is about: scrip.NotFound where there is none,
// or it is another buyer's.
func (b *Broker) holdOf(ctx context.Context, m about) (scrip.Hold, error) {
	h, err := b.Books.Held(ctx, m.vendor, m.purchase)
	if errors.Is(err, scrip.ErrAbsent) || err == nil && m.by != "" && h.Pseudonym != m.by {
		return scrip.Hold{}, scrip.NotFound
	}
	return h, err
}

// turning is the Change by which a hold goes on: its record, its postings and what
// was shown with it.
func turning(h, next scrip.Hold, m about, posts []scrip.Posting, at int64) scrip.Change {
	record := scrip.Record{
		At: at, Kind: m.event, Tx: m.tx, Account: h.Account, Vendor: h.Vendor, Amount: h.Left - next.Left, Posts: posts, Purchase: h.Purchase,
	}
	if m.jws != "" {
		record.Evidence = []string{m.jws}
	}
	change := logged(at, record)
	change.Broker.Turn = &scrip.Turned{Saw: h.Seq, To: next}
	if back := next.ToBuyer - h.ToBuyer; back > 0 {
		change.Broker.TakeBack = &scrip.TakenBack{Vendor: h.Vendor, Purchase: h.Purchase, Amount: back}
	}
	if s := m.shows; s != nil {
		change.Broker.Show = &scrip.Exhibited{Vendor: h.Vendor, Purchase: h.Purchase, Kind: m.event, Tx: m.tx, Photo: s.digest, JPEG: s.photo}
	}
	return change
}

// holdsRead is how many holds are read at a time.
const holdsRead = 1000

// Due ends the holds whose time is over: what was sent and not disputed is the
// merchant's, what nobody sent or reclaimed for long the buyer's again. Each is a
// commit of its own, and none waits behind those that cannot go, however many; what a
// crash leaves, the next round finds. The error joins theirs.
func (b *Broker) Due(ctx context.Context) error {
	at := b.Clock().Unix()
	return errors.Join(b.hastenHolds(ctx, at), each(
		func(after scrip.Hold) ([]scrip.Hold, error) { return b.Books.HeldUntil(ctx, at, after, holdsRead) },
		func(h scrip.Hold) error {
			next, posts, ok := h.Next(scrip.EventTime, at)
			if !ok {
				return nil
			}
			return b.turnHold(ctx, "end", h, turning(h, next, about{event: scrip.KindTime, tx: h.Purchase}, posts, at))
		}))
}

// hastenHolds has the time to check of what was sent end in its proper time: a clock that
// was ahead when the merchant said so, by more than a day, and was put right since, would
// keep the merchant's money until it has caught up. Nothing of the money moves, so nothing
// is logged.
func (b *Broker) hastenHolds(ctx context.Context, at int64) error {
	return each(
		func(after scrip.Hold) ([]scrip.Hold, error) {
			return b.Books.HeldAhead(ctx, at+early, after, holdsRead)
		},
		func(h scrip.Hold) error {
			return b.turnHold(ctx, "hasten", h, scrip.Change{At: at, Broker: &scrip.BrokerChange{Turn: &scrip.Turned{Saw: h.Seq, To: h.Hastened(at)}}})
		})
}

// turnHold applies what becomes of a hold, unless a party was faster.
func (b *Broker) turnHold(ctx context.Context, doing string, h scrip.Hold, change scrip.Change) error {
	if err := b.Books.Apply(ctx, change); err != nil && !errors.Is(err, scrip.Unavailable) {
		return fmt.Errorf("%s the hold of %s at %s: %w", doing, h.Purchase, h.Vendor, err)
	}
	return nil
}

// each does something with every hold of a list that is read part by part, the zero hold
// before the first; the error joins those of all.
func each(list func(after scrip.Hold) ([]scrip.Hold, error), do func(scrip.Hold) error) error {
	var errs []error
	for after := (scrip.Hold{}); ; {
		holds, err := list(after)
		if err != nil || len(holds) == 0 {
			return errors.Join(append(errs, err)...)
		}
		for _, h := range holds {
			errs = append(errs, do(h))
		}
		after = holds[len(holds)-1]
	}
}

// Watch is WATCH, WATCHED: which holds of a merchant, or of one pseudonym there, have
// changed since, or what was said of one. It moves nothing and is answered anew each
// time.
func (b *Broker) Watch(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Watch](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		who, err := b.watching(ctx, m, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		body, err := b.watched(ctx, m, who, at)
		return scrip.Answer{Body: body, Unstored: true}, err
	})
}

// watched is what is told to who watches: a pseudonym or, where it is empty, the
// merchant.
func (b *Broker) watched(ctx context.Context, m scrip.Opened[scrip.Watch], who scrip.Pseudonym, at int64) (scrip.Watched, error) {
	body := scrip.Watched{Vendor: m.Body.Vendor, Next: m.Body.After, Holds: []scrip.ToldHold{}}
	to := m.From
	if who == "" {
		to = string(m.Body.Vendor)
		takings, err := b.Books.Takings(ctx, m.Body.Vendor)
		if err != nil {
			return body, err
		}
		body.Takings = &takings
	}
	holds, err := b.toTell(ctx, m.Body, who)
	if err != nil {
		return body, err
	}
	for _, h := range holds {
		word, err := b.evidence(to, h.Purchase, at, h.Told())
		if err != nil {
			return body, err
		}
		body.Holds = append(body.Holds, scrip.ToldHold{Hold: word})
		if m.Body.Purchase == "" {
			body.Next = int(h.Seq)
		}
	}
	if m.Body.Purchase != "" {
		body.Said, err = b.toldSaid(ctx, m.Body.Vendor, m.Body.Purchase)
	}
	return body, err
}

// toTell are the holds that a WATCH is about. scrip.NotFound: the one that it names is
// none, or another's.
func (b *Broker) toTell(ctx context.Context, m scrip.Watch, who scrip.Pseudonym) ([]scrip.Hold, error) {
	if m.Purchase == "" {
		return b.Books.HeldSince(ctx, m.Vendor, who, int64(m.After), scrip.MaxWatched)
	}
	h, err := b.holdOf(ctx, about{vendor: m.Vendor, purchase: m.Purchase, by: who})
	return []scrip.Hold{h}, err
}

// toldSaid is what both sides said of a hold, and which photos they showed.
func (b *Broker) toldSaid(ctx context.Context, v scrip.VendorID, purchase scrip.ID) (told []scrip.ToldSaid, err error) {
	said, err := saidOf(ctx, b.Books, v, purchase)
	for _, s := range said {
		told = append(told, scrip.ToldSaid{By: s.By, At: s.At, Text: s.Text, Photo: s.Photo})
	}
	return told, err
}

// watching is whose holds a WATCH is about: a pseudonym's or, where it is empty, all
// of the merchant who asks. scrip.NotFound: who asks is neither.
func (b *Broker) watching(ctx context.Context, m scrip.Opened[scrip.Watch], at int64) (scrip.Pseudonym, error) {
	stall, err := b.Books.StallByKey(ctx, m.From)
	if err == nil && stall.Vendor == m.Body.Vendor {
		return "", b.quota.Take(string(stall.Vendor), m.Digest, at)
	}
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return "", err
	}
	alias, err := b.Books.Alias(ctx, scrip.Pseudonym(m.From), m.Body.Vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return "", scrip.NotFound
	}
	if err != nil {
		return "", err
	}
	return alias.Pseudonym, b.quota.Take(string(alias.Account), m.Digest, at)
}
