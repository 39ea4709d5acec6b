package stripe_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/stripe"
	"peerscrip/services/stripe/stripetest"
)

// world is a rig whose broker takes money by Stripe.
type world struct {
	*rig.Rig
	gate  *bank.Gateway
	till  *failing
	there *stripetest.Server
}

// failing is a till that loses what comes next: nothing of it is kept, as after a crash.
type failing struct {
	bank.Till
	crashes   int
	refuses   func(scrip.Change) bool // whose commit does not go through, however often; nil: none
	unread    error                   // of PayInByCode
	meanwhile func()                  // done once, behind the next reading of Attempts
}

var errCrash = errors.New("the process is gone")

func (f *failing) Apply(ctx context.Context, c scrip.Change) error {
	if f.crashes > 0 {
		f.crashes--
		return errCrash
	}
	if f.refuses != nil && f.refuses(c) {
		return errCrash
	}
	return f.Till.Apply(ctx, c)
}

func (f *failing) PayInByCode(ctx context.Context, code string) (scrip.PayIn, error) {
	if f.unread != nil {
		return scrip.PayIn{}, f.unread
	}
	return f.Till.PayInByCode(ctx, code)
}

func (f *failing) Attempts(ctx context.Context, payIn scrip.ID) ([]scrip.Attempt, error) {
	list, err := f.Till.Attempts(ctx, payIn)
	if do := f.meanwhile; do != nil {
		f.meanwhile = nil
		do()
	}
	return list, err
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{there: stripetest.New(t), till: &failing{}}
	w.Rig = rig.New(t, func(c *broker.Config) {
		account, err := stripe.New(stripe.Config{Key: stripe.ParseKey(stripetest.Key + "\n"), Webhook: stripe.ParseKey(stripetest.Webhook), URL: w.there.URL, Clock: c.Clock})
		if err != nil {
			t.Fatal(err)
		}
		w.there.Clock = c.Clock
		w.till.Till = c.Books.(bank.Till)
		w.gate = bank.NewGateway(bank.GatewayConfig{
			Till: w.till, Kind: scrip.TestBank, Card: account, CardWay: scrip.PayWay{Way: scrip.ByCard, Fixed: 25, Rate: 150, Least: 50},
			Clock: c.Clock, Random: rand.Reader, BaseURL: "http://broker.test", Currency: c.Identity.Currency,
		})
		c.Bank = w.gate
	})
	return w
}

// deliver makes one go, a moment later.
func (w world) deliver() {
	w.T.Helper()
	w.Clock.Advance(time.Minute)
	if err := w.gate.Deliver(w.T.Context()); err != nil {
		w.T.Errorf("deliver: %v", err)
	}
}

// pending sends a T1 that is to wait for its customer, and has a page opened for it at Stripe.
func (w world) pending(c *rig.Customer, t1 rig.Sealed) (key scrip.ID, session string) {
	w.T.Helper()
	m, err := rig.Send[scrip.Pending](c, w.Broker.Acquire, t1)
	if err != nil {
		w.T.Fatalf("T1: got %v, want PENDING", err)
	}
	key = rig.Charge(m.Body.Link)
	if _, err := w.gate.Choose(w.T.Context(), key); err != nil {
		w.T.Fatal(err)
	}
	w.deliver()
	return key, w.there.Session()
}

func (w world) hear(id, kind, about string) {
	w.T.Helper()
	payload, signature := w.there.Notice(id, kind, about)
	if err := w.gate.Hear(w.T.Context(), payload, signature); err != nil {
		w.T.Errorf("notice %s: %v", kind, err)
	}
}

// filled is a customer with BrokerScrip that was paid at Stripe.
func (w world) filled(amount scrip.Money) (*rig.Customer, scrip.Held, string) {
	w.T.Helper()
	c := w.Customer(0)
	t1 := c.Acquisition(amount)
	_, session := w.pending(c, t1)
	w.there.Pay(session, "succeeded")
	w.deliver()
	m, err := rig.Send[scrip.Acquired](c, w.Broker.Acquire, t1)
	if err != nil {
		w.T.Fatalf("T1 that is paid: %v", err)
	}
	return c, scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}, w.there.Charge(session)
}

// withdraw gives all of it back (T20).
func (w world) withdraw(c *rig.Customer, held scrip.Held) {
	w.T.Helper()
	_, err := rig.Send[scrip.Withdrawn](c, w.Broker.Withdraw, c.Seal(rig.Message{
		Body: scrip.Withdraw{Account: c.Account, Value: held.Scrip.Value}, Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	}))
	if err != nil {
		w.T.Fatalf("T20: %v", err)
	}
}

func (w world) balance(c *rig.Customer, want scrip.Money) {
	w.T.Helper()
	if got, err := w.gate.Balance(w.T.Context(), c.Bank); err != nil || got != want {
		w.T.Errorf("balance: got %d, %v, want %d", got, err, want)
	}
}

// out is the one disbursement of a customer.
func (w world) out(c *rig.Customer) scrip.Disbursement {
	w.T.Helper()
	list, err := w.Books.Disbursements(w.T.Context(), c.Bank, 9)
	if err != nil || len(list) != 1 {
		w.T.Fatalf("disbursements: got %+v, %v, want one", list, err)
	}
	return list[0]
}

func (w world) suspended(want ...string) {
	w.T.Helper()
	list, err := w.Books.Suspended(w.T.Context(), 9)
	if err != nil {
		w.T.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, s.Why+" "+s.Said)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		w.T.Errorf("suspended: got %q, want %q", got, want)
	}
}

// A payment is asked for, waits, is paid, is told of thrice and out of order, and T1 has its scrip: once.
func TestPaid(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	t1 := c.Acquisition(20_00)
	key, session := w.pending(c, t1)
	if got, err := rig.Send[scrip.Pending](c, w.Broker.Acquire, t1); err != nil || rig.Charge(got.Body.Link) != key {
		t.Errorf("T1 again: got %+v, %v, want the same link", got, err)
	}
	asked, err := w.gate.Asked(t.Context(), key)
	if err != nil || asked.Attempt == nil || !strings.HasPrefix(asked.Attempt.Link, w.there.URL) || asked.Attempt.Fee != 55 || asked.Offers[0].Total != 20_55 {
		t.Errorf("asked: got %+v, %v, want a page at Stripe for 20.55", asked, err)
	}
	w.hear("evt_1", "checkout.session.completed", session) // too early: nothing is paid
	w.deliver()
	w.balance(c, 0)
	w.there.Pay(session, "succeeded")
	for range 2 {
		w.hear("evt_2", "checkout.session.completed", session)
		w.deliver()
		w.hear("evt_1", "checkout.session.completed", session)
		w.hear("evt_3", "charge.succeeded", w.there.Charge(session))
		w.deliver()
	}
	w.balance(c, 20_00)
	for range 2 {
		if m, err := rig.Send[scrip.Acquired](c, w.Broker.Acquire, t1); err != nil || m.Body.Value != 20_00 {
			t.Errorf("T1: got %+v, %v, want 2000", m, err)
		}
	}
	w.balance(c, 0)
	if asked, err = w.gate.Asked(t.Context(), key); err != nil || asked.State != scrip.PayInPaid || len(asked.Offers) > 0 {
		t.Errorf("asked: got %+v, %v, want that it is paid", asked, err)
	}
	if _, err := w.gate.Choose(t.Context(), key); !errors.Is(err, scrip.BankDeclined) {
		t.Errorf("to pay again: got %v, want %v", err, scrip.BankDeclined)
	}
	sessions, _, _ := w.there.Made()
	if sessions != 1 {
		t.Errorf("pages at Stripe: got %d, want 1", sessions)
	}
}

// What fails may be tried again: its page expired, the payer's bank said no.
func TestFailed(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	t1 := c.Acquisition(20_00)
	key, first := w.pending(c, t1)
	w.there.Expire(first)
	w.hear("evt_1", "checkout.session.expired", first)
	w.deliver()
	_, second := w.pending(c, t1)
	w.there.Pay(second, "processing")
	w.hear("evt_2", "checkout.session.completed", second)
	w.deliver()
	w.balance(c, 0)
	w.there.Pay(second, "requires_payment_method")
	w.hear("evt_3", "checkout.session.async_payment_failed", second)
	w.deliver()
	tries, err := w.Books.Attempts(t.Context(), key)
	if err != nil || len(tries) != 2 || tries[0].Reason != "expired" || tries[1].Reason != "insufficient_funds" || tries[1].State != scrip.AttemptFailed {
		t.Fatalf("attempts: got %+v, %v, want two that failed, with why", tries, err)
	}
	w.there.Refuse("/v1/checkout/sessions", 400, "amount_too_small")
	w.pending(c, t1)
	_, fourth := w.pending(c, t1)
	w.there.Pay(fourth, "succeeded")
	w.deliver() // no notice: it is looked at all the same
	if _, err := rig.Send[scrip.Acquired](c, w.Broker.Acquire, t1); err != nil {
		t.Errorf("T1: %v", err)
	}
	if tries, err = w.Books.Attempts(t.Context(), key); err != nil || len(tries) != 4 || tries[2].Reason != "amount_too_small" {
		t.Errorf("attempts: got %+v, %v, want four, the third refused", tries, err)
	}
}

// What was called off is closed at Stripe and never made; who had paid by then has it in the account, and the next T1 takes it.
func TestCalledOff(t *testing.T) {
	w := newWorld(t)
	for _, paid := range []bool{false, true} {
		c := w.Customer(0)
		t1 := c.Acquisition(20_00)
		key, session := w.pending(c, t1)
		if paid {
			w.there.Pay(session, "succeeded")
		}
		for range 2 {
			if err := w.gate.CallOff(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		if !paid {
			if _, err := rig.Send[scrip.Acquired](c, w.Broker.Acquire, t1); !errors.Is(err, scrip.BankDeclined) {
				t.Errorf("T1 that was called off: got %v, want %v", err, scrip.BankDeclined)
			}
		}
		w.deliver()
		if calls := w.there.Calls("POST /v1/checkout/sessions/" + session + "/expire"); calls != 1 {
			t.Errorf("the page was closed %d times, want once", calls)
		}
		want := map[bool]scrip.Money{true: 20_00}[paid]
		w.balance(c, want)
		if paid {
			c.Acquire(want)
		}
	}
}

// What is not what was asked for belongs to nobody until the operator says whose it is.
func TestOtherMoney(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	_, session := w.pending(c, c.Acquisition(20_00))
	w.there.PayOther(session, 19_99, "eur")
	d := w.Customer(0)
	_, another := w.pending(d, d.Acquisition(30_00))
	w.there.PayOther(another, 30_70, "usd")
	for range 2 {
		w.deliver()
	}
	w.balance(c, 0)
	w.balance(d, 0)
	w.suspended("other-amount 19.99 EUR", "other-currency 3070 (minor units) USD")
	list, err := w.Books.Suspended(t.Context(), 9)
	if err != nil {
		t.Fatal(err)
	}
	w.till.unread = errCrash
	if _, err := w.gate.Settle(t.Context(), list[0].ID, c.Bank); !errors.Is(err, errCrash) {
		t.Errorf("settled while it cannot be read whose it is: got %v, want %v", err, errCrash)
	}
	w.balance(c, 0)
}

// What cannot be booked waits, and nothing waits behind it.
func TestNothingWaitsBehind(t *testing.T) {
	w := newWorld(t)
	var customers []*rig.Customer
	var sessions []string
	for range 4 {
		c := w.Customer(0)
		_, session := w.pending(c, c.Acquisition(20_00))
		customers, sessions = append(customers, c), append(sessions, session)
	}
	due, err := w.Books.AttemptsDue(t.Context(), w.Clock.Now().Add(time.Hour).Unix(), 9)
	if err != nil || len(due) != 4 {
		t.Fatalf("due: got %+v, %v, want four", due, err)
	}
	last := due[3].Reference // of the one that all others stand before
	w.till.refuses = func(c scrip.Change) bool {
		return slices.ContainsFunc(c.Broker.Log, func(r scrip.Record) bool { return r.Kind == scrip.KindDeposit && r.Posts[0].To != scrip.BankOf(last) })
	}
	for _, session := range sessions {
		w.there.Pay(session, "succeeded")
	}
	for range 3 {
		w.Clock.Advance(time.Hour)
		if err := w.gate.Deliver(t.Context()); !errors.Is(err, errCrash) {
			t.Errorf("deliver: got %v, want %v", err, errCrash)
		}
	}
	if got, err := w.gate.Balance(t.Context(), last); err != nil || got != 20_00 {
		t.Errorf("what can be booked: got %d, %v, want 2000", got, err)
	}
	w.till.refuses = nil
	w.Clock.Advance(2 * time.Hour)
	w.deliver()
	for _, c := range customers {
		w.balance(c, 20_00)
	}
}

// Who calls a payment off while a page is being asked for it gets none.
func TestCalledOffMeanwhile(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	m, err := rig.Send[scrip.Pending](c, w.Broker.Acquire, c.Acquisition(20_00))
	if err != nil {
		t.Fatal(err)
	}
	key := rig.Charge(m.Body.Link)
	w.till.meanwhile = func() {
		if err := w.gate.CallOff(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	if a, err := w.gate.Choose(t.Context(), key); !errors.Is(err, scrip.BankDeclined) {
		t.Errorf("chosen while it was called off: got %+v, %v, want %v", a, err, scrip.BankDeclined)
	}
	w.deliver()
	if sessions, _, _ := w.there.Made(); sessions != 0 {
		t.Errorf("pages at Stripe: got %d, want none", sessions)
	}
}

// A crash between Stripe's answer and its record opens no second page.
func TestOpenedOnce(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	t1 := c.Acquisition(20_00)
	m, err := rig.Send[scrip.Pending](c, w.Broker.Acquire, t1)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a form sent twice
		if _, err := w.gate.Choose(t.Context(), rig.Charge(m.Body.Link)); err != nil {
			t.Fatal(err)
		}
	}
	w.till.crashes = 1
	if err := w.gate.Deliver(t.Context()); !errors.Is(err, errCrash) {
		t.Errorf("got %v, want %v", err, errCrash)
	}
	w.deliver()
	if sessions, _, _ := w.there.Made(); sessions != 1 {
		t.Errorf("pages at Stripe: got %d, want 1", sessions)
	}
	session := w.there.Session()
	w.there.Pay(session, "succeeded")
	w.till.crashes = 1
	w.hearCrashing(session)
	w.deliver()
	w.balance(c, 20_00)
	c.Acquire(20_00)
}

// hearCrashing is killed before the notice is kept; Stripe sends it again.
func (w world) hearCrashing(session string) {
	w.T.Helper()
	payload, signature := w.there.Notice("evt_1", "checkout.session.completed", session)
	if err := w.gate.Hear(w.T.Context(), payload, signature); !errors.Is(err, errCrash) {
		w.T.Errorf("got %v, want %v", err, errCrash)
	}
	w.hear("evt_1", "checkout.session.completed", session)
}

// Only what Stripe signed is a notice, lately, and for this mode.
func TestNotices(t *testing.T) {
	w := newWorld(t)
	payload := []byte(`{"id":"evt_1","object":"event","type":"charge.refunded","livemode":false,"data":{"object":{}}}`)
	live := []byte(strings.Replace(string(payload), "false", "true", 1))
	for name, of := range map[string]struct {
		payload   []byte
		signature string
	}{
		"unsigned":       {payload, ""},
		"another secret": {payload, stripetest.Sign(payload, "whsec_other", time.Now())},
		"changed":        {append([]byte(" "), payload...), stripetest.Sign(payload, stripetest.Webhook, time.Now())},
		"an hour old":    {payload, stripetest.Sign(payload, stripetest.Webhook, time.Now().Add(-time.Hour))},
		"live money":     {live, stripetest.Sign(live, stripetest.Webhook, time.Now())},
		"not a notice":   {[]byte(`{}`), stripetest.Sign([]byte(`{}`), stripetest.Webhook, time.Now())},
	} {
		if err := w.gate.Hear(t.Context(), of.payload, of.signature); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("%s: got %v, want %v", name, err, scrip.Unreadable)
		}
	}
	if err := w.gate.Hear(t.Context(), payload, stripetest.Sign(payload, stripetest.Webhook, time.Now())); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

// No key is printed, by whatever way, nor does an error quote Stripe, whose messages may.
func TestKeysAreNotTold(t *testing.T) {
	key := stripe.ParseKey(" " + stripetest.Key + "\n")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "in", struct{ K stripe.Key }{key})
	for _, got := range []string{fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s %x", key, key, key, key, key), fmt.Sprintf("%+v", stripe.Config{Key: key}), log.String()} {
		if strings.Contains(got, "51peerscrip") || strings.Contains(got, fmt.Sprintf("%x", "51peerscrip")) {
			t.Errorf("got %s, want no key in it", got)
		}
	}
	there := stripetest.New(t)
	other, err := stripe.New(stripe.Config{Key: stripe.ParseKey("sk_test_other"), Webhook: stripe.ParseKey(stripetest.Webhook), URL: there.URL, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Look(t.Context(), scrip.Attempt{Session: "cs_1"})
	if err == nil || strings.Contains(err.Error(), "_test_") || errors.As(err, new(bank.Rejected)) {
		t.Errorf("a key that is not taken: got %v, want an error without it that is not final", err)
	}
	for _, c := range []stripe.Config{
		{Key: stripe.ParseKey("pk_test_1"), Webhook: stripe.ParseKey(stripetest.Webhook)}, {Key: key}, {Webhook: stripe.ParseKey(stripetest.Webhook)},
	} {
		if _, err := stripe.New(c); err == nil {
			t.Errorf("a Stripe of %v: got no error", c)
		}
	}
}

// The list of Stripe is held against the books, in both directions.
func TestReconcile(t *testing.T) {
	w := newWorld(t)
	since := w.Clock.Now().Unix()
	c, held, charge := w.filled(20_00)
	w.withdraw(c, held)
	w.deliver()
	w.deliver()
	_, _, charged := w.filled(30_00)
	differences := func(want ...string) {
		t.Helper()
		w.Clock.Advance(time.Hour)
		got, err := w.gate.Reconcile(t.Context(), since)
		if err != nil || len(got.Differences) != len(want) {
			t.Fatalf("got %q, %v, want %q", got.Differences, err, want)
		}
		for i, difference := range got.Differences {
			if !strings.Contains(difference, want[i]) {
				t.Errorf("got %q, want %q in it", difference, want[i])
			}
		}
		if len(want) == 0 && (got.Counts[bank.ListedPayment] != 2 || got.Sums[bank.ListedPayment] != 51_25 || got.Counts[bank.ListedRefund] != 1 || got.Sums[bank.ListedRefund] != 20_00) {
			t.Errorf("got %v, %v, want two payments of 51.25 and a refund of 20.00", got.Counts, got.Sums)
		}
	}
	differences()
	d := w.Customer(0)
	_, session := w.pending(d, d.Acquisition(40_00))
	w.there.Pay(session, "succeeded") // and no notice comes
	w.there.GiveBack(charged, 1_00)   // nor here
	differences("the books have it as open", "made at the provider itself")
	w.there.Omit(charge)
	w.hear("evt_1", "charge.refunded", charged)
	w.deliver()
	differences("not in the provider's list")
	dispute := w.there.Dispute(charged, "needs_response") // and no notice comes
	differences("it is not in the books", "not in the provider's list")
	w.hear("evt_2", "charge.dispute.created", dispute)
	w.deliver()
	differences("the house does not hold so much", "not in the provider's list")
	w.there.Decide(dispute, "won")
	w.hear("evt_3", "charge.dispute.closed", dispute)
	w.deliver()
	differences("not in the provider's list")
}
