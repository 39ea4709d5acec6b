package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Rename is RENAME, R4: a merchant's certificate under another name, or for another
// address, for as long as the one before. Its directory has the name from then on, and the name before stays
// the stall's own for scrip.NameKept. The counter keeps a RENAME of before, sent again
// by somebody else, from changing anything back. For the name and address that it has, a merchant
// is shown its certificate, so that a lost answer is no loss.
func (b *Broker) Rename(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Rename](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		if err := scrip.CheckCounter(m.Body.Counter, 0, at); err != nil { // the books know the last one
			return scrip.Answer{}, err
		}
		known, err := b.Books.Stall(ctx, m.Body.Vendor)
		switch {
		case errors.Is(err, scrip.ErrAbsent):
			return scrip.Answer{}, scrip.UnknownVendor
		case err != nil:
			return scrip.Answer{}, err
		case known.Revoked:
			return scrip.Answer{}, scrip.StallRevoked
		case known.Name == m.Body.Name && (m.Body.BaseURL == "" || m.Body.BaseURL == known.BaseURL):
			return scrip.Answer{Body: scrip.StallOpened{Certificate: known.JWS}, Unstored: true}, nil
		}
		return b.renamed(m, known, at)
	})
}

// renamed is what a good RENAME does.
func (b *Broker) renamed(m scrip.Opened[scrip.Rename], known scrip.Stall, at int64) (scrip.Answer, error) {
	next := known
	next.Name = m.Body.Name
	if m.Body.BaseURL != "" {
		next.BaseURL = m.Body.BaseURL
	}
	var err error
	next.JWS, err = b.evidence(string(next.Vendor), m.Tx, at, next.Certificate)
	return scrip.Answer{
		Body: scrip.StallOpened{Certificate: next.JWS},
		Change: scrip.Change{Broker: &scrip.BrokerChange{
			Rename: &scrip.Renamed{Stall: next, Saw: known.JWS, Counter: m.Body.Counter, At: at},
			Log: []scrip.Record{{
				At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: next.Account, Vendor: next.Vendor, Evidence: []string{m.JWS, next.JWS},
			}},
		}},
	}, err
}
