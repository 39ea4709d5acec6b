package broker

import (
	"context"
	"errors"
	"time"

	"peerscrip/services/scrip"
)

// Announce is protocol T3: the customer proves the scrip's secret and says
// which exchange is about to come. The scrip is locked for that transaction
// until the deadline in the answer. The same T3 is answered with the same
// deadline, signed anew: its time says, by the one clock that decides, whether
// the deadline is past. Once T5 was answered, it is answered with T6.
func (b *Broker) Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Announcement](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q.Again = b.announcedAgain(m)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := b.mayAnnounce(ctx, m, at); err != nil {
			return scrip.Answer{}, err
		}
		deadline := at + int64(b.LockTime/time.Second)
		return scrip.Answer{
			Body:    scrip.Noted{Deadline: deadline},
			Derived: true, // made again from what was announced, while the scrip lives
			Change: scrip.Change{
				Lock: []scrip.Lock{{ScripID: m.Body.ScripID, Tx: m.Tx, Until: deadline}},
				Broker: &scrip.BrokerChange{
					Announce: &scrip.Announced{
						Tx: m.Tx, ScripID: m.Body.ScripID, Account: m.Body.Account, Vendor: m.Body.Vendor,
						Pseudonym: m.Body.Pseudonym, Value: m.Body.Value, Deadline: deadline,
						Digest: m.Digest, Proof: proofOf(m), ReplyKey: *m.ReplyKey,
					},
					Log: []scrip.Record{{
						At: at, Kind: "T3", Tx: m.Tx, Account: m.Body.Account, Vendor: m.Body.Vendor,
						Amount: m.Body.Value, Evidence: []string{m.JWS, m.Possession},
					}},
				},
			},
		}, nil
	})
}

// mayAnnounce wants scrip of the account's that covers the value, its secret, a
// pseudonym of the account's, and a merchant in force. The scrip is looked at
// first: that it is gone is the end of an exchange, which a merchant that is out
// of force need not be. The commit still decides whether the scrip is free.
func (b *Broker) mayAnnounce(ctx context.Context, m scrip.Opened[scrip.Announcement], at int64) error {
	if string(m.Body.Account) != m.From {
		return scrip.PartyMismatch
	}
	live, err := b.Books.Live(ctx, m.Body.ScripID)
	if err != nil {
		return err
	}
	if err := live.CheckSecret(m.Secret); err != nil {
		return err
	}
	if err := live.CheckSpendable(m.From, m.Tx, at); err != nil {
		return err
	}
	if m.Body.Value > live.Value {
		return scrip.InsufficientScrip
	}
	if _, err := b.activeStall(ctx, m.Body.Vendor, at); err != nil {
		return err
	}
	return b.checkAlias(ctx, m)
}

// announcedAgain answers a T3 that was noted, with NOTED; and one whose T5 was
// granted and left nothing, with T6.
func (b *Broker) announcedAgain(m scrip.Opened[scrip.Announcement]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		before, err := b.Books.Announced(ctx, m.Tx)
		switch {
		case err == nil && string(before.Account) == m.From && before.Digest != m.Digest:
			return scrip.Answer{}, scrip.TxConflict
		case err == nil && before.Digest == m.Digest:
			return scrip.Answer{Body: scrip.Noted{Deadline: before.Deadline}}, nil
		case err != nil && !errors.Is(err, scrip.ErrAbsent):
			return scrip.Answer{}, err
		}
		mine := func(r scrip.Record) bool { return string(r.Account) == m.From }
		if _, err := b.granted(ctx, m.Tx, "T3", m.JWS, mine); err != nil {
			return scrip.Answer{}, err // a T3 for another stall is of other content too
		}
		records, err := b.Books.Logged(ctx, m.Tx, "T5")
		if err != nil {
			return scrip.Answer{}, err
		}
		for _, r := range records {
			if mine(r) && r.Left == 0 && len(r.Evidence) > 0 {
				t6, err := b.t6(m.Tx, 0, r.At, scrip.Receipt{
					Vendor: r.Vendor, Value: r.Amount, Pseudonym: m.Body.Pseudonym, Possession: proofOf(m),
				})
				return scrip.Answer{Body: t6}, err
			}
		}
		return scrip.Answer{}, scrip.ErrAbsent
	}
}
