package e2e_test

import (
	"bytes"
	"strings"
	"testing"

	"peerscrip/services"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// The owner of a stall on its own node answers proposals beside the process that runs on
// it, in its data folder: the buyer hears of it there, and buys what was offered; and its
// orders are held against the broker's books.
func TestSellerInFolder(t *testing.T) {
	t.Parallel()
	hub := start(t, services.Config{Role: services.Serve, PrivateStalls: true})
	data := t.TempDir()
	lamp := merchant.Item{
		Title: "Brass lamp", Description: "Works.", Category: "Home", Condition: "good", Price: 30_00, Quantity: 3, SendWithin: 3, CheckWithin: 3,
		Place: scrip.Place{Country: "NL", Town: "Utrecht"}, Delivery: []scrip.Way{{Way: "post", Label: "Parcel", Days: []int{1, 3}}},
	}
	node := start(t, services.Config{Role: services.Stall, BrokerURL: hub.URL, Data: data, Name: "Attic", Goods: []merchant.Item{lamp}})
	kept, err := folder.At(data).Certificate()
	if err != nil {
		t.Fatal(err)
	}
	buyer := newBuyer(t, hub.URL, 50_00, nil)
	offer := buyer.offers(node.URL, kept.Vendor)["Brass lamp"].jws
	tx, err := buyer.Propose(t.Context(), offer, wallet.Proposal{Price: 20_00, Quantity: 1, Text: "Would you?"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	seller := services.Seller{Data: data, Out: &out}
	says := func(err error, want string) {
		t.Helper()
		if err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("got %q, %v, want %q", out.String(), err, want)
		}
		out.Reset()
	}
	says(seller.Talks(t.Context()), "propose 1 for 20.00 EUR each: Would you?")
	talk, err := buyer.Conversation(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	says(seller.Offer(t.Context(), services.Bargain{Conversation: string(talk.Order), Hours: 24}), "offered 1 for 20.00 EUR each, for 24 hours")
	says(seller.Talks(t.Context()), "nobody waits")
	heard, err := buyer.Listen(t.Context(), tx)
	if err != nil || heard.Said[len(heard.Said)-1].Kind != "private-offer" || heard.Said[len(heard.Said)-1].Price != 20_00 {
		t.Fatalf("the buyer heard %+v, %v, want the private offer", heard.Said, err)
	}
	if _, err := buyer.Propose(t.Context(), offer, wallet.Proposal{Price: 10_00, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	says(seller.Decline(t.Context(), string(talk.Order), "Too little."), "declined")
	if err := seller.Decline(t.Context(), string(talk.Order), ""); err == nil || !strings.Contains(err.Error(), "cannot be said") {
		t.Errorf("Decline again: got %v, want why not", err)
	}
	if _, err := buyer.Buy(t.Context(), offer, 1, rig.To("12 Elm Street")); err != nil {
		t.Fatal(err)
	}
	says(seller.Reconcile(t.Context()), "1 protected orders compared with the broker")
	if err := (services.Seller{Data: t.TempDir(), Out: &out}).Talks(t.Context()); err == nil || !strings.Contains(err.Error(), "no stall's data folder") {
		t.Errorf("another folder: got %v, want that it is no stall's", err)
	}
}
