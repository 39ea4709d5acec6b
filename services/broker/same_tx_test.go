package broker_test

import (
	"errors"
	"sync"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestOtherNotice: the tx of a T9 with other content is refused, not noted.
func TestOtherNotice(t *testing.T) {
	r := rig.New(t)
	c, s, other := r.Customer(0), r.Stall("Attic"), r.Stall("Barn")
	tx := r.ID()
	t9 := func(v scrip.VendorID, price scrip.Money) rig.Sealed {
		return c.Seal(rig.Message{Tx: tx, Body: scrip.Notice{Account: c.Account, Vendor: v, Price: price, OrderDigest: jose.Digest(nil)}})
	}
	notice := func(m rig.Sealed) error {
		_, err := rig.Send[scrip.Noted](c, r.Broker.Notice, m)
		return err
	}
	first := t9(s.Vendor(), 5_00)
	for i := range 2 {
		if err := notice(first); err != nil {
			t.Fatalf("T9, time %d: %v", i+1, err)
		}
	}
	for name, err := range map[string]error{"another price": notice(t9(s.Vendor(), 6_00)), "another stall": notice(t9(other.Vendor(), 5_00))} {
		if !errors.Is(err, scrip.TxConflict) {
			t.Errorf("T9 with %s: got %v, want %v", name, err, scrip.TxConflict)
		}
	}
	if logged, err := r.Books.Logged(t.Context(), tx, "T9"); err != nil || len(logged) != 1 {
		t.Errorf("T9 in the log: got %d, %v, want 1", len(logged), err)
	}
}

// TestOtherReport: a T12's own tx, and the tx of the purchase that it reports,
// stand for one content; with other content they move no money.
func TestOtherReport(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 40_00)
	listing := s.List(5_00, 5)
	_, rest := c.Buy(s, vendor, listing)
	_, rest = c.Buy(s, rest, listing)
	sales, err := s.Shelf.Unrecorded(t.Context(), 2)
	if err != nil || len(sales) != 2 {
		t.Fatalf("unrecorded sales: got %d, %v, want 2", len(sales), err)
	}
	of := func(sale scrip.Sale) scrip.Report {
		return scrip.Report{Price: sale.Price, OrderDigest: sale.OrderDigest, Tx: sale.Tx, Mandate: sale.Mandate}
	}
	tx := r.ID()
	t12 := func(tx scrip.ID, report scrip.Report) rig.Sealed {
		return c.Seal(rig.Message{
			From: string(s.Vendor()), By: s.Secret.Signing, Tx: tx, Body: scrip.Records{Vendor: s.Vendor(), Reports: []scrip.Report{report}},
		})
	}
	record := func(m rig.Sealed) error {
		_, err := rig.Send[scrip.Noted](c, r.Broker.Record, m)
		return err
	}
	first := t12(tx, of(sales[0]))
	for i := range 2 {
		if err := record(first); err != nil {
			t.Fatalf("T12, time %d: %v", i+1, err)
		}
	}
	if err := record(t12(tx, of(sales[1]))); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("another report under T12's tx: got %v, want %v", err, scrip.TxConflict)
	}
	again := c.Mandate(s, rest, s.List(7_00, 1), func(m *rig.Message) { m.Tx = sales[0].Tx })
	opened, err := scrip.Verify[scrip.Mandate](again.Signed.JWS, string(s.Vendor()), nil)
	if err != nil {
		t.Fatal(err)
	}
	other := scrip.Report{Price: 7_00, OrderDigest: opened.OrderDigest, Tx: opened.Tx, Mandate: again.Signed.JWS}
	if err := record(t12(r.ID(), other)); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("another mandate under the purchase's tx: got %v, want %v", err, scrip.TxConflict)
	}
	if got := earned(r, s); got != 5_00 {
		t.Errorf("earned: got %d, want 500", got)
	}
}

// TestSameTxElsewhere: a T3 or a T15 of a tx that was used for another
// stall is refused, though all that the first one brought is spent and its answer
// forgotten.
func TestSameTxElsewhere(t *testing.T) {
	r := rig.New(t)
	c, s, other := r.Customer(200_00), r.Stall("Attic"), r.Stall("Barn")
	tx := r.ID()
	exchange := func(s *rig.Stall, till scrip.Held) rig.Exchange {
		return c.Exchange(s, till, 10_00, func(x *rig.Exchange) {
			x.Tx, x.T3.Tx, x.Order.Tx, x.Pay.Tx = tx, tx, tx, tx
			x.T3.Attach.Possession = c.Possession(s, tx)
		})
	}
	first := exchange(s, c.Acquire(30_00))
	if err := announce(c, first); err != nil {
		t.Fatalf("T3: %v", err)
	}
	answer, err := s.Exchange(t.Context(), first.T4)
	if err != nil {
		t.Fatal(err)
	}
	vendor, err := c.OpenT8(first, answer)
	if err != nil {
		t.Fatal(err)
	}
	_, till, err := c.OpenT6(first, answer)
	if err != nil {
		t.Fatal(err)
	}
	barn, till := c.Trade(other, till, 5_00)
	extension := func(s *rig.Stall, grows scrip.Held) rig.Pair {
		return c.Extension(s, till, grows, 1_00, func(o, p *rig.Message) { o.Tx, p.Tx = tx, tx })
	}
	e, err := c.SendExtension(extension(s, vendor))
	if err != nil {
		t.Fatalf("T15: %v", err)
	}
	barn, till = c.Extend(other, e.Change, barn, 1_00)
	if err := announce(c, exchange(other, till)); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("T3 of the tx for another stall: got %v, want %v", err, scrip.TxConflict)
	}
	if _, err := c.SendExtension(extension(other, barn)); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("T15 of the tx for another stall: got %v, want %v", err, scrip.TxConflict)
	}
	c.GiveBack(other, barn)
}

// abreast sends eight requests of their own tx at once and returns what they
// were told: all must be told the same.
func abreast[R scrip.Body](c *rig.Customer, step rig.Step, m rig.Message, told func(R) string) string {
	c.Rig.T.Helper()
	var all sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		sealed := c.Seal(m) // a tx of its own
		all.Go(func() {
			answer, err := rig.Send[R](c, step, sealed)
			if err != nil {
				c.Rig.T.Errorf("%s of one key, number %d at once: %v", m.Body.Type(), i, err)
				return
			}
			answers[i] = told(answer.Body)
		})
	}
	all.Wait()
	for _, answer := range answers {
		if answer != answers[0] || answer == "" {
			c.Rig.T.Errorf("%s of one key at once: got %q and %q, want one answer", m.Body.Type(), answers[0], answer)
		}
	}
	return answers[0]
}

// TestJoiningAtOnce: however many R1 or R3 of one key come at once, all are told
// of the one account, or the one stall.
func TestJoiningAtOnce(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(0)
	for range 4 {
		key := r.SigningKey()
		bank, err := r.Bank.OpenAccount(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		abreast(c, r.Broker.OpenAccount, rig.Message{From: key.Thumbprint(), By: key, Body: scrip.AccountRequest{Bank: bank}},
			func(o scrip.AccountOpened) string { return string(o.Account) })

		abreast(c, r.Broker.OpenStall, rig.Message{Body: asksFor(c, "Stall "+string(r.ID()))},
			func(o scrip.StallOpened) string { return o.Certificate })
	}
}

// asksFor is the body of c's R3 for a new stall of that name.
func asksFor(c *rig.Customer, name string) scrip.StallRequest {
	keys := merchant.StallKeys{Signing: c.Rig.SigningKey(), Envelope: c.Rig.EnvelopeKey()}
	proof := c.Seal(rig.Message{From: keys.Signing.Thumbprint(), By: keys.Signing, NoReply: true,
		Body: scrip.Possession{Account: c.Account, Envelope: keys.Envelope.Thumbprint()}})
	return scrip.StallRequest{
		Name: name, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(),
		BaseURL: "https://stall.example", Possession: proof.Signed.JWS,
	}
}

// TestCounterLeap: no T1 can take the numbers away that come after it, and who is
// refused is told which was answered last.
func TestCounterLeap(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	ahead := r.Clock.Now().UnixMilli()/1000*1000 + scrip.MaxLeap
	for _, test := range []struct {
		counter int64
		want    error
	}{
		{1<<53 - 1, scrip.Stale{At: r.Clock.Now().Unix()}}, {ahead + 1, scrip.Stale{At: r.Clock.Now().Unix()}}, {ahead, nil},
		{ahead, scrip.Stale{Counter: ahead, At: r.Clock.Now().Unix()}}, {ahead + 1, scrip.Stale{Counter: ahead, At: r.Clock.Now().Unix()}},
	} {
		t1 := c.Seal(rig.Message{Body: scrip.Acquire{Account: c.Account, Amount: 1_00, Nonce: r.ID(), Counter: test.counter}})
		if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1); !errors.Is(err, test.want) {
			t.Errorf("T1 with counter %d: got %v, want %v", test.counter, err, test.want)
		}
	}
}
