package merchant

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Tell is TELL, TOLD: a pseudonym hears what was said and done about its order, or
// in a conversation that it began, and may add one event. It is added in one
// commit; a crash before that leaves nothing, and after it the same TELL finds it
// there. Of what comes at the same time the thread's row takes one. A pseudonym that
// has told or asked too much this minute is Unavailable, from however many addresses.
func (s *Stall) Tell(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Tell](s, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = func(ctx context.Context) (scrip.Answer, error) {
		if err := s.tells.Take(m.From, m.Digest, s.Clock().Unix()); err != nil {
			return scrip.Answer{}, err
		}
		return s.toldBefore(ctx, m)
	}
	back := false
	out, err := s.responder.Answer(ctx, q, func(int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		switch {
		case len(m.Body.Events) == 0 && m.Body.Photo != "":
			return s.showed(ctx, m)
		case len(m.Body.Events) == 0:
			return s.heard(ctx, m)
		}
		a, err := s.added(ctx, m)
		back = err == nil && len(a.Change.Stall.Held) > 0
		return a, err
	})
	if back {
		s.Changed()          // goods may be for sale again
		s.watchedAt.Store(0) // and what was said of it, the broker tells
		s.wakeUp()
	}
	return out, err
}

// heard answers who only asks.
func (s *Stall) heard(ctx context.Context, m scrip.Opened[scrip.Tell]) (scrip.Answer, error) {
	thread, err := s.threadOf(ctx, m.Body.Order, scrip.Pseudonym(m.From))
	if err != nil {
		return scrip.Answer{}, err
	}
	a, err := s.told(ctx, thread.Thread, m.Body.Since, nil)
	a.Unstored = true
	return a, err
}

// showed answers who asks for a photo, the seller's or its own.
func (s *Stall) showed(ctx context.Context, m scrip.Opened[scrip.Tell]) (scrip.Answer, error) {
	thread, err := s.threadOf(ctx, m.Body.Order, scrip.Pseudonym(m.From))
	if err != nil {
		return scrip.Answer{}, err
	}
	photo, err := s.Shelf.TalkPhoto(ctx, thread.Order, m.Body.Photo)
	if err != nil {
		return scrip.Answer{}, absent(err)
	}
	body := scrip.Told{Order: thread.Order, Seq: thread.Seq, Events: []scrip.ToldEvent{}, Photo: m.Body.Photo}
	return scrip.Answer{Body: body, Attachments: scrip.Attachments{Photo: photo}, Unstored: true}, nil
}

// toldBefore answers a TELL whose event is in its thread, with what there is by
// now. So nothing is stored for it but the event itself.
func (s *Stall) toldBefore(ctx context.Context, m scrip.Opened[scrip.Tell]) (scrip.Answer, error) {
	if len(m.Body.Events) == 0 {
		return scrip.Answer{}, scrip.ErrAbsent
	}
	e, err := s.readTold(m)
	if err != nil {
		return scrip.Answer{}, scrip.ErrAbsent // for the step to refuse
	}
	there, err := s.Shelf.Events(ctx, m.Body.Order, e.Body.Seq-1, 1)
	if err != nil {
		return scrip.Answer{}, err
	}
	if len(there) == 0 || there[0].Digest != e.Digest {
		return scrip.Answer{}, scrip.ErrAbsent
	}
	thread, err := s.Shelf.Thread(ctx, m.Body.Order)
	if err != nil {
		return scrip.Answer{}, err
	}
	return s.told(ctx, thread.Thread, m.Body.Since, nil)
}

// readTold verifies the event that a TELL brings: it is of who sent the TELL, about
// the same order, and not of a time far to come.
func (s *Stall) readTold(m scrip.Opened[scrip.Tell]) (scrip.Opened[scrip.Event], error) {
	by, e, err := scrip.ReadEvent(m.Body.Events[0].Event, m.Key, s.Vendor(), s.Certificate.Signer(), s.BrokerKeys)
	if err != nil {
		return e, err
	}
	if by != scrip.Buyer || e.Body.Order != m.Body.Order {
		return e, scrip.PartyMismatch
	}
	if e.Body.Photo != m.Body.Photo {
		return e, scrip.PartyMismatch
	}
	if e.At > s.Clock().Unix()+scrip.MaxAhead {
		return e, scrip.OutOfTurn
	}
	return e, nil
}

// added decides on a buyer's event. That nobody was faster, and that the seller has
// not too much to read, is for the commit to say.
func (s *Stall) added(ctx context.Context, m scrip.Opened[scrip.Tell]) (scrip.Answer, error) {
	e, err := s.readTold(m)
	if err != nil {
		return scrip.Answer{}, err
	}
	thread, err := s.threadOf(ctx, m.Body.Order, scrip.Pseudonym(m.From))
	if errors.Is(err, scrip.NotFound) && e.Body.Offer != "" {
		thread, err = s.asked(ctx, m, e.Body.Offer)
	}
	if err != nil {
		return scrip.Answer{}, err
	}
	telling, err := next(thread, scrip.Buyer, e)
	if err != nil {
		return scrip.Answer{}, err
	}
	if err := errors.Join(s.checkAddress(ctx, e.Body), s.checkProposal(ctx, thread.Offer, e.Body)); err != nil {
		return scrip.Answer{}, err
	}
	words, err := s.wordOf(e, thread.Pseudonym)
	if err != nil {
		return scrip.Answer{}, err
	}
	does := scrip.StallChange{Telling: &telling, Held: words}
	if m.Photo != nil {
		if err := checkTalkPhoto(m.Photo); err != nil {
			return scrip.Answer{}, err
		}
		does.Shown = &scrip.TalkPhoto{Thread: thread.Order, Digest: m.Body.Photo, JPEG: m.Photo}
	}
	a, err := s.told(ctx, telling.Thread.Thread, m.Body.Since, &scrip.KeptEvent{Seq: e.Body.Seq, JWS: e.JWS})
	a.Derived, a.Change.Stall = true, &does
	return a, err
}

// wordOf is the broker's word that an event repeats, for the sale to take up with it.
func (s *Stall) wordOf(e scrip.Opened[scrip.Event], buyer scrip.Pseudonym) ([]scrip.HeldWord, error) {
	if e.Body.Hold == "" {
		return nil, nil
	}
	word, err := scrip.ReadWord(e, buyer, s.Vendor(), s.BrokerKeys)
	return []scrip.HeldWord{told(word)}, err
}

// checkAddress wants another address to be where the postage that was paid goes: in
// the same country, and no address for what is collected.
func (s *Stall) checkAddress(ctx context.Context, e scrip.Event) error {
	if e.Address == nil {
		return nil
	}
	sale, err := s.Shelf.Sale(ctx, e.Order)
	if err != nil {
		return absent(err)
	}
	if was := sale.Delivery.Address; was == nil || was.Country != e.Address.Country {
		return scrip.NotDelivered
	}
	return nil
}

// asked is a conversation about an offer that begins.
func (s *Stall) asked(ctx context.Context, m scrip.Opened[scrip.Tell], offer scrip.ID) (scrip.KeptThread, error) {
	if l, err := s.Listing(ctx, offer); err != nil || l.Source != "" {
		return scrip.KeptThread{}, cmp.Or(err, error(scrip.NotFound))
	}
	return scrip.KeptThread{
		Thread: scrip.Asked(m.Body.Order), Pseudonym: scrip.Pseudonym(m.From), Key: m.Key, Offer: offer, Talk: true,
	}, nil
}

// next adds an event to a thread, as a change to be applied.
func next(thread scrip.KeptThread, by scrip.Side, e scrip.Opened[scrip.Event]) (scrip.Telling, error) {
	after, err := thread.Next(by, e)
	if err != nil {
		return scrip.Telling{}, err
	}
	t := scrip.Telling{
		Thread: thread, By: by, Previous: thread.Head, JWS: e.JWS, Quiet: e.Body.Hold != "" || e.Body.Kind == "received", Moves: after.State != thread.State,
	}
	t.Thread.Thread = after
	return t, nil
}

// told answers with the events after since, and last, which is not kept yet: as
// many as one TOLD may have. Who asked hears by the number of the last that there
// are more.
func (s *Stall) told(ctx context.Context, thread scrip.Thread, since int, last *scrip.KeptEvent) (scrip.Answer, error) {
	events, err := s.Shelf.Events(ctx, thread.Order, since, scrip.MaxTold)
	if err != nil {
		return scrip.Answer{}, err
	}
	if last != nil && last.Seq > since && len(events) == last.Seq-1-since {
		events = append(events, *last)
	}
	body, size := scrip.Told{Order: thread.Order, Seq: thread.Seq, Events: []scrip.ToldEvent{}}, 0
	for _, e := range events {
		if size += len(e.JWS); size > scrip.MaxTelling || len(body.Events) == scrip.MaxTold {
			break
		}
		body.Events = append(body.Events, scrip.ToldEvent{Event: e.JWS})
	}
	return scrip.Answer{Body: body}, nil
}

// threadOf returns a pseudonym's thread, or scrip.NotFound where it is another's.
func (s *Stall) threadOf(ctx context.Context, order scrip.ID, p scrip.Pseudonym) (scrip.KeptThread, error) {
	thread, err := s.thread(ctx, order)
	if err == nil && thread.Pseudonym != p {
		err = scrip.NotFound
	}
	return thread, err
}

// thread returns the thread of an order or a conversation, or scrip.NotFound. That
// of an order begins with its sale, whether it has events or not.
func (s *Stall) thread(ctx context.Context, order scrip.ID) (scrip.KeptThread, error) {
	kept, err := s.Shelf.Thread(ctx, order)
	if !errors.Is(err, scrip.ErrAbsent) {
		return kept, err
	}
	sale, err := s.Shelf.Sale(ctx, order)
	if err != nil {
		return scrip.KeptThread{}, absent(err)
	}
	mandate, err := scrip.Verify[scrip.Mandate](sale.Mandate, string(s.Vendor()), nil)
	if err != nil {
		return scrip.KeptThread{}, fmt.Errorf("read an order's mandate: %w", err)
	}
	return scrip.KeptThread{
		Thread: scrip.Ordered(sale.ID, mandate), Pseudonym: sale.Pseudonym, Key: mandate.Key, Offer: sale.Lines[0].Offer,
	}, nil
}
