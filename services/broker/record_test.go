package broker_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// report sends T12 by hand.
func report(s *rig.Stall, reports ...scrip.Report) error {
	r := s.Rig
	key, tx := r.ReplyKey(), r.ID()
	m := scrip.Compose(string(s.Vendor()), string(r.Info.ID), tx, r.Clock.Now().Unix(),
		scrip.Records{Vendor: s.Vendor(), Reports: reports}, scrip.Attachments{ReplyKey: &key})
	envelope, err := jose.Seal(rand.Reader, m, s.Secret.Signing, r.Info.Envelope)
	if err != nil {
		r.T.Fatal(err)
	}
	answer, err := r.Broker.Record(r.T.Context(), scrip.Sealed{Envelope: envelope})
	if err != nil {
		return err
	}
	_, err = scrip.OpenReply[scrip.Noted](answer.Envelope, key, string(s.Vendor()), tx, r.Info.Signer())
	return r.Declined("T12", err)
}

func earned(r *rig.Rig, s *rig.Stall) scrip.Money {
	r.T.Helper()
	snapshot, err := r.Books.Snapshot(r.T.Context(), db.Question{})
	if err != nil {
		r.T.Fatal(err)
	}
	return snapshot.Balances[scrip.EarnedOf(s.Vendor())]
}

func TestRecord(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	c.Buy(s, vendor, s.List(12_50, 3))
	for range 2 { // the second finds nothing left to deliver
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := earned(r, s); got != 12_50 {
			t.Errorf("earned = %d, want 1250", got)
		}
	}
}

// A mandate reported twice, by whatever envelope, counts once.
func TestRecordTwice(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	listing := s.List(5_00, 5)
	_, rest := c.Buy(s, vendor, listing)
	c.Buy(s, rest, listing)
	sales, err := s.Shelf.Unrecorded(t.Context(), 10)
	if err != nil || len(sales) != 2 {
		t.Fatalf("unrecorded sales: %d, %v, want 2", len(sales), err)
	}
	first := scrip.Report{Price: 5_00, OrderDigest: sales[0].OrderDigest, Tx: sales[0].Tx, Mandate: sales[0].Mandate}
	second := scrip.Report{Price: 5_00, OrderDigest: sales[1].OrderDigest, Tx: sales[1].Tx, Mandate: sales[1].Mandate}
	for _, batch := range [][]scrip.Report{{first}, {first}, {first, second}, {second, first}} {
		if err := report(s, batch...); err != nil {
			t.Errorf("T12 of %d reports: %v", len(batch), err)
		}
	}
	if got := earned(r, s); got != 10_00 {
		t.Errorf("earned = %d, want 1000", got)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("the stall's own T12 after that: %v", err)
	}
}

// A stall that does not know whether its T12 arrived reports again, and the
// float that the first one used up is not asked for twice.
func TestRecordAgainWithNothingLeft(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 5_00)
	c.Buy(s, vendor, s.List(5_00, 5))
	sales, err := s.Shelf.Unrecorded(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	sale := scrip.Report{Price: 5_00, OrderDigest: sales[0].OrderDigest, Tx: sales[0].Tx, Mandate: sales[0].Mandate}
	if err := report(s, sale); err != nil {
		t.Fatal(err) // and here the stall crashes
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("T12 again: %v, want it noted", err)
	}
	if got := earned(r, s); got != 5_00 {
		t.Errorf("earned = %d, want 500", got)
	}
}

func TestRecordRefusals(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(r *rig.Rig, s *rig.Stall, report *scrip.Report)
		want scrip.Refusal
	}{
		{"another price", func(r *rig.Rig, s *rig.Stall, p *scrip.Report) { p.Price++ }, scrip.ValueMismatch},
		{"another order", func(r *rig.Rig, s *rig.Stall, p *scrip.Report) { p.OrderDigest = jose.Digest([]byte("other")) }, scrip.MandateInvalid},
		{"another tx", func(r *rig.Rig, s *rig.Stall, p *scrip.Report) { p.Tx = r.ID() }, scrip.MandateInvalid},
		{"a mandate the stall signed for itself", func(r *rig.Rig, s *rig.Stall, p *scrip.Report) {
			*p = invented(r, s, r.SigningKey(), 5_00)
		}, scrip.MandateInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig.New(t)
			c, s := r.Customer(100_00), r.Stall("Attic")
			vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
			c.Buy(s, vendor, s.List(5_00, 5))
			sales, err := s.Shelf.Unrecorded(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			p := scrip.Report{Price: 5_00, OrderDigest: sales[0].OrderDigest, Tx: sales[0].Tx, Mandate: sales[0].Mandate}
			test.edit(r, s, &p)
			if err := report(s, p); !errors.Is(err, test.want) {
				t.Errorf("T12 with %s: %v, want %v", test.name, err, test.want)
			}
			if got := earned(r, s); got != 0 {
				t.Errorf("earned = %d, want 0", got)
			}
		})
	}
}

// A merchant with a friend cannot earn more than its float.
func TestRecordAboveFloat(t *testing.T) {
	r := rig.New(t)
	friend, s := r.Customer(100_00), r.Stall("Attic")
	friend.Trade(s, friend.Acquire(50_00), 10_00)
	err := report(s, invented(r, s, friend.Alias(s.Vendor()), 10_01))
	if !errors.Is(err, scrip.FloatShort) {
		t.Errorf("T12 above the float: %v, want %v", err, scrip.FloatShort)
	}
}

// invented is a report of a purchase that never was, with a mandate signed by.
func invented(r *rig.Rig, s *rig.Stall, by jose.SigningKey, price scrip.Money) scrip.Report {
	c := r.Customer(0)
	held := scrip.Held{Scrip: scrip.Scrip{
		Issuer: scrip.ID(s.Vendor()), Value: price, ScripID: r.ID(), CustID: r.ID(), Expires: 1, Certificate: jose.Digest(nil),
		Props: scrip.Props{Currency: "EUR"},
	}, Secret: scrip.Secret(jose.Digest(nil))}
	mandate := c.Mandate(s, held, s.List(price, 1), func(m *rig.Message) { m.From, m.By = by.Thumbprint(), by })
	opened, err := scrip.Verify[scrip.Mandate](mandate.Signed.JWS, string(s.Vendor()), nil)
	if err != nil {
		r.T.Fatal(err)
	}
	return scrip.Report{Price: price, OrderDigest: opened.OrderDigest, Tx: opened.Tx, Mandate: mandate.Signed.JWS}
}

func TestNotice(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(0), r.Stall("Attic")
	t9 := c.Seal(rig.Message{Body: scrip.Notice{Account: c.Account, Vendor: s.Vendor(), Price: 5, OrderDigest: jose.Digest(nil)}})
	for i := range 2 {
		if _, err := rig.Send[scrip.Noted](c, r.Broker.Notice, t9); err != nil {
			t.Errorf("T9, time %d: %v", i+1, err)
		}
	}
}

// One account cannot fill the log with notices: above the bound it is told to
// come later, and an hour later it may.
func TestNoticesAreBounded(t *testing.T) {
	r := rig.New(t)
	config := r.Broker.Config
	config.Logged = 2
	bounded := broker.New(config)
	c, other, s := r.Customer(0), r.Customer(0), r.Stall("Attic")
	notice := func(c *rig.Customer) rig.Sealed {
		return c.Seal(rig.Message{Body: scrip.Notice{Account: c.Account, Vendor: s.Vendor(), Price: 5, OrderDigest: jose.Digest(nil)}})
	}
	send := func(what string, c *rig.Customer, t9 rig.Sealed, want error) {
		t.Helper()
		if _, err := rig.Send[scrip.Noted](c, bounded.Notice, t9); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	first := notice(c)
	send("the first", c, first, nil)
	send("the first again", c, first, nil)
	send("the second", c, notice(c), nil)
	late := notice(c)
	send("the third", c, late, scrip.Unavailable)
	send("another account's", other, notice(other), nil)
	r.Clock.Advance(time.Hour)
	send("the third, an hour later", c, late, nil)
}
