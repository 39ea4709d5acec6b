// Package rig is for tests: one world of a broker with its sandbox bank, stalls
// and customers in one process, on real databases in a temporary folder, with a
// clock the test turns. [New] makes it; after every test its books are audited.
// It links neither HTTP nor pages: parties speak to each other directly, over a
// [Wire] that a test can cut.
//
// A [Customer] here is not a wallet: it makes every message by hand, so that a
// test can send what no wallet would.
package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/audit"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Rig is one broker with everything around it.
type Rig struct {
	T      testing.TB
	Data   string // laid out as a process would
	Clock  *Clock
	Books  *db.Books
	Bank   *bank.Sandbox
	Broker *broker.Broker
	Info   scrip.BrokerInfo
	// Signing is the broker's key, for tests that forge.
	Signing jose.SigningKey
	Keys    []jose.EnvelopeKey // the broker's, for tests that look into envelopes
	Wire    *Wire
	// Folders are audited beside Data: those of wallets, or of other processes.
	Folders []string
	// Unaudited is for tests that change a book by hand, or hold two copies of a
	// purse: their books cannot close.
	Unaudited bool

	edits     []func(*broker.Config)
	databases []*db.DB
}

// Clock stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// New builds a rig. Edits change what its broker is before it opens. When the test
// ends, its books are audited.
func New(t testing.TB, edits ...func(*broker.Config)) *Rig {
	t.Helper()
	r := &Rig{T: t, Data: t.TempDir(), Clock: &Clock{now: time.Unix(1_800_000_000, 0)}}
	r.begin(edits)
	return r
}

// begin opens what is in the rig's folder, and what is missing as New does.
func (r *Rig) begin(edits []func(*broker.Config)) {
	t := r.T
	t.Helper()
	r.edits, r.Wire = edits, &Wire{rig: r}
	var err error
	if r.Books, err = db.NewBooks(r.Open(folder.At(r.Data).Books(), db.Broker)); err != nil {
		t.Fatal(err)
	}
	r.Bank = bank.New(bank.Config{
		Ledger: r.Books, Confirmations: r.Books, Clock: r.Clock.Now, Random: rand.Reader, BaseURL: "http://broker.test",
	})
	euro, err := scrip.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(folder.At(r.Data).KeepCurrency(euro), folder.At(r.Data).KeepBank(scrip.SandboxBank)); err != nil {
		t.Fatal(err)
	}
	keys, err := folder.At(r.Data).BrokerKeys(rand.Reader, r.Clock.Now().Unix())
	if err != nil {
		t.Fatal(err)
	}
	chain, err := folder.At(r.Data).BrokerChain()
	if err != nil {
		t.Fatal(err)
	}
	r.Signing, r.Keys = keys.Signing, []jose.EnvelopeKey{keys.Envelope}
	config := broker.Config{
		Identity: scrip.BrokerInfo{
			ID: keys.ID, Name: "Test Broker", BaseURL: "http://broker.test", Currency: euro, Chain: chain,
			MaxCharge: 2000_00, ScripLifetime: 365 * 24 * 3600,
		},
		Signing: r.Signing, Envelope: r.Keys, Keys: keys.Keys, Books: r.Books, Bank: r.Bank, Merchants: r.Wire,
		Clock: r.Clock.Now, Random: rand.Reader, LockTime: time.Minute,
	}
	for _, edit := range edits {
		edit(&config)
	}
	r.Broker = broker.New(config)
	if err := r.Broker.Recognize(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Info, err = r.Broker.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !r.Unaudited {
			r.Audit()
		}
	})
}

// Open opens a database in the rig's folder, made where there is none.
func (r *Rig) Open(path string, kind db.Kind) *db.DB {
	r.T.Helper()
	d := dbtest.Open(r.T, path, kind)
	r.databases = append(r.databases, d)
	return d
}

// Audit fails the test unless the books close, and wallets hold what is live in them.
// It returns what it found.
func (r *Rig) Audit() audit.Report {
	r.T.Helper()
	report, err := audit.Folders(context.Background(), append([]string{r.Data}, r.Folders...))
	if err != nil {
		r.T.Errorf("audit: %v", err)
	}
	for _, f := range report.Findings {
		if !f.OK {
			r.T.Errorf("audit: %s %s", f.Invariant, f.Text)
		}
	}
	return report
}

// Charge is the bank's key of a payment that is to be confirmed at a link.
func Charge(link string) scrip.ID { return scrip.ID(path.Base(link)) }

// ID draws an ID.
func (r *Rig) ID() scrip.ID { r.T.Helper(); return NewID(r.T) }

// SigningKey draws a signing key.
func (r *Rig) SigningKey() jose.SigningKey { r.T.Helper(); return NewSigningKey(r.T) }

// NewID draws an ID for who has no rig.
func NewID(t testing.TB) scrip.ID {
	t.Helper()
	id, err := scrip.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// NewSigningKey draws a signing key for who has no rig.
func NewSigningKey(t testing.TB) jose.SigningKey {
	t.Helper()
	k, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// EnvelopeKey draws an envelope key.
func (r *Rig) EnvelopeKey() jose.EnvelopeKey {
	r.T.Helper()
	k, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		r.T.Fatal(err)
	}
	return k
}

// ReplyKey draws a reply key.
func (r *Rig) ReplyKey() jose.ReplyKey {
	r.T.Helper()
	k, err := jose.NewReplyKey(rand.Reader)
	if err != nil {
		r.T.Fatal(err)
	}
	return k
}

// Stall is a merchant of the rig.
type Stall struct {
	*merchant.Stall
	Rig    *Rig
	Owner  *Customer
	Secret merchant.StallKeys
}

// Stall opens a stall for a new account, through R1 and R3. Its scrip lives as long
// as the broker's. The broker it talks to is the rig's, or the one given.
func (r *Rig) Stall(name string, link ...merchant.Broker) *Stall {
	r.T.Helper()
	owner := r.Customer(0)
	keys := merchant.StallKeys{Signing: r.SigningKey(), Envelope: r.EnvelopeKey()}
	m := scrip.Compose(keys.Signing.Thumbprint(), string(r.Info.ID), r.ID(), r.Clock.Now().Unix(), scrip.Possession{
		Account: owner.Account, Envelope: keys.Envelope.Thumbprint(),
	}, scrip.Attachments{})
	possession, err := jose.Sign(rand.Reader, m, keys.Signing)
	if err != nil {
		r.T.Fatal(err)
	}
	opened := Ask[scrip.StallOpened](owner, r.Broker.OpenStall, scrip.StallRequest{
		Name: name, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(),
		BaseURL: "http://stall.test", Possession: possession.JWS,
	})
	named, err := scrip.Unchecked[scrip.Certificate](opened.Body.Certificate)
	if err != nil {
		r.T.Fatal(err)
	}
	vendor := named.Vendor
	certificate, err := scrip.Verify[scrip.Certificate](opened.Body.Certificate, string(vendor), r.Info.Signer())
	if err != nil {
		r.T.Fatal(err)
	}
	return r.keep(owner, merchant.Config{
		Certificate: certificate.Body, CertificateJWS: opened.Body.Certificate, Keys: keys, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler), ScripLifetime: time.Duration(r.Info.ScripLifetime) * time.Second,
	}, link)
}

// keep opens a certified stall on the shelf that it has in the rig's folder.
func (r *Rig) keep(owner *Customer, c merchant.Config, link []merchant.Broker) *Stall {
	r.T.Helper()
	shelf, err := db.NewShelf(r.Open(folder.At(r.Data).Shelf(c.Certificate.Vendor), db.Merchant), c.Certificate.Vendor)
	if err != nil {
		r.T.Fatal(err)
	}
	var near merchant.Broker = r.Broker
	if len(link) > 0 {
		near = link[0]
	}
	c.Shelf, c.Broker, c.Ratings, c.Clock = shelf, overheard{r, near}, r.Broker.Ratings, r.Clock.Now
	c.BrokerInfo, c.BrokerKeys = func() scrip.BrokerInfo { return r.Info }, nil // whose default is BrokerInfo's
	stall := merchant.Open(c)
	r.Wire.add(stall)
	return &Stall{Stall: stall, Rig: r, Owner: owner, Secret: c.Keys}
}

// List lists a thing at a price, with no postage.
func (s *Stall) List(price scrip.Money, quantity int) scrip.Listing {
	s.Rig.T.Helper()
	listing, err := s.Stall.List(s.Rig.T.Context(), merchant.Item{
		Title: "A thing", Description: "It works.", Category: "Home", Condition: "good", Price: price, Quantity: quantity,
		Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5, CheckWithin: 3,
	})
	if err != nil {
		s.Rig.T.Fatal(err)
	}
	return listing
}

// Reopened returns the stall on an empty shelf, as after losing its book. The
// audit does not see that shelf.
func (s *Stall) Reopened(link merchant.Broker) *Stall {
	s.Rig.T.Helper()
	shelf, err := db.NewShelf(dbtest.Open(s.Rig.T, folder.At(filepath.Join(s.Rig.Data, "lost")).Shelf(s.Vendor()), db.Merchant), s.Vendor())
	if err != nil {
		s.Rig.T.Fatal(err)
	}
	c := s.Config
	c.Shelf, c.Broker = shelf, overheard{s.Rig, link}
	return &Stall{Stall: merchant.Open(c), Rig: s.Rig, Owner: s.Owner, Secret: s.Secret}
}
