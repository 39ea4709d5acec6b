package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// forge makes T5 by hand, as a merchant would, with edits.
func forge(s *rig.Stall, x rig.Exchange, edits ...func(*scrip.ExchangeRequest)) (scrip.Sealed, jose.ReplyKey) {
	r := s.Rig
	body := scrip.ExchangeRequest{
		Vendor: s.Vendor(), Value: x.Value, Pseudonym: scrip.Pseudonym(x.Order.From),
		OrderDigest: x.Order.Signed.Digest(), PaymentDigest: x.Pay.Signed.Digest(),
	}
	for _, edit := range edits {
		edit(&body)
	}
	key := r.ReplyKey()
	m := scrip.Compose(string(s.Vendor()), string(r.Info.ID), x.Tx, r.Clock.Now().Unix(), body, scrip.Attachments{ReplyKey: &key})
	envelope, err := jose.Seal(rand.Reader, m, s.Secret.Signing, r.Info.Envelope)
	if err != nil {
		r.T.Fatal(err)
	}
	return scrip.Sealed{Envelope: envelope, Payment: x.T4.Payment}, key
}

func bless(s *rig.Stall, x rig.Exchange, edits ...func(*scrip.ExchangeRequest)) error {
	t5, key := forge(s, x, edits...)
	answer, err := s.Rig.Broker.Exchange(s.Rig.T.Context(), t5)
	if err != nil {
		return err
	}
	_, err = scrip.OpenReply[scrip.ExchangeApproval](answer.Envelope, key, string(s.Vendor()), x.Tx, s.Rig.Info.Signer())
	return s.Rig.Declined("T5", err)
}

func announce(c *rig.Customer, x rig.Exchange) error {
	_, err := rig.Send[scrip.Noted](c, c.Rig.Broker.Announce, x.T3)
	return err
}

func TestExchange(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, change := c.Trade(s, c.Acquire(50_00), 12_50)
	if vendor.Scrip.Value != 12_50 || change.Scrip.Value != 37_50 {
		t.Errorf("VendorScrip %d and change %d, want 1250 and 3750", vendor.Scrip.Value, change.Scrip.Value)
	}
	if vendor.Scrip.Issuer != scrip.ID(s.Vendor()) || change.Scrip.Issuer != r.Info.ID {
		t.Errorf("issuers %s and %s, want the stall and the broker", vendor.Scrip.Issuer, change.Scrip.Issuer)
	}
	whole, none := c.Trade(s, change, 37_50)
	if whole.Scrip.Value != 37_50 || none.Scrip.Value != 0 {
		t.Errorf("all of it: VendorScrip %d, change %d, want 3750 and none", whole.Scrip.Value, none.Scrip.Value)
	}
}

func TestAnnounceRefusals(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(r *rig.Rig, x *rig.Exchange)
		want scrip.Refusal
	}{
		{"a wrong secret", func(r *rig.Rig, x *rig.Exchange) { x.T3.Attach.Secret = scrip.Secret(jose.Digest([]byte("guess"))) }, scrip.ScripInvalid},
		{"more than the scrip is worth", func(r *rig.Rig, x *rig.Exchange) { edit(&x.T3, func(a *scrip.Announcement) { a.Value = 50_01 }) }, scrip.InsufficientScrip},
		{"scrip that does not live", func(r *rig.Rig, x *rig.Exchange) { edit(&x.T3, func(a *scrip.Announcement) { a.ScripID = r.ID() }) }, scrip.ScripSpent},
		{"a stall that is not there", func(r *rig.Rig, x *rig.Exchange) {
			edit(&x.T3, func(a *scrip.Announcement) { a.Vendor = scrip.VendorID(r.ID()) })
		}, scrip.UnknownVendor},
		{"another's account", func(r *rig.Rig, x *rig.Exchange) {
			edit(&x.T3, func(a *scrip.Announcement) { a.Account = scrip.AccountID(r.ID()) })
		}, scrip.PartyMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig.New(t)
			c, s := r.Customer(100_00), r.Stall("Attic")
			x := c.Exchange(s, c.Acquire(50_00), 12_50, func(x *rig.Exchange) { test.edit(r, x) })
			if err := announce(c, x); !errors.Is(err, test.want) {
				t.Errorf("T3 with %s: %v, want %v", test.name, err, test.want)
			}
		})
	}
}

// edit changes a body before it is signed.
func edit[B scrip.Body](s *rig.Sealed, change func(*B)) {
	body := s.Body.(B)
	change(&body)
	s.Body = body
}

// C24: a stolen scrip and secret do not spend without the account's key.
func TestStolenBrokerScrip(t *testing.T) {
	r := rig.New(t)
	c, thief, s := r.Customer(100_00), r.Customer(0), r.Stall("Attic")
	if err := announce(thief, thief.Exchange(s, c.Acquire(50_00), 12_50)); !errors.Is(err, scrip.ScripInvalid) {
		t.Errorf("T3 by a thief: %v, want %v", err, scrip.ScripInvalid)
	}
}

func TestExchangeAttacks(t *testing.T) {
	type scene struct {
		r *rig.Rig
		c *rig.Customer
		s *rig.Stall
		x rig.Exchange
	}
	for _, test := range []struct {
		name string
		try  func(n scene) error
		want scrip.Refusal
	}{
		{"T5 with a larger value", func(n scene) error {
			return bless(n.s, n.x, func(b *scrip.ExchangeRequest) { b.Value = 50_00 })
		}, scrip.ValueMismatch},
		{"the payment part of one T4 with the order part of another", func(n scene) error {
			other := n.c.Exchange(n.s, scrip.Held{Scrip: *n.x.Pay.Attach.Scrip}, 12_50, func(x *rig.Exchange) { x.Tx = n.x.Tx })
			return bless(n.s, n.x, func(b *scrip.ExchangeRequest) { b.OrderDigest = other.Order.Signed.Digest() })
		}, scrip.PartyMismatch},
		{"a payment part passed on by another merchant", func(n scene) error { return bless(n.r.Stall("Rival"), n.x) }, scrip.PartyMismatch},
		{"T5 before T3", func(n scene) error {
			return bless(n.s, n.c.Exchange(n.s, scrip.Held{Scrip: *n.x.Pay.Attach.Scrip}, 12_50))
		}, scrip.NotAnnounced},
		{"T5 after the deadline", func(n scene) error { n.r.Clock.Advance(61 * time.Second); return bless(n.s, n.x) }, scrip.LockExpired},
		{"a changed value on the scrip", func(n scene) error {
			n.x.Pay.Attach.Scrip.Value += 1000_00
			return bless(n.s, n.c.Repair(n.x))
		}, scrip.ScripInvalid},
		{"a changed expiry on the scrip", func(n scene) error {
			n.x.Pay.Attach.Scrip.Expires++
			return bless(n.s, n.c.Repair(n.x))
		}, scrip.ScripInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig.New(t)
			n := scene{r: r, c: r.Customer(100_00), s: r.Stall("Attic")}
			n.x = n.c.Exchange(n.s, n.c.Acquire(50_00), 12_50)
			if err := announce(n.c, n.x); err != nil {
				t.Fatal(err)
			}
			if err := test.try(n); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
		})
	}
}

// An exchange that is not taken up frees the scrip when its time is over, and
// the recorded T3 cannot lock it anew.
func TestLockRunsOut(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held := c.Acquire(50_00)
	left := c.Exchange(s, held, 12_50)
	if err := announce(c, left); err != nil {
		t.Fatal(err)
	}
	if err := announce(c, c.Exchange(s, held, 5_00)); !errors.Is(err, scrip.ScripLocked) {
		t.Errorf("a second T3 while the first holds the scrip: %v, want %v", err, scrip.ScripLocked)
	}
	r.Clock.Advance(2 * time.Minute)
	if err := announce(c, left); err != nil { // answered as before: noted, with the old deadline
		t.Errorf("the first T3 again: %v", err)
	}
	if vendor, _ := c.Trade(s, held, 5_00); vendor.Scrip.Value != 5_00 {
		t.Errorf("after the deadline the scrip traded for %d, want 500", vendor.Scrip.Value)
	}
}

// The merchant vanished after T5: the customer has T6 from the broker by
// sending T3 again, and the VendorScrip by showing the receipt.
func TestMerchantVanishes(t *testing.T) {
	r := rig.New(t)
	link := &vanishing{r: r}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	if err := announce(c, x); err != nil {
		t.Fatal(err)
	}
	answer, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); !errors.Is(err, scrip.Unavailable) {
		t.Fatalf("T4 whose T7 is lost: %v, want %v", err, scrip.Unavailable)
	}
	t6, err := rig.Send[scrip.Exchanged](c, r.Broker.Announce, x.T3)
	if err != nil || t6.Scrip == nil || t6.Scrip.Value != 37_50 {
		t.Fatalf("T3 again: %v, want T6 with change of 3750", err)
	}
	alias := c.Alias(s.Vendor())
	claim := c.Seal(rig.Message{
		Tx: x.Tx, From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.Claim{Value: 12_50, Receipt: t6.Body.Receipt},
	})
	t8, err := rig.Send[scrip.Issued](c, s.Claim, claim)
	if err != nil || t8.Scrip.Value != 12_50 {
		t.Fatalf("CLAIM: %v, want VendorScrip of 1250", err)
	}
	if err := s.Deliver(t.Context()); err != nil { // the T5 the stall still remembers issues nothing more
		t.Errorf("the stall's own retry: %v", err)
	}
	again, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	same, err := c.OpenT8(x, again)
	if err != nil || same.Scrip.ScripID != t8.Scrip.ScripID {
		t.Errorf("T4 again after CLAIM: %v, scrip %s; want the scrip %s", err, same.Scrip.ScripID, t8.Scrip.ScripID)
	}
}

// vanishing is a broker whose first answer to T5 is lost on the way.
type vanishing struct {
	r    *rig.Rig
	lost bool
}

func (v *vanishing) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	answer, err := v.r.Broker.Send(ctx, message, in)
	if message == "T5" && !v.lost {
		v.lost = true
		return scrip.Sealed{}, errors.New("connection reset")
	}
	return answer, err
}
