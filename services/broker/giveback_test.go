package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// revoking is books in which one stall is revoked.
type revoking struct {
	*db.Books
	vendor scrip.VendorID
}

func (b revoking) Stall(ctx context.Context, v scrip.VendorID) (scrip.Stall, error) {
	s, err := b.Books.Stall(ctx, v)
	s.Revoked = s.Revoked || v == b.vendor
	return s, err
}

func revoke(r *rig.Rig, s *rig.Stall) { r.Broker.Books = revoking{r.Books, s.Vendor()} }

// wire is a merchant's way to the broker; what can happen on it happens to T23
// and REFUND.
type wire struct {
	broker    merchant.Broker
	mute, cut bool
	before    func(in *scrip.Sealed) // changes T23, if set
}

var errLost = errors.New("connection reset")

func (w *wire) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "T5" || message == "T12" {
		return w.broker.Send(ctx, message, in)
	}
	if w.before != nil {
		w.before(&in)
	}
	if w.cut {
		return scrip.Sealed{}, errLost
	}
	out, err := w.broker.Send(ctx, message, in)
	if w.mute {
		return scrip.Sealed{}, errLost
	}
	return out, err
}

func wantBalance(t *testing.T, c *rig.Customer, want scrip.Money) {
	t.Helper()
	if got := c.Balance(); got != want {
		t.Errorf("bank balance = %d, want %d", got, want)
	}
}

func TestGiveBack(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	t22 := c.GivingBack(s, vendor)
	for range 3 { // the others are answered the same
		if paid, err := c.SendGivingBack(s, t22); err != nil || paid != 20_00 {
			t.Fatalf("T22: %d, %v; want 2000", paid, err)
		}
	}
	wantBalance(t, c, 70_00)
	if _, err := c.SendGivingBack(s, c.GivingBack(s, vendor)); !errors.Is(err, scrip.ScripSpent) { // C26
		t.Errorf("VendorScrip that was given back again: %v, want %v", err, scrip.ScripSpent)
	}
	if _, err := rig.Send[scrip.Paid](c, s.Purchase, c.Mandate(s, vendor, s.List(1_00, 1))); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("a purchase with it: %v, want %v", err, scrip.ScripSpent)
	}
}

// What was sold and not reported yet is not in the way of what was not spent.
func TestGiveBackWhatIsLeft(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	_, rest := c.Buy(s, vendor, s.List(12_50, 1))
	c.GiveBack(s, rest)
	wantBalance(t, c, 57_50)
	if err := s.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
}

// A revoked stall that cooperates can give its customers their money.
func TestGiveBackAtRevokedStall(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	revoke(r, s)
	c.GiveBack(s, vendor)
	wantBalance(t, c, 70_00)
}

func TestGiveBackRefusals(t *testing.T) {
	order := func(edit func(*rig.Message)) rig.Edit { return func(o, _ *rig.Message) { edit(o) } }
	for _, test := range []struct {
		name string
		edit func(r *rig.Rig, s *rig.Stall) rig.Edit
		want scrip.Refusal
	}{
		{"less than it is worth", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return order(func(m *rig.Message) { m.Body = scrip.GiveBackOrder{Vendor: s.Vendor(), Value: 19_99} })
		}, scrip.ValueMismatch},
		{"more in both parts", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return func(o, p *rig.Message) {
				o.Body = scrip.GiveBackOrder{Vendor: s.Vendor(), Value: 40_00}
				p.Body = scrip.GiveBackPayment{Account: scrip.AccountID(p.From), Vendor: s.Vendor(), Value: 40_00, Pseudonym: scrip.Pseudonym(o.From)}
			}
		}, scrip.ValueMismatch},
		{"a changed value on the scrip", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return order(func(m *rig.Message) {
				changed := *m.Attach.Scrip
				changed.Value, m.Attach.Scrip = 40_00, &changed
				m.Body = scrip.GiveBackOrder{Vendor: s.Vendor(), Value: 40_00}
			})
		}, scrip.ScripInvalid},
		{"a wrong secret", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return order(func(m *rig.Message) { m.Attach.Secret = scrip.Secret(jose.Digest([]byte("guess"))) })
		}, scrip.ScripInvalid},
		{"another's key", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return order(func(m *rig.Message) { m.By = r.SigningKey(); m.From = m.By.Thumbprint() })
		}, scrip.ScripInvalid},
		{"another stall in the order part", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return order(func(m *rig.Message) { m.Body = scrip.GiveBackOrder{Vendor: scrip.VendorID(r.ID()), Value: 20_00} })
		}, scrip.PartyMismatch},
		{"another stall in the payment part", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return func(_, p *rig.Message) {
				body := p.Body.(scrip.GiveBackPayment)
				body.Vendor = scrip.VendorID(r.ID())
				p.Body = body
			}
		}, scrip.PartyMismatch},
		{"another value in the payment part", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return func(_, p *rig.Message) {
				body := p.Body.(scrip.GiveBackPayment)
				body.Value = 50_00
				p.Body = body
			}
		}, scrip.ValueMismatch},
		{"another's account in the payment part", func(r *rig.Rig, s *rig.Stall) rig.Edit {
			return func(_, p *rig.Message) {
				body := p.Body.(scrip.GiveBackPayment)
				body.Account = r.Customer(0).Account
				p.Body = body
			}
		}, scrip.PartyMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig.New(t)
			c, s := r.Customer(100_00), r.Stall("Attic")
			vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
			t22 := c.GivingBack(s, vendor, test.edit(r, s))
			for range 2 {
				if _, err := c.SendGivingBack(s, t22); !errors.Is(err, test.want) {
					t.Errorf("T22 with %s: %v, want %v", test.name, err, test.want)
				}
			}
			wantBalance(t, c, 50_00)
			c.GiveBack(s, vendor) // it is free
			wantBalance(t, c, 70_00)
		})
	}
}

// The payment part of one T22 with the order part of another, by whoever
// carries them. What was refused once stays refused, at the broker and at the
// stall, whatever is sent afterwards.
func TestGiveBackSpliced(t *testing.T) {
	r := rig.New(t)
	link := &wire{broker: r.Broker}
	c, thief, s := r.Customer(100_00), r.Customer(0), r.Stall("Attic", link)
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	t22 := c.GivingBack(s, vendor)
	stolen := thief.GivingBack(s, vendor, func(o, p *rig.Message) {
		o.Tx, p.Tx = t22.Order.Tx, t22.Order.Tx
		o.By, o.From = c.Alias(s.Vendor()), t22.Order.From
	})
	var honest scrip.Sealed
	link.before = func(in *scrip.Sealed) { honest = *in; in.Payment = stolen.Payment }
	if _, err := c.SendGivingBack(s, t22); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T23 with a thief's payment part: %v, want %v", err, scrip.PartyMismatch)
	}
	link.before = nil
	if _, err := r.Broker.GiveBack(t.Context(), honest); err != nil { // a REFUSE, as before
		t.Error(err)
	}
	if _, err := c.SendGivingBack(s, t22); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("the refused T22 again: %v, want %v", err, scrip.PartyMismatch)
	}
	wantBalance(t, c, 50_00)
	wantBalance(t, thief, 0)
	c.GiveBack(s, vendor)
}

// forgedReturn is T23 by hand, for a T22 that the stall may never have seen.
func forgedReturn(s *rig.Stall, p rig.Pair, value scrip.Money) error {
	r := s.Rig
	key := r.ReplyKey()
	m := scrip.Compose(string(s.Vendor()), string(r.Info.ID), p.Order.Tx, r.Clock.Now().Unix(), scrip.GiveBackRequest{
		Vendor: s.Vendor(), Value: value, Pseudonym: scrip.Pseudonym(p.Order.From), OrderDigest: p.Order.Signed.Digest(), PaymentDigest: p.Pay.Signed.Digest(),
	}, scrip.Attachments{ReplyKey: &key})
	envelope, err := jose.Seal(rand.Reader, m, s.Secret.Signing, r.Info.Envelope)
	if err != nil {
		r.T.Fatal(err)
	}
	answer, err := r.Broker.GiveBack(r.T.Context(), scrip.Sealed{Envelope: envelope, Payment: p.Payment})
	if err != nil {
		return err
	}
	_, err = scrip.OpenReply[scrip.GiveBackApproval](answer.Envelope, key, string(s.Vendor()), p.Order.Tx, r.Info.Signer())
	return r.Declined("T23", err)
}

// A merchant and a friend cannot print money: no more comes out than went in.
func TestGiveBackAboveFloat(t *testing.T) {
	r := rig.New(t)
	friend, s := r.Customer(100_00), r.Stall("Attic")
	friend.Trade(s, friend.Acquire(50_00), 10_00)
	invented := scrip.Held{Scrip: scrip.Scrip{
		Issuer: scrip.ID(s.Vendor()), Value: 10_01, ScripID: r.ID(), CustID: r.ID(), Expires: 1, Certificate: jose.Digest(nil),
		Props: scrip.Props{Currency: "EUR"},
	}, Secret: scrip.Secret(jose.Digest(nil))}
	t22 := friend.GivingBack(s, invented)
	if err := forgedReturn(s, t22, 10_01); !errors.Is(err, scrip.FloatShort) {
		t.Errorf("T23 above the float: %v, want %v", err, scrip.FloatShort)
	}
	if err := forgedReturn(s, t22, 10_00); !errors.Is(err, scrip.TxConflict) && !errors.Is(err, scrip.ValueMismatch) {
		t.Errorf("T23 of another value: %v, want a refusal", err)
	}
	if err := forgedReturn(r.Stall("Rival"), t22, 10_01); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T23 by another stall: %v, want %v", err, scrip.PartyMismatch)
	}
	wantBalance(t, friend, 50_00)
}

// The broker is out of reach, or its answer is lost: the scrip is held until it
// is back, by the customer's T22 or by the stall's own retry.
func TestGiveBackLater(t *testing.T) {
	for name, fault := range map[string]func(w *wire, on bool){
		"cut":  func(w *wire, on bool) { w.cut = on },
		"mute": func(w *wire, on bool) { w.mute = on },
	} {
		for _, by := range []string{"the customer", "the stall"} {
			t.Run(name+", then "+by, func(t *testing.T) {
				r := rig.New(t)
				link := &wire{broker: r.Broker}
				c, s := r.Customer(100_00), r.Stall("Attic", link)
				vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
				listing := s.List(1_00, 1)
				t22 := c.GivingBack(s, vendor)
				fault(link, true)
				for range 2 {
					if _, err := c.SendGivingBack(s, t22); !errors.Is(err, scrip.Unavailable) {
						t.Fatalf("T22: %v, want %v", err, scrip.Unavailable)
					}
				}
				if err := s.Deliver(t.Context()); err == nil {
					t.Error("Deliver with the broker off succeeded")
				}
				r.Clock.Advance(24 * time.Hour)
				buy := c.Mandate(s, vendor, listing, func(m *rig.Message) { m.Tx = t22.Order.Tx })
				if _, err := rig.Send[scrip.Paid](c, s.Purchase, buy); !errors.Is(err, scrip.ScripLocked) {
					t.Errorf("a purchase with held scrip, in the same tx: %v, want %v", err, scrip.ScripLocked)
				}
				r.Audit()
				fault(link, false)
				if by == "the stall" {
					if err := s.Deliver(t.Context()); err != nil {
						t.Errorf("Deliver: %v", err)
					}
					wantBalance(t, c, 70_00)
				}
				for range 2 {
					if paid, err := c.SendGivingBack(s, t22); err != nil || paid != 20_00 {
						t.Errorf("the same T22: %d, %v; want 2000", paid, err)
					}
				}
				wantBalance(t, c, 70_00)
			})
		}
	}
}

// The same T22 many times at once, beside purchases with the same scrip: one
// of them has it.
func TestGiveBackRace(t *testing.T) {
	for range 4 {
		r := rig.New(t)
		c, s := r.Customer(100_00), r.Stall("Attic")
		vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
		listing := s.List(20_00, 5)
		t22, other, t10 := c.GivingBack(s, vendor), c.GivingBack(s, vendor), c.Mandate(s, vendor, listing)
		errs := make([]error, 9)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				switch i % 3 {
				case 0:
					_, errs[i] = c.SendGivingBack(s, t22)
				case 1:
					_, errs[i] = c.SendGivingBack(s, other)
				default:
					_, errs[i] = rig.Send[scrip.Paid](c, s.Purchase, t10)
				}
			})
		}
		wait.Wait()
		won := map[int]bool{}
		for i, err := range errs {
			if err == nil {
				won[i%3] = true
			} else if !errors.Is(err, scrip.ScripSpent) && !errors.Is(err, scrip.ScripLocked) {
				t.Errorf("one that lost: %v", err)
			}
		}
		if len(won) != 1 {
			t.Errorf("%d of three had the scrip, want one", len(won))
		}
	}
}
