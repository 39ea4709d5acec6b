package db_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

func sellerKey(name string) *scrip.SellerKey {
	return &scrip.SellerKey{ID: id(), Name: name, Digest: hash(), Scopes: []scrip.Scope{scrip.OrdersRead, scrip.MoneyRead}}
}

// testSeller asks a shelf what it keeps for the seller's programs.
func testSeller(t *testing.T, shelf func(*testing.T) world) {
	t.Run("Keys", func(t *testing.T) { sellerKeys(shelf(t)) })
	t.Run("Request", func(t *testing.T) { requestOnce(shelf(t)) })
	t.Run("Sweep", func(t *testing.T) { requestsSwept(shelf(t)) })
	t.Run("Events", func(t *testing.T) { sellerEvents(shelf(t)) })
	t.Run("Webhooks", func(t *testing.T) { webhooks(shelf(t)) })
	t.Run("Movements", func(t *testing.T) { moved(shelf(t)) })
}

// A key is found by its digest with its scopes, used, revoked; and there are only so many.
func sellerKeys(w world) {
	ctx, k := w.t.Context(), sellerKey("Robot")
	w.wantShelf(nil, scrip.StallChange{AddKey: k})
	w.want(nil, scrip.Change{At: now + 9, Stall: &scrip.StallChange{UsedKey: k.ID}})
	got, err := w.shelf.SellerKey(ctx, k.Digest)
	if err != nil || got.ID != k.ID || got.Name != "Robot" || !slices.Equal(got.Scopes, k.Scopes) || got.UsedAt != now+9 {
		w.t.Errorf("a key by its digest: got %+v, %v", got, err)
	}
	for range scrip.MaxSellerKeys - 1 {
		w.wantShelf(nil, scrip.StallChange{AddKey: sellerKey("Another")})
	}
	w.wantShelf(scrip.TooMany, scrip.StallChange{AddKey: sellerKey("One too many")})
	w.wantShelf(nil, scrip.StallChange{RevokeKey: k.ID})
	w.wantShelf(scrip.NotFound, scrip.StallChange{RevokeKey: k.ID})
	if _, err := w.shelf.SellerKey(ctx, k.Digest); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("a key that is revoked: got %v, want none", err)
	}
	if all, err := w.shelf.SellerKeys(ctx); err != nil || len(all) != scrip.MaxSellerKeys-1 {
		w.t.Errorf("keys: got %d, %v, want %d", len(all), err, scrip.MaxSellerKeys-1)
	}
}

// Whoever comes second with a request's key undoes all of its Change.
func requestOnce(w world) {
	l, r := offered(1), scrip.SellerRequest{Key: "mine", Digest: hash(), Answer: `{"a":1}`}
	r.Objects = []scrip.ID{l.Offer.Offer}
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}, Request: &r})
	other, again := offered(1), r
	again.Answer = `{"a":2}`
	w.wantShelf(scrip.ErrAnswered, scrip.StallChange{List: []scrip.Listing{other}, Request: &again})
	if _, err := w.shelf.Listing(w.t.Context(), other.Offer.Offer); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("what came second is listed: %v", err)
	}
	if got, err := w.shelf.CarriedOut(w.t.Context(), "mine"); err != nil || got.Answer != r.Answer || got.Digest != r.Digest {
		w.t.Errorf("the request: got %+v, %v", got, err)
	}
}

// A request stays as long as one of its objects; of the events only the newest do.
func requestsSwept(w world) {
	ctx, gone, stays := w.t.Context(), offered(1), offered(1)
	for key, objects := range map[string][]scrip.ID{"gone": {gone.Offer.Offer}, "both": {gone.Offer.Offer, stays.Offer.Offer}} {
		w.wantShelf(nil, scrip.StallChange{Request: &scrip.SellerRequest{Key: key, Digest: hash(), Answer: "{}", Objects: objects}})
	}
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{gone, stays}})
	w.wantShelf(nil, scrip.StallChange{End: []scrip.ID{gone.Offer.Offer}})
	var many []scrip.SellerEvent
	for i := range scrip.MaxSellerEvents + 3 {
		many = append(many, scrip.SellerEvent{Kind: scrip.RatingNew, Object: gone.Offer.Offer, Part: strconv.Itoa(i)})
	}
	w.wantShelf(nil, scrip.StallChange{Rated: many})
	w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Listings: gone.ValidUntil + 1}})
	if _, err := w.shelf.CarriedOut(ctx, "gone"); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("a request whose offer is erased: got %v, want none", err)
	}
	if _, err := w.shelf.CarriedOut(ctx, "both"); err != nil {
		w.t.Errorf("a request of whose offers one is there: %v", err)
	}
	if first, err := w.shelf.SellerEvents(ctx, 0, 1); err != nil || len(first) != 1 || first[0].Seq != 4 {
		w.t.Errorf("the oldest event: got %+v, %v, want number 4", first, err)
	}
}

// The feed tells what each commit did, once, in order.
func sellerEvents(w world) {
	ctx, l := w.t.Context(), offered(2)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	s := sold(l)
	w.wantShelf(nil, scrip.StallChange{Stock: []scrip.StockTaken{l.Taken(2)}, Sale: &s})
	e := telling(scrip.Buyer, s.Pseudonym)
	e.Thread.Order, e.Thread.Tx, e.Thread.Talk = s.ID, s.Tx, false
	w.wantShelf(nil, scrip.StallChange{Telling: e})
	w.wantShelf(nil, scrip.StallChange{Telling: telling(scrip.Buyer, "")}) // a conversation is none of the feed's
	r := refunding(s, 1)
	w.wantShelf(nil, scrip.StallChange{Refund: &r})
	w.wantShelf(nil, scrip.StallChange{Covered: r.ID})
	w.wantShelf(nil, scrip.StallChange{Collect: &scrip.Collecting{Pseudonym: s.Pseudonym, Counter: 1, Tx: id(), Refunds: []scrip.ID{r.ID}}})
	lapsing := scrip.SellerEvent{Kind: scrip.OfferExpiring, Object: l.Offer.Offer, Part: string(l.Version)}
	w.wantShelf(nil, scrip.StallChange{Expiring: []scrip.SellerEvent{lapsing}})
	w.wantShelf(nil, scrip.StallChange{Expiring: []scrip.SellerEvent{lapsing}})
	got, err := w.shelf.SellerEvents(ctx, 0, 99)
	want := []scrip.SellerEvent{
		{Seq: 1, Kind: scrip.OrderPaid, Object: s.ID, At: now}, {Seq: 2, Kind: scrip.OfferSoldOut, Object: l.Offer.Offer, Part: string(s.ID), At: now},
		{Seq: 3, Kind: scrip.OrderEvent, Object: s.ID, Part: "1", At: now}, {Seq: 4, Kind: scrip.RefundCollected, Object: s.ID, Part: string(r.ID), At: now},
		{Seq: 5, Kind: scrip.OfferExpiring, Object: l.Offer.Offer, Part: string(l.Version), At: now},
	}
	if err != nil || !slices.Equal(got, want) {
		w.t.Errorf("events: got %+v, %v, want %+v", got, err, want)
	}
	if rest, err := w.shelf.SellerEvents(ctx, 4, 99); err != nil || len(rest) != 1 {
		w.t.Errorf("events after the fourth: got %+v, %v, want one", rest, err)
	}
}

// The sum of all movements is what was taken, whoever took it back.
func moved(w world) {
	l := offered(9)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	plain, reclaimed, decided := sold(l), sold(l), sold(l)
	for _, s := range []*scrip.Sale{&plain, &reclaimed, &decided} {
		if s != &plain {
			s.Hold = &scrip.SaleHold{State: scrip.HoldHeld, SendBy: now}
		}
		w.wantShelf(nil, scrip.StallChange{Sale: s})
	}
	back, part := refunding(plain, 600), refunding(decided, 100)
	w.wantShelf(nil, scrip.StallChange{Refund: &back})
	w.wantShelf(nil, scrip.StallChange{Refund: &part})
	w.wantShelf(nil, scrip.StallChange{Held: []scrip.HeldWord{{Purchase: reclaimed.Tx, State: scrip.HoldReclaimed, Since: now + 1, Word: "signed"}}})
	w.wantShelf(nil, scrip.StallChange{Held: []scrip.HeldWord{{Purchase: decided.Tx, State: scrip.HoldDecided, Since: now + 1, ToBuyer: 300, Word: "signed"}}})
	var kinds []string
	var sum scrip.Money
	after := merchant.MovementAt{}
	for {
		list, err := w.shelf.Movements(w.t.Context(), after, 2)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range list {
			kinds, sum = append(kinds, m.Kind), sum+m.Amount
			place := merchant.MovementAt{At: m.At, Kind: m.Kind, ID: m.ID}
			if again, err := merchant.ParseMovementAt(place.String()); err != nil || again != place {
				w.t.Errorf("the place of a movement, read again: got %v, %v, want %v", again, err, place)
			}
			after = place
		}
		if len(list) < 2 {
			break
		}
	}
	if want := []string{"sale", "sale", "sale", "refund", "refund", "reclaimed", "decided"}; !slices.Equal(kinds, want) {
		w.t.Errorf("movements: got %v, want %v", kinds, want)
	}
	if tally, err := w.shelf.Tally(w.t.Context()); err != nil || tally.Taken != sum {
		w.t.Errorf("taken: got %d, %v, the movements come to %d", tally.Taken, err, sum)
	}
}

func hook() *scrip.Webhook {
	return &scrip.Webhook{ID: id(), URL: "https://shop.example/hook", Secret: slices.Repeat([]byte{1}, 32), Old: make([]byte, 32)}
}

// A webhook has its secret, and for a while the one before; events are spread to it once, each
// is taken once, and only so many webhooks are there.
func webhooks(w world) {
	ctx, h := w.t.Context(), hook()
	change := func(want error, c scrip.WebhookChange) {
		w.t.Helper()
		w.wantShelf(want, scrip.StallChange{Webhook: &c})
	}
	change(nil, scrip.WebhookChange{Add: h})
	next := scrip.Webhook{ID: h.ID, Secret: slices.Repeat([]byte{2}, 32), Old: h.Secret, OldUntil: now + 9}
	change(nil, scrip.WebhookChange{Rotate: &next})
	late := scrip.Webhook{ID: h.ID, Secret: slices.Repeat([]byte{3}, 32), Old: h.Secret, OldUntil: now + 9}
	change(scrip.TxConflict, scrip.WebhookChange{Rotate: &late}) // it read the secret before
	got, err := w.shelf.Webhook(ctx, h.ID)
	if err != nil || got.URL != h.URL || !slices.Equal(got.Secret, next.Secret) || !slices.Equal(got.Old, h.Secret) || got.OldUntil != now+9 {
		w.t.Errorf("the webhook: got %+v, %v", got, err)
	}
	spread := scrip.WebhookSpread{Webhook: h.ID, After: got.After, To: 7, Deliveries: []scrip.WebhookDelivery{{Event: 6, Kind: "a", Body: "{}"}, {Event: 7, Kind: "b", Body: "{}"}}}
	change(nil, scrip.WebhookChange{Spread: &spread})
	change(scrip.ErrAnswered, scrip.WebhookChange{Spread: &spread})
	try := scrip.WebhookDelivery{Webhook: h.ID, Event: 6, NextAt: now + 5}
	change(nil, scrip.WebhookChange{Try: &try})
	change(scrip.ErrAnswered, scrip.WebhookChange{Try: &try})
	change(nil, scrip.WebhookChange{Tried: &scrip.WebhookDelivery{Webhook: h.ID, Event: 6, Tries: 1, Done: true, Status: 204}})
	if left, err := w.shelf.Undelivered(ctx, h.ID, 9); err != nil || len(left) != 1 || left[0].Event != 7 {
		w.t.Errorf("what waits: got %+v, %v, want number 7", left, err)
	}
	change(nil, scrip.WebhookChange{Again: &scrip.WebhookDelivery{Webhook: h.ID, Event: 6}})
	change(scrip.NotFound, scrip.WebhookChange{Again: &scrip.WebhookDelivery{Webhook: h.ID, Event: 5}})
	change(nil, scrip.WebhookChange{Tested: &scrip.WebhookDelivery{Webhook: h.ID, Kind: "test", Body: "{}", Status: 200, Done: true}})
	if all, err := w.shelf.Deliveries(ctx, h.ID, 9); err != nil || len(all) != 3 || all[1].NextAt != now || all[2].Kind != "test" {
		w.t.Errorf("deliveries: got %+v, %v", all, err)
	}
	for range scrip.MaxWebhooks - 1 {
		change(nil, scrip.WebhookChange{Add: hook()})
	}
	change(scrip.TooMany, scrip.WebhookChange{Add: hook()})
	change(nil, scrip.WebhookChange{Drop: h.ID})
	change(scrip.NotFound, scrip.WebhookChange{Rotate: &next})
	if all, err := w.shelf.Deliveries(ctx, h.ID, 9); err != nil || len(all) != 0 {
		w.t.Errorf("deliveries of what is dropped: got %+v, %v, want none", all, err)
	}
}
