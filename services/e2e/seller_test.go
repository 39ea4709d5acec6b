package e2e_test

import (
	"bytes"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/services"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
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
	seller := services.Seller{At: storage.Config{Data: data}, Out: &out}
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
	sellerDeals(t, buyer, seller, &out)
	sellerLists(t, seller, &out)
	if err := (services.Seller{At: storage.Config{Data: t.TempDir()}, Out: &out}).Talks(t.Context()); err == nil || !strings.Contains(err.Error(), "no stall's data folder") {
		t.Errorf("another folder: got %v, want that it is no stall's", err)
	}
}

// sellerDeals: the only order is sent, asked back, taken back and refunded in part; another
// way, a dispute is answered with a photo, which the buyer is shown once.
func sellerDeals(t *testing.T, buyer *buyer, seller services.Seller, out *bytes.Buffer) {
	t.Helper()
	receipts, err := buyer.Receipts(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	tx, order := receipts[0].Tx, string(receipts[0].OrderID)
	done := func(err error, want string) {
		t.Helper()
		if err != nil || !strings.Contains(out.String(), want) {
			t.Fatalf("got %q, %v, want %q", out.String(), err, want)
		}
		out.Reset()
	}
	says := func(kind, text string) {
		t.Helper()
		if _, err := buyer.Listen(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
		if err := buyer.Say(t.Context(), tx, scrip.Event{Kind: kind, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := seller.AcceptReturn(t.Context(), order, "12 Oak Street", scrip.Seller); err == nil || !strings.Contains(err.Error(), "cannot be said") {
		t.Errorf("a return that nobody asked for: got %v, want why not", err)
	}
	done(seller.Message(t.Context(), order, "It is packed."), "reads it")
	done(seller.Sent(t.Context(), order, scrip.Parcel{Carrier: "Post", Tracking: "1"}), "sent")
	says("return", "It does not fit.")
	done(seller.Talks(t.Context()), "return: It does not fit.")
	if err := seller.DeclineReturn(t.Context(), order, ""); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("declined without a reason: got %v, want that one is missing", err)
	}
	done(seller.DeclineReturn(t.Context(), order, "It was described."), "why not")
	says("return", "It is broken, too.")
	done(seller.AcceptReturn(t.Context(), order, "12 Oak Street", scrip.Seller), "where to send it")
	done(seller.Refund(t.Context(), order, "5.00"), "5.00 EUR of 30.00 given back to the buyer; 25.00 are left")
	if err := seller.Refund(t.Context(), order, "26"); err == nil || !strings.Contains(err.Error(), "more than is left") {
		t.Errorf("too much: got %v, want that it is more than is left", err)
	}
	done(seller.Refund(t.Context(), order, ""), "5.00 EUR of 30.00")
	if err := seller.Defend(t.Context(), order, "It was whole.", nil); err == nil || !strings.Contains(err.Error(), "cannot be said") {
		t.Errorf("an answer to no dispute: got %v, want why not", err)
	}
	if h, err := buyer.DisputeHold(t.Context(), tx, "It is broken.", nil); err != nil || h.State != scrip.HoldDisputed {
		t.Fatalf("DisputeHold: got %+v, %v", h, err)
	}
	photo, picture := filepath.Join(t.TempDir(), "lamp.jpg"), bytes.Buffer{}
	if err := errors.Join(jpeg.Encode(&picture, pattern(), nil), os.WriteFile(photo, picture.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	done(seller.Defend(t.Context(), order, "It was whole.", []string{photo}), "goes to the market, with")
	done(seller.Defend(t.Context(), order, "And it shone.", []string{photo}), "goes to the market, with")
	heard, err := buyer.Listen(t.Context(), tx)
	photos := 0
	for _, said := range heard.Said {
		if said.Photo != "" {
			photos++
		}
	}
	if err != nil || photos != 1 {
		t.Errorf("the buyer was shown %d photos, %v, want one", photos, err)
	}
}

// sellerLists: listings go out as a file and come in; a dry run does nothing, and a fault is
// told by row and column.
func sellerLists(t *testing.T, seller services.Seller, out *bytes.Buffer) {
	t.Helper()
	export := func() string {
		t.Helper()
		if err := seller.Export(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer out.Reset()
		return out.String()
	}
	imports := func(text string, dry bool) (string, error) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "listings.csv")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		defer out.Reset()
		err := seller.Import(t.Context(), file, dry)
		return out.String(), err
	}
	before := export()
	cheaper := strings.Replace(before, ",30.00,", ",25.00,", 1)
	if cheaper == before {
		t.Fatalf("no price in %s", before)
	}
	if got, err := imports(cheaper, true); err != nil || !strings.Contains(got, "0 listings would be new, 1 changed, 0 ended, and 0 as they were") {
		t.Errorf("a dry run: got %q, %v", got, err)
	}
	if after := export(); after != before {
		t.Errorf("after a dry run: got %s, want it as it was", after)
	}
	if got, err := imports(strings.Replace(before, ",30.00,", ",much,", 1), false); err == nil || !strings.Contains(got, "Row 2, price: ") {
		t.Errorf("a fault: got %q, %v, want where it is", got, err)
	}
	if got, err := imports(cheaper, false); err != nil || !strings.Contains(got, "0 listings are new, 1 changed") {
		t.Errorf("got %q, %v", got, err)
	}
	if after := export(); !strings.Contains(after, ",25.00,") {
		t.Errorf("got %s, want the new price", after)
	}
}
