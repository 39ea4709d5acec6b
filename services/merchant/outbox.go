package merchant

import (
	"context"
	"errors"
	"time"

	"peerscrip/services/scrip"
)

// Pauses between attempts to reach the broker grow between these bounds.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
)

// mostTaken is how many of a kind one delivery takes up: the oldest.
const mostTaken = 1000

// Run delivers to the broker what it has yet to hear, until ctx ends: T5 and T23
// without an answer, T12 of purchases, REFUND. It wakes with each purchase;
// while the broker is out of reach its pauses grow. Beside that it keeps house.
func (s *Stall) Run(ctx context.Context) {
	pause := shortestPause
	var kept time.Time
	for {
		if err := s.Deliver(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("delivery to the broker will be tried again", "in", pause, "err", err)
			pause = min(pause*2, longestPause)
		} else {
			pause = shortestPause
		}
		kept = s.keepHouse(ctx, kept)
		if !s.rest(ctx, pause) {
			return
		}
	}
}

// rest waits for work, but after a failure at least as long as the pause. It
// returns false when ctx has ended.
func (s *Stall) rest(ctx context.Context, pause time.Duration) bool {
	wake := s.wake
	if pause == shortestPause {
		pause = longestPause
	} else {
		wake = nil // never ready
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-wake:
		return true
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// wakeUp has Run look for work. Told twice before it looks, it looks once.
func (s *Stall) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Deliver makes one attempt at everything the broker has yet to hear. A nil
// error means that nothing is left, but for refunds that wait for the bank of the
// stall's owner. Refunds come behind the purchases they take back.
func (s *Stall) Deliver(ctx context.Context) error {
	exchanges, err := s.Shelf.Unsettled(ctx, mostTaken)
	if err != nil {
		return err
	}
	var failed error
	for _, x := range exchanges {
		failed = errors.Join(failed, s.takeUp(ctx, exchangeOf(x), func(at int64) (scrip.Answer, error) { return s.blessed(ctx, x, at) }))
	}
	givebacks, err := s.Shelf.GiveBacks(ctx, mostTaken)
	failed = errors.Join(failed, err)
	for _, g := range givebacks {
		t22 := g.Asked(scrip.GiveBackOrder{}.Type())
		failed = errors.Join(failed, s.takeUp(ctx, t22, func(int64) (scrip.Answer, error) { return s.givenBack(ctx, g) }))
	}
	return errors.Join(failed, s.report(ctx), s.cover(ctx))
}

// outgoing makes the request to the broker that a customer's order part needs,
// with the payment part that is passed on.
func (s *Stall) outgoing(q scrip.Request, at int64, body scrip.Body, payment string) (scrip.Outgoing, error) {
	o, err := s.responder.Outgoing(q, string(s.BrokerInfo.ID), s.BrokerInfo.Envelope, at, body)
	o.Request.Payment = payment
	return o, err
}

// takeUp answers a customer's request where a lost answer or a crash left it,
// though nobody waits: the same request again finds the answer.
func (s *Stall) takeUp(ctx context.Context, q scrip.Request, decide func(at int64) (scrip.Answer, error)) error {
	_, err := s.responder.Answer(ctx, q, decide)
	return s.noting(q.Tx, err)
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
