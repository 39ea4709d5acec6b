package db_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// TestStores runs the one suite that every database must pass. Of what nobody else does at
// the same time SERIALIZABLE has nothing to refuse, nor the race detector to find.
func TestStores(t *testing.T) { dbtest.Each(t, testStores) }

func testStores(t *testing.T, open dbtest.Opener) {
	books := func(t *testing.T) world { return newWorld(t, open(t, db.Broker)) }
	shelf := func(t *testing.T) world { return newStallWorld(t, open(t, db.Merchant)) }
	if strings.HasSuffix(t.Name(), "Serializable") || testing.Short() {
		t.Run("Races", func(t *testing.T) { testRaces(t, books, shelf) })
		t.Run("Log", func(t *testing.T) { testLog(t, books) }) // beside its sequencer
		return
	}
	t.Run("Broker", func(t *testing.T) { testBook(t, books) })
	t.Run("Merchant", func(t *testing.T) { testBook(t, shelf) })
	t.Run("Fields", func(t *testing.T) { testFields(t, books, shelf) })
	t.Run("Books", func(t *testing.T) { testBooks(t, books) })
	t.Run("Ledger", func(t *testing.T) { testLedger(t, books) })
	t.Run("Log", func(t *testing.T) { testLog(t, books) })
	t.Run("Bank", func(t *testing.T) { testBank(t, books) })
	t.Run("Shelf", func(t *testing.T) { testShelf(t, shelf) })
	t.Run("Snapshots", func(t *testing.T) { testSnapshots(t, books, shelf) })
	t.Run("Refunds", func(t *testing.T) { testRefunds(t, books, shelf) })
	t.Run("Seller", func(t *testing.T) { testSeller(t, shelf) })
	t.Run("Threads", func(t *testing.T) { testThreads(t, shelf) })
	t.Run("Holds", func(t *testing.T) { testHolds(t, books, shelf) })
	t.Run("Protected", func(t *testing.T) { testProtected(t, books(t)) })
}

// testRaces is what of the suite several do at once.
func testRaces(t *testing.T, books, shelf func(*testing.T) world) {
	each := func(kind string, open func(*testing.T) world, races map[string]func(world)) {
		for name, race := range races {
			t.Run(kind+name, func(t *testing.T) { race(open(t)) })
		}
	}
	both := map[string]func(world){"RaceToKill": raceToKill, "RaceOfOneRequest": raceOfOneRequest, "Withdrawn": withdrawn}
	each("Broker", books, both)
	each("Merchant", shelf, both)
	each("Broker", books, map[string]func(world){"Counter": counter, "OneScripEach": oneScripEach, "Stalls": stalls, "RaceForTheLast": raceForTheLast})
	each("Merchant", shelf, map[string]func(world){"Exchanges": exchanges, "NoOversell": noOversell, "Place": placeOnce})
}

func openAt(t testing.TB, path string, kind db.Kind) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), path, kind)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

// world is a book under test and what the tests ask of it.
type world struct {
	t     testing.TB
	db    *db.DB
	book  scrip.Book
	books *db.Books // nil at a stall
	shelf *db.Shelf // nil at a broker

	vendor scrip.VendorID // whose shelf
}

// now is the time in all tests, unix seconds.
const now = 1_800_000_000

func newWorld(t testing.TB, d *db.DB) world {
	t.Helper()
	books, err := db.NewBooks(d)
	if err != nil {
		t.Fatalf("NewBooks: %v", err)
	}
	return world{t: t, db: d, book: books, books: books}
}

func newStallWorld(t testing.TB, d *db.DB) world {
	t.Helper()
	vendor := scrip.VendorID(id())
	shelf, err := db.NewShelf(d, vendor)
	if err != nil {
		t.Fatalf("NewShelf: %v", err)
	}
	w := world{t: t, db: d, book: shelf, shelf: shelf, vendor: vendor}
	w.wantShelf(nil, scrip.StallChange{Photos: []scrip.Photo{lamp}})
	return w
}

// lamp is the picture of everything that tests offer.
var lamp = scrip.Photo{Digest: jose.Digest([]byte("lamp")), Full: []byte("lamp"), Thumb: []byte("l")}

// want applies c and checks how it ends.
func (w world) want(want error, c scrip.Change) {
	w.t.Helper()
	c.At = max(c.At, now)
	if err := w.book.Apply(context.Background(), c); !errors.Is(err, want) {
		w.t.Fatalf("Apply: got %v, want %v", err, want)
	}
}

// inBooks is a Change of a broker's own alone.
func inBooks(c scrip.BrokerChange) scrip.Change { return scrip.Change{Broker: &c} }

// onShelf is a Change of a stall's own alone.
func onShelf(c scrip.StallChange) scrip.Change { return scrip.Change{Stall: &c} }

func (w world) wantBooks(want error, c scrip.BrokerChange) {
	w.t.Helper()
	w.want(want, inBooks(c))
}

func (w world) wantShelf(want error, c scrip.StallChange) {
	w.t.Helper()
	w.want(want, onShelf(c))
}

// holder returns somebody who may hold scrip: at a broker, an account.
func (w world) holder() string {
	w.t.Helper()
	if w.books == nil {
		return hash()
	}
	a := account()
	w.wantBooks(nil, scrip.BrokerChange{Account: &a})
	return string(a.ID)
}

// issued puts a live scrip of 500 into the book.
func (w world) issued() scrip.Live {
	w.t.Helper()
	l := liveFor(w.holder())
	w.want(nil, scrip.Change{Issue: []scrip.Live{l}})
	return l
}

// spent checks that a scrip is dead.
func (w world) spent(id scrip.ID) {
	w.t.Helper()
	if _, err := w.book.Live(context.Background(), id); !errors.Is(err, scrip.ScripSpent) {
		w.t.Fatalf("Live(dead): got %v, want %v", err, scrip.ScripSpent)
	}
}

// lives returns a scrip's row.
func (w world) lives(id scrip.ID) scrip.Live {
	w.t.Helper()
	l, err := w.book.Live(context.Background(), id)
	if err != nil {
		w.t.Fatalf("Live: %v", err)
	}
	return l
}

func id() scrip.ID {
	v, err := scrip.NewID(rand.Reader)
	if err != nil {
		panic(err)
	}
	return v
}

// hash is spelled like a digest or a thumbprint.
func hash() string { return jose.Digest([]byte(id())) }

func signer() jose.VerifyKey {
	k, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return k.Public()
}

func replyKey() jose.ReplyKey {
	k, err := jose.NewReplyKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func account() scrip.Account {
	return scrip.Account{ID: scrip.AccountID(id()), Key: signer(), Bank: string(id()), Name: "Ada", Opened: now}
}

func liveFor(holder string) scrip.Live {
	l, _, err := scrip.Issue(rand.Reader, scrip.Terms{Issuer: id(), Value: 500, Made: now - 1000, Expires: now + 1000, Currency: "EUR", Holder: holder})
	if err != nil {
		panic(err)
	}
	return l
}

func stall(a scrip.AccountID, name string) scrip.Stall {
	envelope, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return scrip.Stall{
		Certificate: scrip.Certificate{
			Vendor: scrip.VendorID(id()), Name: name, Signing: signer(), Envelope: envelope.Public(),
			BaseURL: "https://example.org", NotBefore: now, NotAfter: now + 400*24*60*60,
		},
		Account: a, JWS: "a.b.c",
	}
}

func reply() scrip.StoredReply {
	return scrip.StoredReply{From: hash(), Typ: "T1", Tx: id(), Digest: hash(), Reply: scrip.Sealed{Envelope: "first"}}
}

// outgoing is a request that somebody waits for.
func outgoing(from string) scrip.Outgoing {
	return scrip.Outgoing{
		Tx: id(), From: from, Digest: hash(), ReplyKey: replyKey(),
		Request: scrip.Sealed{Envelope: "T5", Order: "part", Payment: "part"}, RequestKey: replyKey(), Since: now,
	}
}
