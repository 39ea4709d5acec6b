package world_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

const hostURL = "https://market.example"

// certifier is a broker as far as a host sees one: it certifies, and has a
// directory that can be out of reach.
type certifier struct {
	t    *testing.T
	id   scrip.ID
	key  jose.SigningKey
	mu   sync.Mutex
	list []scrip.CertifiedStall // under mu
	off  bool                   // under mu
}

func newCertifier(t *testing.T) *certifier {
	return &certifier{t: t, id: rig.NewID(t), key: rig.NewSigningKey(t)}
}

func (c *certifier) info() scrip.BrokerInfo {
	euro, err := scrip.ParseCurrency("EUR")
	if err != nil {
		c.t.Fatal(err)
	}
	return scrip.BrokerInfo{ID: c.id, Currency: euro, Chain: scrip.Chain{
		Broker: c.id, Links: []scrip.Link{{Signing: []jose.VerifyKey{c.key.Public()}}},
	}}
}

func (c *certifier) Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error) {
	return scrip.ReadDirectory(ctx, c.Directory, after)
}

func (c *certifier) Directory(_ context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, scrip.Unavailable
	}
	from := slices.IndexFunc(c.list, func(s scrip.CertifiedStall) bool { return s.Vendor == after }) + 1
	return slices.Clone(c.list[from:min(from+scrip.MaxStallsPage, len(c.list))]), nil
}

// flood is a directory with so many stalls before the others.
func (c *certifier) flood(n int) {
	var list []scrip.CertifiedStall
	for i := range n {
		list = append(list, scrip.CertifiedStall{Vendor: scrip.VendorID(fmt.Sprintf("nobody's %d", i)), Name: "Flood"})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(list, c.list...)
}

func (c *certifier) turn(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
}

// certify checks a draft as the broker checks R3, and lists its stall.
func (c *certifier) certify(name string, account scrip.AccountID, d merchant.Draft) scrip.VendorID {
	c.t.Helper()
	proof, err := scrip.Verify[scrip.Possession](d.Possession, string(c.id), nil)
	if err != nil {
		c.t.Fatalf("possession: %v", err)
	}
	want := scrip.Possession{Account: account, Envelope: d.Envelope.Thumbprint()}
	if proof.Body != want || proof.Key != d.Signing {
		c.t.Errorf("possession: got %+v by %v, want %+v by %v", proof.Body, proof.Key, want, d.Signing)
	}
	vendor := scrip.VendorID(rig.NewID(c.t))
	c.add(scrip.Certificate{
		Vendor: vendor, Name: name, Signing: d.Signing, Envelope: d.Envelope, BaseURL: d.BaseURL,
		NotBefore: start - 1, NotAfter: start + 1e6,
	}, c.key)
	return vendor
}

func (c *certifier) add(cert scrip.Certificate, by jose.SigningKey) {
	c.t.Helper()
	m := scrip.Compose(string(c.id), string(cert.Vendor), rig.NewID(c.t), start, cert, scrip.Attachments{})
	signed, err := jose.Sign(rand.Reader, m, by)
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, scrip.CertifiedStall{
		Vendor: cert.Vendor, Name: cert.Name, BaseURL: cert.BaseURL, Certificate: signed.JWS,
	})
}

const start = 1_800_000_000 // unix seconds: when each test begins

// clock is the time in a test.
type clock struct {
	mu  sync.Mutex
	now int64 // under mu; unix seconds
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Unix(c.now, 0)
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += int64(d / time.Second)
}

// house is a host with what is around it.
type house struct {
	*merchant.Host
	c       *certifier
	clock   *clock
	config  merchant.HostConfig
	changed chan scrip.VendorID
	books   string // folder of the stalls' databases
}

func newHouse(t *testing.T, stalls int) *house {
	t.Helper()
	return houseOn(t, dbtest.SQLite(t, db.Market), stalls)
}

func houseOn(t *testing.T, market *db.DB, stalls int) *house {
	t.Helper()
	store, err := db.NewHosted(market)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{c: newCertifier(t), clock: &clock{now: start}, changed: make(chan scrip.VendorID, 64)}
	h.books = t.TempDir()
	h.config = merchant.HostConfig{
		Stall: merchant.Config{
			Clock: h.clock.time, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Broker: noBroker{}, BrokerInfo: h.c.info,
		},
		Directory: h.c, Store: store, Operator: [32]byte{7}, BaseURL: hostURL, MaxStalls: stalls,
		Changed: func(v scrip.VendorID) { h.changed <- v },
		OpenShelf: func(ctx context.Context, id string) (merchant.Shelf, io.Closer, error) {
			path := filepath.Join(h.books, id+".db")
			if err := dbtest.Make(path, db.Merchant); err != nil {
				return nil, nil, err
			}
			d, err := db.Open(ctx, path, db.Merchant)
			if err != nil {
				return nil, nil, err
			}
			d.Rest(time.Second)
			shelf, err := db.NewShelf(d, scrip.VendorID(id))
			return shelf, d, err
		},
	}
	h.Host = h.reopen(t)
	return h
}

func (h *house) reopen(t *testing.T) *merchant.Host {
	t.Helper()
	host, err := merchant.OpenHost(t.Context(), h.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

// noBroker cannot be reached.
type noBroker struct{}

func (noBroker) Send(context.Context, string, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}

// owner is who opens a stall.
type owner struct {
	account scrip.AccountID
	key     jose.SigningKey
}

func newOwner(t *testing.T) owner {
	return owner{scrip.AccountID(rig.NewID(t)), rig.NewSigningKey(t)}
}

func (o owner) opening(name string) merchant.Opening {
	return merchant.Opening{Name: name, About: "Old lamps.\nGood light.", Account: o.account, Key: o.key.Public()}
}

func (h *house) draft(t *testing.T, o owner, name string) merchant.Draft {
	t.Helper()
	d, err := h.Draft(t.Context(), o.opening(name))
	if err != nil {
		t.Fatalf("draft %q: got %v, want no error", name, err)
	}
	return d
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (want == nil && got != nil) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestHostOpensAStall(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	d := h.draft(t, o, "Attic")
	if d.BaseURL != hostURL {
		t.Errorf("base URL: got %q, want %q", d.BaseURL, hostURL)
	}
	_, err := h.Finish(t.Context(), d.ID, "")
	want(t, "finish before the certificate", err, scrip.UnknownVendor)
	vendor := h.c.certify("Attic", o.account, d)
	for range 2 {
		got, err := h.Finish(t.Context(), d.ID, "")
		if err != nil || got != vendor {
			t.Fatalf("finish: got %s, %v, want %s", got, err, vendor)
		}
	}
	stall, err := h.Stall(t.Context(), vendor)
	if err != nil {
		t.Fatal(err)
	}
	listing, err := stall.List(t.Context(), merchant.Item{
		Title: "Lamp", Category: "Home", Condition: "good", Price: 1200, Quantity: 1, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5,
	})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	if _, err := scrip.Verify[scrip.Offer](listing.JWS, string(vendor), stall.Certificate.Signer()); err != nil {
		t.Errorf("the offer is not good under the certificate: %v", err)
	}
	if a, b := <-h.changed, <-h.changed; a != vendor || b != vendor {
		t.Errorf("changed: got %s, %s, want %s twice", a, b, vendor)
	}
	if got := stall.About; got != "Old lamps.\nGood light." {
		t.Errorf("about: got %q", got)
	}

	if err := h.Close(); err != nil { // the program starts again, with the broker off
		t.Fatal(err)
	}
	_, err = h.Stall(t.Context(), vendor)
	if err == nil {
		t.Error("a stall of a closed host: got no error")
	}
	h.c.turn(true)
	again, err := h.reopen(t).Stall(t.Context(), vendor)
	if err != nil {
		t.Fatal(err)
	}
	offers, err := again.Offers(t.Context())
	if err != nil || len(offers) != 1 || offers[0].Offer != listing.JWS {
		t.Errorf("after a restart: got %d offers, %v, want the one listed", len(offers), err)
	}
	h.config.Operator = [32]byte{8}
	if _, err := merchant.OpenHost(t.Context(), h.config); err == nil {
		t.Error("another operator's key: got no error")
	}
}

// TestHostsShareStalls: a stall that one process of a market opens is a stall of the others at once, and so is its draft.
func TestHostsShareStalls(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	there := h.reopen(t)
	d := h.draft(t, o, "Attic")
	vendor := h.c.certify("Attic", o.account, d)
	_, err := there.Stall(t.Context(), vendor)
	want(t, "before it is opened", err, scrip.UnknownVendor)
	if got, err := there.Finish(t.Context(), d.ID, ""); err != nil || got != vendor {
		t.Fatalf("finish elsewhere: got %s, %v, want %s", got, err, vendor)
	}
	stall, err := h.Stall(t.Context(), vendor)
	if err != nil || stall.Vendor() != vendor || !h.Has(vendor) {
		t.Errorf("opened elsewhere: got %v, %v, here %t, want the stall", stall, err, h.Has(vendor))
	}
}

func TestHostBoundsDrafts(t *testing.T) {
	h, o := newHouse(t, 2), newOwner(t)
	first := h.draft(t, o, "One")
	repeated := o.opening("One")
	repeated.Again = first.ID
	if again, err := h.Draft(t.Context(), repeated); err != nil || again.ID != first.ID || again.Signing != first.Signing {
		t.Errorf("the same draft again: got %s, %v, want %s", again.ID, err, first.ID)
	}
	second := h.draft(t, o, "Two")
	h.draft(t, o, "Three")
	_, err := h.Draft(t.Context(), o.opening("Four"))
	want(t, "a fourth draft", err, merchant.ErrDrafting)
	other := newOwner(t)
	third := h.draft(t, other, "Five")

	h.c.certify("One", o.account, first)
	h.c.certify("Two", o.account, second)
	vendor := h.c.certify("Five", other.account, third)
	for _, d := range []merchant.Draft{first, second} {
		_, err := h.Finish(t.Context(), d.ID, "")
		want(t, "finish", err, nil)
	}
	_, err = h.Finish(t.Context(), third.ID, "")
	want(t, "a third stall of two", err, scrip.TooMany)
	_, err = h.Stall(t.Context(), vendor)
	want(t, "the third stall", err, scrip.UnknownVendor)
	_, err = h.Draft(t.Context(), newOwner(t).opening("Six"))
	want(t, "a draft with no room", err, merchant.ErrHostFull)
	if got := len(h.Stalls()); got != 2 {
		t.Errorf("got %d stalls, want 2", got)
	}
}

// The twin of a draft, asked for by who knows its account, key and name (the
// broker knows them), is another draft: what is certified for the first is not
// certified for it, and its desk is the owner's too.
func TestDeskTwin(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	mine, twin := h.draft(t, o, "Attic"), h.draft(t, o, "Attic")
	if twin.ID == mine.ID || twin.Signing == mine.Signing || twin.Envelope == mine.Envelope {
		t.Fatalf("the twin: got draft %s with the keys of %s, want another", twin.ID, mine.ID)
	}
	guessed := newOwner(t).opening("Attic")
	guessed.Again = mine.ID
	if other, err := h.Draft(t.Context(), guessed); err != nil || other.ID == mine.ID {
		t.Errorf("a draft named by another account: got %s, %v, want one of its own", other.ID, err)
	}
	vendor := h.c.certify("Attic", o.account, mine)
	_, err := h.Finish(t.Context(), twin.ID, "")
	want(t, "finish the twin", err, scrip.UnknownVendor)
	got, err := h.Finish(t.Context(), mine.ID, "")
	if err != nil || got != vendor {
		t.Fatalf("finish: got %s, %v, want %s", got, err, vendor)
	}
	thief, challenge := newOwner(t), jose.Digest([]byte("1"))
	_, _, err = h.Login(t.Context(), login(t, mine, thief, scrip.Login{Vendor: vendor, Challenge: challenge}), challenge)
	want(t, "another's LOGIN", err, scrip.Unreadable)
	entered, _, err := h.Login(t.Context(), login(t, mine, o, scrip.Login{Vendor: vendor, Challenge: challenge}), challenge)
	if err != nil || entered != vendor {
		t.Errorf("the owner's LOGIN: got %s, %v, want %s", entered, err, vendor)
	}
}

// TestFinishByCertificate: the certificate that an owner brings opens the stall, be it
// nowhere in what is read of the broker's directory, or the broker be off; one that is not
// the broker's, or for another draft, does not.
func TestFinishByCertificate(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	mine, other := h.draft(t, o, "Attic"), h.draft(t, newOwner(t), "Barn")
	cert := scrip.Certificate{
		Vendor: scrip.VendorID(rig.NewID(t)), Name: "Attic", Signing: mine.Signing, Envelope: mine.Envelope, BaseURL: mine.BaseURL,
		NotBefore: start - 1, NotAfter: start + 1e6,
	}
	h.c.add(cert, rig.NewSigningKey(t))
	h.c.add(cert, h.c.key)
	forged, good := h.c.list[0].Certificate, h.c.list[1].Certificate
	h.c.list = nil
	for what, c := range map[string]string{"forged": forged, "none": "", "garbage": "a.b.c", "cut off": good[:len(good)-9]} {
		_, err := h.Finish(t.Context(), mine.ID, c)
		want(t, "a certificate that is "+what, err, scrip.UnknownVendor)
	}
	_, err := h.Finish(t.Context(), other.ID, good)
	want(t, "another's certificate", err, scrip.UnknownVendor)
	h.c.turn(true)
	if got, err := h.Finish(t.Context(), mine.ID, good); err != nil || got != cert.Vendor {
		t.Errorf("finish: got %s, %v, want %s", got, err, cert.Vendor)
	}
}

// TestDirectoryIsReadSeldom: drafts and finishes without end, which nobody proves to be
// anybody's, have the host read its broker's directory a few times a minute.
func TestDirectoryIsReadSeldom(t *testing.T) {
	h := newHouse(t, 100)
	reads := &reading{h.c, 0}
	h.Directory = reads
	for i := range 100 {
		h.draft(t, newOwner(t), fmt.Sprintf("Attic %d", i))
	}
	if reads.n != 1 {
		t.Errorf("100 drafts: the directory was read %d times, want once", reads.n)
	}
	d := h.draft(t, newOwner(t), "Barn")
	for range 100 {
		if _, err := h.Finish(t.Context(), d.ID, ""); !errors.Is(err, scrip.UnknownVendor) && !errors.Is(err, scrip.Unavailable) {
			t.Fatalf("Finish of a draft that is not certified: got %v", err)
		}
	}
	if reads.n != 21 {
		t.Errorf("and 100 finishes: the directory was read %d times, want 21", reads.n)
	}
	h.clock.add(time.Minute)
	if _, err := h.Finish(t.Context(), d.ID, ""); !errors.Is(err, scrip.UnknownVendor) {
		t.Errorf("the next minute: got %v, want %v", err, scrip.UnknownVendor)
	}
}

// reading counts how often a directory is read.
type reading struct {
	merchant.Directory
	n int
}

func (r *reading) Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error) {
	r.n++
	return r.Directory.Stalls(ctx, after)
}

func TestHostDraftsAtOnce(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := map[scrip.ID]bool{}
	for i := range 12 {
		wg.Go(func() {
			d, err := h.Draft(t.Context(), o.opening(string(rune('A'+i))))
			if err != nil {
				want(t, "draft", err, scrip.TooMany)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			made[d.ID] = true
		})
	}
	wg.Wait()
	if len(made) != 3 {
		t.Errorf("got %d drafts, want 3", len(made))
	}
}

func TestHostRefusesDrafts(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	h.c.certify("Taken", o.account, h.draft(t, o, "Taken"))
	h.clock.add(time.Minute) // for which the directory is not read again
	good := o.opening("Good")
	for what, c := range map[string]struct {
		change func(*merchant.Opening)
		want   error
	}{
		"no name":                 {func(o *merchant.Opening) { o.Name = "" }, scrip.ErrNameEmpty},
		"a taken name":            {func(o *merchant.Opening) { o.Name = "tAKEN" }, scrip.ErrNameTaken},
		"a name like a taken one": {func(o *merchant.Opening) { o.Name = "Tаken" }, scrip.ErrNameTaken}, // a Cyrillic а
		"no account":              {func(o *merchant.Opening) { o.Account = "x" }, scrip.Unreadable},
		"no key":                  {func(o *merchant.Opening) { o.Key = jose.VerifyKey{} }, scrip.Unreadable},
		"a long text":             {func(o *merchant.Opening) { o.About = string(make([]byte, 2001)) }, merchant.ErrAboutTooLong},
	} {
		bad := good
		c.change(&bad)
		_, err := h.Draft(t.Context(), bad)
		want(t, what, err, c.want)
	}
	_, err := h.Finish(t.Context(), rig.NewID(t), "")
	want(t, "an unknown draft", err, scrip.NotFound)
}

func TestHostChecksCertificates(t *testing.T) {
	for what, spoil := range map[string]func(c *certifier, cert *scrip.Certificate, by *jose.SigningKey){
		"not the broker's": func(c *certifier, _ *scrip.Certificate, by *jose.SigningKey) { *by = rig.NewSigningKey(c.t) },
		"over":             func(_ *certifier, cert *scrip.Certificate, _ *jose.SigningKey) { cert.NotAfter = start },
		"another place": func(_ *certifier, cert *scrip.Certificate, _ *jose.SigningKey) {
			cert.BaseURL = "https://elsewhere.example"
		},
		"another key": func(c *certifier, cert *scrip.Certificate, _ *jose.SigningKey) {
			cert.Signing = rig.NewSigningKey(c.t).Public()
		},
	} {
		h, o := newHouse(t, 0), newOwner(t)
		d := h.draft(t, o, "Attic")
		cert := scrip.Certificate{
			Vendor: scrip.VendorID(rig.NewID(t)), Name: "Attic", Signing: d.Signing, Envelope: d.Envelope,
			BaseURL: hostURL, NotBefore: start - 1, NotAfter: start + 1000,
		}
		by := h.c.key
		spoil(h.c, &cert, &by)
		h.c.add(cert, by)
		_, err := h.Finish(t.Context(), d.ID, "")
		want(t, what, err, scrip.UnknownVendor)
	}
}

// login makes a LOGIN envelope.
func login(t *testing.T, d merchant.Draft, o owner, l scrip.Login) string {
	t.Helper()
	m := scrip.Compose(string(o.account), string(l.Vendor), rig.NewID(t), start, l, scrip.Attachments{})
	envelope, err := jose.Seal(rand.Reader, m, o.key, d.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	return envelope
}

func TestHostLogin(t *testing.T) {
	h, o, other := newHouse(t, 0), newOwner(t), newOwner(t)
	d, e := h.draft(t, o, "Attic"), h.draft(t, other, "Shed")
	vendor, shed := h.c.certify("Attic", o.account, d), h.c.certify("Shed", other.account, e)
	for _, id := range []scrip.ID{d.ID, e.ID} {
		_, err := h.Finish(t.Context(), id, "")
		want(t, "finish", err, nil)
	}
	challenge, another := jose.Digest([]byte("1")), jose.Digest([]byte("2"))
	good := scrip.Login{Vendor: vendor, Challenge: challenge}
	got, key, err := h.Login(t.Context(), login(t, d, o, good), challenge)
	if err != nil || got != vendor || key != o.key.Public().Thumbprint() {
		t.Errorf("login: got %s by %s, %v, want %s by %s", got, key, err, vendor, o.key.Public().Thumbprint())
	}
	impostor := owner{o.account, other.key}
	for what, envelope := range map[string]string{
		"another challenge":     login(t, d, o, scrip.Login{Vendor: vendor, Challenge: another}),
		"another account":       login(t, d, other, good),
		"the account's name":    login(t, d, impostor, good),
		"another stall's owner": login(t, e, o, scrip.Login{Vendor: shed, Challenge: challenge}),
		"sealed to another":     login(t, e, o, good),
		"nothing":               "",
		"rubbish":               "a.b.c.d.e",
	} {
		got, key, err := h.Login(t.Context(), envelope, challenge)
		if !errors.Is(err, scrip.Unreadable) || got != "" || key != "" {
			t.Errorf("%s: got %s by %s, %v, want %v", what, got, key, err, scrip.Unreadable)
		}
	}
}

// cut is the way to a broker that can be cut, and whose first answer to OWNER, once hold is set, comes after then has been done, or never.
type cut struct {
	merchant.Broker
	off, lost bool
	hold      atomic.Bool
	then      func()
}

func (c *cut) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if c.off {
		return scrip.Sealed{}, scrip.Unavailable
	}
	out, err := c.Broker.Send(ctx, message, in)
	if message == "OWNER" && c.hold.CompareAndSwap(true, false) {
		c.then()
		if c.lost {
			return scrip.Sealed{}, scrip.Unavailable
		}
	}
	return out, err
}

// ownedDesk is a house with a stall, and its owner's account at a broker that can be cut.
type ownedDesk struct {
	*house
	*rig.Customer
	t      *testing.T
	broker *cut
	draft  merchant.Draft
	vendor scrip.VendorID
}

func newOwnedDesk(t *testing.T, open dbtest.Opener) *ownedDesk {
	t.Helper()
	r, h := rig.New(t), houseOn(t, open(t, db.Market), 0)
	o := &ownedDesk{house: h, Customer: r.Customer(0), t: t, broker: &cut{Broker: r.Broker}}
	h.config.Stall.Broker, h.config.Stall.BrokerInfo = o.broker, func() scrip.BrokerInfo { return r.Info }
	h.Host = h.reopen(t)
	o.draft = h.draft(t, owner{o.Account, o.Key}, "Attic")
	certified := rig.Ask[scrip.StallOpened](o.Customer, r.Broker.OpenStall, scrip.StallRequest{
		Name: "Attic", Signing: o.draft.Signing, Envelope: o.draft.Envelope, BaseURL: o.draft.BaseURL, Possession: o.draft.Possession,
	})
	var err error
	o.vendor, err = h.Finish(t.Context(), o.draft.ID, certified.Body.Certificate)
	want(t, "finish", err, nil)
	return o
}

// enters tries to come in by a key, and holds the answer to it.
func (o *ownedDesk) enters(what string, by jose.SigningKey, refused error) {
	o.t.Helper()
	challenge := jose.Digest([]byte("1"))
	_, key, err := o.Login(o.t.Context(), login(o.t, o.draft, owner{o.Account, by}, scrip.Login{Vendor: o.vendor, Challenge: challenge}), challenge)
	want(o.t, what, err, refused)
	if opened := by.Public().Thumbprint(); refused == nil && key != opened {
		o.t.Errorf("%s: got it opened by the key %q, want %q", what, key, opened)
	}
}

// keeps holds the key that the host says it knows last to the account's.
func (o *ownedDesk) keeps(what string) {
	o.t.Helper()
	if got, err := o.OwnerKey(o.t.Context(), o.vendor); err != nil || got != o.Key.Public().Thumbprint() {
		o.t.Errorf("%s: got the key %s, %v, want %s", what, got, err, o.Key.Public().Thumbprint())
	}
}

// TestLoginAfterRekey: a desk opens with the key that its owner's account has now, and with the one before no more, also
// where the broker does not answer by then, and after a start of the host.
func TestLoginAfterRekey(t *testing.T) {
	o := newOwnedDesk(t, dbtest.SQLite)
	o.enters("the owner", o.Key, nil)
	before := o.Rekey()
	o.enters("the key before, heard first", before, scrip.Unreadable)
	o.enters("the key now", o.Key, nil)
	o.Host = o.reopen(t)
	o.broker.off = true
	o.enters("the key before, with the broker off", before, scrip.Unreadable)
	o.enters("the key now, with the broker off", o.Key, nil)
	last := o.Key
	o.Rekey()
	o.enters("the key known last, with the broker off", last, nil)
	o.broker.off = false
	o.enters("the key known last", last, scrip.Unreadable)
	_, err := o.OwnerKey(t.Context(), scrip.VendorID(rig.NewID(t)))
	want(t, "the key of nobody's stall", err, scrip.UnknownVendor)
}

// TestLoginsCross: the answer to an OWNER that comes late, or never, after the owner has come in with a newer key, takes nothing back,
// be it another key than was known or the same: its LOGIN is refused, and what the host knows last is the newer key, also once the
// broker is off, and after a start.
func TestLoginsCross(t *testing.T) {
	for name, c := range map[string]struct{ known, lost bool }{"another": {}, "the known one": {known: true}, "none": {known: true, lost: true}} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, open dbtest.Opener) {
				o := newOwnedDesk(t, open)
				o.enters("the owner", o.Key, nil)
				o.Rekey()
				second := o.Key
				if c.known {
					o.enters("the second key", second, nil)
				}
				o.broker.lost = c.lost
				o.broker.then = func() {
					o.Rekey()
					o.enters("the third key", o.Key, nil)
				}
				o.broker.hold.Store(true)
				o.enters("the second, whose answer came late", second, scrip.Unreadable)
				o.keeps("the key that opened the desk")
				o.broker.off = true
				for range 2 {
					o.enters("the second, with the broker off", second, scrip.Unreadable)
					o.enters("the third, with the broker off", o.Key, nil)
					o.Host = o.reopen(t)
				}
			})
		})
	}
}

// TestLoginsAtTwoHosts: the key with which an owner came in at one process of a market is the one that the others know last, with the
// broker off.
func TestLoginsAtTwoHosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open dbtest.Opener) {
		o := newOwnedDesk(t, open)
		here, there := o.Host, o.reopen(t)
		first := o.Key
		for _, o.Host = range []*merchant.Host{here, there} {
			o.enters("the first key", first, nil)
		}
		o.Rekey()
		o.Host = here
		o.enters("the second key", o.Key, nil)
		o.Host, o.broker.off = there, true
		o.keeps("elsewhere")
		o.enters("the first key elsewhere, with the broker off", first, scrip.Unreadable)
		o.enters("the second key elsewhere, with the broker off", o.Key, nil)
		o.broker.off = false
		o.Rekey()
		o.enters("the third key elsewhere", o.Key, nil)
		o.Host = here
		o.keeps("here")
	})
}

// TestLoginIsChosenByItsKey: a long LOGIN that is sealed to nobody here is not decoded
// by each of the stalls.
func TestLoginIsChosenByItsKey(t *testing.T) {
	const stalls, long = 8, 129 << 10
	h, o := newHouse(t, stalls), newOwner(t)
	for i := range stalls {
		owner, name := newOwner(t), string(rune('A'+i))+" stall"
		d := h.draft(t, owner, name)
		h.c.certify(name, owner.account, d)
		_, err := h.Finish(t.Context(), d.ID, "")
		want(t, "finish", err, nil)
	}
	elsewhere, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(login(t, merchant.Draft{Envelope: elsewhere.Public()}, o, scrip.Login{Vendor: scrip.VendorID(rig.NewID(t)), Challenge: jose.Digest([]byte("1"))}), ".")
	parts[3] = strings.Repeat("a", long)
	foreign := strings.Join(parts, ".")
	if got := jose.SealedTo(foreign); got != elsewhere.Thumbprint() {
		t.Errorf("sealed to: got %q, want %q", got, elsewhere.Thumbprint())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err = h.Login(t.Context(), foreign, "")
	runtime.ReadMemStats(&after)
	want(t, "LOGIN to nobody here", err, scrip.Unreadable)
	if got := after.TotalAlloc - before.TotalAlloc; got > long {
		t.Errorf("LOGIN to nobody here: got %d bytes allocated at %d stalls, want less than it has", got, stalls)
	}
}

func TestHostRunFinishesAndExpires(t *testing.T) {
	h, o := newHouse(t, 0), newOwner(t)
	left, kept := h.draft(t, o, "Left"), h.draft(t, o, "Kept")
	vendor := h.c.certify("Kept", o.account, kept)
	h.clock.add(25 * time.Hour)

	run := func(host *merchant.Host, until func() bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		ended := make(chan struct{})
		go func() { host.Run(ctx); close(ended) }()
		for !until() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		if ctx.Err() != nil {
			t.Error("it did not happen")
		}
		cancel()
		<-ended
	}
	gone := func() bool {
		_, err := h.config.Store.Tenant(t.Context(), left.ID)
		return errors.Is(err, scrip.ErrAbsent)
	}
	h.c.turn(true) // nothing is erased without the directory
	wait := time.Now().Add(50 * time.Millisecond)
	run(h.Host, func() bool { return time.Now().After(wait) })
	if gone() {
		t.Error("a draft was erased while the directory was out of reach")
	}
	h.c.turn(false)
	h.c.flood(scrip.MaxDirectory)
	wait = time.Now().Add(50 * time.Millisecond)
	run(h.Host, func() bool { return time.Now().After(wait) })
	if gone() {
		t.Error("a draft was erased before all of the directory was read")
	}
	run(h.Host, func() bool { return gone() && len(h.Stalls()) == 1 })
	if got := h.Stalls(); !slices.Equal(got, []scrip.VendorID{vendor}) {
		t.Errorf("got stalls %v, want %s", got, vendor)
	}
}
