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
	errUnrated  = mistake("this purchase is not rated: name --stars")
	errUnlisted = errors.New("the broker does not show this rating: it was left out")
)

// Rating is what was said of a purchase, as the broker shows it to everyone, and its log proves.
type Rating struct {
	Order  scrip.ID `json:"order"`
	Tx     scrip.ID `json:"tx"`
	Title  string   `json:"title"`
	Stall  string   `json:"stall"`
	Stars  int      `json:"stars"`
	Words  string   `json:"words"`
	Answer string   `json:"answer"` // the seller's; empty for none
	Record int      `json:"record"` // its number in the broker's log; -1 while that does not prove it
}

func (r Rating) print(p *page) {
	p.printf("%s  %s, %s  %s\n", r.Order, r.Title, r.Stall, strings.Repeat("*", r.Stars))
	if r.Words != "" {
		p.printf("  %s\n", strings.ReplaceAll(r.Words, "\n", "\n  "))
	}
	if r.Answer != "" {
		p.printf("  %s answers: %s\n", r.Stall, strings.ReplaceAll(r.Answer, "\n", "\n  "))
	}
	if r.Record >= 0 {
		p.printf("  shown by the broker, and proven by its log: record %d\n", r.Record)
	}
}

// RateOrder rates a purchase, named by its tx or by the seller's number of the order.
func (w *Wallet) RateOrder(ctx context.Context, name string, stars int, words string) (Rating, error) {
	r, err := w.findReceipt(ctx, scrip.ID(name))
	if err != nil {
		return Rating{}, err
	}
	if err := w.Rate(ctx, r.Tx, stars, words); err != nil {
		return Rating{}, err
	}
	return w.RatingOf(ctx, name)
}

// RatingOf tells what was said of a purchase, and holds the broker to it: that it
// shows the rating, and that its log proves it. It proves itself within a few minutes; until
// then comes, beside the error, what was said, with no record (-1).
func (w *Wallet) RatingOf(ctx context.Context, name string) (Rating, error) {
	r, err := w.findReceipt(ctx, scrip.ID(name))
	if err != nil {
		return Rating{}, err
	}
	if r.Rated == "" {
		return Rating{}, errUnrated
	}
	rated, err := scrip.Unchecked[scrip.Rating](r.Rated)
	if err != nil {
		return Rating{}, err
	}
	said := Rating{Order: r.OrderID, Tx: r.Tx, Title: r.Title(), Stall: r.Stall, Stars: rated.Stars, Words: rated.Words, Record: -1}
	shown, err := w.shown(ctx, r.Vendor, r.Rated)
	if err != nil {
		return said, err
	}
	if shown.Answer != "" {
		if answer, err := scrip.Unchecked[scrip.RatingAnswer](shown.Answer); err == nil {
			said.Answer = answer.Words
		}
	}
	digest := jose.Signed{JWS: r.Rated}.Digest()
	info := w.Info(ctx)
	p, err := w.broker.MessageProof(ctx, digest)
	if err == nil {
		_, err = p.Verify(info.ID, info.Ever())
	}
	if err == nil {
		_, err = p.Records(digest, rated.Type())
	}
	if err != nil {
		return said, fmt.Errorf("the broker's log does not prove this rating yet; try again in a few minutes: %w", err)
	}
	said.Record = int(p.Index)
	return said, nil
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
