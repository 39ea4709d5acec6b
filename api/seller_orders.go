package api

import (
	"context"
	"net/http"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// SellerOrders serves the orders of a stall.
func (s *server) SellerOrders(ctx context.Context, r SellerOrdersRequestObject) (SellerOrdersResponseObject, error) {
	stall, limit := ofSeller(ctx).stall, limitOf(r.Params.Limit)
	list := func() ([]scrip.Sale, map[scrip.ID]scrip.State, error) {
		return stall.OrdersAfter(ctx, scrip.ID(r.Params.After), limit)
	}
	if r.Params.ToSend {
		list = func() ([]scrip.Sale, map[scrip.ID]scrip.State, error) { return stall.OrdersToSend(ctx, limit) }
	}
	sales, states, err := list()
	page := SellerOrders200JSONResponse{Orders: make([]SellerSale, len(sales))}
	for i, sale := range sales {
		page.Orders[i] = sellerSale(sale, states[sale.ID])
	}
	if len(sales) == limit && !r.Params.ToSend {
		page.Next = string(sales[limit-1].ID)
	}
	return page, err
}

// sellerSale shows an order to its seller, whose thread has come to a state; empty where
// nothing was said yet.
func sellerSale(sale scrip.Sale, now scrip.State) SellerSale {
	o := SellerSale{
		Order: string(sale.ID), Purchase: string(sale.Tx), Buyer: string(sale.Pseudonym), Lines: make([]SellerLine, len(sale.Lines)),
		Price: int64(sale.Price), Postage: int64(sale.Postage()), Delivery: SellerDelivery{Way: sale.Delivery.Way, Label: sale.Delivery.Label},
		Note: sale.Wish, PaidAt: sale.PaidAt, SentAt: sale.SentAt, Refunded: int64(sale.Refunded), Recorded: sale.Recorded, State: string(now),
	}
	if now == "" {
		o.State = string(scrip.StatePaid)
	}
	for i, l := range sale.Lines {
		o.Lines[i] = SellerLine{Offer: string(l.Offer), Version: string(l.Version), Title: l.Title, Reference: l.Reference, Price: int64(l.Price), Quantity: l.Quantity}
	}
	if a := sale.Delivery.Address; a != nil {
		o.Delivery.Address = sellerAddress(*a)
	}
	if h := sale.Hold; h != nil {
		o.Hold = &SellerHold{
			State: string(h.State), SendBy: h.SendBy, Due: h.Due, Left: int64(h.Left), ToBuyer: int64(h.ToBuyer), ToSeller: int64(h.ToSeller),
		}
	}
	return o
}

func sellerAddress(a scrip.Address) *SellerAddress {
	return &SellerAddress{Name: a.Name, Lines: append([]string{}, a.Lines...), Postcode: a.Postcode, Town: a.Town, Country: a.Country, Phone: a.Phone}
}

// SellerOrder serves one order with its thread.
func (s *server) SellerOrder(ctx context.Context, r SellerOrderRequestObject) (SellerOrderResponseObject, error) {
	of, err := ofSeller(ctx).stall.Order(ctx, scrip.ID(r.Order))
	if err != nil {
		return nil, err
	}
	o := SellerOrder200JSONResponse{
		Sale: sellerSale(of.Sale, of.Talk.Now), Mandate: of.Mandate, Events: make([]SellerThreadEvent, len(of.Talk.Said)), Refunds: make([]SellerRefunded, len(of.Refunds)),
	}
	if a := of.Address(); a != nil {
		o.Sale.Delivery.Address = sellerAddress(*a)
	}
	for i, said := range of.Talk.Said {
		o.Events[i] = threadEvent(said)
	}
	for i, b := range of.Refunds {
		o.Refunds[i] = SellerRefunded{
			Refund: string(b.ID), Amount: int64(b.Amount), MadeAt: b.MadeAt, CoveredAt: b.CoveredAt, CollectedAt: b.CollectedAt, Overtaken: b.Overtaken,
		}
	}
	return o, nil
}

func threadEvent(said merchant.Said) SellerThreadEvent {
	by := map[scrip.Side]string{scrip.Buyer: "buyer", scrip.Seller: "seller"}
	return SellerThreadEvent{
		Seq: said.Seq, By: by[said.By], At: said.At, Kind: said.Kind, Text: said.Text, Carrier: said.Carrier, Tracking: said.Tracking,
		Amount: int64(said.Amount), Signed: said.JWS,
	}
}

// say has something said about an order, once.
func (s *server) say(ctx context.Context, a asked, do func(context.Context, Seller) error) (done, error) {
	return s.once(ctx, a, http.StatusOK, func(ctx context.Context) error { return do(ctx, ofSeller(ctx).stall) },
		func(c scrip.StallChange) (any, []scrip.ID) {
			if c.Telling == nil && c.Refund == nil {
				return nil, nil
			}
			said := SellerSaid{Order: string(a.about)}
			if t := c.Telling; t != nil {
				said.Seq, said.State, said.Kind = t.Thread.Seq, string(t.Thread.State), a.operation
			}
			if b := c.Refund; b != nil {
				said.Refund, said.Amount = string(b.ID), int64(b.Amount)
			}
			return said, []scrip.ID{a.about}
		})
}

// SellerSent says that an order is on its way.
func (s *server) SellerSent(ctx context.Context, r SellerSentRequestObject) (SellerSentResponseObject, error) {
	a := asked{operation: "sent", key: r.Params.IdempotencyKey, about: scrip.ID(r.Order), body: r.Body}
	return s.say(ctx, a, func(ctx context.Context, stall Seller) error {
		parcel := scrip.Parcel{Carrier: scrip.CleanLine(r.Body.Carrier), Tracking: scrip.CleanLine(r.Body.Tracking), Note: scrip.Clean(r.Body.Text)}
		return stall.MarkSent(ctx, a.about, parcel)
	})
}

// SellerMessage writes to a buyer.
func (s *server) SellerMessage(ctx context.Context, r SellerMessageRequestObject) (SellerMessageResponseObject, error) {
	a := asked{operation: "message", key: r.Params.IdempotencyKey, about: scrip.ID(r.Order), body: r.Body}
	return s.say(ctx, a, func(ctx context.Context, stall Seller) error {
		return stall.Say(ctx, a.about, scrip.Event{Kind: a.operation, Text: r.Body.Text})
	})
}

// SellerRefund gives money back.
func (s *server) SellerRefund(ctx context.Context, r SellerRefundRequestObject) (SellerRefundResponseObject, error) {
	a := asked{operation: "refund", key: r.Params.IdempotencyKey, about: scrip.ID(r.Order), body: r.Body}
	return s.say(ctx, a, func(ctx context.Context, stall Seller) error {
		id, err := scrip.NewID(s.c.Random)
		if err != nil {
			return err
		}
		if r.Body.Amount == 0 {
			return stall.RefundRest(ctx, id, a.about)
		}
		return stall.Refund(ctx, id, a.about, scrip.Money(r.Body.Amount))
	})
}

// SellerDecline says no to what a buyer asks for.
func (s *server) SellerDecline(ctx context.Context, r SellerDeclineRequestObject) (SellerDeclineResponseObject, error) {
	a := asked{operation: "decline", key: r.Params.IdempotencyKey, about: scrip.ID(r.Order), body: r.Body}
	return s.say(ctx, a, func(ctx context.Context, stall Seller) error { return stall.Decline(ctx, a.about, r.Body.Text) })
}
