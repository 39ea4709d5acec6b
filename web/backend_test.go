package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// memory is every backend of this package in one, for tests: what it is told it remembers, and nothing is checked but
// what a test is about.
type memory struct {
	mu       sync.Mutex
	listings []DeskListing
	stalls   []Stall
	orders   map[string]*Order
	underway []Underway
	accounts map[string]*BankAccount
	charges  map[string]*Charge
	keys     map[string]bool // of deposits
	photos   map[string][]byte
	drafts   map[string]StallForm
	logins   map[string]string // challenge -> envelope it was answered with
	unread   int
	broken   error // returned by Search, to see what a fault of ours looks like
}

var (
	_ Catalogue = (*memory)(nil)
	_ Photos    = (*memory)(nil)
	_ Openings  = (*memory)(nil)
	_ Keyring   = (*memory)(nil)
	_ Desk      = (*memory)(nil)
	_ Orders    = (*memory)(nil)
	_ Bank      = (*memory)(nil)
	_ Charges   = (*memory)(nil)
)

// IDs that tests name.
const (
	attic      = "YXR0aWMtYW5kLXNvbnMtMQ"
	typewriter = "dHlwZXdyaXRlci0wMDAwMQ"
	soldVase   = "dmFzZS1vbmx5LW9uZS0wMQ"
	firstOrder = "b3JkZXItMDAwMDAwMDAwMQ"
	oneCharge  = "Y2hhcmdlLTAwMDAwMDAwMQ"
	deskToken  = "desk-token"
)

var testDay = time.Date(2026, 4, 18, 9, 30, 0, 0, time.UTC)

func newMemory() *memory {
	m := &memory{
		orders: map[string]*Order{}, accounts: map[string]*BankAccount{}, charges: map[string]*Charge{},
		keys: map[string]bool{}, photos: map[string][]byte{}, drafts: map[string]StallForm{}, logins: map[string]string{},
	}
	m.stalls = sampleStalls()
	m.listings = sampleListings(m.stalls)
	for _, o := range sampleOrders() {
		m.orders[o.ID] = &o
	}
	m.charges[oneCharge] = &Charge{Key: oneCharge, Reference: "SB-4821-7730-1156", Amount: 12000, Asked: testDay}
	return m
}

func (m *memory) Search(_ context.Context, q Query) (Results, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return Results{}, m.broken
	}
	var found []Listing
	for _, l := range m.listings {
		words := strings.ToLower(l.Title + " " + l.Description)
		if l.State == Live && strings.Contains(words, strings.ToLower(q.Words)) &&
			(q.Category == "" || q.Category == l.Category) && (q.Condition == "" || q.Condition == l.Condition) &&
			l.Price >= q.Min && (q.Max == 0 || l.Price <= q.Max) {
			found = append(found, l.Listing)
		}
	}
	if q.Sort == Cheapest || q.Sort == Dearest {
		slices.SortStableFunc(found, func(a, b Listing) int { return int(a.Price - b.Price) })
	}
	if q.Sort == Dearest {
		slices.Reverse(found)
	}
	from := min((q.Page-1)*q.PerPage, len(found))
	return Results{Listings: found[from:min(from+q.PerPage, len(found))], Total: len(found)}, nil
}

func (m *memory) Listing(_ context.Context, vendor, offer string) (Listing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.listings {
		if l.Vendor == vendor && l.Offer == offer {
			return l.Listing, nil
		}
	}
	return Listing{}, scrip.NotFound
}

func (m *memory) Stalls(context.Context) (StallList, error) {
	return StallList{Stalls: m.stalls, Unread: m.unread}, nil
}

func (m *memory) Stall(_ context.Context, vendor string) (StallPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.stalls {
		if t.Vendor != vendor {
			continue
		}
		page := StallPage{Stall: t}
		for _, l := range m.listings {
			if l.Vendor == vendor && l.State == Live {
				page.Listings = append(page.Listings, l.Listing)
			}
		}
		return page, nil
	}
	return StallPage{}, scrip.UnknownVendor
}

func (m *memory) Add(_ context.Context, _ string, file []byte) (string, error) {
	if !bytes.HasPrefix(file, []byte("\xff\xd8")) {
		return "", Invalid{"photo": "This is not a picture we can read."}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	digest := sampleDigest(fmt.Sprint("upload ", len(m.photos)))
	m.photos[digest] = file
	return digest, nil
}

func (m *memory) Image(_ context.Context, digest string, _ bool) ([]byte, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if body, ok := m.photos[digest]; ok {
		return body, "image/jpeg", nil
	}
	body, err := samplePhoto(digest)
	return body, "image/jpeg", err
}

func (m *memory) Draft(_ context.Context, f StallForm) (StallDraft, error) {
	if f.Name == "" {
		return StallDraft{}, scrip.NameInvalid
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drafts["draft-1"] = f
	key := json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)
	return StallDraft{Draft: "draft-1", Signing: key, Envelope: key, BaseURL: "https://market.example", Possession: "a.b.c"}, nil
}

func (m *memory) Finish(_ context.Context, draft, certificate string) (string, error) {
	if _, ok := m.drafts[draft]; !ok || certificate == "" {
		return "", scrip.Unreadable
	}
	return attic, nil
}

func (m *memory) Login(_ context.Context, envelope, challenge string) (string, error) {
	if envelope != "sealed" || len(challenge) != 43 {
		return "", scrip.Unreadable
	}
	return attic, nil
}

func (m *memory) Owner(_ context.Context, token string) (string, error) {
	if token != deskToken {
		return "", scrip.NotFound
	}
	return attic, nil
}

func (m *memory) Shelf(_ context.Context, vendor string) (Shelf, error) {
	page, err := m.Stall(context.Background(), vendor)
	if err != nil {
		return Shelf{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	shelf := Shelf{Room: "A stall has room for 500 listings.", Stall: page.Stall}
	for _, l := range m.listings {
		if l.Vendor == vendor {
			shelf.Listings = append(shelf.Listings, l)
		}
	}
	for _, o := range m.orders {
		shelf.Orders = append(shelf.Orders, *o)
		shelf.Taken += o.Price
	}
	shelf.Underway = m.underway
	slices.SortFunc(shelf.Orders, func(a, b Order) int { return b.Placed.Compare(a.Placed) })
	return shelf, nil
}

func (m *memory) List(_ context.Context, vendor string, d ListingDraft) (string, error) {
	if strings.Contains(d.Title, "forbidden") {
		return "", Invalid{"title": "This cannot be sold here."}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	offer := sampleDigest(d.Title)[:22]
	m.listings = append([]DeskListing{{Listing: Listing{
		Vendor: vendor, Offer: offer, Title: d.Title, Description: d.Description, Category: d.Category, Condition: d.Condition,
		Price: d.Price, Postage: d.Postage, Photos: d.Photos, Stock: d.Quantity, State: Live, Listed: testDay,
		ValidUntil: testDay.AddDate(0, 1, 0), Seller: m.stalls[0],
	}}}, m.listings...)
	return offer, nil
}

func (m *memory) Revise(_ context.Context, vendor, offer string, d ListingDraft) error {
	return m.change(vendor, offer, func(l *DeskListing) {
		l.Title, l.Description, l.Price, l.Postage, l.Stock = d.Title, d.Description, d.Price, d.Postage, d.Quantity
		l.Category, l.Condition, l.Photos, l.State = d.Category, d.Condition, d.Photos, Live
	})
}

func (m *memory) End(_ context.Context, vendor, offer string) error {
	return m.change(vendor, offer, func(l *DeskListing) { l.State = Ended })
}

func (m *memory) change(vendor, offer string, f func(*DeskListing)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.listings {
		if l := &m.listings[i]; l.Vendor == vendor && l.Offer == offer {
			f(l)
			return nil
		}
	}
	return scrip.NotFound
}

func (m *memory) Order(_ context.Context, vendor, id string) (Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.orders[id]; ok && vendor == attic {
		return *o, nil
	}
	return Order{}, scrip.NotFound
}

func (m *memory) MarkSent(_ context.Context, vendor, id, note string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orders[id]
	if !ok || vendor != attic {
		return scrip.NotFound
	}
	if err := scrip.ValidNote(note); err != nil {
		return err
	}
	if o.Sent.IsZero() {
		o.Sent = testDay
	}
	o.Note = note
	return nil
}

func (m *memory) Refund(_ context.Context, vendor, id string, f RefundForm) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orders[id]
	switch {
	case !ok || vendor != attic:
		return scrip.NotFound
	case slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.ID == f.Key && r.Amount == f.Amount }):
		return nil
	case slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.ID == f.Key }):
		return scrip.TxConflict
	case f.Amount > o.Price-o.Refunded:
		return scrip.AmountOutOfBounds
	}
	o.Refunded += f.Amount
	o.Refunds = append(o.Refunds, Refund{ID: f.Key, Amount: f.Amount, Made: testDay})
	return nil
}

func (m *memory) Open(context.Context) (BankAccount, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := BankAccount{Reference: fmt.Sprintf("SB-4821-7730-%04d", 1156+len(m.accounts))}
	m.accounts[a.Reference] = &a
	return a, nil
}

func (m *memory) Account(_ context.Context, reference string) (BankAccount, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.accounts[reference]; ok {
		return *a, nil
	}
	return BankAccount{}, scrip.NotFound
}

func (m *memory) Deposit(_ context.Context, d Deposit) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.accounts[d.Reference]
	switch {
	case !ok:
		return scrip.NotFound
	case d.Amount > 1_000_000:
		return fmt.Errorf("deposit: %w", scrip.AmountOutOfBounds)
	case d.Amount == 777_00:
		return scrip.TooMany
	case d.Amount == 666_00:
		return scrip.TxConflict
	case m.keys[d.Key]:
		return nil
	}
	m.keys[d.Key] = true
	a.Balance += d.Amount
	a.Movements = append([]Movement{{At: testDay, Text: "Test money put in", Amount: d.Amount}}, a.Movements...)
	return nil
}

func (m *memory) Charge(_ context.Context, key string) (Charge, error) {
	if c, ok := m.charges[key]; ok {
		return *c, nil
	}
	return Charge{}, scrip.NotFound
}

func (m *memory) Confirm(_ context.Context, key string) error {
	c, ok := m.charges[key]
	if !ok {
		return scrip.NotFound
	}
	a, ok := m.accounts[c.Reference]
	if !ok || a.Balance < c.Amount {
		return scrip.BankDeclined
	}
	c.Confirmed = true
	return nil
}
