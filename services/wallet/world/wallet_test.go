package world_test

import (
	"bytes"
	"context"
	"errors"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestPay is the protocol from end to end: 6.1, 6.2, 6.3 twice.
func TestPay(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.wantState(c, 50_00, 0, 0)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
	w.wantState(c, 20_00, 30_00, 0)
	offer := w.item(12_50, 3)
	r, err := c.Buy(ctx, offer, 2, to("\u2068to the\u00ad attic\u2069\r\n")) // as a messenger gives it
	want(t, "Buy", err, nil)
	w.wantState(c, 20_00, 5_00, 0)
	if r.Price != 25_00 || r.Title() != "Kettle" || r.Stall != "Attic" || !reflect.DeepEqual(r.Delivery, to("to the attic")) || r.Order == "" {
		t.Errorf("receipt: got %+v", r)
	}
	sale := must(w.shelf.Sale(ctx, r.OrderID))
	if sale.Tx != r.Tx || !reflect.DeepEqual(sale.Delivery, r.Delivery) || sale.Mandate != r.Mandate {
		t.Errorf("sale: got %+v, want that of receipt %+v", sale, r)
	}
	_, err = c.Buy(ctx, offer, 1, home)
	want(t, "Buy from what is left at the broker", err, nil)
	w.wantState(c, 12_50, 0, 0)
	want(t, "Deliver", c.Deliver(ctx), nil)
	if left := must(c.purse.Notices(ctx)); len(left) != 0 {
		t.Errorf("notices: got %d left, want none", len(left))
	}
}

func TestBuyPlansByItself(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	plan := must(c.Plan(ctx, w.vendor(), 12_50))
	if got := len(plan.Legs); got != 3 || plan.Legs[0] != (wallet.Leg{Transaction: "6.1", Amount: 12_50}) {
		t.Errorf("plan: got %+v, want 6.1, 6.2, 6.3 of 12.50", plan.Legs)
	}
	_, err := c.Buy(ctx, w.item(12_50, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantState(c, 0, 0, 0)
	history := must(c.History(ctx, 0, 10))
	var ran []string
	for _, r := range history {
		ran = append(ran, r.Transaction+" "+string(r.Phase))
	}
	if got, want := strings.Join(ran, ", "), "6.3 done, 6.2 done, 6.1 done"; got != want {
		t.Errorf("history: got %s, want %s", got, want)
	}
}

func TestEvents(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	var told []string
	cfg := w.config(w.purse())
	cfg.Progress = func(e wallet.Event) { told = append(told, string(e.Direction)+" "+e.Message) }
	c := must(wallet.Make(ctx, cfg, w.account(start), "Ada"))
	_, err := c.Buy(ctx, w.item(5_00, 1), 1, home)
	want(t, "Buy", err, nil)
	want(t, "Deliver", c.Deliver(ctx), nil)
	expected := []string{
		"sent R1", "received R2", "sent T1", "received T2", "sent T3", "received NOTED", "sent T4", "received T8", "received T6",
		"sent T10", "received T11", "sent T9", "received NOTED",
	}
	if !slices.Equal(told, expected) {
		t.Errorf("events: got %q, want %q", told, expected)
	}
}

func TestBankWantsConfirmation(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	var confirm *wallet.Confirm
	if err := c.Load(ctx, 300_00); !errors.As(err, &confirm) || confirm.Link == "" {
		t.Fatalf("Load: got %v, want a link to confirm", err)
	}
	if err := c.Resume(ctx); !errors.As(err, &confirm) {
		t.Errorf("Resume before it is confirmed: got %v, want *Confirm", err)
	}
	want(t, "Load of another amount", c.Load(ctx, 10_00), wallet.ErrBusy)
	must(0, w.Books.Confirm(ctx, scrip.ID(path.Base(confirm.Link)), w.Clock.Now().Unix()))
	want(t, "Load again", c.Load(ctx, 300_00), nil)
	w.wantState(c, 300_00, 0, 0)
	want(t, "Load with money there", c.Load(ctx, 10_00), nil)
	w.wantState(c, 310_00, 0, 0)
}

func TestBuyWaitsForConfirmation(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, offer := w.customer(), w.item(250_00, 1)
	var confirm *wallet.Confirm
	for range 2 { // asking again asks the bank for nothing more
		if _, err := c.Buy(ctx, offer, 1, home); !errors.As(err, &confirm) {
			t.Fatalf("Buy: got %v, want a link to confirm", err)
		}
	}
	must(0, w.Books.Confirm(ctx, scrip.ID(path.Base(confirm.Link)), w.Clock.Now().Unix()))
	_, err := c.Buy(ctx, offer, 1, home)
	want(t, "Buy once it is confirmed", err, nil)
	w.wantState(c, 0, 0, 0)
}

func TestLoadRefused(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load above the limit", c.Load(ctx, 1000_01), scrip.AmountOutOfBounds)
	want(t, "Load nothing", c.Load(ctx, 0), scrip.AmountOutOfBounds)
	poor := customer{Wallet: w.wallet(w.purse(), w.account(5_00))}
	err := poor.Load(ctx, 10_00)
	var no *wallet.Refused
	if !errors.As(err, &no) || no.Reason != scrip.BankDeclined || no.Message != "T1" {
		t.Errorf("Load without money: got %v, want T1 refused: %v", err, scrip.BankDeclined)
	}
	want(t, "Load what there is", poor.Load(ctx, 5_00), nil)
}

// TestBuyWithBrokerOff: a purchase needs customer and merchant only.
func TestBuyWithBrokerOff(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
	offer := w.item(10_00, 5)
	w.brokerDown.Store(true)
	w.wireCut.Store(true)
	w.Clock.Advance(3 * 24 * 3600 * time.Second) // what is known of stall and broker is old now
	_, err := c.Buy(ctx, offer, 1, home)
	want(t, "Buy with the broker off", err, nil)
	w.wantState(c, 20_00, 20_00, 0)
	want(t, "Deliver with the broker off", c.Deliver(ctx), wallet.ErrUnfinished)
	w.brokerDown.Store(false)
	want(t, "Deliver", c.Deliver(ctx), nil)
	if left := must(c.purse.Notices(ctx)); len(left) != 0 {
		t.Errorf("notices: got %d left, want none", len(left))
	}
}

// TestBuyAhead: what a first purchase keeps with the stall pays the second one
// while the broker is off.
func TestBuyAhead(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	order := wallet.Just(w.item(12_50, 5), 1, home)
	_, err := c.BuyAhead(ctx, order, 12_49)
	want(t, "Buy with less than the price", err, wallet.ErrExchange)
	want(t, "Load", c.Load(ctx, 50_00), nil)
	_, err = c.BuyAhead(ctx, order, 30_00)
	want(t, "Buy", err, nil)
	w.wantState(c, 20_00, 17_50, 0)
	w.brokerDown.Store(true)
	w.wireCut.Store(true)
	w.Clock.Advance(3 * 24 * 3600 * time.Second)
	if known, err := c.Stall(ctx, w.vendor()); err != nil || known.BaseURL != "http://stall.test" {
		t.Errorf("Stall with the broker off: got %+v, %v", known, err)
	}
	_, err = c.BuyAhead(ctx, order, 30_00)
	want(t, "Buy with the broker off", err, nil)
	w.wantState(c, 20_00, 5_00, 0)
}

func TestStallNeverMet(t *testing.T) {
	w := newWorld(t)
	c := w.customer()
	w.brokerDown.Store(true)
	_, err := c.Stall(t.Context(), w.vendor())
	want(t, "Stall", err, errDown)
}

func TestPurchaseRefused(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	offer := w.item(10_00, 1)
	_, err := c.Buy(ctx, offer, 2, home)
	var no *wallet.Refused
	if !errors.As(err, &no) || no.Reason != scrip.OutOfStock {
		t.Fatalf("Buy two of one: got %v, want refused: %v", err, scrip.OutOfStock)
	}
	w.wantState(c, 30_00, 20_00, 0)
	if left := must(c.purse.Notices(ctx)); len(left) != 0 {
		t.Errorf("notices of what was not bought: got %d, want none", len(left))
	}
	_, err = c.Buy(ctx, offer, 1, home)
	want(t, "Buy one", err, nil)
	w.wantState(c, 30_00, 10_00, 0)
}

func TestOfferIsChecked(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	offer := w.item(10_00, 1)
	parts := strings.Split(offer, ".")
	for name, bad := range map[string]string{
		"nothing": "", "not a JWS": "a.b", "cut": offer[:len(offer)-1], "another header": parts[0] + "A." + parts[1] + "." + parts[2],
		"a certificate": w.stall.CertificateJWS,
	} {
		if _, err := c.Buy(ctx, bad, 1, home); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("Buy %s: got %v, want %v", name, err, scrip.Unreadable)
		}
	}
	if _, err := c.Buy(ctx, offer, 0, home); !errors.Is(err, scrip.TooMany) {
		t.Errorf("Buy none: got %v, want %v", err, scrip.TooMany)
	}
	w.pass(61 * 24 * time.Hour)
	if _, err := c.Buy(ctx, offer, 1, home); !errors.Is(err, scrip.OfferExpired) {
		t.Errorf("Buy an old offer: got %v, want %v", err, scrip.OfferExpired)
	}
	w.wantState(c, 0, 0, 0)
}

func TestConcurrentBuys(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 150_00), nil)
	offer := w.item(10_00, 10)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := c.Buy(ctx, offer, 1, home); err != nil {
				t.Errorf("Buy: %v", err)
			}
		})
	}
	all.Wait()
	w.wantState(c, 50_00, 0, 0)
	if got := len(must(c.Receipts(ctx, 0, 100))); got != 10 {
		t.Errorf("receipts: got %d, want 10", got)
	}
}

func TestOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("derives a key from a passphrase five times")
	}
	w, ctx := newWorld(t), t.Context()
	cfg := w.config(w.purse())
	cfg.Key, cfg.Passphrase = nil, "correct horse"
	_, err := wallet.Open(ctx, cfg)
	want(t, "Open before Make", err, wallet.ErrNoAccount)
	ref := w.account(start)
	made := must(wallet.Make(ctx, cfg, ref, "Ada"))
	_, err = wallet.Make(ctx, cfg, ref, "Ada")
	want(t, "Make twice", err, wallet.ErrExists)
	again := must(wallet.Open(ctx, cfg))
	if again.Account() != made.Account() {
		t.Errorf("account: got %s, want %s", again.Account(), made.Account())
	}
	for name, passphrase := range map[string]string{"wrong": "correct horses", "none": ""} {
		cfg.Passphrase = passphrase
		if _, err := wallet.Open(ctx, cfg); !errors.Is(err, wallet.ErrPassphrase) {
			t.Errorf("%s passphrase: got %v, want %v", name, err, wallet.ErrPassphrase)
		}
	}
}

// TestPurseShowsNoSecret reads everything the purse was given.
func TestPurseShowsNoSecret(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	spy := &spy{Purse: w.purse()}
	c := customer{w.wallet(spy, w.account(start)), spy, ""}
	want(t, "Load", c.Load(ctx, 50_00), nil)
	_, err := c.Buy(ctx, w.item(10_00, 5), 1, to("Back Lane 7"))
	want(t, "Buy", err, nil)
	if len(spy.sealed) < 8 {
		t.Fatalf("sealed values: got %d, want more", len(spy.sealed))
	}
	for _, plain := range []string{"secret", "reply_key", "scrip_id", "Back Lane", "eyJ", "jws"} {
		for _, sealed := range spy.sealed {
			if bytes.Contains(sealed, []byte(plain)) {
				t.Errorf("a sealed value shows %q", plain)
			}
		}
	}
}

// spy collects the sealed values that reach a purse.
type spy struct {
	wallet.Purse
	sealed [][]byte
}

func (s *spy) Apply(ctx context.Context, c wallet.PurseChange) error {
	if c.Owner != nil {
		s.sealed = append(s.sealed, c.Owner.Sealed)
	}
	if c.Pseudonym != nil {
		s.sealed = append(s.sealed, c.Pseudonym.Sealed)
	}
	for _, h := range c.Keep {
		s.sealed = append(s.sealed, h.Sealed)
	}
	if c.Write != nil {
		s.sealed = append(s.sealed, c.Write.Sealed)
	}
	if c.Receipt != nil {
		s.sealed = append(s.sealed, c.Receipt.Sealed)
	}
	if c.Notice != nil {
		s.sealed = append(s.sealed, c.Notice.Sealed)
	}
	return s.Purse.Apply(ctx, c)
}
