package broker

import (
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"

	"peerscrip/services/scrip"
)

// Notice is protocol T9: a purchase is about to take place. It is logged and
// authorizes nothing. Sent again it is noted again, and logged once; with other
// content it is scrip.TxConflict.
func (b *Broker) Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Notice](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q.Again = notedAgain(b, m)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if string(m.Body.Account) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		if _, err := b.known(ctx, m.Body.Vendor); err != nil {
			return scrip.Answer{}, err
		}
		return scrip.Answer{
			Body:    scrip.Noted{},
			Derived: true,
			Change: logged(at, scrip.Record{
				At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: m.Body.Account, Vendor: m.Body.Vendor,
				Amount: m.Body.Price, Evidence: []string{m.JWS},
			}),
		}, nil
	})
}

// Record is protocol T12: purchases have taken place, and their price moves
// from the merchant's float to what it earned or, of a protected one, is held. A purchase that was recorded
// before is left as it is, so that a merchant may report again whatever it is
// not sure of; but the tx of another purchase, or of another T12, is
// scrip.TxConflict.
func (b *Broker) Record(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Records](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	trail := scrip.TrailOf(ctx)
	for _, report := range m.Body.Reports {
		trail.Of = append(trail.Of, report.Tx)
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		all, err := b.allRecorded(ctx, m, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		batch := &scrip.Batch{Vendor: m.Body.Vendor, Tx: m.Tx, Digest: m.Digest}
		err = b.Books.Apply(ctx, recording(at, batch, all...))
		if errors.Is(err, scrip.AlreadyRecorded) || len(all) == 1 && errors.Is(err, scrip.FloatShort) {
			err = b.recordEach(ctx, batch, all, at)
		}
		return scrip.Answer{Body: scrip.Noted{}, Unstored: true}, err
	})
}

// allRecorded checks all reports of a T12, on all processors: each has a signature to be
// verified. Where several do not hold, the first one's refusal counts.
func (b *Broker) allRecorded(ctx context.Context, m scrip.Opened[scrip.Records], at int64) ([]purchase, error) {
	all, failed := make([]purchase, len(m.Body.Reports)), make([]error, len(m.Body.Reports))
	var checking errgroup.Group
	checking.SetLimit(runtime.GOMAXPROCS(0))
	for i, report := range m.Body.Reports {
		checking.Go(func() error {
			all[i], failed[i] = b.recorded(ctx, m.Body.Vendor, report, at)
			return nil
		})
	}
	_ = checking.Wait() // failed tells
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	all[0].record.Evidence = append(all[0].record.Evidence, m.JWS)
	return all, nil
}

// recordEach applies one report after the other, passing over those that stand
// in the log as they are. A crash between two leaves the rest to be reported again.
func (b *Broker) recordEach(ctx context.Context, batch *scrip.Batch, all []purchase, at int64) error {
	for _, p := range all {
		if err := b.recordOne(ctx, batch, p, at); err != nil {
			return err
		}
	}
	return nil
}

// recordOne applies one report. Of a protected purchase whose price the float does
// not cover, what it covers is held.
func (b *Broker) recordOne(ctx context.Context, batch *scrip.Batch, p purchase, at int64) error {
	err := b.Books.Apply(ctx, recording(at, batch, p))
	if errors.Is(err, scrip.AlreadyRecorded) {
		_, err = b.granted(ctx, p.record.Tx, p.record.Kind, p.record.Evidence[0], func(r scrip.Record) bool {
			return r.Vendor == p.record.Vendor
		})
		return err
	}
	if p.hold == nil || !errors.Is(err, scrip.FloatShort) {
		return err
	}
	float, short := b.Books.Float(ctx, scrip.Share{Vendor: p.hold.Vendor, Account: p.hold.Account})
	if short != nil || float == 0 || float >= p.hold.Price {
		return errors.Join(err, short)
	}
	return b.Books.Apply(ctx, recording(at, batch, p.limited(float)))
}

// purchase is what one report of T12 says: a record, and what is held by it.
type purchase struct {
	record scrip.Record
	hold   *scrip.Hold // nil for a purchase without protection
}

// limited is a protected purchase of which the float covers so much alone.
func (p purchase) limited(float scrip.Money) purchase {
	hold := p.hold.Limited(float)
	p.record.Posts = []scrip.Posting{{From: p.record.Posts[0].From, To: p.record.Posts[0].To, Amount: float}}
	return purchase{p.record, &hold}
}

// recording is the Change that records purchases.
func recording(at int64, batch *scrip.Batch, all ...purchase) scrip.Change {
	var records []scrip.Record
	var holds []scrip.Hold
	for _, p := range all {
		records = append(records, p.record)
		if p.hold != nil {
			holds = append(holds, *p.hold)
		}
	}
	change := logged(at, records...)
	change.Broker.Batch, change.Broker.Hold = batch, holds
	return change
}

// logged is the Change that logs records and posts what they say.
func logged(at int64, records ...scrip.Record) scrip.Change {
	books := &scrip.BrokerChange{Log: records}
	for _, record := range records {
		books.Post = append(books.Post, record.Posts...)
	}
	return scrip.Change{At: at, Broker: books}
}

// recorded checks one report against the buyer's own mandate: only a pseudonym
// that exchanged scrip with this vendor can have given it.
func (b *Broker) recorded(ctx context.Context, vendor scrip.VendorID, r scrip.Report, at int64) (purchase, error) {
	mandate, err := scrip.Verify[scrip.Mandate](r.Mandate, string(vendor), nil)
	if err != nil || mandate.Tx != r.Tx || mandate.Body.Vendor != vendor || mandate.OrderDigest != r.OrderDigest {
		return purchase{}, scrip.MandateInvalid
	}
	if mandate.Body.Price != r.Price {
		return purchase{}, scrip.ValueMismatch
	}
	alias, err := b.Books.Alias(ctx, scrip.Pseudonym(mandate.From), vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return purchase{}, scrip.MandateInvalid
	}
	if err != nil {
		return purchase{}, err
	}
	to, p := scrip.EarnedOf(vendor), purchase{}
	if mandate.Body.Protect != nil {
		hold := scrip.Holding(vendor, alias.Account, mandate, at)
		to, p.hold = scrip.HeldOf(vendor), &hold
	}
	p.record = scrip.Record{
		At: at, Kind: scrip.Records{}.Type(), Tx: r.Tx, Account: alias.Account, Vendor: vendor, Amount: r.Price,
		Posts:    []scrip.Posting{{From: scrip.FloatOf(vendor, alias.Account), To: to, Amount: r.Price}},
		Evidence: []string{r.Mandate},
	}
	return p, nil
}
