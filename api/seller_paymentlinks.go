package api

import (
	"context"
	"net/http"

	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// paymentsShown is how many payments the answer about one payment link names: the newest.
const paymentsShown = 100

// SellerPaymentLinks serves the payment links of a stall.
func (s *server) SellerPaymentLinks(ctx context.Context, r SellerPaymentLinksRequestObject) (SellerPaymentLinksResponseObject, error) {
	by, limit := ofSeller(ctx), limitOf(r.Params.Limit)
	list, err := by.stall.PaymentLinks(ctx, scrip.ID(r.Params.After), limit)
	page := SellerPaymentLinks200JSONResponse{PaymentLinks: make([]SellerPaymentLink, len(list))}
	for i, l := range list {
		page.PaymentLinks[i] = s.sellerPaymentLink(l, by.stall)
	}
	if len(list) == limit {
		page.Next = string(list[limit-1].Offer.Offer)
	}
	return page, err
}

// SellerPaymentLink serves one with the orders that paid it.
func (s *server) SellerPaymentLink(ctx context.Context, r SellerPaymentLinkRequestObject) (SellerPaymentLinkResponseObject, error) {
	by := ofSeller(ctx)
	l, sales, err := by.stall.PaymentLink(ctx, scrip.ID(r.Offer), paymentsShown)
	link := s.sellerPaymentLink(l, by.stall)
	for _, sale := range sales {
		link.Orders = append(link.Orders, string(sale.ID))
	}
	return SellerPaymentLink200JSONResponse(link), err
}

// payURL is the page of a payment link at this instance.
func (s *server) payURL(l scrip.Listing) string {
	return s.c.BaseURL + "/pay/" + string(l.Vendor) + "/" + string(l.Offer.Offer)
}

// sellerPaymentLink shows a payment link to its seller.
func (s *server) sellerPaymentLink(l merchant.PaymentLink, of Seller) SellerPaymentLink {
	words := map[market.State]SellerPaymentLinkState{market.Live: "open", market.SoldOut: "paid", market.Ended: "ended", market.Expired: "expired"}
	at := s.payURL(l.Listing)
	return SellerPaymentLink{
		Offer: string(l.Offer.Offer), Version: string(l.Version), State: words[market.StateOf(l.Listing, of.Current().NotAfter, s.c.Clock().Unix())],
		Paid: l.Paid, URL: at, QrURL: at + "/qr.svg", MadeAt: l.ListedAt, Signed: l.JWS,
		Asked: SellerDemand{
			Title: l.Title, Description: l.Description, Reference: l.Reference, Price: int64(l.Price), Times: SellerDemandTimes(l.Times), ValidUntil: l.ValidUntil,
		},
	}
}

// SellerAsk makes a payment link.
func (s *server) SellerAsk(ctx context.Context, r SellerAskRequestObject) (SellerAskResponseObject, error) {
	demand := merchant.Demand{
		Title: scrip.CleanLine(r.Body.Title), Description: scrip.Clean(r.Body.Description), Reference: scrip.CleanLine(r.Body.Reference),
		Price: scrip.Money(r.Body.Price), Times: string(r.Body.Times), ValidUntil: r.Body.ValidUntil,
	}
	return s.once(ctx, asked{operation: "ask", key: r.Params.IdempotencyKey, body: r.Body}, http.StatusCreated, func(ctx context.Context) error {
		_, err := ofSeller(ctx).stall.AskFor(ctx, demand)
		return err
	}, func(c scrip.StallChange) (any, []scrip.ID) {
		if len(c.List) != 1 {
			return nil, nil
		}
		l, at := c.List[0], s.payURL(c.List[0])
		return SellerAsked{Offer: string(l.Offer.Offer), Version: string(l.Version), URL: at, QrURL: at + "/qr.svg"}, []scrip.ID{l.Offer.Offer}
	})
}

// SellerEndPaymentLink has a payment link not be paid any more.
func (s *server) SellerEndPaymentLink(ctx context.Context, r SellerEndPaymentLinkRequestObject) (SellerEndPaymentLinkResponseObject, error) {
	a := asked{operation: "end-payment-link", key: r.Params.IdempotencyKey, about: scrip.ID(r.Offer)}
	return s.once(ctx, a, http.StatusOK, func(ctx context.Context) error {
		stall := ofSeller(ctx).stall
		if _, _, err := stall.PaymentLink(ctx, a.about, 1); err != nil {
			return err
		}
		return stall.End(ctx, a.about)
	}, oneEnded)
}
