package world_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// VendorScrip of a pseudonym that the broker was not told of would buy goods
// whose T12 the broker cannot put to anybody: the seller would not be paid.
func TestExchangeForAnotherPseudonym(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	hidden := r.SigningKey()
	held := c.Acquire(50_00)
	x := c.Exchange(s, held, 12_50, func(x *rig.Exchange) {
		name := scrip.Pseudonym(hidden.Thumbprint())
		x.Order.From, x.Order.By = string(name), hidden
		x.Order.Body = scrip.ExchangeOrder{Value: 12_50, Vendor: s.Vendor(), Pseudonym: name}
	})
	announce(t, c, x)
	answer, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T8: %v, want party-mismatch", err)
	}
	if _, err := r.Books.Live(t.Context(), held.Scrip.ScripID); err != nil {
		t.Errorf("the BrokerScrip: %v, want it untouched", err)
	}
}

// One tx under two pseudonyms of one account would be one purchase to the
// broker, and the seller would be paid for one.
func TestPurchaseTwiceUnderOneTx(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	listing := s.List(10_00, 3)
	first, change := c.Trade(s, c.Acquire(50_00), 10_00)
	t10 := c.Mandate(s, first, listing)
	if _, err := rig.Send[scrip.Paid](c, s.Purchase, t10); err != nil {
		t.Fatal(err)
	}
	c.Forget()
	second, _ := c.Trade(s, change, 10_00)
	again := c.Mandate(s, second, listing, func(m *rig.Message) { m.Tx = t10.Tx })
	if _, err := rig.Send[scrip.Paid](c, s.Purchase, again); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("the second T10: %v, want tx-conflict", err)
	}
	c.Buy(s, second, listing)
	if err := s.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	snap, err := r.Books.Snapshot(t.Context(), db.Question{})
	if got := snap.Balances[scrip.EarnedOf(s.Vendor())]; err != nil || got != 20_00 {
		t.Errorf("earned %d, %v; want 2000", got, err)
	}
}

// slow is a connection on which the answers to T5 wait until they are let go.
type slow struct {
	merchant.Broker
	hold chan chan struct{}
}

func (l *slow) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := l.Broker.Send(ctx, message, in)
	if message != "T5" {
		return out, err
	}
	let := make(chan struct{})
	l.hold <- let
	<-let
	return out, err
}

// begin sends a T4 until the broker has answered its T5.
func (l *slow) begin(t *testing.T, s *rig.Stall, in scrip.Sealed) (end func() scrip.Sealed) {
	done := make(chan scrip.Sealed, 1)
	go func() {
		out, err := s.Exchange(context.Background(), in)
		if err != nil {
			t.Errorf("T4: %v", err)
		}
		done <- out
	}()
	let := <-l.hold
	return func() scrip.Sealed {
		close(let)
		return <-done
	}
}

func announce(t *testing.T, c *rig.Customer, x rig.Exchange) {
	t.Helper()
	if _, err := rig.Send[scrip.Noted](c, c.Rig.Broker.Announce, x.T3); err != nil {
		t.Fatalf("T3: %v", err)
	}
}

// claim makes a CLAIM with the receipt that T3, sent again, brings.
func claim(t *testing.T, c *rig.Customer, s *rig.Stall, x rig.Exchange) rig.Sealed {
	t.Helper()
	got, err := c.Rig.Broker.Announce(t.Context(), x.T3.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	t6, err := scrip.OpenReply[scrip.Exchanged](got.Envelope, x.T3.Reply, string(c.Account), x.Tx, c.Rig.Info.Signer())
	if err != nil {
		t.Fatalf("T6: %v", err)
	}
	alias := c.Alias(s.Vendor())
	return c.Seal(rig.Message{
		Tx: x.Tx, From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.Claim{Value: x.Value, Receipt: t6.Body.Receipt},
	})
}

// A refusal of one T5 that comes late does not touch another T5 of the same tx.
func TestLateRefusalOfAnExchange(t *testing.T) {
	r := rig.New(t)
	link := &slow{Broker: r.Broker, hold: make(chan chan struct{})}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	bad := scrip.Sealed{Order: x.T4.Order, Payment: "no.payment.part"}
	first, second := link.begin(t, s, bad), link.begin(t, s, bad)
	first() // forgets the exchange
	announce(t, c, x)
	r.Clock.Advance(2 * time.Second) // the same T4 costs the broker one T5 at a time
	good := link.begin(t, s, x.T4)
	second() // is refused only now, and used to forget the good one
	if held, err := c.OpenT8(x, good()); err != nil || held.Scrip.Value != 12_50 {
		t.Errorf("T8: %d, %v; want 1250", held.Scrip.Value, err)
	}
}

// Of one T5 sent twice, one answer may be a refusal (the lock ended between
// them) and the other the blessing, in whatever order they come back.
func TestBlessingAfterARefusal(t *testing.T) {
	r := rig.New(t)
	link := &slow{Broker: r.Broker, hold: make(chan chan struct{})}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	refused := link.begin(t, s, x.T4) // not announced yet
	announce(t, c, x)
	blessed := link.begin(t, s, x.T4)
	refused()
	if held, err := c.OpenT8(x, blessed()); err != nil || held.Scrip.Value != 12_50 {
		t.Errorf("T8: %d, %v; want 1250", held.Scrip.Value, err)
	}
}

// A receipt brings what the broker blessed: no more when another T4 has taken
// its tx, and no less when the stall has forgotten the exchange.
func TestClaimBringsWhatWasBlessed(t *testing.T) {
	r := rig.New(t)
	link := &line{broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	announce(t, c, x)
	if _, err := s.Exchange(t.Context(), x.T4); err != nil {
		t.Fatal(err)
	}
	// What a second shelf, which never saw the exchange, stands for: a stall that
	// has forgotten it.
	other := s.Reopened(link)
	alias := c.Alias(s.Vendor()).Thumbprint()
	greedy := c.Exchange(s, scrip.Held{}, 90_00, func(n *rig.Exchange) {
		n.Tx, n.T3.Tx, n.Order.Tx, n.Pay.Tx = x.Tx, x.Tx, x.Tx, x.Tx
		n.T3.Attach, n.Pay.Attach = x.T3.Attach, x.Pay.Attach
	})
	link.cut = true // the other T4 waits for the broker
	if _, err := other.Exchange(t.Context(), greedy.T4); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Send[scrip.Issued](c, other.Claim, claim(t, c, s, x)); !errors.Is(err, scrip.ValueMismatch) {
		t.Errorf("CLAIM of 1250 where 9000 wait: %v, want value-mismatch", err)
	}
	link.cut = false
	if err := other.Deliver(t.Context()); err != nil { // the broker refuses the other T4
		t.Fatal(err)
	}
	m := claim(t, c, s, x)
	got, err := rig.Send[scrip.Issued](c, other.Claim, m)
	if err != nil || got.Scrip.Value != 12_50 || got.From != string(s.Vendor()) {
		t.Fatalf("CLAIM: %+v, %v; want 1250", got.Body, err)
	}
	again, err := rig.Send[scrip.Issued](c, other.Claim, m)
	if err != nil || *again.Scrip != *got.Scrip {
		t.Errorf("CLAIM again: %+v, %v; want the same", again.Body, err)
	}
	if live, err := other.Shelf.Exchange(t.Context(), x.Tx); err != nil || !live.Settled || live.From != alias {
		t.Errorf("the exchange: %+v, %v; want it settled", live, err)
	}
}

// T4s that nobody announces leave nothing behind, and while the broker is off
// no more than a bound wait for it.
func TestExchangesThatComeToNothing(t *testing.T) {
	r := rig.New(t)
	link := &line{broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	held := c.Acquire(50_00)
	for range 3 {
		if _, err := s.Exchange(t.Context(), c.Exchange(s, held, 1).T4); err != nil {
			t.Fatal(err)
		}
	}
	if waiting, err := s.Shelf.Unsettled(t.Context(), 10); err != nil || len(waiting) != 0 {
		t.Errorf("%d exchanges wait, %v; want none", len(waiting), err)
	}
	link.cut = true
	x := c.Exchange(s, held, 1)
	full := scrip.Change{At: 1, Stall: &scrip.StallChange{Exchange: &scrip.Exchange{
		Outgoing: scrip.Outgoing{From: x.Order.From, Digest: "d", ReplyKey: r.ReplyKey(), RequestKey: r.ReplyKey()},
		Key:      x.Order.By.Public(), Value: 1,
	}}}
	for range 1000 {
		full.Stall.Exchange.Tx = r.ID()
		if err := s.Shelf.Apply(t.Context(), full); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("T4 of a full stall: %v, want unavailable", err)
	}
	if waiting, err := s.Shelf.Unsettled(t.Context(), 2000); err != nil || len(waiting) != 1000 {
		t.Errorf("%d exchanges wait, %v; want 1000", len(waiting), err)
	}
}

// picky is a broker that refuses to record one sale.
type picky struct {
	merchant.Broker
	refuse func() bool
}

func (p *picky) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "T12" && p.refuse() {
		return scrip.Sealed{}, scrip.MandateInvalid
	}
	return p.Broker.Send(ctx, message, in)
}

// A sale that somebody in the broker's name declines waits a while, and does not
// keep the others from being recorded, in batches either.
func TestReportPassesOverTheDeclined(t *testing.T) {
	for _, batch := range []int{1, 64} {
		r := rig.New(t)
		calls := 0
		link := &picky{Broker: r.Broker}
		c, s := r.Customer(100_00), r.Stall("Attic", link)
		s.Batch = batch
		listing := s.List(5_00, 3)
		held, _ := c.Trade(s, c.Acquire(50_00), 15_00)
		for range 3 {
			_, held = c.Buy(s, held, listing)
		}
		// The first sale is declined, alone or in a batch.
		link.refuse = func() bool { calls++; return calls == 1 || (batch > 1 && calls == 2) }
		if err := s.Deliver(t.Context()); err != nil {
			t.Errorf("batch %d: delivery: %v, want it to pass over what is declined", batch, err)
		}
		left, err := s.Shelf.Unrecorded(t.Context(), 10)
		if err != nil || len(left) != 1 {
			t.Fatalf("batch %d: %d sales are not recorded, %v; want the one declined", batch, len(left), err)
		}
		if a := s.Attempt(left[0].ID); a.Why != string(scrip.MandateInvalid) {
			t.Errorf("batch %d: why it waits: got %q, want mandate-invalid", batch, a.Why)
		}
		r.Clock.Advance(2 * time.Second)
		if err := s.Deliver(t.Context()); err != nil {
			t.Errorf("batch %d: delivery again: %v", batch, err)
		}
		if left, _ := s.Shelf.Unrecorded(t.Context(), 10); len(left) != 0 {
			t.Errorf("batch %d: %d sales are not recorded the second time, want none", batch, len(left))
		}
	}
}
