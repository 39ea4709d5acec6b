package web

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// shop is a market of three stalls and their buyers, all of them real, on databases of the test.
type shop struct {
	*rig.Rig
	*market.Market
	stalls     []*rig.Stall
	attic      *rig.Stall    // the first of them, whose desk tests open
	typewriter scrip.Listing // two of the attic's, one of which is sold
	vase       scrip.Listing // the attic's, sold
	order      scrip.ID      // of the typewriter
}

// deskToken opens the attic's desk.
const deskToken = "desk-token"

// sample is a thing to list.
type sample struct {
	stall                      int
	title, category, condition string
	price                      scrip.Money
	stock                      int
	photos                     int
}

var samples = []sample{
	{0, "Portable typewriter, green, 1962", "Home", "good", 8500, 2, 3},
	{1, "Touring bicycle, 54 cm, steel frame", "Bicycles & Sport", "good", 24000, 1, 1},
	{2, "Film camera with 50 mm lens", "Electronics", "like new", 11900, 1, 1},
	{0, "Wing armchair, newly covered", "Home", "like new", 18000, 1, 1},
	{1, "Terracotta pots, various sizes", "Tools & Garden", "fair", 400, 14, 1},
	{2, "Closed-back headphones", "Electronics", "good", 4550, 2, 1},
	{0, "Globe from the fifties, lit from inside", "Art & Collectibles", "good", 6200, 1, 1},
	{1, "Wooden smoothing plane", "Tools & Garden", "good", 2800, 1, 1},
	{2, "Acoustic guitar with a hard case", "Books & Music", "good", 15500, 1, 1},
	{0, "Enamel kettle, red", "Home", "good", 1900, 1, 1},
	{1, "Skateboard, new bearings", "Bicycles & Sport", "fair", 3500, 1, 1},
	{2, "Bundle of forty paperback crime novels", "Books & Music", "fair", 2000, 1, 0},
	{0, "Hand-cranked sewing machine", "Home", "for parts", 3900, 1, 1},
	{0, "Studio pottery vase, signed", "Art & Collectibles", "new", 4800, 1, 1},
}

const sampleText = `It stood in my grandmother's study until last year. Everything works.

Collect it in Lübeck or have it sent, well packed.`

// first is the shop that all others are copies of.
var first struct {
	sync.Once
	*shop
	copy rig.Copy
}

// sessions lie in a database of the test.
func sessions(t testing.TB) Sessions {
	t.Helper()
	kept, err := db.NewSessions(dbtest.Open(t, filepath.Join(t.TempDir(), "market.db"), db.Market))
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// newShop is a copy of the first shop.
func newShop(t testing.TB) *shop {
	t.Helper()
	first.Do(func() {
		s := openShop(t)
		first.shop, first.copy = s, s.Copy()
	})
	if first.shop == nil {
		t.Fatal("the first shop was not opened: its test says why")
	}
	s := &shop{Rig: first.copy.Rig(t), typewriter: first.typewriter, vase: first.vase, order: first.order}
	for _, stall := range first.stalls {
		s.stalls = append(s.stalls, stall.In(s.Rig))
	}
	s.attic = s.stalls[0]
	s.Market = s.catalogue(t)
	return s
}

// openShop opens the stalls, lists the samples, and sells a typewriter and the vase.
func openShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{Rig: rig.New(t)}
	for _, name := range []string{"Attic & Sons", "The Open Shed", "Spin Again"} {
		stall := s.Stall(name)
		stall.About = "Things from three generations, cleaned and checked. Posted every Tuesday."
		s.stalls = append(s.stalls, stall)
	}
	s.attic = s.stalls[0]
	for _, sample := range slices.Backward(samples) { // the first is the newest
		s.list(s.stalls[sample.stall], sample)
	}
	s.Market = s.catalogue(t)
	s.order = s.sell(s.typewriter, scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{
		Name: "M. Okafor", Lines: []string{"c/o Bakery Ruhl", "Hafenstraße 14"}, Postcode: "23568", Town: "Lübeck", Country: "DE",
	}})
	s.sell(s.vase, rig.To("Packstation 112"))
	s.read(t)
	s.Clock.Advance(time.Second)
	return s
}

func (s *shop) list(stall *rig.Stall, of sample) {
	s.T.Helper()
	item := merchant.Item{
		Title: of.title, Description: sampleText, Category: of.category, Condition: of.condition, Price: of.price,
		Quantity: of.stock, Delivery: []scrip.Way{scrip.Posted(690)}, SendWithin: 5, CheckWithin: 3,
	}
	for i := range of.photos {
		digest, err := stall.AddPhoto(s.T.Context(), bytes.NewReader(aPhoto(s.T, uint8(i))))
		if err != nil {
			s.T.Fatal(err)
		}
		item.Photos = append(item.Photos, scrip.OfferPhoto{Digest: digest, Alt: of.title})
	}
	if of.title == samples[0].title {
		item.Attributes = []scrip.Attribute{{Name: "Colour", Value: "Green"}, {Name: "Brand", Value: "Olympia & Co"}}
		item.Place = scrip.Place{Country: "DE", Town: "Lübeck"}
	}
	s.Clock.Advance(time.Second)
	listing, err := stall.Stall.List(s.T.Context(), item)
	if err != nil {
		s.T.Fatal(err)
	}
	switch of.title {
	case samples[0].title:
		s.typewriter = listing
	case samples[len(samples)-1].title:
		s.vase = listing
	}
}

// asks is a conversation that a stranger begins about the typewriter, clean as a wallet makes it.
func (s *shop) asks(text string) scrip.ID {
	s.T.Helper()
	return s.begins(scrip.Event{Kind: "ask", Text: text})
}

// begins begins a conversation about the typewriter.
func (s *shop) begins(e scrip.Event) scrip.ID {
	s.T.Helper()
	th, c := scrip.Asked(s.ID()), s.Customer(0)
	e.Offer = s.typewriter.Offer.Offer
	e = e.Cleaned()
	th, _, err := c.SendTelling(s.attic, th, c.Telling(s.attic, th, c.Event(s.attic, th, e, jose.Digest([]byte(s.typewriter.JWS)))))
	if err != nil {
		s.T.Fatal(err)
	}
	return th.Order
}

// sell sells one of the attic's listings to a new customer and returns the order.
func (s *shop) sell(l scrip.Listing, delivery scrip.Delivery) scrip.ID {
	s.T.Helper()
	total, err := l.Total(1, delivery)
	if err != nil {
		s.T.Fatal(err)
	}
	buyer := s.Customer(total)
	held, _ := buyer.Trade(s.attic, buyer.Acquire(total), total)
	paid, err := rig.Send[scrip.Paid](buyer, s.attic.Purchase, buyer.Mandate(s.attic, held, l, func(m *rig.Message) {
		m.Attach.Order.Delivery, m.Attach.Order.Note = delivery, "Ring twice."
	}))
	if err != nil {
		s.T.Fatal(err)
	}
	return paid.Body.OrderID
}

// asksFor makes a payment link of the attic's.
func (s *shop) asksFor(times string) scrip.Listing {
	s.T.Helper()
	l, err := s.attic.AskFor(s.T.Context(), merchant.Demand{
		Title: "Two guitar lessons <b>", Description: "On two Saturdays.\nThank you.", Reference: "2026-117", Price: 60_00, Times: times,
		ValidUntil: s.Clock.Now().AddDate(0, 0, 30).Unix(),
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return l
}

// protect sells an attic's listing under protection to a new customer, and the market hears of it.
func (s *shop) protect(l scrip.Listing) rig.Purchase {
	s.T.Helper()
	total, err := l.Total(1, rig.To("12 Elm Street"))
	if err != nil {
		s.T.Fatal(err)
	}
	buyer := s.Customer(total)
	held, _ := buyer.Trade(s.attic, buyer.Acquire(total), total)
	p := buyer.BuyProtected(s.attic, held, l)
	s.deliver()
	return p
}

// deliver lets the attic tell the market and hear from it.
func (s *shop) deliver() {
	s.T.Helper()
	s.Clock.Advance(2 * time.Minute)
	if err := s.attic.Deliver(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
}

// disputes has the buyer of a purchase say that something is wrong.
func (s *shop) disputes(p rig.Purchase, text string) {
	s.T.Helper()
	m := p.Buyer.Pseudonymous(p.Stall, scrip.Dispute{Vendor: p.Stall.Vendor(), Purchase: p.Tx, Text: text, Shows: []scrip.Shown{{Message: p.Mandate}, {Message: p.Paid.JWS}}})
	if _, err := s.SendHold(m); err != nil {
		s.T.Fatal(err)
	}
}

// rated has a stranger buy a thing and say so many stars of it, and returns the purchase.
func (s *shop) rated(stars int, words string) scrip.ID {
	s.T.Helper()
	buyer := s.Customer(100_00)
	held, _ := buyer.Trade(s.attic, buyer.Acquire(100_00), 100_00)
	paid, _ := buyer.Buy(s.attic, held, s.attic.List(5_00, 1))
	if err := s.attic.Deliver(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
	key := buyer.Alias(s.attic.Vendor())
	rate := buyer.Seal(rig.Message{From: key.Thumbprint(), By: key, Body: scrip.Rating{
		Vendor: s.attic.Vendor(), Purchase: paid.Tx, Stars: stars, Words: words, Counter: 1,
	}})
	if _, err := rig.Send[scrip.Noted](buyer, s.Broker.Rate, rate); err != nil {
		s.T.Fatal(err)
	}
	return paid.Tx
}

func (s *shop) catalogue(t testing.TB) *market.Market {
	t.Helper()
	store, err := db.NewCatalogue(s.Open(filepath.Join(s.Data, "market.db"), db.Market))
	if err != nil {
		t.Fatal(err)
	}
	return market.New(market.Config{
		Broker: func() scrip.BrokerInfo { return s.Info }, Directory: s.Broker, Source: source{s}, Store: store,
		Thumb: merchant.Thumbnail, Ratings: s.Broker.Ratings, Clock: s.Clock.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// read has the market read every stall again.
func (s *shop) read(t testing.TB) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// source reads the shop's stalls.
type source struct{ *shop }

func (s source) stall(v scrip.VendorID) *rig.Stall {
	for _, stall := range s.stalls {
		if stall.Vendor() == v {
			return stall
		}
	}
	return nil
}

func (s source) Page(ctx context.Context, c scrip.Certificate) (scrip.StallPage, error) {
	return s.stall(c.Vendor).Page(ctx)
}

func (s source) Offers(ctx context.Context, c scrip.Certificate, _ string) ([]scrip.PublicOffer, string, error) {
	offers, err := s.stall(c.Vendor).Offers(ctx)
	return offers, "", err
}

func (s source) Offer(ctx context.Context, c scrip.Certificate, offer scrip.ID) (scrip.PublicOffer, error) {
	return s.stall(c.Vendor).Offer(ctx, offer)
}

func (s source) Photo(ctx context.Context, c scrip.Certificate, digest string) ([]byte, error) {
	photo, err := s.stall(c.Vendor).Photo(ctx, digest)
	return photo.Full, err
}

// aPhoto is a small photo of one shade.
func aPhoto(t testing.TB, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, merchant.LeastSide, merchant.LeastSide))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{Y: 40 * shade}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// config is all pages over the shop. The second stall sells from elsewhere.
func (s *shop) config() Config {
	return Config{
		Site: Site{
			BrokerURL: "https://broker.example/base", Currency: s.Info.Currency, Connect: []string{"https://shed.example"},
		},
		Catalogue: s.Market, Reports: s.Market, Openings: openings{s}, Bank: s.Bank, Clock: s.Clock.Now,
		Hosts: func(v scrip.VendorID) bool { return v != s.stalls[1].Vendor() },
		Desk: func(_ context.Context, v scrip.VendorID) (Desk, error) {
			if stall := (source{s}).stall(v); stall != nil {
				return stall.Stall, nil
			}
			return nil, scrip.UnknownVendor
		},
		DeskLink: func(token string) (scrip.VendorID, error) {
			if token != deskToken {
				return "", scrip.NotFound
			}
			return s.attic.Vendor(), nil
		},
		Insecure: true, Log: slog.New(slog.DiscardHandler), Sessions: sessions(s.T),
	}
}

// openings opens the attic for whoever asks properly: what happens behind it is merchant.Host's, and tested there.
type openings struct{ *shop }

const draftID = "ZHJhZnQtMDAwMDAwMDAwMQ"

func (o openings) Draft(_ context.Context, of merchant.Opening) (merchant.Draft, error) {
	if err := scrip.NameFault(of.Name); err != nil {
		return merchant.Draft{}, err
	}
	if of.Name == "Full" {
		return merchant.Draft{}, merchant.ErrHostFull
	}
	keys := o.attic.Secret
	return merchant.Draft{
		ID: draftID, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(), BaseURL: "https://market.example", Possession: "a.b.c",
	}, nil
}

func (o openings) Finish(_ context.Context, draft scrip.ID, _ string) (scrip.VendorID, error) {
	if draft != draftID {
		return "", scrip.NotFound
	}
	return o.attic.Vendor(), nil
}

func (o openings) Login(_ context.Context, envelope, challenge string) (scrip.VendorID, string, error) {
	if envelope != "sealed" || len(challenge) != 43 {
		return "", "", scrip.Unreadable
	}
	return o.attic.Vendor(), o.attic.Owner.Key.Thumbprint(), nil
}

func (o openings) OwnerKey(context.Context, scrip.VendorID) (string, error) {
	return o.attic.Owner.Key.Thumbprint(), nil
}

// more is a market that holds more than it shows, or fails.
type more struct {
	*market.Market
	unread, unshown, copies int
	err                     error
}

func (m more) Unread() int { return m.unread }

func (m more) Search(ctx context.Context, q market.Query) (market.Results, error) {
	if m.err != nil {
		return market.Results{}, m.err
	}
	return m.Market.Search(ctx, q)
}

func (m more) Stalls(ctx context.Context) ([]market.Stall, error) {
	stalls, err := m.Market.Stalls(ctx)
	for range m.copies {
		stalls = append(stalls, stalls[0])
	}
	return stalls, err
}

func (m more) StallPage(ctx context.Context, v scrip.VendorID) (market.StallPage, error) {
	page, err := m.Market.StallPage(ctx, v)
	page.Stall.Unshown = m.unshown
	return page, err
}

// charge asks a customer to confirm a payment and returns where.
func (s *shop) charge() string {
	s.T.Helper()
	c := s.Customer(200_00)
	answer, err := rig.Send[scrip.Pending](c, s.Broker.Acquire, c.Acquisition(200_00))
	if err != nil {
		s.T.Fatal(err)
	}
	return "/bank/confirm/" + string(rig.Charge(answer.Body.Link))
}

// listed is the attic's newest listing.
func (s *shop) listed() scrip.Listing {
	s.T.Helper()
	listings, err := s.attic.Shelf.Listings(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	return listings[0]
}
