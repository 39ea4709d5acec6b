package merchant

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// asideAfter is how many attempts an item has to get an answer that settles it,
// while the broker answers.
const asideAfter = 12

// unsendable is the error of a message that cannot be made.
type unsendable struct{ error }

// unheard is the error of a broker that was not reached, or cannot answer now.
type unheard struct{ error }

// ask sends a message to the broker, unless so many were sent this minute. An error is
// scrip.Unanswered: nobody signed it.
func (s *Stall) ask(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if err := s.room.all.Take("", 1, s.Clock().Unix()); err != nil {
		return scrip.Sealed{}, scrip.Unanswered{Cause: unheard{err}}
	}
	answer, err := s.Broker.Send(ctx, message, in)
	if err == nil {
		return answer, nil
	}
	if reason, refused := scrip.AsRefusal(err); !refused || reason == scrip.Unavailable {
		err = unheard{err}
	}
	return scrip.Sealed{}, scrip.Unanswered{Cause: err}
}

// tried notes how an attempt at an item went. What the broker declines for good,
// or what cannot be made, is set aside; what it declines for now waits. The error
// that is returned ends the delivery: the broker was not reached, or the shelf
// does not answer.
func (s *Stall) tried(ctx context.Context, u Underway, err error) error {
	if err == nil {
		s.attempts.done(u.ID)
		return nil
	}
	at := s.Clock().Unix()
	times := s.attempts.failed(u.ID, at, err, "")
	if !itsOwn(err) {
		return fmt.Errorf("tell the broker of %s %s: %w", u.Message, u.ID, err)
	}
	if !final(u.Message, err) && times < asideAfter {
		s.Log.Info("the broker declines for now", "message", u.Message, "id", u.ID, "err", err)
		return nil
	}
	s.Log.Warn("a message to the broker is set aside", "message", u.Message, "id", u.ID, "err", err)
	aside := scrip.Aside{Message: u.Message, ID: u.ID, Amount: u.Amount, Since: u.Since, Reason: reasonOf(err), At: at}
	if err := s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{SetAside: []scrip.Aside{aside}}}); err != nil {
		return fmt.Errorf("set %s %s aside: %w", u.Message, u.ID, err)
	}
	s.attempts.done(u.ID)
	return nil
}

// itsOwn reports whether an error is about the item that was sent: any other item
// may go all the same.
func itsOwn(err error) bool {
	var u scrip.Unanswered
	if errors.As(err, &u) {
		return !errors.As(u.Cause, new(unheard)) && !errors.Is(u.Cause, scrip.Unavailable)
	}
	reason, refused := scrip.AsRefusal(err)
	return errors.As(err, new(unsendable)) || (refused && reason != scrip.Unavailable)
}

// final reports whether an item cannot go as it is: the broker signed so, or it
// cannot be made. A refund may wait for its owner's bank, and both it and SENT for
// their order's T12.
func final(message string, err error) bool {
	reason, refused := scrip.AsRefusal(err) // an Unanswered has none
	switch {
	case !refused:
		return errors.As(err, new(unsendable))
	case message == (scrip.SentReport{}).Type():
		return reason != scrip.NotFound
	case message == (scrip.RefundReport{}).Type():
		return reason != scrip.BankDeclined && reason != scrip.EarnedShort && reason != scrip.FloatShort && reason != scrip.NotFound
	}
	return reason != scrip.Unreadable && !reason.Transient()
}

// reasonOf is the word for what kept something from being delivered.
func reasonOf(err error) string {
	var u scrip.Unanswered
	if errors.As(err, &u) {
		err = u.Cause
	}
	reason, refused := scrip.AsRefusal(err)
	switch {
	case errors.As(err, new(unsendable)):
		return Unsendable
	case refused && !errors.As(err, new(unheard)):
		return string(reason)
	}
	return Unreachable
}
