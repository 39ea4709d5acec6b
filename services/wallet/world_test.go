package wallet_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/audit"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// world is a broker with its bank and one stall, all real and in this process.
// Its wires can be cut.
type world struct {
	t      testing.TB
	data   []string // folders, laid out as processes would: the broker's and the stall's, then each wallet's
	rigged bool     // the test changed a book by hand, so that the books cannot close
	clock  clock
	books  *db.Books
	bank   *bank.Sandbox
	broker *broker.Broker
	shelf  *db.Shelf
	stall  *merchant.Stall
	owner  customer        // of the stall opened last
	annex  *merchant.Stall // a second one, which can always be reached; nil unless a test opens it
	keys   merchant.StallKeys

	lifetime time.Duration // of all scrip
	t16      step          // takes T16 in the stall's place, if set

	brokerDown atomic.Bool // the broker does not answer customers
	brokerMute atomic.Bool // the broker hears customers, its answers are lost
	stallDown  atomic.Bool // the stall does not hear customers
	stallMute  atomic.Bool // the stall hears, its answers are lost
	wireDown   atomic.Bool // the broker hears the stall, its answers are lost
	wireCut    atomic.Bool // the broker does not hear the stall
	lineCut    atomic.Bool // the stall does not hear the broker
	lineDown   atomic.Bool // the stall hears the broker, its answers are lost
}

// clock is the time of everybody, but for the skew of wallets.
type clock struct{ now, skew atomic.Int64 }

func (c *clock) time() time.Time       { return time.Unix(c.now.Load(), 0) }
func (c *clock) walletTime() time.Time { return time.Unix(c.now.Load()+c.skew.Load(), 0) }

var errDown = errors.New("connection refused")

func newWorld(t testing.TB) *world { return newWorldOf(t, 365*24*time.Hour) }

// newWorldOf is a world in which scrip expires after lifetime.
func newWorldOf(t testing.TB, lifetime time.Duration) *world {
	t.Helper()
	w := &world{t: t, lifetime: lifetime, data: []string{t.TempDir()}}
	t.Cleanup(w.audit)
	w.clock.now.Store(1_800_000_000)
	w.books = must(db.NewBooks(w.open(db.Broker, folder.At(w.data[0]).Books())))
	if err := folder.At(w.data[0]).KeepCurrency(must(scrip.ParseCurrency("EUR"))); err != nil {
		t.Fatal(err)
	}
	w.bank = bank.New(bank.Config{Ledger: w.books, Confirmations: w.books, Clock: w.clock.time, Random: rand.Reader})
	id, signing, envelope := must(scrip.NewID(rand.Reader)), must(jose.NewSigningKey(rand.Reader)), must(jose.NewEnvelopeKey(rand.Reader))
	keys, chain, err := scrip.Chain{Broker: id}.Succeed(rand.Reader, []jose.VerifyKey{signing.Public()}, envelope.Public(), w.clock.now.Load(), signing)
	if err != nil {
		t.Fatal(err)
	}
	w.broker = broker.New(broker.Config{
		Identity: scrip.BrokerInfo{
			ID: id, Name: "Broker", BaseURL: "http://broker.test", Chain: chain,
			Currency: must(scrip.ParseCurrency("EUR")), MaxCharge: 1000_00, ScripLifetime: int64(lifetime / time.Second),
		},
		Signing: signing, Envelope: []jose.EnvelopeKey{envelope}, Keys: []string{keys},
		Books: w.books, Bank: w.bank, Clock: w.clock.time, Random: rand.Reader, Merchants: fromBroker{w},
	})
	w.keys = merchant.StallKeys{Signing: must(jose.NewSigningKey(rand.Reader)), Envelope: must(jose.NewEnvelopeKey(rand.Reader))}
	if err := w.broker.Hold(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.openStall()
	return w
}

func (w *world) open(kind db.Kind, path string) *db.DB {
	w.t.Helper()
	d, err := db.Open(context.Background(), path, kind)
	if err != nil {
		w.t.Fatalf("open a %s's database: %v", kind, err)
	}
	w.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			w.t.Errorf("close a %s's database: %v", kind, err)
		}
	})
	return d
}

// audit holds the invariants I1 to I5 against everybody's databases.
func (w *world) audit() {
	w.t.Helper()
	if w.rigged {
		return
	}
	report, err := audit.Folders(context.Background(), w.data)
	if err != nil {
		w.t.Errorf("audit: %v", err)
	}
	for _, f := range report.Findings {
		if !f.OK {
			w.t.Errorf("audit: %s %s", f.Invariant, f.Text)
		}
	}
}

// openStall opens the world's stall.
func (w *world) openStall() {
	w.t.Helper()
	w.stall, w.shelf = w.certified("Attic", w.keys, fromStall{w})
}

// openAnnex opens another stall.
func (w *world) openAnnex() {
	w.t.Helper()
	w.annex, _ = w.certified("Annex", merchant.StallKeys{
		Signing: must(jose.NewSigningKey(rand.Reader)), Envelope: must(jose.NewEnvelopeKey(rand.Reader)),
	}, w.broker)
}

// certified has a stall certified, for an account of its own (R3).
func (w *world) certified(name string, keys merchant.StallKeys, link merchant.Broker) (*merchant.Stall, *db.Shelf) {
	w.t.Helper()
	purse, ref := w.purse(), w.account(1)
	owner := w.wallet(purse, ref)
	w.owner = customer{owner, purse, ref}
	tx, info := must(scrip.NewID(rand.Reader)), w.broker.Identity
	proof := must(jose.Sign(rand.Reader, scrip.Compose(keys.Signing.Thumbprint(), string(info.ID), tx, 1, scrip.Possession{
		Account: owner.Account(), Envelope: keys.Envelope.Thumbprint(),
	}, scrip.Attachments{}), keys.Signing))
	reply := must(jose.NewReplyKey(rand.Reader))
	r3 := must(jose.Seal(rand.Reader, scrip.Compose(string(owner.Account()), string(info.ID), tx, 1, scrip.StallRequest{
		Name: name, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(),
		BaseURL: "http://stall.test", Possession: proof.JWS,
	}, scrip.Attachments{ReplyKey: &reply}), owner.Key(), info.Envelope))
	answer := must(w.broker.OpenStall(context.Background(), scrip.Sealed{Envelope: r3}))
	r4 := must(scrip.OpenReply[scrip.StallOpened](answer.Envelope, reply, string(owner.Account()), tx, info.Signer()))
	stalls := must(w.broker.Stalls(context.Background()))
	i := slices.IndexFunc(stalls, func(s scrip.CertifiedStall) bool { return s.Certificate == r4.Body.Certificate })
	c := must(scrip.Verify[scrip.Certificate](r4.Body.Certificate, string(stalls[i].Vendor), info.Signer()))
	shelf := must(db.NewShelf(w.open(db.Merchant, folder.At(w.data[0]).Shelf(c.Body.Vendor))))
	return merchant.Open(merchant.Config{
		Certificate: c.Body, CertificateJWS: r4.Body.Certificate, Keys: keys, Shelf: shelf,
		Broker: link, BrokerInfo: func() scrip.BrokerInfo { return w.broker.Identity }, ScripLifetime: w.lifetime, Clock: w.clock.time, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}), shelf
}

// account opens a bank account with money in it.
func (w *world) account(amount scrip.Money) string {
	w.t.Helper()
	ref := must(w.bank.OpenAccount(context.Background()))
	must(w.bank.Deposit(context.Background(), ref, amount, must(scrip.NewID(rand.Reader))))
	return ref
}

func (w *world) purse() *db.Purse {
	w.t.Helper()
	data := w.t.TempDir()
	w.data = append(w.data, data)
	return must(db.NewPurse(w.open(db.Wallet, folder.At(data).Purse())))
}

func (w *world) config(purse wallet.Purse) wallet.Config {
	return wallet.Config{
		Purse: purse, Broker: toBroker{w}, Directory: toBroker{w},
		Dial: func(c scrip.Certificate) (wallet.Party, error) {
			if w.annex != nil && c.Vendor == w.annex.Vendor() {
				return w.annex, nil
			}
			return toStall{w}, nil
		},
		Key: make([]byte, 32), Clock: w.clock.walletTime,
	}
}

func (w *world) wallet(purse wallet.Purse, ref string) *wallet.Wallet {
	w.t.Helper()
	made, err := wallet.Make(context.Background(), w.config(purse), ref, "")
	if err != nil {
		w.t.Fatalf("Make: %v", err)
	}
	return made
}

// item lists things at the stall and returns the signed offer.
func (w *world) item(price scrip.Money, quantity int) string {
	w.t.Helper()
	l, err := w.stall.List(context.Background(), merchant.Item{
		Title: "Kettle", Category: "Home", Condition: "good", Price: price, Quantity: quantity, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5,
	})
	if err != nil {
		w.t.Fatalf("List: %v", err)
	}
	return l.JWS
}

func (w *world) vendor() scrip.VendorID { return w.stall.Vendor() }

// customer is a wallet, its purse and its bank account, which had 1000.00.
type customer struct {
	*wallet.Wallet
	purse wallet.Purse
	ref   string
}

const start = scrip.Money(1000_00)

func (w *world) customer() customer {
	w.t.Helper()
	purse, ref := w.purse(), w.account(start)
	return customer{w.wallet(purse, ref), purse, ref}
}

// takeBack has the stall take back an amount of the newest order, and tell the
// broker.
func (w *world) takeBack(amount scrip.Money) {
	w.t.Helper()
	sale := must(w.shelf.Sales(context.Background(), 0, 1))[0]
	want(w.t, "Refund", w.stall.Refund(context.Background(), must(scrip.NewID(rand.Reader)), sale.ID, amount), nil)
	want(w.t, "the stall's T12 and REFUND", w.stall.Deliver(context.Background()), nil)
}

// check holds the purse against the bank and the issuers: every unit is
// somewhere, and every scrip is live where it was issued.
func (w *world) check(c customer) {
	w.t.Helper()
	ctx := context.Background()
	sum := must(w.bank.Balance(ctx, c.ref))
	b := must(c.Balance(ctx))
	sum += b.Total
	back := must(c.Refunded(ctx))
	for _, r := range must(c.Receipts(ctx, 0, 1000)) {
		sum += r.Price - back[r.Tx].Amount
	}
	if sum != start {
		w.t.Errorf("bank, purse and receipts: got %d in all, want %d; %+v", sum, start, b)
	}
	for _, h := range must(c.purse.Holdings(ctx)) {
		var err error
		if h.Vendor == "" {
			_, err = w.books.Live(ctx, h.ScripID)
		} else {
			_, err = w.shelf.Live(ctx, h.ScripID)
		}
		if err != nil && h.Tx == "" && h.Doubt == "" {
			w.t.Errorf("scrip of %d from %q: %v", h.Value, h.Vendor, err)
		}
	}
}

// state is what a customer has: BrokerScrip, VendorScrip, what is owed.
func (w *world) state(c customer) [3]scrip.Money {
	w.t.Helper()
	b := must(c.Balance(context.Background()))
	return [3]scrip.Money{b.Broker, b.Total - b.Broker - b.Owed, b.Owed}
}

func (w *world) wantState(c customer, broker, vendor, owed scrip.Money) {
	w.t.Helper()
	if got, want := w.state(c), [3]scrip.Money{broker, vendor, owed}; got != want {
		w.t.Errorf("broker, vendor, owed: got %v, want %v", got, want)
	}
	w.check(c)
}

// want checks an error against the one that is wanted, nil included.
func want(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (want == nil && got != nil) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// must is for what cannot fail in a test that has got so far.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
