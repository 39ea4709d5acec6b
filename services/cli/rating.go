package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Why a rating that was given is not where it has to be.
var (
	errUnrated  = errors.New("this purchase is not rated: name --stars")
	errUnlisted = errors.New("the broker does not show this rating: it was left out")
)

// RateOrder rates a purchase, named by its tx or by the seller's number of the order.
func (w *Wallet) RateOrder(ctx context.Context, name string, stars int, words string) error {
	r, err := w.findReceipt(ctx, scrip.ID(name))
	if err != nil {
		return err
	}
	if err := w.Rate(ctx, r.Tx, stars, words); err != nil {
		return err
	}
	return w.PrintRating(ctx, name)
}

// PrintRating prints what was said of a purchase, and holds the broker to it: that it
// shows the rating, and that its log proves it. It proves itself within a few minutes.
func (w *Wallet) PrintRating(ctx context.Context, name string) error {
	r, err := w.findReceipt(ctx, scrip.ID(name))
	if err != nil {
		return err
	}
	if r.Rated == "" {
		return errUnrated
	}
	said, err := scrip.Unchecked[scrip.Rating](r.Rated)
	if err != nil {
		return err
	}
	w.printf("%s  %s, %s  %s\n", r.OrderID, r.Title(), r.Stall, strings.Repeat("*", said.Stars))
	if said.Words != "" {
		w.printf("  %s\n", strings.ReplaceAll(said.Words, "\n", "\n  "))
	}
	shown, err := w.shown(ctx, r.Vendor, r.Rated)
	if err != nil {
		return err
	}
	info := w.Info(ctx)
	if shown.Answer != "" {
		if answer, err := scrip.Unchecked[scrip.RatingAnswer](shown.Answer); err == nil {
			w.printf("  %s answers: %s\n", r.Stall, strings.ReplaceAll(answer.Words, "\n", "\n  "))
		}
	}
	digest := jose.Signed{JWS: r.Rated}.Digest()
	p, err := w.broker.MessageProof(ctx, digest)
	if err == nil {
		_, err = p.Verify(info.ID, info.Ever())
	}
	if err == nil {
		_, err = p.Records(digest, said.Type())
	}
	if err != nil {
		return fmt.Errorf("the broker's log does not prove this rating yet; try again in a few minutes: %w", err)
	}
	w.printf("  shown by the broker, and proven by its log: record %d\n", p.Index)
	return nil
}

// shown finds a rating among those that the broker shows of a stall.
func (w *Wallet) shown(ctx context.Context, vendor scrip.VendorID, jws string) (scrip.PublicRating, error) {
	for page := (scrip.RatingPage{Vendor: vendor}); ; {
		list, err := w.broker.Ratings(ctx, page)
		if err != nil {
			return scrip.PublicRating{}, err
		}
		for _, r := range list {
			if scrip.SamePayload(r.Rating, jws) {
				return r, nil
			}
		}
		if len(list) < scrip.MaxRatingsPage || page.Before > 0 && list[len(list)-1].Number >= page.Before {
			return scrip.PublicRating{}, errUnlisted
		}
		page.Before = list[len(list)-1].Number
	}
}
