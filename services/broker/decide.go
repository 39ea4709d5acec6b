package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Judge is an operator who decides disputes in a broker's name.
type Judge struct {
	Books   Books
	ID      scrip.ID // the broker's
	Signing func() jose.SigningKey
	Clock   func() time.Time
	Random  io.Reader
}

// Decide is DECIDED: of the money of a disputed purchase so much goes to the buyer,
// the rest to the seller. The decision is signed and logged in the commit that moves
// the money; both sides hear of it with HELD. The broker whose books these are may
// run meanwhile. scrip.NotFound: no such purchase is held; scrip.OutOfTurn: it is
// not disputed, or not any more; scrip.AmountOutOfBounds: more than is left;
// scrip.Unavailable: a party was faster, look again; scrip.TooMany: too long a reason.
func (j Judge) Decide(ctx context.Context, vendor scrip.VendorID, purchase scrip.ID, toBuyer scrip.Money, reason string) (scrip.Hold, error) {
	h, err := j.Books.Held(ctx, vendor, purchase)
	if errors.Is(err, scrip.ErrAbsent) {
		err = scrip.NotFound
	}
	if err != nil {
		return scrip.Hold{}, err
	}
	switch {
	case h.State != scrip.HoldDisputed:
		return h, scrip.OutOfTurn
	case toBuyer < 0 || toBuyer > h.Left:
		return h, scrip.AmountOutOfBounds
	}
	tx, err := scrip.NewID(j.Random)
	if err != nil {
		return h, err
	}
	at := j.Clock().Unix()
	body := scrip.Decided{
		Vendor: vendor, Purchase: purchase, ToBuyer: toBuyer, ToSeller: h.Left - toBuyer, Text: scrip.Clean(reason),
	}
	if err := body.Valid(); err != nil {
		return h, err
	}
	signed, err := jose.Sign(j.Random, scrip.Compose(string(j.ID), string(vendor), tx, at, body, scrip.Attachments{}), j.Signing())
	if err != nil {
		return h, fmt.Errorf("sign a decision: %w", err)
	}
	next, posts, ok := h.Decide(toBuyer, signed.JWS, at)
	if !ok {
		return h, scrip.OutOfTurn
	}
	err = j.Books.Apply(ctx, turning(h, next, about{event: body.Type(), tx: tx, jws: signed.JWS}, posts, at))
	return next, err
}
