package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Notice is protocol T9: a purchase is about to take place. It is logged and
// authorizes nothing. Sent again it is noted again, and logged once; with other
// content it is scrip.TxConflict.
func (b *Broker) Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Notice](b, in.Envelope, b.accounts(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = notedAgain(b, m)
	return b.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if string(m.Body.Account) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		if _, err := b.Stall(ctx, m.Body.Vendor); err != nil {
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
// from the merchant's float to what it earned. A purchase that was recorded
// before is left as it is, so that a merchant may report again whatever it is
// not sure of; but the tx of another purchase, or of another T12, is
// scrip.TxConflict.
func (b *Broker) Record(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Records](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		var records []scrip.Record
		for i, report := range m.Body.Reports {
			record, err := b.recorded(ctx, m.Body.Vendor, report, at)
			if err != nil {
				return scrip.Answer{}, err
			}
			if i == 0 {
				record.Evidence = append(record.Evidence, m.JWS)
			}
			records = append(records, record)
		}
		batch := &scrip.Batch{Vendor: m.Body.Vendor, Tx: m.Tx, Digest: m.Digest}
		change := logged(at, records...)
		change.Broker.Batch = batch
		err := b.Books.Apply(ctx, change)
		if errors.Is(err, scrip.AlreadyRecorded) {
			err = b.recordEach(ctx, batch, records, at)
		}
		return scrip.Answer{Body: scrip.Noted{}, Unstored: true}, err
	})
}

// recordEach applies one report after the other, passing over those that stand
// in the log as they are. A crash between two leaves the rest to be reported again.
func (b *Broker) recordEach(ctx context.Context, batch *scrip.Batch, records []scrip.Record, at int64) error {
	for _, record := range records {
		change := logged(at, record)
		change.Broker.Batch = batch
		err := b.Books.Apply(ctx, change)
		if errors.Is(err, scrip.AlreadyRecorded) {
			_, err = b.granted(ctx, record.Tx, record.Kind, record.Evidence[0], func(r scrip.Record) bool {
				return r.Vendor == record.Vendor
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
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
func (b *Broker) recorded(ctx context.Context, vendor scrip.VendorID, r scrip.Report, at int64) (scrip.Record, error) {
	mandate, err := scrip.Verify[scrip.Mandate](r.Mandate, string(vendor), nil)
	if err != nil || mandate.Tx != r.Tx || mandate.Body.Vendor != vendor || mandate.OrderDigest != r.OrderDigest {
		return scrip.Record{}, scrip.MandateInvalid
	}
	if mandate.Body.Price != r.Price {
		return scrip.Record{}, scrip.ValueMismatch
	}
	alias, err := b.Books.Alias(ctx, scrip.Pseudonym(mandate.From), vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Record{}, scrip.MandateInvalid
	}
	return scrip.Record{
		At: at, Kind: "T12", Tx: r.Tx, Account: alias.Account, Vendor: vendor, Amount: r.Price,
		Posts:    []scrip.Posting{{From: scrip.FloatOf(vendor, alias.Account), To: scrip.EarnedOf(vendor), Amount: r.Price}},
		Evidence: []string{r.Mandate},
	}, err
}
