package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Refund is REFUND, REFUNDED: a merchant takes back part of a purchase that T12
// reported, and its float covers the VendorScrip it will issue for it. The money
// comes out of what is held of the purchase, then of what the merchant earned, and what that does not cover out of the
// bank account of the stall's owner. While that bank waits for its customer, the
// answer is PENDING, as in Acquire. A merchant that is revoked, or whose
// certificate is out of force, is served as any other: the money is its
// customer's.
func (b *Broker) Refund(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.RefundReport](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = b.refundedAgain(m)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if string(m.Body.Vendor) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		buyer, err := b.mayRefund(ctx, m.Body)
		if err != nil {
			return scrip.Answer{}, err
		}
		stall, err := b.Books.Stall(ctx, m.Body.Vendor)
		if err != nil {
			return scrip.Answer{}, err
		}
		cover, err := b.heldFor(ctx, m.Body, buyer, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		posts, link, err := b.covering(ctx, m, cover, stall.Account, scrip.FloatOf(m.Body.Vendor, buyer), at)
		if err != nil {
			return scrip.Answer{}, err
		}
		if link != "" {
			return scrip.Answer{Body: scrip.Pending{Link: link}, Unstored: true}, nil
		}
		return scrip.Answer{
			Body:    scrip.Refunded(m.Body),
			Derived: true,
			Change: scrip.Change{
				Broker: &scrip.BrokerChange{
					TakeBack: &scrip.TakenBack{Vendor: m.Body.Vendor, Purchase: m.Body.Purchase, Amount: m.Body.Amount},
					Turn:     cover.turn,
					Post:     posts,
					Log: []scrip.Record{{
						At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: stall.Account, Vendor: m.Body.Vendor, Amount: m.Body.Amount,
						Posts: posts, Evidence: []string{m.JWS}, Purchase: m.Body.Purchase,
					}},
				},
			},
		}, nil
	})
}

// mayRefund refuses before the bank is asked what the commit would refuse
// after, and returns who made the purchase. The commit still decides.
func (b *Broker) mayRefund(ctx context.Context, r scrip.RefundReport) (buyer scrip.AccountID, err error) {
	purchase, err := b.Books.Refundable(ctx, r.Vendor, r.Purchase)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return "", scrip.NotFound
	case err != nil:
		return "", err
	case r.Amount > purchase.Left:
		return "", scrip.AmountOutOfBounds
	}
	return purchase.Account, nil
}

// cover is what of a refund comes out of the purchase's hold.
type cover struct {
	turn  *scrip.Turned // nil where nothing is held any more
	posts []scrip.Posting
	rest  scrip.Money // comes from elsewhere
}

// heldFor takes a refund out of what is held of its purchase, as far as that goes.
// Should the hold go on before the commit, that refuses (scrip.Unavailable), and the
// same REFUND is decided anew.
func (b *Broker) heldFor(ctx context.Context, r scrip.RefundReport, buyer scrip.AccountID, at int64) (cover, error) {
	h, err := b.Books.Held(ctx, r.Vendor, r.Purchase)
	if errors.Is(err, scrip.ErrAbsent) {
		return cover{rest: r.Amount}, nil
	}
	next, held, ok := h.Refund(r.Amount, at)
	if err != nil || !ok {
		return cover{rest: r.Amount}, err
	}
	return cover{
		turn: &scrip.Turned{Saw: h.Seq, To: next}, rest: r.Amount - held,
		posts: []scrip.Posting{{From: scrip.HeldOf(r.Vendor), To: scrip.FloatOf(r.Vendor, buyer), Amount: held}},
	}, nil
}

// covering says where the money of a refund to a float comes from, or where the owner must
// first confirm that the bank pays. Should the earnings go elsewhere before the
// commit, that refuses (scrip.EarnedShort), and the next attempt asks the bank for
// more.
func (b *Broker) covering(ctx context.Context, m scrip.Opened[scrip.RefundReport], of cover, owner scrip.AccountID, float scrip.Ledger, at int64) (posts []scrip.Posting, link string, err error) {
	vendor := m.Body.Vendor
	if of.rest == 0 {
		return of.posts, "", nil
	}
	earned, err := b.Books.Earned(ctx, vendor)
	if err != nil {
		return nil, "", err
	}
	missing := of.rest - earned
	if missing <= 0 {
		return append(of.posts, scrip.Posting{From: scrip.EarnedOf(vendor), To: float, Amount: of.rest}), "", nil
	}
	account, err := b.Books.Account(ctx, owner)
	if err != nil {
		return nil, "", err
	}
	collected, err := b.Bank.Collect(ctx, scrip.Collection{
		Key: charge(m, missing, account.Bank), Reference: account.Bank, Amount: missing, At: at, Insists: true,
	})
	if err != nil || collected.Link != "" {
		return nil, collected.Link, err
	}
	posts = append(append(of.posts, collected.Posts...), scrip.Posting{From: scrip.BankOf(account.Bank), To: float, Amount: missing})
	if earned > 0 {
		posts = append(posts, scrip.Posting{From: scrip.EarnedOf(vendor), To: float, Amount: earned})
	}
	return posts, "", nil
}

// refundedAgain answers a REFUND that was granted.
func (b *Broker) refundedAgain(m scrip.Opened[scrip.RefundReport]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		_, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, func(r scrip.Record) bool { return string(r.Vendor) == m.From })
		return scrip.Answer{Body: scrip.Refunded(m.Body)}, err
	}
}
