package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// SellerOffers serves what a stall offers.
func (s *server) SellerOffers(ctx context.Context, r SellerOffersRequestObject) (SellerOffersResponseObject, error) {
	by, limit := ofSeller(ctx), limitOf(r.Params.Limit)
	list, err := by.stall.ListingsAfter(ctx, scrip.ID(r.Params.After), limit)
	page := SellerOffers200JSONResponse{Offers: make([]SellerOffer, len(list))}
	for i, l := range list {
		page.Offers[i] = s.sellerOffer(l, by.stall)
	}
	if len(list) == limit {
		page.Next = string(list[limit-1].Offer.Offer)
	}
	return page, err
}

// offerAnswer is an offer with its own tag.
type offerAnswer SellerOffer

// VisitSellerOfferResponse writes it.
func (o offerAnswer) VisitSellerOfferResponse(w http.ResponseWriter) error {
	w.Header().Set("ETag", o.Etag)
	return SellerOffer200JSONResponse(o).VisitSellerOfferResponse(w)
}

// SellerOffer serves one offer.
func (s *server) SellerOffer(ctx context.Context, r SellerOfferRequestObject) (SellerOfferResponseObject, error) {
	by := ofSeller(ctx)
	l, err := offerOf(ctx, scrip.ID(r.Offer))
	return offerAnswer(s.sellerOffer(l, by.stall)), err
}

// offerOf is a listing of the stall's that a request names. A payment link is none.
func offerOf(ctx context.Context, offer scrip.ID) (scrip.Listing, error) {
	l, err := ofSeller(ctx).stall.Listing(ctx, offer)
	if err == nil && l.IsRequest() {
		err = scrip.NotFound
	}
	return l, err
}

// tagOf names a listing as it stands: another after each change, and each sale.
func tagOf(l scrip.Listing) string {
	ended := ""
	if l.Ended {
		ended = ".ended"
	}
	return `"` + string(l.Version) + "." + strconv.Itoa(l.Stock) + ended + `"`
}

// sellerOffer shows a listing to its seller.
func (s *server) sellerOffer(l scrip.Listing, of Seller) SellerOffer {
	item := merchant.ItemOf(l)
	o := SellerOffer{
		Offer: string(l.Offer.Offer), Version: string(l.Version), Stock: l.Stock, ListedAt: l.ListedAt, ValidUntil: l.ValidUntil,
		State: string(market.StateOf(l, of.Current().NotAfter, s.c.Clock().Unix())), Etag: tagOf(l), Signed: l.JWS,
		Item: SellerItem{
			Title: l.Title, Description: l.Description, Category: l.Category, Sub: l.Sub, Condition: l.Condition, Price: int64(l.Price),
			Quantity: l.Quantity, SendWithin: item.SendWithin, CheckWithin: item.CheckWithin,
		},
	}
	for _, a := range item.Attributes {
		o.Item.Attributes = append(o.Item.Attributes, Attribute(a))
	}
	if l.Place != (scrip.Place{}) {
		o.Item.Place = &Place{Country: l.Place.Country, Town: l.Place.Town}
	}
	for _, w := range item.Delivery {
		o.Item.Delivery = append(o.Item.Delivery, DeliveryWay{
			Way: w.Way, Label: w.Label, Price: int64(w.Price), Countries: append([]Country{}, w.Countries...), Days: w.Days,
		})
	}
	for _, p := range item.Photos {
		o.Item.Photos = append(o.Item.Photos, ListingPhoto{Digest: p.Digest, Alt: p.Alt})
	}
	return o
}

// item reads a thing as its seller describes it, made clean as what is typed at the desk is.
func (i SellerItem) item() merchant.Item {
	item := merchant.Item{
		Title: scrip.CleanLine(i.Title), Description: scrip.Clean(i.Description), Category: i.Category, Sub: i.Sub, Condition: i.Condition,
		Price: scrip.Money(i.Price), Quantity: i.Quantity, SendWithin: i.SendWithin, CheckWithin: i.CheckWithin,
	}
	for _, a := range i.Attributes {
		item.Attributes = append(item.Attributes, scrip.Attribute{Name: scrip.CleanLine(a.Name), Value: scrip.CleanLine(a.Value)})
	}
	if i.Place != nil {
		item.Place = scrip.Place{Country: i.Place.Country, Town: scrip.CleanLine(i.Place.Town)}
	}
	for _, w := range i.Delivery {
		item.Delivery = append(item.Delivery, scrip.Way{
			Way: w.Way, Label: scrip.CleanLine(w.Label), Price: scrip.Money(w.Price), Countries: append([]string{}, w.Countries...), Days: w.Days,
		})
	}
	for _, p := range i.Photos {
		item.Photos = append(item.Photos, scrip.OfferPhoto{Digest: p.Digest, Alt: scrip.CleanLine(p.Alt)})
	}
	return item
}

func offerWritten(l scrip.Listing) SellerOfferWritten {
	return SellerOfferWritten{Offer: string(l.Offer.Offer), Version: string(l.Version), Stock: l.Stock, Etag: tagOf(l)}
}

// oneListed is the answer to what lists one offer.
func oneListed(c scrip.StallChange) (any, []scrip.ID) {
	if len(c.List) != 1 {
		return nil, nil
	}
	return offerWritten(c.List[0]), []scrip.ID{c.List[0].Offer.Offer}
}

// SellerCreateOffer lists something new.
func (s *server) SellerCreateOffer(ctx context.Context, r SellerCreateOfferRequestObject) (SellerCreateOfferResponseObject, error) {
	return s.once(ctx, asked{operation: "create", key: r.Params.IdempotencyKey, body: r.Body}, http.StatusCreated, func(ctx context.Context) error {
		_, err := ofSeller(ctx).stall.List(ctx, r.Body.item())
		return err
	}, oneListed)
}

// seenAs is an offer as its tag names it: errPrecondition where it is another now.
func seenAs(ctx context.Context, offer scrip.ID, tag string) (merchant.Seen, error) {
	l, err := offerOf(ctx, offer)
	if err == nil && tag != "*" && strings.TrimSpace(tag) != tagOf(l) {
		err = errPrecondition
	}
	return merchant.Seen{Offer: offer, Version: l.Version, Stock: l.Stock}, err
}

// SellerChangeOffer makes a new version of an offer.
func (s *server) SellerChangeOffer(ctx context.Context, r SellerChangeOfferRequestObject) (SellerChangeOfferResponseObject, error) {
	a := asked{operation: "change", key: r.Params.IdempotencyKey, about: scrip.ID(r.Offer), match: r.Params.IfMatch, body: r.Body}
	return s.once(ctx, a, http.StatusOK, func(ctx context.Context) error {
		seen, err := seenAs(ctx, a.about, a.match)
		if err != nil {
			return err
		}
		_, err = ofSeller(ctx).stall.Revise(ctx, seen, r.Body.item())
		if no, _ := scrip.AsRefusal(err); no == scrip.OfferChanged {
			err = errPrecondition // bought, or changed, just now
		}
		return err
	}, oneListed)
}

// SellerRestockOffer adds to what is left of an offer.
func (s *server) SellerRestockOffer(ctx context.Context, r SellerRestockOfferRequestObject) (SellerRestockOfferResponseObject, error) {
	a := asked{operation: "restock", key: r.Params.IdempotencyKey, about: scrip.ID(r.Offer), body: r.Body}
	return s.once(ctx, a, http.StatusOK, func(ctx context.Context) error {
		_, err := ofSeller(ctx).stall.Restock(ctx, a.about, r.Body.Add)
		return err
	}, oneListed)
}

// SellerEndOffer takes an offer off the stall.
func (s *server) SellerEndOffer(ctx context.Context, r SellerEndOfferRequestObject) (SellerEndOfferResponseObject, error) {
	a := asked{operation: "end", key: r.Params.IdempotencyKey, about: scrip.ID(r.Offer)}
	return s.once(ctx, a, http.StatusOK, func(ctx context.Context) error {
		if _, err := offerOf(ctx, a.about); err != nil {
			return err
		}
		return ofSeller(ctx).stall.End(ctx, a.about)
	}, oneEnded)
}

// oneEnded is the answer to what ends one offer.
func oneEnded(c scrip.StallChange) (any, []scrip.ID) {
	if len(c.End) != 1 {
		return nil, nil
	}
	return SellerOfferEnded{Offer: string(c.End[0]), Ended: true}, c.End
}

// SellerBatch makes several edits, all or none.
func (s *server) SellerBatch(ctx context.Context, r SellerBatchRequestObject) (SellerBatchResponseObject, error) {
	return s.once(ctx, asked{operation: "batch", key: r.Params.IdempotencyKey, body: r.Body}, http.StatusOK, func(ctx context.Context) error {
		edits := make([]merchant.Edit, len(r.Body.Edits))
		for i, e := range r.Body.Edits {
			var err error
			if edits[i], err = e.edit(ctx); err != nil {
				return merchant.RefusedAt(i, err)
			}
		}
		return ofSeller(ctx).stall.Edit(ctx, edits)
	}, func(c scrip.StallChange) (any, []scrip.ID) {
		if len(c.List)+len(c.End) != len(r.Body.Edits) {
			return nil, nil
		}
		return batchDone(r.Body.Edits, c)
	})
}

// edit reads one of several edits.
func (e SellerEdit) edit(ctx context.Context) (merchant.Edit, error) {
	change := e.Do == "change"
	if (e.Do != "create") != (e.Offer != "") || change != (e.Etag != "") || (e.Do != "end") != (e.Item != nil) {
		return merchant.Edit{}, fmt.Errorf("a member is missing, or too many: %w", scrip.Unreadable)
	}
	edit := merchant.Edit{Seen: merchant.Seen{Offer: scrip.ID(e.Offer)}, End: e.Do == "end"}
	if e.Item != nil {
		edit.Item = e.Item.item()
	}
	var err error
	if change {
		edit.Seen, err = seenAs(ctx, edit.Seen.Offer, e.Etag)
	}
	return edit, err
}

// batchDone tells what became of each edit, in their order.
func batchDone(edits []SellerEdit, c scrip.StallChange) (SellerBatchDone, []scrip.ID) {
	answer, about, listed := SellerBatchDone{}, []scrip.ID(nil), c.List
	for _, e := range edits {
		one := SellerEditDone{Offer: e.Offer}
		if e.Do != "end" {
			w := offerWritten(listed[0])
			listed = listed[1:]
			one = SellerEditDone(w)
		}
		answer.Done, about = append(answer.Done, one), append(about, scrip.ID(one.Offer))
	}
	return answer, about
}

// SellerAddPhoto keeps a photo.
func (s *server) SellerAddPhoto(ctx context.Context, r SellerAddPhotoRequestObject) (SellerAddPhotoResponseObject, error) {
	digest, err := ofSeller(ctx).stall.AddPhoto(ctx, r.Body)
	return SellerAddPhoto201JSONResponse{Digest: digest}, err
}
