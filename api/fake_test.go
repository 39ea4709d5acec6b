package api_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"peerscrip/api"
	"peerscrip/api/contract"
	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Ids in their one spelling.
const (
	vendorID  = "sXUVUIUsQypR-ta5E-HfAw"
	offerID   = "pXs-VXf7s_gKXD74KXnSog"
	unknownID = "R_2y3N7PIkQMZsjQOFFoAQ"
	keyID     = "RmAIm8QFKjt538bnxI_U0g"
)

var (
	pictureFull   = []byte("the picture")
	pictureThumb  = []byte("small")
	pictureDigest = jose.Digest(pictureFull)
)

// echo answers every message with what it was, marked with its name, unless err
// is set.
type echo struct{ err error }

func (e echo) Send(_ context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if e.err != nil {
		return scrip.Sealed{}, e.err
	}
	mark := func(s string) string {
		if s == "" {
			return ""
		}
		return message + ":" + s
	}
	return scrip.Sealed{Envelope: mark(in.Envelope), Order: mark(in.Order), Payment: mark(in.Payment)}, nil
}

// fakeBroker is a broker that echoes.
type fakeBroker struct {
	echo
	info scrip.BrokerInfo
}

func (b *fakeBroker) Info(context.Context) (scrip.BrokerInfo, error) { return b.info, b.err }
func (b *fakeBroker) Keys(_ context.Context, after int64) ([]string, error) {
	return []string{fmt.Sprintf("header.keys-after-%d.signature", after)}, b.err
}
func (b *fakeBroker) Stalls(context.Context, scrip.VendorID) (scrip.DirectoryPart, error) {
	return scrip.DirectoryPart{Stalls: []scrip.CertifiedStall{certified()}}, b.err
}
func (b *fakeBroker) Directory(_ context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	if after != "" && after != vendorID {
		return nil, scrip.UnknownVendor
	}
	if after == vendorID {
		return nil, b.err
	}
	return []scrip.CertifiedStall{certified()}, b.err
}
func (b *fakeBroker) Stall(_ context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	if v != vendorID {
		return scrip.CertifiedStall{}, scrip.UnknownVendor
	}
	return certified(), b.err
}

func (b *fakeBroker) Ratings(_ context.Context, page scrip.RatingPage) ([]scrip.PublicRating, error) {
	if page.Vendor != vendorID {
		return nil, scrip.UnknownVendor
	}
	return []scrip.PublicRating{{Number: 3 + page.Before, At: 7, Rating: "header.rating.signature", AnsweredAt: 8, Answer: "header.answer.signature"}}, b.err
}
func (b *fakeBroker) Head(context.Context) (string, error) { return "a signed head", b.err }
func (b *fakeBroker) Checkpoint(context.Context) (string, error) {
	return "a signed head and a cosignature", b.err
}
func (b *fakeBroker) Proof(_ context.Context, index int64) (tree.Inclusion, error) {
	if index > 4 {
		return tree.Inclusion{}, scrip.NotFound
	}
	return tree.Inclusion{Index: index, Leaf: tree.Hash{1}, Path: []tree.Hash{{2}, {3}}, Head: "a signed head"}, b.err
}
func (b *fakeBroker) MessageProof(_ context.Context, digest string) (tree.Inclusion, error) {
	if digest != pictureDigest {
		return tree.Inclusion{}, scrip.Unavailable
	}
	return tree.Inclusion{Index: 4, Leaf: tree.Hash{1}, Entry: "lines\n", Path: []tree.Hash{{2}}, Head: "a signed head"}, b.err
}
func (b *fakeBroker) Consistency(_ context.Context, from, to int64) (tree.Consistency, error) {
	return tree.Consistency{From: from, To: to, Path: []tree.Hash{{4}}}, b.err
}

func certified() scrip.CertifiedStall {
	return scrip.CertifiedStall{
		Vendor: vendorID, Name: "Anna's bicycles", BaseURL: "https://anna.example", Certificate: "header.payload.signature",
	}
}

// pageOfStall is what the one stall says of itself.
var pageOfStall = scrip.StallPage{About: "Bicycles, mended <well>", Place: "Utrecht", Picture: pictureDigest, AwayUntil: 1_900_000_000}

// fakeStalls are one stall that echoes.
type fakeStalls struct{ echo }

func (s *fakeStalls) Stall(_ context.Context, v scrip.VendorID) (api.Stall, error) {
	if v != vendorID {
		return nil, scrip.UnknownVendor
	}
	return s, nil
}
func (s *fakeStalls) About(context.Context) (scrip.CertifiedStall, scrip.StallPage, error) {
	return certified(), pageOfStall, s.err
}
func (s *fakeStalls) Offers(context.Context) ([]scrip.PublicOffer, error) {
	return []scrip.PublicOffer{{Offer: "header.offer.signature", Stock: 3, AwayUntil: 7}}, s.err
}
func (s *fakeStalls) Offer(_ context.Context, id scrip.ID) (scrip.PublicOffer, error) {
	if id != offerID {
		return scrip.PublicOffer{}, scrip.NotFound
	}
	return scrip.PublicOffer{Offer: "header.offer.signature", Stock: 3}, s.err
}
func (s *fakeStalls) Photo(_ context.Context, digest string) (scrip.Photo, error) {
	if digest != pictureDigest {
		return scrip.Photo{}, scrip.NotFound
	}
	return scrip.Photo{Digest: pictureDigest, Full: pictureFull, Thumb: pictureThumb}, s.err
}

// fakeBank has one account.
type fakeBank struct{ err error }

func (b *fakeBank) OpenAccount(context.Context) (string, error) { return "SB123", b.err }
func (b *fakeBank) Balance(_ context.Context, reference string) (scrip.Money, error) {
	if reference != "SB123" {
		return 0, scrip.NotFound
	}
	return 700, b.err
}
func (b *fakeBank) Deposit(_ context.Context, reference string, amount scrip.Money, key scrip.ID) (scrip.Money, error) {
	switch {
	case reference != "SB123":
		return 0, scrip.NotFound
	case amount > 100000:
		return 0, scrip.AmountOutOfBounds
	case key != keyID:
		return 0, scrip.TxConflict
	}
	return 700 + amount, b.err
}
func (b *fakeBank) Confirmation(_ context.Context, key scrip.ID) (scrip.Collection, scrip.Consent, error) {
	if key != keyID {
		return scrip.Collection{}, "", scrip.NotFound
	}
	return scrip.Collection{Key: keyID, Reference: "SB123", Amount: 25000}, scrip.Confirmed, b.err
}
func (b *fakeBank) Decline(ctx context.Context, key scrip.ID) error { return b.Confirm(ctx, key) }
func (b *fakeBank) Confirm(_ context.Context, key scrip.ID) error {
	if key != keyID {
		return scrip.NotFound
	}
	return b.err
}

// fakeMarket has one item, for who asks for it.
type fakeMarket struct {
	err   error
	last  market.Query
	limit int // of the last page of the feed
}

func (m *fakeMarket) item() market.Item {
	return market.Item{
		Listing: scrip.Listing{
			Offer: scrip.Offer{
				Offer: offerID, Vendor: vendorID, Title: "Lamp", Description: "Bright", Category: "Home", Condition: "good",
				Price: 900, Currency: "EUR", Quantity: 4, Edition: scrip.Edition, Sub: "Lighting", Attributes: []scrip.Attribute{{Name: "Material", Value: "Brass"}},
				Place: scrip.Place{Country: "NL", Town: "Utrecht"}, Delivery: []scrip.Way{scrip.Posted(100)}, SendWithin: 5, CheckWithin: 3, ValidUntil: 1800000000,
				Photos: []scrip.OfferPhoto{{Digest: pictureDigest, Alt: "A lamp"}},
			},
			JWS: "header.offer.signature", Stock: 3, ListedAt: 1789000000,
		},
		State: market.Live,
		Stall: market.Stall{Vendor: vendorID, Name: "Anna's bicycles", BaseURL: "https://anna.example", Certificate: "header.payload.signature"},
	}
}
func (m *fakeMarket) Search(_ context.Context, q market.Query) (market.Results, error) {
	m.last = q
	item := m.item()
	asked := strings.Contains(strings.ToLower(item.Title), strings.ToLower(q.Text)) && (q.Category == "" || q.Category == item.Category) &&
		(q.Condition == "" || q.Condition == item.Condition) && (q.Vendor == "" || q.Vendor == item.Stall.Vendor) &&
		q.MinPrice <= item.Price && (q.MaxPrice == 0 || q.MaxPrice >= item.Price)
	r := market.Results{Items: []market.Item{item}, Total: 1, Page: 1, Pages: 1}
	if !asked || q.Page > 1 {
		r = market.Results{Items: []market.Item{}, Page: max(q.Page, 1)}
	}
	if q.Facets {
		one := func(value string) []market.Count { return []market.Count{{Value: value, Items: 1}} }
		r.Facets = market.Facets{
			Categories: one("Home"), Subs: one("Lighting"), Conditions: one("good"), Countries: one("NL"), To: one("BE"),
			ToAny: 2, Collected: 3, Protected: 4, Open: 5, Least: 900, Most: 1000,
			Attributes: []market.Attribute{{Name: "Colour", Values: []market.Value{{Count: one("Red")[0], Chosen: len(q.Attributes) > 0}}, More: 2}},
		}
		if q.Country != "" {
			r.Facets.Towns = market.Attribute{Name: q.Country, Values: []market.Value{{Count: one("Utrecht")[0], Chosen: q.Town != ""}}, More: 3}
		}
	}
	if q.Near && r.Total == 0 {
		r.Stalls = []market.Stall{{Vendor: vendorID, Name: "Lmap Shop", Listings: 7}}
		r.Near = market.Near{Items: []market.Item{item}, Total: 9, Text: "lamp", Less: true, Any: true}
	}
	return r, m.err
}
func (m *fakeMarket) Listing(_ context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error) {
	if vendor != vendorID || offer != offerID {
		return market.Item{}, scrip.NotFound
	}
	return m.item(), m.err
}
func (m *fakeMarket) Categories(context.Context) ([]market.Category, error) {
	return []market.Category{{Name: "Home", Items: 1}, {Name: "Clothing", Items: 0}}, m.err
}

// Feed has two changes, of one page each.
func (m *fakeMarket) Feed(_ context.Context, after market.FeedCursor, limit int) (market.Feed, error) {
	m.limit = limit
	if after == (market.FeedCursor{}) {
		return market.Feed{
			Changes: []market.Change{{Vendor: vendorID, Offer: offerID, State: market.Live, JWS: "header.offer.signature", ListedAt: 1789000000}},
			Stalls:  []market.Stall{{Vendor: vendorID, Name: "Anna's bicycles", BaseURL: "https://anna.example", Certificate: "header.payload.signature"}},
			Next:    market.FeedCursor{Began: 9, Change: 17, Number: 4}, More: true, Start: true,
		}, m.err
	}
	return market.Feed{
		Changes: []market.Change{{Vendor: vendorID, Offer: unknownID, State: market.Removed}}, Next: market.FeedCursor{Began: after.Began, Change: after.Change + 1},
	}, m.err
}

// document reads openapi.yaml.
func document(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	return text
}

// info is a broker's description of itself with real keys.
func info(t testing.TB) scrip.BrokerInfo {
	t.Helper()
	signing, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatalf("make a signing key: %v", err)
	}
	envelope, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatalf("make an envelope key: %v", err)
	}
	_, chain, err := scrip.Chain{Broker: unknownID}.Succeed(rand.Reader, []jose.VerifyKey{signing.Public()}, envelope.Public(), 1, signing)
	if err != nil {
		t.Fatalf("sign the first keys: %v", err)
	}
	return scrip.BrokerInfo{
		ID: unknownID, Name: "Town Bank", BaseURL: "https://bank.example", Currency: scrip.Currency{Code: "EUR", Exponent: 2},
		Chain: chain, MaxCharge: 100000, ScripLifetime: 31536000,
		Bank: scrip.BankTerms{Kind: scrip.RealBank, Ways: []scrip.PayWay{{Way: scrip.ByCard, Fixed: 25, Rate: 150, Least: 50}}},
	}
}

// everything is a configuration that plays all roles.
func everything(t testing.TB) api.Config {
	t.Helper()
	return api.Config{
		Document: document(t), Broker: &fakeBroker{info: info(t)}, Bank: &fakeBank{}, Notices: fakeNotices{}, Stalls: &fakeStalls{}, Market: &fakeMarket{},
	}
}

// held is the contract, read once.
var held = sync.OnceValues(func() (*contract.Contract, error) { return contract.Read(api.Contract) })

// handler makes the server of c, whose every answer is held to the document.
func handler(t testing.TB, c api.Config) http.Handler {
	t.Helper()
	h, err := api.New(c)
	if err != nil {
		t.Fatalf("make the server: %v", err)
	}
	document, err := held()
	if err != nil {
		t.Fatal(err)
	}
	return document.Watch(h, func(misfit string) { t.Error(misfit) })
}

// serve starts c and returns its URL.
func serve(t testing.TB, c api.Config) string {
	t.Helper()
	s := httptest.NewServer(handler(t, c))
	t.Cleanup(s.Close)
	return s.URL
}

// dial talks to the server at url.
func dial(t testing.TB, url string) *api.Peer {
	t.Helper()
	peer, err := api.Dial(api.DialConfig{BaseURL: url})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	return peer
}

var errOurs = errors.New("the disk that holds reply_key is full")

// fakeNotices hears what is signed with the number of its bytes.
type fakeNotices struct{}

func (fakeNotices) Hear(_ context.Context, payload []byte, signature string) error {
	if signature != strconv.Itoa(len(payload)) {
		return scrip.Unreadable
	}
	return nil
}
