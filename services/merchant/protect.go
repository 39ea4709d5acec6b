package merchant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// holdOf begins what a stall knows of the money of a protected sale.
func holdOf(m scrip.Mandate) *scrip.SaleHold {
	if m.Protect == nil {
		return nil
	}
	return &scrip.SaleHold{State: scrip.HoldHeld, SendBy: m.Protect.SendBy}
}

// tellSent tells the broker (SENT) of sales that are sent and whose money it holds,
// one by one; nothing waits behind one that cannot go. The envelope is made anew for
// each attempt: the broker answers how the money stands, whatever was told before.
func (s *Stall) tellSent(ctx context.Context) error {
	untold, err := s.Shelf.Untold(ctx, mostTaken)
	if err != nil {
		return err
	}
	return attempt(ctx, s, untold, sentUnderway, func(sale scrip.Sale) error { return s.sendSent(ctx, sale) })
}

// sendSent makes one attempt.
func (s *Stall) sendSent(ctx context.Context, sale scrip.Sale) error {
	said, err := askBroker[scrip.OnHold](ctx, s, string(s.Vendor()), scrip.SentReport{Vendor: s.Vendor(), Purchase: sale.Tx})
	if err != nil {
		return err
	}
	if said.Body.Vendor != s.Vendor() || said.Body.Purchase != sale.Tx {
		return errors.New("HELD is about something else")
	}
	return s.heardOf(ctx, scrip.StallChange{}, told(said))
}

// told is what a HELD tells.
func told(w scrip.Opened[scrip.OnHold]) scrip.HeldWord {
	h := w.Body
	return scrip.HeldWord{
		Purchase: h.Purchase, State: h.State, Due: h.Due, Since: h.Since, Left: h.Left, ToBuyer: h.ToBuyer, ToSeller: h.ToSeller, Word: w.JWS,
	}
}

// How often, in seconds, it is asked at most what has become of what is held: by itself,
// and for a seller who looks, who does not wait longer than so.
const (
	watchEvery = 60
	lookEvery  = 5
	lookWait   = 2 * time.Second
)

// mostPages is how many answers one look at the broker's feed reads.
const mostPages = 50

// watch asks the broker what has become of the money of sales, while some of it is
// held as far as is known (WATCH): so the stall hears that a buyer took it back, and
// the order is cancelled.
func (s *Stall) watch(ctx context.Context) error { return s.watchUnless(ctx, watchEvery) }

// look is watch for a seller who looks at the desk. What the broker does not tell now,
// is shown as it was known.
func (s *Stall) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	err := s.watchUnless(ctx, lookEvery)
	if err == nil {
		return
	}
	s.watchedAt.Store(s.Clock().Unix()) // nobody waits again for a broker that has just not answered
	if !s.untold.Swap(true) {
		s.Log.Warn("the desk shows what is held as it was known", "err", err)
	}
}

// watchUnless asks unless it was asked so many seconds ago.
func (s *Stall) watchUnless(ctx context.Context, every int64) error {
	at := s.Clock().Unix()
	open, next, err := s.Shelf.Watching(ctx)
	if last := s.watchedAt.Load(); err != nil || open == 0 || at >= last && at < last+every {
		return err
	}
	for range mostPages {
		said, err := askBroker[scrip.Watched](ctx, s, s.Keys.Signing.Thumbprint(), scrip.Watch{Vendor: s.Vendor(), After: next})
		if err != nil {
			return s.unwatched(err)
		}
		if err := s.watched(ctx, said.Body); err != nil {
			return err
		}
		if next = said.Body.Next; len(said.Body.Holds) == 0 {
			break
		}
	}
	s.watchedAt.Store(at)
	s.untold.Store(false)
	return nil
}

// unwatched is why the feed was not read: an error where the broker was not reached.
// What it answered else is for its log alone, and it is asked again later.
func (s *Stall) unwatched(err error) error {
	if itsOwn(err) {
		s.Log.Warn("the broker does not tell what is held", "err", err)
		s.watchedAt.Store(s.Clock().Unix())
		return nil
	}
	return fmt.Errorf("ask what is held: %w", err)
}

// watched keeps one page of the feed, with what is said of what is disputed.
func (s *Stall) watched(ctx context.Context, page scrip.Watched) error {
	var words []scrip.HeldWord
	for _, of := range page.Holds {
		word, err := scrip.Verify[scrip.OnHold](of.Hold, string(s.Vendor()), s.BrokerKeys)
		if err != nil {
			return fmt.Errorf("read HELD: %w", err)
		}
		if word.Body.Vendor != s.Vendor() {
			continue
		}
		w := told(word)
		if w.State == scrip.HoldDisputed {
			if w.Said, err = s.saidOf(ctx, w.Purchase); err != nil {
				return err
			}
		}
		words = append(words, w)
	}
	return s.heardOf(ctx, scrip.StallChange{Watched: page.Next}, words...)
}

// saidOf asks what both sides said of a purchase (WATCH). What the broker declines to
// tell keeps nothing else from being heard.
func (s *Stall) saidOf(ctx context.Context, purchase scrip.ID) ([]scrip.ToldSaid, error) {
	said, err := askBroker[scrip.Watched](ctx, s, s.Keys.Signing.Thumbprint(), scrip.Watch{Vendor: s.Vendor(), Purchase: purchase})
	if err != nil && itsOwn(err) {
		s.Log.Warn("the broker does not tell what was said", "purchase", purchase, "err", err)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask what was said: %w", err)
	}
	return said.Body.Said, nil
}

// heardOf keeps what the broker told of holds, each in a commit with the event that tells
// its buyer, and in the last one what a change has beside it: what a crash leaves is
// heard once more, and what was heard changes nothing.
func (s *Stall) heardOf(ctx context.Context, change scrip.StallChange, words ...scrip.HeldWord) error {
	for i, w := range words {
		last := scrip.StallChange{}
		if i == len(words)-1 {
			last = change
		}
		if err := s.heardOne(ctx, last, w); err != nil {
			return err
		}
	}
	if len(words) > 0 {
		return nil
	}
	return s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &change})
}

// heardOne keeps what the broker told of one hold, and puts it into the order's thread
// unless that has it. Where the buyer was faster it is decided anew.
func (s *Stall) heardOne(ctx context.Context, change scrip.StallChange, w scrip.HeldWord) error {
	var err error
	for range mostTries {
		if err = s.heardNow(ctx, change, w); !errors.Is(err, scrip.OutOfTurn) {
			break
		}
	}
	if w.State == scrip.HoldReclaimed {
		s.Changed() // goods may be for sale again
	}
	return err
}

func (s *Stall) heardNow(ctx context.Context, change scrip.StallChange, w scrip.HeldWord) error {
	at := s.Clock().Unix()
	change.Held = []scrip.HeldWord{w}
	sale, err := s.Shelf.SaleBy(ctx, w.Purchase)
	if err == nil {
		change.Telling, err = s.repeating(ctx, sale.ID, w, at)
	}
	if err != nil && !errors.Is(err, scrip.ErrAbsent) { // absent: sold before this book was restored
		return err
	}
	return s.apply(ctx, scrip.Change{At: at, Stall: &change})
}

// repeating is the event that puts the broker's word into an order's thread; nil where
// there is none for it, or the thread has it.
func (s *Stall) repeating(ctx context.Context, order scrip.ID, w scrip.HeldWord, at int64) (*scrip.Telling, error) {
	thread, err := s.thread(ctx, order)
	if err != nil {
		return nil, err
	}
	e, ok := thread.Repeat(scrip.Seller, w.State, w.Word, max(at, thread.Last))
	if !ok {
		return nil, nil
	}
	telling, err := s.saying(thread, e, at)
	return &telling, err
}

// askBroker signs a request as from, seals it, and opens the answer.
func askBroker[R, B scrip.Body](ctx context.Context, s *Stall, from string, body B) (scrip.Opened[R], error) {
	key, err := jose.NewReplyKey(s.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	tx, err := scrip.NewID(s.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	m := scrip.Compose(from, string(s.BrokerInfo().ID), tx, s.Clock().Unix(), body, scrip.Attachments{ReplyKey: &key})
	envelope, err := jose.Seal(s.Random, m, s.Keys.Signing, s.BrokerInfo().Envelope)
	if err != nil {
		return scrip.Opened[R]{}, unsendable{err}
	}
	answer, err := s.ask(ctx, body.Type(), scrip.Sealed{Envelope: envelope})
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	return scrip.OpenReply[R](answer.Envelope, key, from, tx, s.BrokerKeys)
}
