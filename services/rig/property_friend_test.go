package rig_test

import (
	"errors"

	"pgregory.net/rapid"

	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// friend is in league with every seller: it put a cent in at each stall, signs
// whatever its seller wants to show the broker, and so would cash out what the
// stall's customers put in.
type friend struct {
	*rig.Customer
	town *town
}

// pledge is what the friend puts in at each stall, and keeps.
const pledge = scrip.Money(1)

func newFriend(w *town) *friend {
	f := &friend{w.Rig.Customer(fortune), w}
	held := f.Acquire(pledge * scrip.Money(len(w.stalls)))
	for _, s := range w.stalls {
		_, held = f.Trade(s.opened, held, pledge)
	}
	return f
}

// stalls is what the friend has at the stalls that are there.
func (f *friend) stalls() scrip.Money { return pledge * scrip.Money(len(f.town.present())) }

// drawFriend has a seller report a purchase that its friend signed, or give back
// to it, or to an account that was never here. However much the stall holds,
// none of it comes out.
func (w *town) drawFriend(t *rapid.T) {
	w.calm()
	s, value := w.pickPresent(t).opened, scrip.Money(rapid.SampledFrom([]int{2, 12_50, 90_00}).Draw(t, "value"))
	invented := scrip.Held{Scrip: scrip.Scrip{
		Issuer: scrip.ID(s.Vendor()), Value: value, ScripID: w.ID(), CustID: w.ID(), Expires: 1, Certificate: string(w.ID()),
		Props: scrip.Props{Currency: "EUR"},
	}}
	who, err, want := w.friend, error(nil), scrip.FloatShort
	switch rapid.IntRange(0, 2).Draw(t, "way") {
	case 0:
		err = who.report(s, value)
	case 1:
		err = who.takes(s, who.GivingBack(s, invented), value)
	case 2:
		stranger := &friend{w.Rig.Customer(0), w}
		want = scrip.PartyMismatch
		err = stranger.takes(s, stranger.GivingBack(s, invented), value)
	}
	if !errors.Is(err, want) {
		w.T.Errorf("a seller and its friend take %d: got %v, want %v", value, err, want)
	}
}

// asSeller sends the broker what the seller signs.
func (f *friend) asSeller(s *rig.Stall, m rig.Message, step rig.Step, payment string) error {
	m.From, m.By = string(s.Vendor()), s.Secret.Signing
	sealed := f.Seal(m)
	sealed.Payment = payment
	_, err := rig.Send[scrip.Noted](f.Customer, step, sealed)
	return err
}

// report is a T12 of a purchase that never was.
func (f *friend) report(s *rig.Stall, price scrip.Money) error {
	alias, order := f.Alias(s.Vendor()), scrip.Order{Lines: []scrip.OrderLine{{Version: f.Rig.ID(), Digest: jose.Digest(nil), Quantity: 1}}}
	held := scrip.Held{Scrip: scrip.Scrip{Value: price}, Secret: scrip.Secret(jose.Digest(nil))}
	mandate := f.Seal(rig.Message{
		From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Body: scrip.Mandate{Vendor: s.Vendor(), Price: price},
		Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret, Order: &order},
	})
	opened, err := scrip.Verify[scrip.Mandate](mandate.Signed.JWS, string(s.Vendor()), nil)
	if err != nil {
		return err
	}
	return f.asSeller(s, rig.Message{Body: scrip.Records{Vendor: s.Vendor(), Reports: []scrip.Report{
		{Price: price, OrderDigest: opened.OrderDigest, Tx: opened.Tx, Mandate: mandate.Signed.JWS},
	}}}, rig.Step(f.town.broker.step((*broker.Broker).Record)), "")
}

// takes is a T23 of VendorScrip that never was.
func (f *friend) takes(s *rig.Stall, p rig.Pair, value scrip.Money) error {
	return f.asSeller(s, rig.Message{Tx: p.Order.Tx, Body: scrip.GiveBackRequest{
		Vendor: s.Vendor(), Value: value, Pseudonym: scrip.Pseudonym(p.Order.From), OrderDigest: p.Order.Signed.Digest(), PaymentDigest: p.Pay.Signed.Digest(),
	}}, rig.Step(f.town.broker.step((*broker.Broker).GiveBack)), p.Payment)
}

// drawPadded has the friend, or a seller, send what is padded until whatever carries it
// on would be too long. It does not open, and is in nobody's way.
func (w *town) drawPadded(t *rapid.T) {
	w.calm()
	s, f := w.pickPresent(t), w.friend
	var m rig.Sealed
	step := rig.Step(w.broker.step((*broker.Broker).Acquire))
	switch rapid.IntRange(0, 2).Draw(t, "message") {
	case 0:
		step = rig.Step(s.step((*merchant.Stall).Purchase))
		m = f.Mandate(s.opened, scrip.Held{Scrip: scrip.Scrip{Value: 100_00}, Secret: scrip.Secret(jose.Digest(nil))}, s.listings[0])
	case 1:
		step = rig.Step(w.broker.step((*broker.Broker).Record))
		m = f.Seal(rig.Message{From: string(s.opened.Vendor()), By: s.opened.Secret.Signing, Body: scrip.Records{
			Vendor: s.opened.Vendor(), Reports: []scrip.Report{{Price: 1, OrderDigest: jose.Digest(nil), Tx: w.ID(), Mandate: "a.b.c"}},
		}})
	case 2:
		m = f.Acquisition(1_00)
	}
	if _, err := step(w.T.Context(), rig.Padded(f.Customer, m).Sealed); !errors.Is(err, scrip.Unreadable) {
		w.T.Errorf("a padded %s: got %v, want %v", m.Body.Type(), err, scrip.Unreadable)
	}
}
