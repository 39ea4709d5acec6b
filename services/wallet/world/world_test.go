package world_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// world is a rig with one stall, and wallets around it. The wires between them can be
// cut, beside the rig's own from the broker to stalls.
type world struct {
	*rig.Rig
	shelf *db.Shelf
	stall *rig.Stall
	owner customer   // the stall's, once there is a seller
	annex *rig.Stall // a second one, which can always be reached; nil unless a test opens it

	lifetime time.Duration // of the broker's scrip
	skew     atomic.Int64  // seconds by which the clocks of wallets are wrong

	brokerDown atomic.Bool // the broker does not answer customers
	brokerMute atomic.Bool // the broker hears customers, its answers are lost
	stallDown  atomic.Bool // the stall does not hear customers
	stallMute  atomic.Bool // the stall hears, its answers are lost
	wireDown   atomic.Bool // the broker hears the stall, its answers are lost
	wireCut    atomic.Bool // the broker does not hear the stall
}

var errDown = errors.New("connection refused")

// begun are what worlds begin with, by the lifetime of scrip.
var begun = map[time.Duration]beginning{}

type beginning struct {
	rig.Copy
	stall *rig.Stall
}

func newWorld(t testing.TB) *world { return newWorldOf(t, 365*24*time.Hour) }

// newWorldOf is a world in which scrip expires after lifetime.
func newWorldOf(t testing.TB, lifetime time.Duration) *world {
	t.Helper()
	begin, made := begun[lifetime]
	if !made {
		r := rig.New(t, func(c *broker.Config) {
			c.Identity.ScripLifetime, c.Identity.MaxCharge = int64(lifetime/time.Second), 1000_00
		})
		begin = beginning{stall: r.Stall("Attic")}
		begin.Copy = r.Copy()
		begun[lifetime] = begin
	}
	w := &world{lifetime: lifetime, Rig: begin.Rig(t)}
	w.stall = begin.stall.In(w.Rig, fromStall{w})
	w.shelf = w.stall.Shelf.(*db.Shelf)
	return w
}

// walletTime is what the clocks of wallets say.
func (w *world) walletTime() time.Time {
	return w.Clock.Now().Add(time.Duration(w.skew.Load()) * time.Second)
}

// account opens a bank account with money in it.
func (w *world) account(amount scrip.Money) string {
	w.T.Helper()
	ref := must(w.Bank.OpenAccount(context.Background()))
	must(w.Bank.Deposit(context.Background(), ref, amount, w.ID()))
	return ref
}

func (w *world) purse() *db.Purse {
	w.T.Helper()
	data := w.T.TempDir()
	w.Folders = append(w.Folders, data)
	return w.openPurse(folder.At(data).Purse())
}

func (w *world) openPurse(path string) *db.Purse {
	w.T.Helper()
	return must(db.NewPurse(dbtest.Open(w.T, path, db.Wallet)))
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
		Key: make([]byte, 32), Clock: w.walletTime,
	}
}

func (w *world) wallet(purse wallet.Purse, ref string) *wallet.Wallet {
	w.T.Helper()
	made, err := wallet.Make(context.Background(), w.config(purse), ref, "")
	if err != nil {
		w.T.Fatalf("Make: %v", err)
	}
	return made
}

// item lists things at the stall and returns the signed offer.
func (w *world) item(price scrip.Money, quantity int) string {
	w.T.Helper()
	l, err := w.stall.Stall.List(context.Background(), merchant.Item{
		Title: "Kettle", Category: "Home", Condition: "good", Price: price, Quantity: quantity, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5,
	})
	if err != nil {
		w.T.Fatalf("List: %v", err)
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
	w.T.Helper()
	purse, ref := w.purse(), w.account(start)
	return customer{w.wallet(purse, ref), purse, ref}
}

// takeBack has the stall take back an amount of the newest order, and tell the
// broker.
func (w *world) takeBack(amount scrip.Money) {
	w.T.Helper()
	sale := must(w.shelf.Sales(context.Background(), 0, 1))[0]
	want(w.T, "Refund", w.stall.Refund(context.Background(), w.ID(), sale.ID, amount), nil)
	want(w.T, "the stall's T12 and REFUND", w.stall.Deliver(context.Background()), nil)
}

// check holds the purse against the bank and the issuers: every unit is
// somewhere, and every scrip is live where it was issued.
func (w *world) check(c customer) {
	w.T.Helper()
	ctx := context.Background()
	sum := must(w.Bank.Balance(ctx, c.ref))
	b := must(c.Balance(ctx))
	sum += b.Total
	back := must(c.Refunded(ctx))
	for _, r := range must(c.Receipts(ctx, 0, 1000)) {
		sum += r.Price - back[r.Tx].Amount - w.returned(r)
	}
	sum += w.credit(c)
	if sum != start {
		w.T.Errorf("bank, purse and receipts: got %d in all, want %d; %+v", sum, start, b)
	}
	for _, h := range must(c.purse.Holdings(ctx)) {
		var err error
		if h.Vendor == "" {
			_, err = w.Books.Live(ctx, h.ScripID)
		} else {
			_, err = w.shelf.Live(ctx, h.ScripID)
		}
		if err != nil && h.Tx == "" && h.Doubt == "" {
			w.T.Errorf("scrip of %d from %q: %v", h.Value, h.Vendor, err)
		}
	}
}

// returned is what the broker gave back of a purchase, refunds apart.
func (w *world) returned(r wallet.Receipt) scrip.Money {
	w.T.Helper()
	h, err := w.Books.Held(context.Background(), r.Vendor, r.Tx)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		w.T.Fatal(err)
	}
	return h.ToBuyer
}

// credit is what of that is not paid out.
func (w *world) credit(c customer) scrip.Money {
	w.T.Helper()
	return must(w.Books.Credit(context.Background(), c.Account()))
}

// state is what a customer has: BrokerScrip, VendorScrip, what is owed.
func (w *world) state(c customer) [3]scrip.Money {
	w.T.Helper()
	b := must(c.Balance(context.Background()))
	return [3]scrip.Money{b.Broker, b.Total - b.Broker - b.Owed, b.Owed}
}

func (w *world) wantState(c customer, broker, vendor, owed scrip.Money) {
	w.T.Helper()
	if got, want := w.state(c), [3]scrip.Money{broker, vendor, owed}; got != want {
		w.T.Errorf("broker, vendor, owed: got %v, want %v", got, want)
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

// home is where most parcels go.
var home = to("1 Test Lane")

// to is a parcel to a street.
func to(street string) scrip.Delivery {
	return scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{
		Name: "Ann Lee", Lines: []string{street}, Postcode: "1011", Town: "Amsterdam", Country: "NL",
	}}
}
