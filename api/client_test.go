package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// both gives the same services near, and far behind HTTP.
type both struct {
	broker api.Broker
	stalls api.Stalls
	bank   api.Bank
	market api.Market
}

// nearAndFar runs test on c's services themselves and on their clients.
func nearAndFar(t *testing.T, c api.Config, test func(t *testing.T, b both)) {
	t.Run("near", func(t *testing.T) { test(t, both{c.Broker, c.Stalls, c.Bank, c.Market}) })
	t.Run("far", func(t *testing.T) {
		p := dial(t, serve(t, c))
		test(t, both{p.Broker(), p.Stalls(), p.Bank(), p.Market()})
	})
}

// bodyOf is a request of a shape, with something in each envelope.
func bodyOf(s api.Shape) scrip.Sealed {
	fill := func(p api.Part) string { return strings.Repeat(strings.ToLower(p.Message()), 8) }
	return scrip.Sealed{Envelope: fill(s.Envelope), Order: fill(s.Order), Payment: fill(s.Payment)}
}

// TestSteps: every step of the table gets its answer near and far.
func TestSteps(t *testing.T) {
	nearAndFar(t, everything(t), func(t *testing.T, b both) {
		ctx := t.Context()
		stall, err := b.stalls.Stall(ctx, vendorID)
		if err != nil {
			t.Fatalf("find the stall: %v", err)
		}
		for _, step := range api.Steps() {
			send := b.broker.Send
			if step.To == api.M {
				send = stall.Send
			}
			in := bodyOf(step.Takes)
			got, err := send(ctx, step.Message(), in)
			want, _ := echo{}.Send(ctx, step.Message(), in)
			if err != nil || got != want {
				t.Errorf("%s: got %v, %v; want %v", step.Operation, got, err, want)
			}
		}
	})
}

// TestNoSuchStep: what a party does not take is not sent.
func TestNoSuchStep(t *testing.T) {
	peer := dial(t, "http://127.0.0.1:1")
	for _, send := range []func(context.Context, string, scrip.Sealed) (scrip.Sealed, error){peer.Broker().Send, peer.Stall(vendorID).Send} {
		_, err := send(t.Context(), "T2", one)
		if _, refused := scrip.AsRefusal(err); err == nil || refused {
			t.Errorf("T2: got %v, want an error that is no refusal", err)
		}
	}
}

// one is the body of a message alone.
var one = scrip.Sealed{Envelope: strings.Repeat("e", 20)}

// TestReads: everything that is published reads the same near and far.
func TestReads(t *testing.T) {
	c := everything(t)
	wantInfo := c.Broker.(*fakeBroker).info
	nearAndFar(t, c, func(t *testing.T, b both) {
		ctx := t.Context()
		stall, err := b.stalls.Stall(ctx, vendorID)
		if err != nil {
			t.Fatalf("find the stall: %v", err)
		}
		info, err := b.broker.Info(ctx)
		if _, far := b.broker.(api.BrokerClient); far && len(info.Links) > 0 {
			t.Errorf("info over HTTP: got keys %v, want none: nobody signed them", info.Links)
		}
		info.Chain = wantInfo.Chain
		same(t, "info", wantInfo)(info, err)
		same(t, "directory", scrip.DirectoryPart{Stalls: []scrip.CertifiedStall{certified()}})(b.broker.Stalls(ctx, ""))
		same(t, "entry", certified())(b.broker.Stall(ctx, vendorID))
		same(t, "keys", []string{"header.keys-after-3.signature"})(b.broker.Keys(ctx, 3))
		same(t, "ratings", []scrip.PublicRating{{Number: 9, At: 7, Rating: "header.rating.signature", AnsweredAt: 8, Answer: "header.answer.signature"}})(b.broker.Ratings(ctx, scrip.RatingPage{Vendor: vendorID, Before: 6}))
		same(t, "head", "a signed head")(b.broker.Head(ctx))
		same(t, "checkpoint", "a signed head and a cosignature")(b.broker.Checkpoint(ctx))
		same(t, "record", tree.Inclusion{Index: 3, Leaf: tree.Hash{1}, Path: []tree.Hash{{2}, {3}}, Head: "a signed head"})(b.broker.Proof(ctx, 3))
		same(t, "message", tree.Inclusion{Index: 4, Leaf: tree.Hash{1}, Entry: "lines\n", Path: []tree.Hash{{2}}, Head: "a signed head"})(b.broker.MessageProof(ctx, pictureDigest))
		same(t, "consistency", tree.Consistency{From: 2, To: 5, Path: []tree.Hash{{4}}})(b.broker.Consistency(ctx, 2, 5))
		same(t, "offers", []scrip.PublicOffer{{Offer: "header.offer.signature", Stock: 3, AwayUntil: 7}})(stall.Offers(ctx))
		same(t, "offer", scrip.PublicOffer{Offer: "header.offer.signature", Stock: 3})(stall.Offer(ctx, offerID))
		same(t, "photo", scrip.Photo{Digest: pictureDigest, Full: pictureFull, Thumb: pictureThumb})(stall.Photo(ctx, pictureDigest))
		same(t, "bank account", "SB123")(b.bank.OpenAccount(ctx))
		same(t, "balance", scrip.Money(700))(b.bank.Balance(ctx, "SB123"))
		same(t, "deposit", scrip.Money(705))(b.bank.Deposit(ctx, "SB123", 5, keyID))
		item := (&fakeMarket{}).item()
		same(t, "search", market.Results{Items: []market.Item{item}, Total: 1, Page: 1, Pages: 1})(b.market.Search(ctx, market.Query{Text: "lamp"}))
		same(t, "listing", item)(b.market.Listing(ctx, vendorID, offerID))
		for _, after := range []market.FeedCursor{{}, {Began: 9, Change: 17, Number: 4}} {
			want, err := (&fakeMarket{}).Feed(ctx, after, 0)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "feed", want)(b.market.Feed(ctx, after, 0))
		}
		same(t, "categories", []market.Category{{Name: "Home", Items: 1}, {Name: "Clothing"}})(b.market.Categories(ctx))
		if c, said, err := b.bank.Confirmation(ctx, keyID); err != nil || said != scrip.Confirmed || c.Amount != 25000 || c.Reference != "SB123" {
			t.Errorf("confirmation: got %v, %v, %v", c, said, err)
		}
		if err := b.bank.Confirm(ctx, keyID); err != nil {
			t.Errorf("confirm: %v", err)
		}
		if err := b.bank.Decline(ctx, keyID); err != nil {
			t.Errorf("decline: %v", err)
		}
		at, page, err := stall.About(ctx)
		if err != nil || page != pageOfStall || at.Vendor != vendorID || at.Certificate != certified().Certificate {
			t.Errorf("about: got %v, %+v, %v", at, page, err)
		}
	})
}

// same returns a function that takes a read's results and compares them.
func same[T any](t *testing.T, what string, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", what, got, err, want)
		}
	}
}

// TestRefusalsTravel: each refusal arrives as the constant it was, also those
// that a service seals, which the document does not declare outside of envelopes.
func TestRefusalsTravel(t *testing.T) {
	c := everything(t)
	broker := c.Broker.(*fakeBroker)
	unheld, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(unheld)
	defer s.Close()
	far := dial(t, s.URL).Broker()
	for _, refusal := range scrip.Refusals() {
		broker.err = fmt.Errorf("look into the books: %w", refusal)
		_, err := far.Send(t.Context(), "T1", one)
		if got, ok := scrip.AsRefusal(err); !ok || got != refusal {
			t.Errorf("got %v, want %v", err, refusal)
		}
	}
}

// TestNotThere: what is not there is refused alike near and far.
func TestNotThere(t *testing.T) {
	nearAndFar(t, everything(t), func(t *testing.T, b both) {
		ctx := t.Context()
		refused := func(what string, err error, want scrip.Refusal) {
			t.Helper()
			if got, _ := scrip.AsRefusal(err); got != want {
				t.Errorf("%s: got %v, want %v", what, err, want)
			}
		}
		_, err := b.broker.Stall(ctx, unknownID)
		refused("entry", err, scrip.UnknownVendor)
		stall, err := b.stalls.Stall(ctx, unknownID)
		if err == nil { // far: the first request tells
			_, err = stall.Send(ctx, "T10", one)
		}
		refused("stall", err, scrip.UnknownVendor)
		_, err = b.bank.Balance(ctx, "nobody")
		refused("balance", err, scrip.NotFound)
		_, err = b.broker.Proof(ctx, 5)
		refused("record", err, scrip.NotFound)
		_, err = b.broker.MessageProof(ctx, jose.Digest(nil))
		refused("message", err, scrip.Unavailable)
		_, err = b.market.Listing(ctx, vendorID, unknownID)
		refused("listing", err, scrip.NotFound)
	})
}

// TestOurFaultIsHidden: the far side learns that something failed and that the
// same may be sent again; why stays here.
func TestOurFaultIsHidden(t *testing.T) {
	c := everything(t)
	c.Broker.(*fakeBroker).err = errOurs
	url := serve(t, c)
	_, err := dial(t, url).Broker().Send(t.Context(), "T1", one)
	if !errors.Is(err, scrip.Unavailable) || strings.Contains(err.Error(), "disk") {
		t.Errorf("got %v, want unavailable without the reason", err)
	}
	resp, body := ask(t, "POST", url+"/v1/broker/acquisitions", envelope)
	if resp.StatusCode != 500 || strings.Contains(body, "disk") || !strings.Contains(body, "/problems/internal") {
		t.Errorf("got %d %s, want a bare internal", resp.StatusCode, body)
	}
}

// TestBadPeers: whatever a peer answers, the client ends with an error that
// says what to do, and reads no more than its bounds.
func TestBadPeers(t *testing.T) {
	page := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"envelope":"`))
		for range 100 {
			if _, err := w.Write(bytes.Repeat([]byte("a"), 1<<16)); err != nil {
				return
			}
		}
	}
	const problem = "application/problem+json"
	for _, tc := range []struct {
		name    string
		answer  http.HandlerFunc
		refusal scrip.Refusal // "" for an error that is none
	}{
		{"a web page", page(200, "text/html", "<html>"), scrip.Unavailable},
		{"not json", page(200, "application/json", "{"), scrip.Unavailable},
		{"trailing bytes", page(200, "application/json", `{"envelope":"a"} {}`), scrip.Unavailable},
		{"duplicate member", page(200, "application/json", `{"envelope":"a","envelope":"b"}`), scrip.Unavailable},
		{"unknown member", page(200, "application/json", `{"envelope":"a","more":"b"}`), scrip.Unavailable},
		{"wrong case", page(200, "application/json", `{"Envelope":"a"}`), scrip.Unavailable},
		{"nothing in it", page(200, "application/json", `{}`), scrip.Unavailable},
		{"another envelope", page(200, "application/json", `{"order":"a"}`), scrip.Unavailable},
		{"one envelope more", page(200, "application/json", `{"envelope":"a","payment":"b"}`), scrip.Unavailable},
		{"endless", endless, scrip.Unavailable},
		{"a gateway's page", page(502, "text/html", "<html>"), scrip.Unavailable},
		{"internal", page(500, problem, `{"type":"/problems/internal","title":"","status":500,"instance":""}`), scrip.Unavailable},
		{"too many requests", page(429, problem, `{"type":"/problems/too-many-requests","title":"","status":429,"instance":""}`), scrip.Unavailable},
		{"too slow", page(408, problem, `{"type":"/problems/too-slow","title":"","status":408,"instance":""}`), scrip.Unavailable},
		{"a refusal", page(409, problem, `{"type":"/problems/scrip-spent","title":"","status":409,"instance":""}`), scrip.ScripSpent},
		{"an invented refusal", page(409, problem, `{"type":"/problems/i-am-rich","title":"","status":409,"instance":""}`), ""},
		{"a foreign problem", page(403, problem, `{"type":"https://other.example/problems/scrip-spent","title":"","status":403,"instance":""}`), ""},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, ""},
		{"nothing", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, scrip.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := httptest.NewServer(tc.answer)
			defer s.Close()
			_, err := dial(t, s.URL).Broker().Send(t.Context(), "T1", one)
			if got, _ := scrip.AsRefusal(err); err == nil || got != tc.refusal {
				t.Errorf("got error %v with refusal %q, want %q", err, got, tc.refusal)
			}
		})
	}
}

// TestGoneAndSlow: a peer that is off, or does not answer in time, is
// unavailable, and the error names no path.
func TestGoneAndSlow(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	slow, err := api.Dial(api.DialConfig{BaseURL: s.URL, Timeout: 30 * time.Millisecond})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	ask := func(what string) {
		_, err := slow.Bank().Balance(t.Context(), "SECRET")
		if !errors.Is(err, scrip.Unavailable) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: got %v, want unavailable without the path", what, err)
		}
	}
	ask("slow")
	s.Close()
	ask("gone")
}

// TestWrongPhoto: bytes that do not have the digest asked for are no photo.
func TestWrongPhoto(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write([]byte("another picture"))
	}))
	defer s.Close()
	_, err := dial(t, s.URL).Stall(vendorID).FullPhoto(t.Context(), pictureDigest)
	if !errors.Is(err, scrip.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestDialRefusesBadURLs(t *testing.T) {
	for _, url := range []string{"", "market.example", "ftp://market.example", "https://", "https://me:pw@market.example", "::"} {
		if _, err := api.Dial(api.DialConfig{BaseURL: url}); err == nil {
			t.Errorf("dial %q: got a peer, want an error", url)
		}
	}
}

// FuzzProblem: no text makes the decoder panic or invent a word.
func FuzzProblem(f *testing.F) {
	f.Add([]byte(`{"type":"/problems/scrip-spent","title":"t","status":409,"instance":"i"}`))
	f.Add([]byte(`{"type":"/problems/scrip-spent","type":"/problems/internal"}`))
	f.Add([]byte(`{"type":"/problems/"}`))
	f.Add([]byte(`{"type":"scrip-spent","errors":[{"field":"/a","rule":"b"}]}`))
	words := api.Words()
	f.Fuzz(func(t *testing.T, body []byte) {
		word := api.ParseProblem(body)
		if word == "" {
			return
		}
		if words[word] == 0 {
			t.Errorf("got %q, which is not in the table", word)
		}
		if !bytes.Contains(body, []byte("type")) && !bytes.Contains(body, []byte(`\u`)) {
			t.Errorf("got %q out of %q", word, body)
		}
	})
}
