package api_test

import (
	"fmt"
	"testing"

	"peerscrip/api"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestSellerPaymentLinks: money is asked for once for each key, paid by who has the link, found by its reference in the order, and
// ended. It is none of the offers.
func TestSellerPaymentLinks(t *testing.T) {
	s := openSeller(t, func(c *api.Config) { c.BaseURL = "https://market.example" })
	until := s.Clock.Now().AddDate(0, 0, 30).Unix()
	demand := func(times string) string {
		return fmt.Sprintf(`{"title":"Two guitar lessons","description":"Thank\u00ad you.","reference":" 2026-117 ","price":600,"times":%q,"valid_until":%d}`, times, until)
	}
	const path = "/v1/seller/payment-links"
	var made, again api.SellerAsked
	if resp := s.ask("POST", path, demand("once"), &made, once("bill-117")...); resp.StatusCode != 201 {
		t.Errorf("asked for: got %d, want 201", resp.StatusCode)
	}
	s.ask("POST", path, demand("once"), &again, once("bill-117")...)
	want := "https://market.example/pay/" + string(s.stall.Vendor()) + "/" + made.Offer
	if again != made || made.URL != want || made.QrURL != want+"/qr.svg" {
		t.Errorf("asked for twice: got %+v and %+v, want one at %s", made, again, want)
	}
	if resp := s.ask("POST", path, demand("many"), nil, once("bill-117")...); resp.StatusCode != 422 {
		t.Errorf("another with its key: got %d, want 422", resp.StatusCode)
	}
	for name, body := range map[string]string{
		"twice": demand("twice"), "without an end": `{"title":"x","price":1,"times":"once"}`,
	} {
		if resp := s.ask("POST", path, body, nil, once(name)...); resp.StatusCode != 400 {
			t.Errorf("%s: got %d, want 400", name, resp.StatusCode)
		}
	}
	for name, of := range map[string][2]int64{"nothing": {0, until}, "late": {1, s.Clock.Now().Unix()}} {
		body := fmt.Sprintf(`{"title":"x","price":%d,"times":"once","valid_until":%d}`, of[0], of[1])
		if resp := s.ask("POST", path, body, nil, once(name)...); resp.StatusCode != 422 {
			t.Errorf("%s: got %d, want 422", name, resp.StatusCode)
		}
	}
	c := s.Customer(20_00)
	held, _ := c.Trade(s.stall, c.Acquire(20_00), 10_00)
	l, err := s.stall.Listing(t.Context(), scrip.ID(made.Offer))
	if err != nil {
		t.Fatal(err)
	}
	paid, err := rig.Send[scrip.Paid](c, s.stall.Purchase, c.Mandate(s.stall, held, l))
	if err != nil {
		t.Fatal(err)
	}
	var order api.SellerOrder
	s.ask("GET", "/v1/seller/orders/"+string(paid.Body.OrderID), "", &order)
	line := order.Sale.Lines[0]
	if line.Reference != "2026-117" || line.Offer != made.Offer || order.Sale.Delivery.Way != "none" || order.Sale.SentAt != order.Sale.PaidAt {
		t.Errorf("the order: got %+v, want the link and its reference, and nothing to send", order.Sale)
	}
	var one api.SellerPaymentLink
	s.ask("GET", path+"/"+made.Offer, "", &one)
	if one.State != "paid" || one.Paid != 1 || len(one.Orders) != 1 || one.Orders[0] != string(paid.Body.OrderID) || one.Asked.Reference != "2026-117" || one.Asked.Description != "Thank you." {
		t.Errorf("the payment link: got %+v, want it paid by that order", one)
	}
	var many api.SellerAsked
	s.ask("POST", path, demand("many"), &many, once("fee")...)
	var list api.SellerPaymentLinkPage
	s.ask("GET", path+"?limit=1", "", &list)
	if len(list.PaymentLinks) != 1 || list.Next == "" {
		t.Errorf("the first of two: got %+v, want one and where to go on", list)
	}
	var ended api.SellerOfferEnded
	s.ask("POST", path+"/"+many.Offer+"/end", "", &ended, once("fee-over")...)
	s.ask("GET", path+"/"+many.Offer, "", &one)
	if !ended.Ended || one.State != "ended" {
		t.Errorf("ended: got %+v and %q", ended, one.State)
	}
	for method, at := range map[string]string{"GET": "/v1/seller/offers/" + many.Offer, "POST": "/v1/seller/offers/" + many.Offer + "/end"} {
		if resp := s.ask(method, at, "", nil, once("none"+method)...); resp.StatusCode != 404 {
			t.Errorf("%s %s: got %d, want 404", method, at, resp.StatusCode)
		}
	}
	s.token = s.key(scrip.OrdersRead)
	if resp := s.ask("GET", path, "", nil); resp.StatusCode != 403 {
		t.Errorf("with a key that reads orders: got %d, want 403", resp.StatusCode)
	}
}
