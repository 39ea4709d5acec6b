package world_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

const start = 1_800_000_000 // unix seconds: when each test begins

var errDown = errors.New("connection refused")

// world is a broker's directory and stalls, all of them ready to misbehave.
type world struct {
	*market.Market
	t      testing.TB
	broker scrip.ID
	key    jose.SigningKey

	mu     sync.Mutex
	now    int64                       // under mu; unix seconds
	listed []scrip.CertifiedStall      // under mu
	stalls map[scrip.VendorID]*stall   // under mu
	photos map[string][]byte           // under mu: by digest, for every stall
	asked  map[string]int              // under mu: how often each picture was asked for
	down   bool                        // under mu: the directory
	pause  func(context.Context) error // under mu: called when a stall is read
}

type stall struct {
	vendor scrip.VendorID
	key    jose.SigningKey
	page   scrip.StallPage
	offers []scrip.PublicOffer
	down   bool
	hangs  bool // on questions for pictures
	tag    string
	reads  int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := db.NewCatalogue(dbtest.Open(t, filepath.Join(t.TempDir(), "market.db"), db.Market))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, broker: rig.NewID(t), key: rig.NewSigningKey(t), now: start,
		stalls: map[scrip.VendorID]*stall{}, photos: map[string][]byte{}, asked: map[string]int{},
	}
	w.Market = market.New(market.Config{
		Broker: w.info, Directory: w, Source: source{w}, Store: store, Clock: w.clock,
		Thumb: func(full []byte) ([]byte, error) { return full[:len(full)/2], nil },
		Every: time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	return w
}

// change changes the world while nobody looks.
func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Unix(w.now, 0)
}

func (w *world) sleep(d time.Duration) { w.change(func() { w.now += int64(d / time.Second) }) }

func (w *world) info() scrip.BrokerInfo {
	euro, err := scrip.ParseCurrency("EUR")
	if err != nil {
		w.t.Fatal(err)
	}
	return scrip.BrokerInfo{ID: w.broker, Currency: euro, Chain: scrip.Chain{
		Broker: w.broker, Links: []scrip.Link{{Signing: []jose.VerifyKey{w.key.Public()}}},
	}}
}

func (w *world) Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error) {
	return scrip.ReadDirectory(ctx, w.directory, after)
}

func (w *world) directory(_ context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errDown
	}
	from := slices.IndexFunc(w.listed, func(s scrip.CertifiedStall) bool { return s.Vendor == after }) + 1
	return slices.Clone(w.listed[from:min(from+scrip.MaxStallsPage, len(w.listed))]), nil
}

func (w *world) Stall(_ context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.listed, func(s scrip.CertifiedStall) bool { return s.Vendor == vendor })
	switch {
	case w.down:
		return scrip.CertifiedStall{}, errDown
	case i < 0:
		return scrip.CertifiedStall{}, scrip.UnknownVendor
	}
	return w.listed[i], nil
}

// source reads the world's stalls.
type source struct{ *world }

func (s source) read(ctx context.Context, v scrip.VendorID) (stall, error) {
	s.mu.Lock()
	pause := s.pause
	s.mu.Unlock()
	if pause != nil {
		if err := pause(ctx); err != nil {
			return stall{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stalls[v]
	st.reads++
	if st.down {
		return stall{}, errDown
	}
	told := *st
	told.offers = slices.Clone(st.offers)
	return told, nil
}

func (s source) Page(ctx context.Context, c scrip.Certificate) (scrip.StallPage, error) {
	st, err := s.read(ctx, c.Vendor)
	return st.page, err
}

func (s source) Offers(ctx context.Context, c scrip.Certificate, known string) ([]scrip.PublicOffer, string, error) {
	st, err := s.read(ctx, c.Vendor)
	if err == nil && known != "" && known == st.tag {
		return nil, known, nil
	}
	return st.offers, st.tag, err
}

func (s source) Offer(ctx context.Context, c scrip.Certificate, offer scrip.ID) (scrip.PublicOffer, error) {
	st, err := s.read(ctx, c.Vendor)
	if err != nil {
		return scrip.PublicOffer{}, err
	}
	for _, o := range st.offers {
		if body, err := scrip.Unchecked[scrip.Offer](o.Offer); err == nil && body.Offer == offer {
			return o, nil
		}
	}
	return scrip.PublicOffer{}, scrip.NotFound
}

func (s source) Photo(ctx context.Context, c scrip.Certificate, digest string) ([]byte, error) {
	s.mu.Lock()
	s.asked[digest]++
	hangs := s.stalls[c.Vendor].hangs
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stalls[c.Vendor].down {
		return nil, errDown
	}
	b, ok := s.photos[digest]
	if !ok {
		return nil, scrip.NotFound
	}
	return b, nil
}

// certify opens a stall and lists it. Spoil may make its certificate bad.
func (w *world) certify(name string, spoil ...func(*scrip.Certificate, *jose.SigningKey)) *stall {
	w.t.Helper()
	envelope, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	s := &stall{vendor: scrip.VendorID(rig.NewID(w.t)), key: rig.NewSigningKey(w.t), page: scrip.StallPage{About: "About " + name}}
	cert := scrip.Certificate{
		Vendor: s.vendor, Name: name, Signing: s.key.Public(), Envelope: envelope.Public(),
		BaseURL: "https://stall.example", NotBefore: start - 10, NotAfter: start + 1e8,
	}
	by := w.key
	for _, f := range spoil {
		f(&cert, &by)
	}
	m := scrip.Compose(string(w.broker), string(cert.Vendor), rig.NewID(w.t), start-10, cert, scrip.Attachments{})
	w.change(func() {
		w.stalls[s.vendor] = s
		w.listed = append(w.listed, scrip.CertifiedStall{
			Vendor: s.vendor, Name: name, BaseURL: cert.BaseURL, Certificate: w.sign(m, by),
		})
	})
	return s
}

func (w *world) sign(m jose.Message, by jose.SigningKey) string {
	w.t.Helper()
	signed, err := jose.Sign(rand.Reader, m, by)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed.JWS
}

// offer is a good offer of the stall.
func (w *world) offer(s *stall, title string) scrip.Offer {
	return scrip.Offer{
		Offer: rig.NewID(w.t), Vendor: s.vendor, Title: title, Description: "As it is.", Category: "Home",
		Condition: "good", Price: 1000, Currency: "EUR", Quantity: 2, Photos: []scrip.OfferPhoto{}, ValidUntil: start + 1e7,
	}
}

// put puts an offer on the stall, signed at a time, in the place of an earlier
// version of it.
func (w *world) put(s *stall, o scrip.Offer, stock int, at int64) {
	w.t.Helper()
	m := scrip.Compose(string(s.vendor), string(s.vendor), rig.NewID(w.t), at, o, scrip.Attachments{})
	signed := w.sign(m, s.key)
	w.change(func() {
		s.offers = slices.DeleteFunc(slices.Clone(s.offers), func(p scrip.PublicOffer) bool {
			old, err := scrip.Verify[scrip.Offer](p.Offer, string(s.vendor), func(string, string, int64) (jose.VerifyKey, error) {
				return s.key.Public(), nil
			})
			return err == nil && old.Body.Offer == o.Offer
		})
		s.offers = append(s.offers, scrip.PublicOffer{Offer: signed, Stock: stock})
	})
}

func (w *world) refresh() {
	w.t.Helper()
	if err := w.Refresh(w.t.Context()); err != nil {
		w.t.Fatalf("refresh: %v", err)
	}
}

// titles is what a query finds, in order.
func (w *world) titles(q market.Query) []string {
	w.t.Helper()
	r, err := w.Search(w.t.Context(), q)
	if err != nil {
		w.t.Fatalf("search %+v: %v", q, err)
	}
	var list []string
	for _, item := range r.Items {
		list = append(list, item.Title)
	}
	return list
}

func (w *world) finds(what string, q market.Query, want ...string) {
	w.t.Helper()
	if got := w.titles(q); !slices.Equal(got, want) {
		w.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (w *world) state(s *stall, o scrip.Offer, want market.State) {
	w.t.Helper()
	item, err := w.Listing(w.t.Context(), s.vendor, o.Offer)
	if err != nil || item.State != want {
		w.t.Errorf("%s: got %q, %v, want %q", o.Title, item.State, err, want)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}
