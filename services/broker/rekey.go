package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Rekey is REKEY, NOTED: an account signs with another key from now on, which its sender
// proves to have. What was signed with the key before and answered is answered again; nothing
// new is granted to it (scrip.KeyReplaced), but for what was begun: a T15 that is written down, and
// the parts of T4 and T22 that merchants pass on. What the account has (BrokerScrip, floats, stalls,
// credit) is the account's and not the key's, and stays. Its counter is T1's, so that a T1 or a BANK of before is over.
func (b *Broker) Rekey(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Rekey](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q.Again = notedAgain(b, m)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := b.mayRekey(ctx, m, at); err != nil {
			return scrip.Answer{}, err
		}
		from := m.Key.Thumbprint()
		change := logged(at, scrip.Record{
			At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: m.Body.Account, Evidence: []string{m.JWS, m.Possession},
		})
		change.Broker.Counter = &scrip.Counter{Account: m.Body.Account, Next: m.Body.Counter, Key: from}
		change.Broker.Rekey = &scrip.Rekeyed{Account: m.Body.Account, From: from, To: m.Body.Signing}
		return scrip.Answer{Body: scrip.Noted{}, Derived: true, Change: change}, nil
	})
}

// mayRekey refuses what the commit would refuse, and a key that its sender does not prove to have.
func (b *Broker) mayRekey(ctx context.Context, m scrip.Opened[scrip.Rekey], at int64) error {
	if string(m.Body.Account) != m.From {
		return scrip.PartyMismatch
	}
	p, err := scrip.Verify[scrip.KeyPossession](m.Possession, string(b.Identity.ID), nil)
	if err != nil {
		return err
	}
	if p.Tx != m.Tx || !p.Key.Equal(m.Body.Signing) || p.Body.Account != m.Body.Account {
		return scrip.PartyMismatch
	}
	account, err := b.Books.Account(ctx, m.Body.Account)
	if err != nil {
		return err
	}
	if !account.Key.Equal(m.Key) {
		return scrip.KeyReplaced // a moment ago
	}
	if err := scrip.CheckCounter(m.Body.Counter, account.Counter, at); err != nil {
		return err
	}
	_, err = b.Books.AccountByKey(ctx, p.From)
	if err == nil {
		return scrip.PartyMismatch // it is, or was, an account's: of whoever may have a copy of it
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	return nil
}

// Owner is OWNER, OWNED: a merchant is told with which key its owner signs now, so that a host
// lets nobody into a desk with a key that was replaced. It is answered anew each time.
func (b *Broker) Owner(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.OwnerRequest](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		stall, err := b.Books.Stall(ctx, m.Body.Vendor)
		if err != nil {
			return scrip.Answer{}, err
		}
		owner, err := b.Books.Account(ctx, stall.Account)
		return scrip.Answer{Body: scrip.Owned{Vendor: stall.Vendor, Account: owner.ID, Signing: owner.Key}, Unstored: true}, err
	})
}
