package merchant

import (
	"context"
	"errors"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// Pauses between attempts to reach the broker grow between these bounds.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
	// idlePause is how long a stall rests that has nothing to deliver. What comes wakes it;
	// until then its book may be closed.
	idlePause = 15 * time.Minute
	// gathering is how long after the beginning of one delivery the next one begins at the
	// earliest: where much is sold, what is sold meanwhile goes in one T12.
	gathering = 200 * time.Millisecond
	// leaving is how long Run takes at most after its context ended.
	leaving = time.Second
)

// growing is a pause that is twice as long after each failure; zero after what went well.
type growing time.Duration

// failed returns the pause after one more failure.
func (g *growing) failed() time.Duration {
	*g = growing(min(max(2*time.Duration(*g), shortestPause), longestPause))
	return time.Duration(*g)
}

// mostTaken is how many of a kind one delivery takes up: the oldest.
const mostTaken = 1000

// Run delivers to the broker what it has yet to hear, and to the seller's webhooks what they have, until ctx ends: T5 and T23
// without an answer, T12 of purchases, REFUND, SENT, DEFEND. It wakes with each purchase;
// while the broker is out of reach its pauses grow. Beside that it keeps house. Of the
// processes that have the shelf one at a time does all of this; but who lost the answer with
// a certificate asks for it again.
func (s *Stall) Run(ctx context.Context) {
	var pause growing
	var again certifyingAgain
	var kept time.Time
	turn := turn{Process: s.Process, job: delivering + string(s.Vendor())}
	defer s.leave(ctx, &turn)
	if s.Webhooks != nil {
		var telling sync.WaitGroup
		defer telling.Wait()
		telling.Go(func() { s.tellWebhooks(ctx) })
	}
	for {
		began, wake := time.Now(), s.wake
		mine, rest, err := s.round(ctx, &turn)
		if err != nil && ctx.Err() == nil {
			rest, wake = pause.failed(), nil // never ready
			s.Log.Warn("delivery to the broker will be tried again", "in", rest, "err", err)
		} else {
			pause = 0
		}
		s.idle.Store(rest == idlePause)
		rest = min(rest, s.certifyAgain(ctx, &again)) // whosever turn it is: another process does not know what was lost here
		if mine {
			kept = s.keepHouse(ctx, kept)
		} else {
			wake = nil
		}
		if !waited(ctx, gathering-time.Since(began)) {
			return
		}
		select {
		case <-wake:
			s.idle.Store(false)
			turn.quiet = false
		case <-time.After(rest):
		case <-ctx.Done():
			return
		}
	}
}

// round makes one delivery if it is this process's turn, and tells how long the next can
// wait: a process whose turn it is not asks again.
func (s *Stall) round(ctx context.Context, turn *turn) (mine bool, rest time.Duration, err error) {
	if mine, err = turn.take(ctx, s.Clock().Unix()); err != nil || !mine {
		return false, turnPause, err
	}
	if err := s.Deliver(ctx); err != nil {
		return true, 0, err
	}
	rest = s.attempts.pause(s.Clock().Unix())
	if waiting, err := s.Underway(ctx, 1); err == nil && len(waiting) == 0 {
		rest = idlePause
	}
	rest, err = turn.rest(ctx, rest)
	return true, rest, err
}

// leave lets others deliver when Run ends.
func (s *Stall) leave(ctx context.Context, turn *turn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
	defer cancel()
	if err := turn.giveBack(ctx); err != nil {
		s.Log.Warn("others will deliver when the turn has run out", "err", err)
	}
}

// waited reports whether so long is over, and not ctx before it.
func waited(ctx context.Context, pause time.Duration) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// Idle reports whether Run found nothing that Underway could tell, and was not woken
// since: who asks all the same opens the stall's book for nothing.
func (s *Stall) Idle() bool { return s.idle.Load() }

// wakeUp has Run look for work. Told twice before it looks, it looks once.
func (s *Stall) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Deliver makes one attempt at everything the broker has yet to hear and whose
// time has come. What the broker declines waits or is set aside, and is in nobody
// else's way: Underway tells. An error means that the broker was not reached, or
// that the shelf does not answer: then nothing more is tried, since all of it goes
// the same way, and the next delivery begins with another queue. Refunds and
// SENT come behind the purchases they are about. Last it is asked what has become of
// what is held.
func (s *Stall) Deliver(ctx context.Context) error {
	queues := []func(context.Context) error{s.exchanges, s.givebacks, s.report, s.cover, s.tellSent, s.defend, s.watch}
	first := int(s.first.Load())
	for i := range queues {
		n := (first + i) % len(queues)
		if err := queues[n](ctx); err != nil {
			s.first.Store(int32(n+1) % int32(len(queues)))
			return err
		}
	}
	s.first.Store(0)
	return nil
}

// exchanges sends the T5 that have no answer.
func (s *Stall) exchanges(ctx context.Context) error {
	waiting, err := s.Shelf.Unsettled(ctx, mostTaken)
	for _, x := range due(&s.attempts, s.Clock().Unix(), waiting, func(x scrip.Exchange) scrip.ID { return x.Tx }) {
		if err := s.costs(ctx, x.Pseudonym(), s.Clock().Unix()); errors.Is(err, scrip.Unavailable) {
			continue // so many of such went this minute; others may go
		} else if err != nil {
			return err
		}
		err := s.takeUp(ctx, exchangeOf(x), func(at int64) (scrip.Answer, error) { return s.blessed(ctx, x, at) })
		if err := s.tried(ctx, exchangeUnderway(x), err); err != nil {
			return err
		}
	}
	return err
}

// givebacks sends the T23 that have no answer.
func (s *Stall) givebacks(ctx context.Context) error {
	waiting, err := s.Shelf.GiveBacks(ctx, mostTaken)
	if err != nil {
		return err
	}
	return attempt(ctx, s, waiting, givebackUnderway, func(g scrip.GiveBack) error {
		t22 := g.Asked(scrip.GiveBackOrder{}.Type())
		return s.takeUp(ctx, t22, func(int64) (scrip.Answer, error) { return s.givenBack(ctx, g) })
	})
}

// attempt tries once each item of a queue whose time has come. Nothing waits behind one
// that the broker declines; the error is that of [Stall.tried], and ends the delivery.
func attempt[T any](ctx context.Context, s *Stall, waiting []T, underway func(T) Underway, try func(T) error) error {
	for _, w := range due(&s.attempts, s.Clock().Unix(), waiting, func(w T) scrip.ID { return underway(w).ID }) {
		if err := s.tried(ctx, underway(w), try(w)); err != nil {
			return err
		}
	}
	return nil
}

// outgoing makes the request to the broker that a customer's order part needs,
// with the payment part that is passed on.
func (s *Stall) outgoing(q scrip.Request, at int64, body scrip.Body, payment string) (scrip.Outgoing, error) {
	o, err := s.responder.Outgoing(q, string(s.BrokerInfo().ID), s.BrokerInfo().Envelope, at, body)
	o.Request.Payment = payment
	return o, err
}

// takeUp answers a customer's request where a lost answer or a crash left it,
// though nobody waits: the same request again finds the answer. A refusal that was
// decided has settled it. One of the commit has not: the disk may be full.
func (s *Stall) takeUp(ctx context.Context, q scrip.Request, decide func(at int64) (scrip.Answer, error)) error {
	var declined bool
	err := s.responder.TakeUp(ctx, q, func(at int64) (scrip.Answer, error) {
		a, err := decide(at)
		_, declined = scrip.AsRefusal(err)
		return a, err
	})
	if declined || errors.Is(err, scrip.ErrAnswered) {
		return nil
	}
	return err
}

// once answers a request that costs a message to the broker: it is written down,
// then the broker is asked. Where the same was just sent, neither is done, and the
// customer is told to send it again later.
func (s *Stall) once(digest string, at int64, write func() error, ask func() (scrip.Answer, error)) (scrip.Answer, error) {
	if !s.asking.Begin(digest, at) {
		return scrip.Answer{}, scrip.Unavailable
	}
	if err := write(); err != nil {
		s.asking.End(digest, at, false, false)
		return scrip.Answer{}, err
	}
	a, err := ask()
	s.asking.End(digest, at, answered(err), err == nil)
	return s.tell(a, err)
}

// answered reports whether an error came of a broker that was there.
func answered(err error) bool {
	var u scrip.Unanswered
	var silence unheard
	if errors.As(err, &u) && errors.As(u.Cause, &silence) {
		_, overloaded := scrip.AsRefusal(silence.error)
		return overloaded
	}
	return err != nil
}

// tell is what a customer who waits is answered: scrip.Unavailable while the
// broker has not answered. The cause is ours to log, and Run goes on asking.
func (s *Stall) tell(a scrip.Answer, err error) (scrip.Answer, error) {
	var u scrip.Unanswered
	if !errors.As(err, &u) {
		return a, err
	}
	s.Log.Warn("the broker has not answered", "err", u.Cause)
	s.wakeUp()
	return scrip.Answer{}, scrip.Unavailable
}
