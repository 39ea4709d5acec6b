package broker

import (
	"context"
	"errors"
	"strings"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// OpenStall is protocol R3, R4. The stall's signing key must itself have
// signed for this account, so that nobody has another's key certified. A key
// that is certified already gets its certificate again, or the next one where it is due;
// then the stall may ask by itself, as a vendor.
func (b *Broker) OpenStall(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	var barred scrip.Refusal
	m, err := openFrom[scrip.StallRequest](b, in.Envelope, b.members(ctx, &barred))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Barred = barred
	q.Again = func(ctx context.Context) (scrip.Answer, error) {
		known, err := b.certified(ctx, m)
		if err == nil && b.isDue(known, b.Clock().Unix()) {
			err = scrip.ErrAbsent // it is time for the next one
		}
		return scrip.Answer{Body: scrip.StallOpened{Certificate: known.JWS}}, err
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		known, err := b.certified(ctx, m)
		switch {
		case errors.Is(err, scrip.ErrAbsent):
			return b.opened(ctx, m, at)
		case err != nil:
			return scrip.Answer{}, err
		case !b.isDue(known, at): // certified a moment ago, by an R3 of the same key
			return scrip.Answer{}, scrip.ErrAnswered
		}
		return b.recertified(m, known, at)
	})
}

// certified returns the stall whose key R3 names, if it is for whoever asks to
// have: scrip.ErrAbsent when the key is new.
func (b *Broker) certified(ctx context.Context, m scrip.Opened[scrip.StallRequest]) (scrip.Stall, error) {
	known, err := b.Books.StallByKey(ctx, m.Body.Signing.Thumbprint())
	if err != nil {
		return scrip.Stall{}, err
	}
	if m.From != string(known.Vendor) { // the stall's own signature is proof of its key
		if err := b.checkPossession(m); err != nil {
			return scrip.Stall{}, err
		}
		if known.Account != scrip.AccountID(m.From) {
			return scrip.Stall{}, scrip.PartyMismatch
		}
	}
	if known.Revoked {
		return scrip.Stall{}, scrip.StallRevoked
	}
	return known, nil
}

// isDue reports whether it is time for a stall's next certificate: in the last quarter
// of the life of the one it has, or before that has begun, because the broker's clock was
// ahead when it was made. Without the latter the stall would wait until the clock has
// caught up, be it for years.
func (b *Broker) isDue(s scrip.Stall, at int64) bool {
	return at >= s.NotAfter-int64(b.CertificateLifetime/time.Second)/4 || at < s.NotBefore
}

// members finds the keys of accounts, as accounts does, and of merchants.
func (b *Broker) members(ctx context.Context, barred *scrip.Refusal) scrip.Keys {
	accounts, vendors := b.accounts(ctx, barred), b.vendors(ctx)
	return func(from, kid string, at int64) (jose.VerifyKey, error) {
		key, err := accounts(from, kid, at)
		if errors.Is(err, jose.ErrUnknownKey) {
			*barred = ""
			return vendors(from, kid, at)
		}
		return key, err
	}
}

// opened certifies a stall that is new, for an account.
func (b *Broker) opened(ctx context.Context, m scrip.Opened[scrip.StallRequest], at int64) (scrip.Answer, error) {
	if err := b.checkPossession(m); err != nil {
		return scrip.Answer{}, err
	}
	_, err := b.Books.Account(ctx, scrip.AccountID(m.From))
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Answer{}, scrip.PartyMismatch
	}
	if err != nil {
		return scrip.Answer{}, err
	}
	return b.certify(m, at)
}

// recertified is a stall's next certificate: for the same name, keys and address.
func (b *Broker) recertified(m scrip.Opened[scrip.StallRequest], known scrip.Stall, at int64) (scrip.Answer, error) {
	next := known
	next.NotBefore = min(known.NotBefore, at-behind)
	next.NotAfter = at + int64(b.CertificateLifetime/time.Second)
	var err error
	next.JWS, err = b.evidence(string(next.Vendor), m.Tx, at, next.Certificate)
	return scrip.Answer{
		Body: scrip.StallOpened{Certificate: next.JWS},
		Change: scrip.Change{
			Broker: &scrip.BrokerChange{
				Recertify: &scrip.Recertified{Stall: next, Saw: known.JWS},
				Log: []scrip.Record{{
					At: at, Kind: "R3", Tx: m.Tx, Account: next.Account, Vendor: next.Vendor, Evidence: []string{m.JWS, next.JWS},
				}},
			},
		},
	}, err
}

func (b *Broker) checkPossession(m scrip.Opened[scrip.StallRequest]) error {
	p, err := scrip.Verify[scrip.Possession](m.Body.Possession, string(b.Identity.ID), nil)
	if err != nil {
		return err
	}
	if !p.Key.Equal(m.Body.Signing) || string(p.Body.Account) != m.From || p.Body.Envelope != m.Body.Envelope.Thumbprint() {
		return scrip.PartyMismatch
	}
	return nil
}

// behind is how far, in seconds, a customer's clock may be behind the broker's:
// a stall is good to it from its first minute on.
const behind = 10 * 60

func (b *Broker) certify(m scrip.Opened[scrip.StallRequest], at int64) (scrip.Answer, error) {
	id, err := scrip.NewID(b.Random)
	if err != nil {
		return scrip.Answer{}, err
	}
	certificate := scrip.Certificate{
		Vendor: scrip.VendorID(id), Name: m.Body.Name, Signing: m.Body.Signing, Envelope: m.Body.Envelope,
		BaseURL: strings.TrimSuffix(m.Body.BaseURL, "/"), NotBefore: at - behind,
		NotAfter: at + int64(b.CertificateLifetime/time.Second),
	}
	jws, err := b.evidence(string(id), m.Tx, at, certificate)
	account := scrip.AccountID(m.From)
	return scrip.Answer{
		Body: scrip.StallOpened{Certificate: jws},
		Change: scrip.Change{
			Broker: &scrip.BrokerChange{
				Stall: &scrip.Stall{Certificate: certificate, Account: account, JWS: jws},
				Log: []scrip.Record{{
					At: at, Kind: "R3", Tx: m.Tx, Account: account, Vendor: certificate.Vendor, Evidence: []string{m.JWS, jws},
				}},
			},
		},
	}, err
}
