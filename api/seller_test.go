package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// sellerAPI is a stall of its own world, asked by its seller's programs.
type sellerAPI struct {
	*rig.Rig
	stall *rig.Stall
	url   string
	token string
}

// Seller implements [api.Sellers].
func (s *sellerAPI) Seller(_ context.Context, v scrip.VendorID) (api.Seller, error) {
	if v != s.stall.Vendor() {
		return nil, scrip.UnknownVendor
	}
	return s.stall.Stall, nil
}

func openSeller(t *testing.T, edits ...func(*api.Config)) *sellerAPI {
	t.Helper()
	r := rig.New(t)
	s := &sellerAPI{Rig: r, stall: r.Stall("Attic")}
	c := everything(t)
	c.Sellers, c.Currency, c.Clock = s, func() scrip.Currency { return s.stall.BrokerInfo().Currency }, r.Clock.Now
	for _, edit := range edits {
		edit(&c)
	}
	s.url = serve(t, c)
	s.token = s.key(scrip.Scopes()...)
	return s
}

func (s *sellerAPI) key(scopes ...scrip.Scope) string {
	s.T.Helper()
	token, err := s.stall.AddSellerKey(s.T.Context(), "A robot", scopes)
	if err != nil {
		s.T.Fatal(err)
	}
	return token
}

// ask asks as a program does; headers are names and values in turn. Into, if it is
// not nil, is what a good answer is read into.
func (s *sellerAPI) ask(method, path, body string, into any, headers ...string) *http.Response {
	s.T.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, text := send(s.T.(*testing.T), req)
	if into != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			s.T.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	if resp.StatusCode >= 300 && into != nil {
		s.T.Fatalf("%s %s: got %d %s", method, path, resp.StatusCode, text)
	}
	return resp
}

const kettle = `{"title":"Kettle","description":"Holds two litres.","category":"Home","condition":"good","price":1450,` +
	`"delivery":[{"way":"post","label":"","price":0,"countries":[],"days":[1,3]}],"send_within":3,"check_within":0,"quantity":2}`

// once is a write with a key of its own.
func once(key string) []string { return []string{"Idempotency-Key", key} }

// TestSellerKeys: nobody is let in without a key, or further than its scopes go; one that
// is revoked is none.
func TestSellerKeys(t *testing.T) {
	s := openSeller(t)
	good := s.token
	for _, token := range []string{"", "x", strings.Replace(good, string(s.stall.Vendor()), unknownID, 1), good[:len(good)-2] + "AA"} {
		s.token = token
		resp := s.ask("GET", "/v1/seller", "", nil)
		if resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("with %q: got %d, want 401 that says how to ask", token, resp.StatusCode)
		}
	}
	s.token = s.key(scrip.OrdersRead)
	for path, want := range map[string]int{"/v1/seller": 200, "/v1/seller/orders": 200, "/v1/seller/events": 200, "/v1/seller/offers": 403, "/v1/seller/movements": 403, "/v1/seller/nothing": 404} {
		if resp := s.ask("GET", path, "", nil); resp.StatusCode != want {
			t.Errorf("a key that reads orders, %s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
	if resp := s.ask("POST", "/v1/seller/offers", kettle, nil, once("a")...); resp.StatusCode != 403 {
		t.Errorf("a key that reads orders lists: got %d, want 403", resp.StatusCode)
	}
	keys, err := s.stall.SellerKeys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys: got %+v, %v, want two", keys, err)
	}
	for _, k := range keys {
		if used := len(k.Scopes) == 1; used != (k.UsedAt > 0) {
			t.Errorf("%+v: want to know that the one with a single scope was used, and the other was not", k)
		}
		if err := s.stall.RevokeSellerKey(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if resp := s.ask("GET", "/v1/seller", "", nil); resp.StatusCode != 401 {
		t.Errorf("a revoked key: got %d, want 401", resp.StatusCode)
	}
}

// TestSellerKeysHaveAPace: what is left of a key's requests is told, and one more is 429.
func TestSellerKeysHaveAPace(t *testing.T) {
	s := openSeller(t, func(c *api.Config) { c.Rate = 6 })
	first := s.ask("GET", "/v1/seller", "", nil)
	if got := first.Header.Get("RateLimit-Limit") + first.Header.Get("RateLimit-Remaining"); got != "32" {
		t.Errorf("the first of three: got limit and remaining %q, want 3 and 2", got)
	}
	s.ask("GET", "/v1/seller", "", nil)
	s.ask("GET", "/v1/seller", "", nil)
	if over := s.ask("GET", "/v1/seller", "", nil); over.StatusCode != 429 || over.Header.Get("Retry-After") == "" || over.Header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("the fourth of three: got %d, %v", over.StatusCode, over.Header)
	}
}

// TestSellerOffers: an offer is made, read, changed under its tag, restocked and ended; the
// same request again is the same answer, and another with its key none.
func TestSellerOffers(t *testing.T) {
	s := openSeller(t)
	var made, again api.SellerOfferWritten
	if resp := s.ask("POST", "/v1/seller/offers", kettle, &made, once("new")...); resp.StatusCode != 201 {
		t.Fatalf("a new offer: got %d", resp.StatusCode)
	}
	s.ask("POST", "/v1/seller/offers", kettle, &again, once("new")...)
	if again != made {
		t.Errorf("the same request again: got %+v, want %+v", again, made)
	}
	if resp := s.ask("POST", "/v1/seller/offers", strings.Replace(kettle, "1450", "1", 1), nil, once("new")...); resp.StatusCode != 422 {
		t.Errorf("another request with its key: got %d, want 422", resp.StatusCode)
	}
	if resp := s.ask("POST", "/v1/seller/offers", kettle, nil); resp.StatusCode != 400 {
		t.Errorf("without a key: got %d, want 400", resp.StatusCode)
	}
	at := "/v1/seller/offers/" + made.Offer
	var read api.SellerOffer
	resp := s.ask("GET", at, "", &read)
	if resp.Header.Get("ETag") != made.Etag || read.Item.Price != 1450 || read.State != "live" {
		t.Errorf("the offer: got %+v with tag %q, want %q", read, resp.Header.Get("ETag"), made.Etag)
	}
	if resp := s.ask("GET", at, "", nil, "If-None-Match", made.Etag); resp.StatusCode != 304 {
		t.Errorf("the offer for who has it: got %d, want 304", resp.StatusCode)
	}
	var changed api.SellerOfferWritten
	cheaper := strings.Replace(kettle, "1450", "1250", 1)
	s.ask("PUT", at, cheaper, &changed, "Idempotency-Key", "change", "If-Match", made.Etag)
	if resp := s.ask("PUT", at, kettle, nil, "Idempotency-Key", "late", "If-Match", made.Etag); resp.StatusCode != 412 {
		t.Errorf("a change of what was changed: got %d, want 412", resp.StatusCode)
	}
	var more api.SellerOfferWritten
	s.ask("POST", at+"/restock", `{"add":5}`, &more, once("restock")...)
	s.ask("POST", at+"/restock", `{"add":5}`, &more, once("restock")...)
	if more.Stock != 7 || more.Version == changed.Version {
		t.Errorf("two and five: got %+v, want 7", more)
	}
	var batch api.SellerBatchDone
	body := `{"edits":[{"do":"create","item":` + kettle + `},{"do":"change","offer":"` + made.Offer + `","etag":` + quoted(more.Etag) + `,"item":` + kettle + `}]}`
	s.ask("POST", "/v1/seller/batches", body, &batch, once("batch")...)
	if len(batch.Done) != 2 || batch.Done[1].Offer != made.Offer || batch.Done[0].Offer == made.Offer {
		t.Fatalf("a batch: got %+v", batch)
	}
	if resp := s.ask("POST", "/v1/seller/batches", body, nil, once("batch-again")...); resp.StatusCode != 412 {
		t.Errorf("a batch with a tag of before: got %d, want 412", resp.StatusCode)
	}
	s.ask("POST", at+"/end", "", &struct{}{}, once("end")...)
	var page api.SellerOfferPage
	s.ask("GET", "/v1/seller/offers?limit=1", "", &page)
	if len(page.Offers) != 1 || page.Next == "" {
		t.Fatalf("a first page: got %+v", page)
	}
	var rest api.SellerOfferPage
	s.ask("GET", "/v1/seller/offers?after="+page.Next, "", &rest)
	if len(rest.Offers) != 1 || rest.Next != "" {
		t.Errorf("the rest: got %d offers, next %q", len(rest.Offers), rest.Next)
	}
	s.ask("GET", at, "", &read)
	if read.State != "ended" {
		t.Errorf("the ended offer: got %+v", read)
	}
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// TestSellerAsksTwiceAtOnce: of the same request many times at the same time one is carried
// out, and all are answered alike.
func TestSellerAsksTwiceAtOnce(t *testing.T) {
	s := openSeller(t)
	var all sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		all.Go(func() {
			req, _ := http.NewRequest("POST", s.url+"/v1/seller/offers", strings.NewReader(kettle))
			req.Header.Set("Authorization", "Bearer "+s.token)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", "race")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			var body bytes.Buffer
			_, err = body.ReadFrom(resp.Body)
			if answers[i] = body.String(); err != nil || resp.StatusCode != 201 {
				t.Errorf("got %d %s, %v", resp.StatusCode, answers[i], err)
			}
		})
	}
	all.Wait()
	for _, one := range answers {
		if one != answers[0] {
			t.Errorf("answers differ: %s and %s", one, answers[0])
		}
	}
	if listed, err := s.stall.Shelf.Listings(t.Context()); err != nil || len(listed) != 1 {
		t.Errorf("offers: got %d, %v, want one", len(listed), err)
	}
}

// TestSellerPhotos: a photo is uploaded and shown in an offer; what is none is said to be.
func TestSellerPhotos(t *testing.T) {
	s := openSeller(t)
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewRGBA(image.Rect(0, 0, 80, 80))); err != nil {
		t.Fatal(err)
	}
	var kept api.SellerPhoto
	if resp := s.ask("POST", "/v1/seller/photos", file.String(), &kept, "Content-Type", "image/png"); resp.StatusCode != 201 {
		t.Fatalf("a photo: got %d", resp.StatusCode)
	}
	with := strings.Replace(kettle, `"quantity"`, `"photos":[{"digest":"`+kept.Digest+`","alt":"A kettle"}],"quantity"`, 1)
	s.ask("POST", "/v1/seller/offers", with, &struct{}{}, once("shown")...)
	for body, want := range map[string]int{"no photo": 422, "": 422} {
		if resp := s.ask("POST", "/v1/seller/photos", body, nil, "Content-Type", "image/png"); resp.StatusCode != want {
			t.Errorf("%q as a photo: got %d, want %d", body, resp.StatusCode, want)
		}
	}
	if resp := s.ask("POST", "/v1/seller/photos", "{}", nil); resp.StatusCode != 415 {
		t.Errorf("JSON as a photo: got %d, want 415", resp.StatusCode)
	}
	missing := strings.Replace(with, kept.Digest, pictureDigest, 1)
	if resp := s.ask("POST", "/v1/seller/offers", missing, nil, once("missing")...); resp.StatusCode != 404 {
		t.Errorf("an offer with a photo that is not there: got %d, want 404", resp.StatusCode)
	}
}

// TestSellerOrders: an order is heard of, read, answered, sent, given back in part and then
// whole; what is asked again is done once.
func TestSellerOrders(t *testing.T) {
	s := openSeller(t)
	var made api.SellerOfferWritten
	s.ask("POST", "/v1/seller/offers", kettle, &made, once("new")...)
	l, err := s.stall.Listing(t.Context(), scrip.ID(made.Offer))
	if err != nil {
		t.Fatal(err)
	}
	stream := s.listen(t)
	c := s.Customer(100_00)
	held, _ := c.Trade(s.stall, c.Acquire(100_00), 50_00)
	paid, _ := c.Buy(s.stall, held, l)
	if got := <-stream; !strings.Contains(got, "order.paid") || !strings.Contains(got, string(paid.Body.OrderID)) {
		t.Errorf("the stream: got %q, want the order", got)
	}
	at := "/v1/seller/orders/" + string(paid.Body.OrderID)
	var page api.SellerOrderPage
	s.ask("GET", "/v1/seller/orders?to_send=true", "", &page)
	if len(page.Orders) != 1 || page.Orders[0].Price != 1450 || page.Orders[0].State != "paid" {
		t.Fatalf("orders to send: got %+v", page)
	}
	var said, again api.SellerSaid
	s.ask("POST", at+"/messages", `{"text":"Thank you!"}`, &said, once("thanks")...)
	s.ask("POST", at+"/messages", `{"text":"Thank you!"}`, &again, once("thanks")...)
	if said.Seq != 1 || said != again {
		t.Errorf("a message, twice: got %+v and %+v, want one", said, again)
	}
	s.ask("POST", at+"/sent", `{"carrier":"DHL","tracking":"JD01"}`, &said, once("sent")...)
	if said.State != "sent" || said.Seq != 2 {
		t.Errorf("sent: got %+v", said)
	}
	if resp := s.ask("POST", at+"/decline", `{}`, nil, once("no")...); resp.StatusCode != 409 {
		t.Errorf("no to nothing: got %d, want 409", resp.StatusCode)
	}
	for range 2 {
		s.ask("POST", at+"/refunds", `{"amount":450}`, &said, once("part")...)
	}
	if said.Amount != 450 || said.Refund == "" {
		t.Errorf("a part back: got %+v", said)
	}
	s.ask("POST", at+"/refunds", `{}`, &said, once("rest")...)
	if said.Amount != 1000 {
		t.Errorf("the rest back: got %+v, want 1000", said)
	}
	if resp := s.ask("POST", at+"/refunds", `{"amount":1}`, nil, once("more")...); resp.StatusCode != 422 {
		t.Errorf("more than all: got %d, want 422", resp.StatusCode)
	}
	var order api.SellerOrder
	s.ask("GET", at, "", &order)
	if order.Sale.Refunded != 1450 || len(order.Refunds) != 2 || len(order.Events) != 4 || order.Events[1].Tracking != "JD01" || order.Events[0].By != "seller" {
		t.Errorf("the order: got %+v", order)
	}
	var feed api.SellerEvents
	s.ask("GET", "/v1/seller/events?after=1", "", &feed)
	if len(feed.Events) != 4 || feed.Events[0].Kind != "order.event" || feed.Events[0].Seq != 1 || feed.Next != 5 {
		t.Errorf("events after the first: got %+v", feed)
	}
	var moved api.SellerMovements
	s.ask("GET", "/v1/seller/movements", "", &moved)
	sum := int64(0)
	for _, m := range moved.Movements {
		sum += m.Amount
	}
	if len(moved.Movements) != 3 || sum != 0 {
		t.Errorf("movements: got %+v, want a sale and two refunds", moved)
	}
	var statement api.SellerStatement
	s.ask("GET", "/v1/seller/statement", "", &statement)
	if statement.Orders != 1 || statement.Earned+statement.Held != 0 || statement.Takings == nil {
		t.Errorf("statement: got %+v", statement)
	}
	for _, path := range []string{"/v1/seller/statement.csv", "/v1/seller/movements.csv"} {
		if resp := s.ask("GET", path, "", nil); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/csv" {
			t.Errorf("%s: got %d, %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	}
	if resp := s.ask("GET", "/v1/seller/orders/"+unknownID, "", nil); resp.StatusCode != 404 {
		t.Errorf("an order that is not there: got %d, want 404", resp.StatusCode)
	}
}

// listen opens a stream of events and returns what it brings, event by event.
func (s *sellerAPI) listen(t *testing.T) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/seller/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Accept", "text/event-stream")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	resp, err := http.DefaultClient.Do(req.WithContext(ctx))
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("a stream: %+v, %v", resp, err)
	}
	events := make(chan string, 99)
	t.Cleanup(func() { stop(); resp.Body.Close() })
	go func() {
		defer close(events)
		lines, event := bufio.NewScanner(resp.Body), ""
		for lines.Scan() {
			if lines.Text() == "" && event != "" {
				events <- event
				event = ""
			} else if !strings.HasPrefix(lines.Text(), ":") {
				event += lines.Text() + "\n"
			}
		}
	}()
	return events
}
