package merchant

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// mostTries bounds how often the seller's event is made anew because another came
// first.
const mostTries = 5

// Said is one event of a thread as it is shown.
type Said struct {
	By scrip.Side
	At int64 // unix seconds, by who signed it
	scrip.Event
	JWS string // the event as it was signed
}

// Conversation is a thread as its seller sees it.
type Conversation struct {
	scrip.KeptThread
	Now    scrip.State // what it has come to by now
	Titles []string    // of what it is about; none where that is no longer there
	Said   []Said      // oldest first

	Blocked bool // its buyer is
}

// Say adds the seller's event to the thread of an order, or to a conversation: a
// message, packed, kept. What a person wrote is cleaned. scrip.NotFound: no
// such thread; scrip.OutOfTurn: not in the state it has come to; TooMany,
// Unreadable: its text.
func (s *Stall) Say(ctx context.Context, order scrip.ID, e scrip.Event) error {
	return s.say(ctx, order, e, scrip.StallChange{})
}

// MarkSent says that an order is on its way, to the buyer too. Said again, it takes
// the place of what was said, and the time stays. scrip.OutOfTurn: also once the buyer
// has the money back, and where nothing is delivered.
func (s *Stall) MarkSent(ctx context.Context, order scrip.ID, p scrip.Parcel) error {
	sale, err := s.Shelf.Sale(ctx, order)
	switch {
	case err == nil && sale.Delivery.Way == scrip.WayNone:
		return scrip.OutOfTurn
	case err != nil && !errors.Is(err, scrip.ErrAbsent): // of no order say tells
		return err
	}
	e := scrip.Event{Kind: string(scrip.StateSent), Text: p.Note, Carrier: p.Carrier, Tracking: p.Tracking}
	err = s.say(ctx, order, e, scrip.StallChange{Sent: &scrip.Sent{Sale: order, Note: scrip.Clean(p.Note)}})
	s.wakeUp() // to tell the broker, if it holds the money
	return err
}

// Decline says no to what the buyer asked for: to call an order off (kept), to send it back
// (return-declined), or for another price (declined). scrip.OutOfTurn: nothing of the
// kind is asked; TooMany, Unreadable: the text.
func (s *Stall) Decline(ctx context.Context, order scrip.ID, text string) error {
	thread, err := s.thread(ctx, order)
	if err != nil {
		return err
	}
	no := map[scrip.State]string{"cancel-asked": "kept", scrip.StateAsked: "return-declined", scrip.StateProposed: "declined"}
	kind, asked := no[thread.At(s.Clock().Unix())]
	if !asked {
		return scrip.OutOfTurn
	}
	return s.Say(ctx, order, scrip.Event{Kind: kind, Text: text})
}

// say signs an event and applies it with what it does. Where the buyer was faster
// it is decided anew on what there is then.
func (s *Stall) say(ctx context.Context, order scrip.ID, e scrip.Event, does scrip.StallChange) error {
	err := scrip.OutOfTurn
	for range mostTries {
		at := s.Clock().Unix()
		thread, err := s.thread(ctx, order)
		if err != nil {
			return err
		}
		telling, err := s.saying(thread, e, at)
		if err != nil {
			return err
		}
		does.Telling = &telling
		if err := s.apply(ctx, scrip.Change{At: at, Stall: &does}); !errors.Is(err, scrip.OutOfTurn) {
			return err
		}
	}
	return err
}

// saying is the seller's event in its place.
func (s *Stall) saying(thread scrip.KeptThread, e scrip.Event, at int64) (scrip.Telling, error) {
	if err := thread.Takes(scrip.Seller, e.Kind, max(at, thread.Last)); err != nil {
		return scrip.Telling{}, err
	}
	body := thread.Follow(e.Cleaned(), "")
	if err := body.Valid(); err != nil {
		return scrip.Telling{}, err
	}
	m := scrip.Compose(string(s.Vendor()), string(thread.Pseudonym), thread.Tx, at, body, scrip.Attachments{})
	signed, err := jose.Sign(s.Random, m, s.Keys.Signing)
	if err != nil {
		return scrip.Telling{}, fmt.Errorf("sign an event: %w", err)
	}
	return next(thread, scrip.Seller, scrip.Opened[scrip.Event]{Tx: thread.Tx, At: at, Digest: signed.Digest(), JWS: signed.JWS, Body: body})
}

// Conversation returns the thread of an order, or a conversation, or
// scrip.NotFound.
func (s *Stall) Conversation(ctx context.Context, order scrip.ID) (Conversation, error) {
	thread, err := s.thread(ctx, order)
	if err != nil {
		return Conversation{}, err
	}
	titles, err := s.Shelf.Titles(ctx, []scrip.ID{order})
	if err != nil {
		return Conversation{}, err
	}
	c := s.conversing(thread, titles)
	if c.Blocked, err = s.Shelf.IsBlocked(ctx, thread.Pseudonym); err != nil {
		return Conversation{}, err
	}
	kept, err := s.Shelf.Events(ctx, order, 0, scrip.MaxEvents)
	for _, k := range kept {
		by, e, err := scrip.ReadEvent(k.JWS, thread.Key, s.Vendor(), s.Certificate.Signer(), s.BrokerKeys)
		if err != nil {
			return Conversation{}, fmt.Errorf("read an event: %w", err)
		}
		c.Said = append(c.Said, Said{by, e.At, e.Body, k.JWS})
	}
	return c, err
}

// conversing says what a thread is about and what it has come to.
func (s *Stall) conversing(thread scrip.KeptThread, titles map[scrip.ID][]string) Conversation {
	return Conversation{KeptThread: thread, Now: thread.At(s.Clock().Unix()), Titles: titles[thread.Order]}
}

// mostListed is how many conversations a list shows.
const mostListed = 200

// Talks lists the conversations without an order, the last one first, without what
// was said.
func (s *Stall) Talks(ctx context.Context) ([]Conversation, error) {
	threads, err := s.Shelf.Talks(ctx, mostListed)
	return s.listed(ctx, threads, err)
}

// Unanswered lists orders and conversations whose last word is the buyer's, the one
// that has waited longest first, without what was said.
func (s *Stall) Unanswered(ctx context.Context) ([]Conversation, error) {
	threads, err := s.Shelf.Unanswered(ctx, mostListed)
	return s.listed(ctx, threads, err)
}

// Returns lists orders that their buyers ask to send back, or have sent back, and that wait for the
// seller, the one that has waited longest first, without what was said.
func (s *Stall) Returns(ctx context.Context) ([]Conversation, error) {
	threads, err := s.Shelf.Returns(ctx, mostListed)
	list, err := s.listed(ctx, threads, err)
	return slices.DeleteFunc(list, func(c Conversation) bool { return c.Now != c.State }), err // time has closed it
}

func (s *Stall) listed(ctx context.Context, threads []scrip.KeptThread, err error) ([]Conversation, error) {
	if err != nil {
		return nil, err
	}
	ids := make([]scrip.ID, len(threads))
	for i, thread := range threads {
		ids[i] = thread.Order
	}
	blocked, err := s.Shelf.Blocked(ctx)
	if err != nil {
		return nil, err
	}
	titles, err := s.Shelf.Titles(ctx, ids)
	list := make([]Conversation, len(threads))
	for i, thread := range threads {
		list[i] = s.conversing(thread, titles)
		list[i].Blocked = slices.ContainsFunc(blocked, func(b scrip.Blocking) bool { return b.Pseudonym == thread.Pseudonym })
	}
	return list, err
}
