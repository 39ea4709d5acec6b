package world_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// talking is an order that was just paid, and its thread as the buyer has it.
func talking(t *testing.T) (shop, scrip.Thread) {
	t.Helper()
	s := openShop(t, 12_50, 3, 20_00)
	t10 := s.customer.Mandate(s.stall, s.held, s.listing)
	m, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	return s, s.customer.Ordered(s.stall, t10, m.Body)
}

// say adds the seller's event.
func (s shop) say(kind, text string, order scrip.ID) error {
	return s.stall.Say(s.T.Context(), order, scrip.Event{Kind: kind, Text: text})
}

func message(text string) scrip.Event { return scrip.Event{Kind: "message", Text: text} }

// Buyer and seller say and do things in turn, and have the same thread.
func TestTell(t *testing.T) {
	s, th := talking(t)
	if th = s.customer.Listen(s.stall, th); th.Seq != 0 || th.State != scrip.StatePaid {
		t.Fatalf("a thread that nobody added to: %+v", th)
	}
	th = s.customer.Say(s.stall, th, message("Is it wrapped?"))
	th = s.customer.Say(s.stall, th, scrip.Event{Kind: "address", Address: rig.To("13 Elm Street").Address})
	for kind, text := range map[string]string{"message": "It \u202ewill be."} {
		if err := s.say(kind, text, th.Order); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.stall.MarkSent(t.Context(), th.Order, scrip.Parcel{Carrier: "PostNL", Tracking: "3S ABC", Note: "By noon."}); err != nil {
		t.Fatal(err)
	}
	th, said, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th))
	if err != nil || len(said) != 2 || said[0].Text != "It will be." || said[1].Carrier != "PostNL" || said[1].Tracking != "3S ABC" || said[1].Text != "By noon." {
		t.Fatalf("TOLD: %+v, %v; want what the seller said, clean, and the parcel", said, err)
	}
	th = s.customer.Say(s.stall, th, scrip.Event{Kind: "received"})
	c, err := s.stall.Conversation(t.Context(), th.Order)
	if err != nil || c.Thread != th || len(c.Said) != 5 || c.Said[1].Address == nil || c.Said[1].Address.Lines[0] != "13 Elm Street" || scrip.Summary(c.Titles) != s.listing.Title || c.Waiting != 0 {
		t.Errorf("the seller's thread: %+v, %v; want the buyer's %+v", c, err, th)
	}
	if o, err := s.stall.Order(t.Context(), th.Order); err != nil || o.Address() == nil || o.Address().Lines[0] != "13 Elm Street" {
		t.Errorf("the order: %+v, %v; want it to go to the address that was given last", o, err)
	}
	if sale, err := s.stall.Sale(t.Context(), th.Order); err != nil || sale.SentAt == 0 || sale.Note != "By noon." {
		t.Errorf("the sale: %+v, %v; want it sent", sale, err)
	}
	s.Clock.Advance(14 * 24 * time.Hour)
	if c, err := s.stall.Conversation(t.Context(), th.Order); err != nil || c.Now != scrip.StateClosed {
		t.Errorf("two weeks later: %s, %v, want %s", c.Now, err, scrip.StateClosed)
	}
}

// TestTalkKeepsNothingOut: a buyer who leaves as much to be read as is taken says no
// more, and asks all the same to cancel; and the seller marks the order as sent.
func TestTalkKeepsNothingOut(t *testing.T) {
	s, th := talking(t)
	for range scrip.MaxUnanswered {
		th = s.customer.Say(s.stall, th, message("Hello?"))
	}
	more := s.customer.Telling(s.stall, th, s.customer.Event(s.stall, th, message("Hello?"), ""))
	if _, _, err := s.customer.SendTelling(s.stall, th, more); !errors.Is(err, scrip.TooMany) {
		t.Errorf("one message more: got %v, want %v", err, scrip.TooMany)
	}
	if th = s.customer.Say(s.stall, th, scrip.Event{Kind: "cancel"}); th.State != "cancel-asked" {
		t.Errorf("asked to cancel: got %s, want cancel-asked", th.State)
	}
	if err := s.stall.MarkSent(t.Context(), th.Order, scrip.Parcel{}); err != nil {
		t.Errorf("marked as sent: %v", err)
	}
	if th = s.customer.Say(s.stall, th, scrip.Event{Kind: "received"}); th.State != "received" {
		t.Errorf("said to be here: got %s, want received", th.State)
	}
}

// Another address is in the country that the postage was paid for.
func TestTellAnAddressAbroad(t *testing.T) {
	s, th := talking(t)
	abroad := *rig.To("13 Elm Street").Address
	abroad.Country = "JP"
	e := s.customer.Event(s.stall, th, scrip.Event{Kind: "address", Address: &abroad}, "")
	if _, _, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th, e)); !errors.Is(err, scrip.NotDelivered) {
		t.Errorf("TELL an address abroad: got %v, want %v", err, scrip.NotDelivered)
	}
	if th = s.customer.Listen(s.stall, th); th.Seq != 0 {
		t.Errorf("the thread: got %d events, want none", th.Seq)
	}
}

// The same TELL again adds nothing and is answered, also when more was said since;
// another event in its place is out of turn.
func TestTellAgain(t *testing.T) {
	s, th := talking(t)
	m := s.customer.Telling(s.stall, th, s.customer.Event(s.stall, th, message("Hello"), ""))
	after, _, err := s.customer.SendTelling(s.stall, th, m)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.say("message", "Hello yourself", th.Order); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again, said, err := s.customer.SendTelling(s.stall, th, m)
		if err != nil || again.Seq != 2 || len(said) != 2 {
			t.Errorf("the same TELL again: %d events, %v, want both", len(said), err)
		}
	}
	late := s.customer.Telling(s.stall, after, s.customer.Event(s.stall, after, message("Late"), ""))
	if _, _, err := s.customer.SendTelling(s.stall, after, late); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("an event after which another came: %v, want %v", err, scrip.OutOfTurn)
	}
	if got, err := s.stall.Shelf.Events(t.Context(), th.Order, 0, 10); err != nil || len(got) != 2 {
		t.Errorf("the thread has %d events, %v, want 2", len(got), err)
	}
}

// Of many events that come at the same time, each in the same place, one is taken.
func TestTellRaces(t *testing.T) {
	s, th := talking(t)
	var told []rig.Sealed
	for _, text := range []string{"a", "b", "c", "d"} {
		told = append(told, s.customer.Telling(s.stall, th, s.customer.Event(s.stall, th, message(text), "")))
	}
	var all sync.WaitGroup
	errs := make([]error, len(told)+1)
	for i, m := range told {
		all.Go(func() { _, errs[i] = rig.Send[scrip.Told](s.customer, s.stall.Tell, m) })
	}
	all.Go(func() { errs[len(told)] = s.stall.MarkSent(t.Context(), th.Order, scrip.Parcel{}) })
	all.Wait()
	taken := 0
	for i, err := range errs {
		if err == nil {
			taken++
		} else if !errors.Is(err, scrip.OutOfTurn) || i == len(told) {
			t.Errorf("event %d: %v, want it taken or %v; the seller's is made anew", i, err, scrip.OutOfTurn)
		}
	}
	events, err := s.stall.Shelf.Events(t.Context(), th.Order, 0, 10)
	if err != nil || len(events) != taken {
		t.Errorf("%d events, %v, want the %d that were taken", len(events), err, taken)
	}
	s.customer.Listen(s.stall, th) // and they are a thread
}

// TestTellsAreCountedBySender: a pseudonym tells and asks so often a minute, and no other
// waits for it; the same TELL again, by whoever recorded it, is not counted.
func TestTellsAreCountedBySender(t *testing.T) {
	s, th := talking(t)
	other := s.Customer(50_00)
	held, _ := other.Trade(s.stall, other.Acquire(50_00), 20_00)
	t10 := other.Mandate(s.stall, held, s.listing)
	m, err := rig.Send[scrip.Paid](other, s.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	theirs := other.Ordered(s.stall, t10, m.Body)
	c := s.stall.Config
	c.Tells = 3
	stall := *s.stall
	stall.Stall = merchant.Open(c)
	s.stall = &stall
	ask := func(c *rig.Customer, th scrip.Thread) error {
		_, _, err := c.SendTelling(s.stall, th, c.Telling(s.stall, th))
		return err
	}
	recorded := s.customer.Telling(s.stall, th, s.customer.Event(s.stall, th, message("Hello"), ""))
	for i := range 5 {
		if _, _, err := s.customer.SendTelling(s.stall, th, recorded); err != nil {
			t.Errorf("the same TELL, time %d: got %v, want its answer", i+1, err)
		}
	}
	for i, want := range []error{nil, nil, scrip.Unavailable, scrip.Unavailable} {
		if err := ask(s.customer, th); !errors.Is(err, want) {
			t.Errorf("TELL %d of a minute: got %v, want %v", i+2, err, want)
		}
	}
	if err := ask(other, theirs); err != nil {
		t.Errorf("TELL of another: got %v, want its answer", err)
	}
	s.Clock.Advance(time.Minute)
	if err := ask(s.customer, th); err != nil {
		t.Errorf("TELL in the next minute: got %v, want its answer", err)
	}
}

// What is not the buyer's, or not in its form, is refused and changes nothing.
func TestTellRefused(t *testing.T) {
	s, th := talking(t)
	other, stranger := s.Customer(0), s.Stall("Cellar")
	good := s.customer.Event(s.stall, th, message("Hello"), "")
	elsewhere := th
	elsewhere.Order = s.ID()
	sold := th
	sold.Tx = s.ID()
	for name, c := range map[string]struct {
		by   *rig.Customer
		m    func(c *rig.Customer) rig.Sealed
		want error
	}{
		"another's order": {other, func(c *rig.Customer) rig.Sealed { return c.Telling(s.stall, th) }, scrip.NotFound},
		"another's event": {other, func(c *rig.Customer) rig.Sealed { return c.Telling(s.stall, th, good) }, scrip.Unreadable},
		"another's own event": {other, func(c *rig.Customer) rig.Sealed {
			return c.Telling(s.stall, th, c.Event(s.stall, th, message("x"), ""))
		}, scrip.NotFound},
		"no order":            {s.customer, func(c *rig.Customer) rig.Sealed { return c.Telling(s.stall, elsewhere) }, scrip.NotFound},
		"an event of another": {s.customer, func(c *rig.Customer) rig.Sealed { return c.Telling(s.stall, elsewhere, good) }, scrip.PartyMismatch},
		"another transaction": {s.customer, func(c *rig.Customer) rig.Sealed {
			return c.Telling(s.stall, th, c.Event(s.stall, sold, message("x"), ""))
		}, scrip.PartyMismatch},
		"the seller's kind": {s.customer, func(c *rig.Customer) rig.Sealed {
			return c.Telling(s.stall, th, c.Event(s.stall, th, scrip.Event{Kind: "sent"}, ""))
		}, scrip.OutOfTurn},
		"no offer of this stall": {s.customer, func(c *rig.Customer) rig.Sealed {
			talk := scrip.Asked(s.ID())
			return c.Telling(s.stall, talk, c.Event(s.stall, talk, scrip.Event{Kind: "ask", Text: "?", Offer: s.ID()}, jose.Digest(nil)))
		}, scrip.NotFound},
		"a time to come": {s.customer, func(c *rig.Customer) rig.Sealed {
			s.Clock.Advance(61 * 24 * time.Hour)
			defer s.Clock.Advance(-61 * 24 * time.Hour)
			return c.Telling(s.stall, th, c.Event(s.stall, th, message("x"), ""))
		}, scrip.OutOfTurn},
		"text that turns": {s.customer, func(c *rig.Customer) rig.Sealed {
			return c.Telling(s.stall, th, c.Event(s.stall, th, message("a\u202eb"), ""))
		}, scrip.Unreadable},
		"another vendor": {s.customer, func(c *rig.Customer) rig.Sealed {
			m := c.Telling(s.stall, th)
			body := m.Body.(scrip.Tell)
			body.Vendor = stranger.Vendor()
			m.Message.Body = body
			return c.Seal(m.Message)
		}, scrip.PartyMismatch},
	} {
		m := c.m(c.by)
		if _, err := rig.Send[scrip.Told](c.by, s.stall.Tell, m); !errors.Is(err, c.want) {
			t.Errorf("TELL of %s: %v, want %v", name, err, c.want)
		}
	}
	if got, err := s.stall.Shelf.Events(t.Context(), th.Order, 0, 10); err != nil || len(got) != 0 {
		t.Errorf("the thread has %d events, %v, want none", len(got), err)
	}
}

// A conversation begins with an offer, without money; the seller hears so many
// lines and no more, and so many conversations of one person.
func TestAsk(t *testing.T) {
	r := rig.New(t)
	s := shop{Rig: r, customer: r.Customer(0), stall: r.Stall("Attic")}
	s.listing = s.stall.List(5_00, 1)
	ask := func(text string) (scrip.Thread, error) {
		th := scrip.Asked(s.ID())
		e := s.customer.Event(s.stall, th, scrip.Event{Kind: "ask", Text: text, Offer: s.listing.Offer.Offer}, jose.Digest([]byte("the offer")))
		th, _, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th, e))
		return th, err
	}
	var talks []scrip.Thread
	for range scrip.MaxTalks {
		th, err := ask("Is it blue?")
		if err != nil {
			t.Fatal(err)
		}
		talks = append(talks, th)
	}
	if _, err := ask("And this?"); !errors.Is(err, scrip.TooMany) {
		t.Errorf("one conversation more: %v, want %v", err, scrip.TooMany)
	}
	th := talks[0]
	for range scrip.MaxUnheard - scrip.MaxTalks {
		th = s.customer.Say(s.stall, th, message("Hello?"))
	}
	more := s.customer.Telling(s.stall, th, s.customer.Event(s.stall, th, message("Hello?"), ""))
	if _, _, err := s.customer.SendTelling(s.stall, th, more); !errors.Is(err, scrip.TooMany) {
		t.Errorf("one line more: %v, want %v", err, scrip.TooMany)
	}
	if got, err := s.stall.Unanswered(t.Context()); err != nil || len(got) != 3 || scrip.Summary(got[0].Titles) != "A thing" {
		t.Errorf("%d wait for an answer, %v, want 3", len(got), err)
	}
	if err := s.say("message", "Blue.", th.Order); err != nil {
		t.Fatal(err)
	}
	th, said, err := s.customer.SendTelling(s.stall, th, more)
	if err != nil {
		th, said, err = s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th))
	}
	if err != nil || len(said) != 1 || said[0].Text != "Blue." {
		t.Fatalf("the answer: %+v, %v", said, err)
	}
	if err := s.say("packed", "", th.Order); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("a conversation that is packed: %v, want %v", err, scrip.OutOfTurn)
	}
	if list, err := s.stall.Talks(t.Context()); err != nil || len(list) != 3 {
		t.Errorf("%d conversations, %v, want 3", len(list), err)
	}
}

// TestBlock: who is blocked begins no conversation, exchange or purchase, and is told so by
// name; what it has paid for goes on, its money comes back, and it may go on when the
// seller takes the block back.
func TestBlock(t *testing.T) {
	r := rig.New(t)
	s := shop{Rig: r, customer: r.Customer(100_00), stall: r.Stall("Attic")}
	s.listing = s.stall.List(5_00, 9)
	held, rest := s.customer.Trade(s.stall, s.customer.Acquire(50_00), 5_00)
	t10 := s.customer.Mandate(s.stall, held, s.listing)
	m, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	th := s.customer.Ordered(s.stall, t10, m.Body)
	if err := s.stall.Block(t.Context(), s.ID()); !errors.Is(err, scrip.NotFound) {
		t.Errorf("Block of no thread: got %v, want %v", err, scrip.NotFound)
	}
	talk := scrip.Asked(s.ID())
	say := func(e scrip.Event) error {
		t.Helper()
		after, _, err := s.customer.SendTelling(s.stall, talk, s.customer.Telling(s.stall, talk, s.customer.Event(s.stall, talk, e, jose.Digest([]byte("the offer")))))
		if err == nil {
			talk = after
		}
		return err
	}
	if err := say(scrip.Event{Kind: "ask", Text: "Is it blue?", Offer: s.listing.Offer.Offer}); err != nil {
		t.Fatal(err)
	}
	held, rest = s.customer.Trade(s.stall, rest, 5_00)
	for range 2 { // once more changes nothing
		if err := s.stall.Block(t.Context(), th.Order); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.stall.Blocked(t.Context()); err != nil || len(got) != 1 || got[0].Thread != th.Order || scrip.Summary(got[0].Titles) != s.listing.Title || got[0].Talk {
		t.Errorf("Blocked: got %+v, %v, want the buyer of the order", got, err)
	}
	for name, err := range map[string]error{
		"a line":      say(message("Hello?")),
		"a price":     say(scrip.Event{Kind: "propose", Offer: s.listing.Offer.Offer, Price: 1_00, Quantity: 1}),
		"a purchase":  refusedPurchase(s, held),
		"an exchange": refusedExchange(s, rest),
		"a second thread": func() error {
			talk = scrip.Asked(s.ID())
			return say(scrip.Event{Kind: "ask", Text: "And?", Offer: s.listing.Offer.Offer})
		}(),
	} {
		if !errors.Is(err, scrip.Blocked) {
			t.Errorf("%s of who is blocked: got %v, want %v", name, err, scrip.Blocked)
		}
	}
	if got, err := s.stall.Unanswered(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("Unanswered: got %+v, %v, want none of who is blocked", got, err)
	}
	th = s.customer.Say(s.stall, th, message("When does it come?")) // of what is paid
	if got, err := s.stall.Unanswered(t.Context()); err != nil || len(got) != 1 || !got[0].Blocked {
		t.Errorf("Unanswered: got %+v, %v, want the order", got, err)
	}
	if err := s.stall.MarkSent(t.Context(), th.Order, scrip.Parcel{}); err != nil {
		t.Errorf("MarkSent: %v", err)
	}
	if err := s.stall.Unblock(t.Context(), scrip.Pseudonym(s.customer.Alias(s.stall.Vendor()).Thumbprint())); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, s.customer.Mandate(s.stall, held, s.listing)); err != nil {
		t.Errorf("a purchase after that: %v", err)
	}
}

func refusedPurchase(s shop, held scrip.Held) error {
	_, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, s.customer.Mandate(s.stall, held, s.listing))
	return err
}

func refusedExchange(s shop, held scrip.Held) error {
	x := s.customer.Exchange(s.stall, held, 5_00)
	if _, err := rig.Send[scrip.Noted](s.customer, s.Broker.Announce, x.T3); err != nil {
		return err
	}
	answer, err := s.stall.Exchange(s.T.Context(), x.T4)
	if err == nil {
		_, err = s.customer.OpenT8(x, answer)
	}
	return err
}

// A refund and its event are one commit: what was not sent is cancelled by a whole
// one, and the buyer asked for it or not.
func TestRefundIsTold(t *testing.T) {
	s, th := talking(t)
	th = s.customer.Say(s.stall, th, scrip.Event{Kind: "cancel", Text: "Changed my mind."})
	part, rest := s.ID(), s.ID()
	for id, amount := range map[scrip.ID]scrip.Money{part: 2_50} {
		if err := s.stall.Refund(t.Context(), id, th.Order, amount); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.stall.Refund(t.Context(), rest, th.Order, 10_01); !errors.Is(err, scrip.AmountOutOfBounds) {
		t.Errorf("a refund of more than is left: %v, want %v", err, scrip.AmountOutOfBounds)
	}
	for range 2 { // asked twice
		if err := s.stall.Refund(t.Context(), rest, th.Order, 10_00); err != nil {
			t.Fatal(err)
		}
	}
	th, said, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th))
	if err != nil || len(said) != 2 || said[0].Kind != "refund" || said[0].Amount != 2_50 || said[0].Refund != part ||
		said[1].Kind != "cancelled" || said[1].Refund != rest || th.State != "cancelled" {
		t.Errorf("TOLD: %+v, %v; want both refunds", said, err)
	}
	if err := s.stall.MarkSent(t.Context(), th.Order, scrip.Parcel{}); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("an order sent that is cancelled: %v, want %v", err, scrip.OutOfTurn)
	}
	if l, err := s.stall.Listing(t.Context(), s.listing.Offer.Offer); err != nil || l.Stock != 3 {
		t.Errorf("stock: %d, %v, want what was not sent back on the shelf", l.Stock, err)
	}
}

// meanwhile is a shelf at which something happens once before a refund is written down.
type meanwhile struct {
	merchant.Shelf
	happens func()
}

func (m *meanwhile) Apply(ctx context.Context, c scrip.Change) error {
	if happens := m.happens; happens != nil && c.Stall.Refund != nil {
		m.happens = nil
		happens()
	}
	return m.Shelf.Apply(ctx, c)
}

// TestRefundsAtOnce: two refunds at the same time that together are the whole price end
// the order as one of all of it does; and what is taken back whole is not sent.
func TestRefundsAtOnce(t *testing.T) {
	s, th := talking(t)
	first, second := s.ID(), s.ID()
	c := s.stall.Config
	c.Shelf = &meanwhile{c.Shelf, func() {
		if err := s.stall.Refund(t.Context(), first, th.Order, 6_00); err != nil {
			t.Errorf("the other refund: %v", err)
		}
	}}
	if err := merchant.Open(c).Refund(t.Context(), second, th.Order, 6_50); err != nil {
		t.Fatal(err)
	}
	th, said, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th))
	if err != nil || len(said) != 2 || said[0].Kind != "refund" || said[0].Refund != first || said[1].Kind != "cancelled" || said[1].Refund != second {
		t.Errorf("TOLD: got %+v, %v; want a refund, and that it is cancelled", said, err)
	}
	if th.State != "cancelled" {
		t.Errorf("the order: got %s, want cancelled", th.State)
	}
	if err := s.stall.MarkSent(t.Context(), th.Order, scrip.Parcel{}); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("sent: got %v, want %v", err, scrip.OutOfTurn)
	}
	if l, err := s.stall.Listing(t.Context(), s.listing.Offer.Offer); err != nil || l.Stock != 3 {
		t.Errorf("stock: got %d, %v, want all 3 of it", l.Stock, err)
	}
}

// A long thread comes in pieces that fit an envelope, each as much as it may be.
func TestToldInPieces(t *testing.T) {
	s, th := talking(t)
	long := strings.Repeat("🚲", scrip.MaxMessage)
	for range 15 {
		if err := s.say("message", long, th.Order); err != nil {
			t.Fatal(err)
		}
	}
	pieces := 0
	for th.Seq < 15 {
		if th = s.customer.Listen(s.stall, th); pieces > 3 {
			t.Fatalf("after %d pieces: %d events, want 15", pieces, th.Seq)
		}
		pieces++
	}
	if pieces != 2 {
		t.Errorf("15 of the longest messages came in %d pieces, want 2", pieces)
	}
}
