package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Rate is RATE: a pseudonym rates a purchase of its own that T12 reported
// (scrip.NotFound before) and whose money is not held any more, or was for long
// (scrip.OutOfTurn before). One stands for each purchase; another takes its place for
// scrip.RatingChanges, and leaves it without an answer. The log keeps them all.
func (b *Broker) Rate(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Rating](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = b.loggedAgain(m.Tx, m.Body.Type(), m.JWS, m.Body.Vendor)
	defer b.recount(m.Body.Vendor)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := scrip.CheckCounter(m.Body.Counter, 0, at); err != nil { // the books know the last one
			return scrip.Answer{}, err
		}
		purchase, err := b.rateable(ctx, m, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		change := logged(at, scrip.Record{
			At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: purchase.Account, Vendor: m.Body.Vendor, Evidence: []string{m.JWS},
		})
		change.Broker.Rate = &scrip.Rated{Rating: m.Body, Pseudonym: scrip.Pseudonym(m.From), JWS: m.JWS, At: at}
		return scrip.Answer{Body: scrip.Noted{}, Derived: true, Change: change}, nil
	})
}

// heldLong is after how many seconds a purchase may be rated though its money is held.
const heldLong = 30 * 24 * 60 * 60

// rateable is the purchase that RATE is about: this pseudonym's, recorded, and over.
func (b *Broker) rateable(ctx context.Context, m scrip.Opened[scrip.Rating], at int64) (scrip.Record, error) {
	alias, err := b.Books.Alias(ctx, scrip.Pseudonym(m.From), m.Body.Vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Record{}, scrip.NotFound
	}
	if err != nil {
		return scrip.Record{}, err
	}
	if err := b.quota.Take(string(alias.Account), m.Digest, at); err != nil {
		return scrip.Record{}, err
	}
	records, err := b.Books.Logged(ctx, m.Body.Purchase, scrip.Records{}.Type())
	if err != nil {
		return scrip.Record{}, err
	}
	for _, r := range records {
		if r.Vendor == m.Body.Vendor && r.Account == alias.Account && boughtBy(m.From, r) {
			return r, b.over(ctx, r, at)
		}
	}
	return scrip.Record{}, scrip.NotFound
}

// over refuses to have a purchase rated of which it is not yet known how it ended.
func (b *Broker) over(ctx context.Context, purchase scrip.Record, at int64) error {
	h, err := b.Books.Held(ctx, purchase.Vendor, purchase.Tx)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return nil
	case err == nil && h.State.Open() && at < purchase.At+heldLong:
		return scrip.OutOfTurn
	}
	return err
}

// boughtBy reports whether a pseudonym signed the mandate of a recorded purchase. That
// its account bought is not enough: an account may have several pseudonyms at a stall.
func boughtBy(pseudonym string, purchase scrip.Record) bool {
	if len(purchase.Evidence) == 0 {
		return false
	}
	mandate, err := scrip.Verify[scrip.Mandate](purchase.Evidence[0], string(purchase.Vendor), nil)
	return err == nil && mandate.From == pseudonym
}

// AnswerRating is ANSWER: a merchant's one answer to a rating that stands.
func (b *Broker) AnswerRating(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.RatingAnswer](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = b.loggedAgain(m.Tx, m.Body.Type(), m.JWS, m.Body.Vendor)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		change := logged(at, scrip.Record{At: at, Kind: m.Body.Type(), Tx: m.Tx, Vendor: m.Body.Vendor, Evidence: []string{m.JWS}})
		change.Broker.Answer = &scrip.Answered{RatingAnswer: m.Body, JWS: m.JWS, At: at}
		return scrip.Answer{Body: scrip.Noted{}, Derived: true, Change: change}, nil
	})
}

// loggedAgain answers what is in the log of a merchant, and whose answer is NOTED.
func (b *Broker) loggedAgain(tx scrip.ID, kind, jws string, vendor scrip.VendorID) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		_, err := b.granted(ctx, tx, kind, jws, func(r scrip.Record) bool { return r.Vendor == vendor })
		return scrip.Answer{Body: scrip.Noted{}}, err
	}
}

// Ratings shows ratings of a stall, scrip.MaxRatingsPage at most. scrip.UnknownVendor:
// it never certified that one.
func (b *Broker) Ratings(ctx context.Context, page scrip.RatingPage) ([]scrip.PublicRating, error) {
	list, err := b.Books.Ratings(ctx, page, scrip.MaxRatingsPage)
	if err == nil && len(list) == 0 {
		_, err = b.known(ctx, page.Vendor)
	}
	return list, err
}
