package scrip

// MaxLeap is how far ahead of the receiver's clock a counter may be, in
// milliseconds: a year.
const MaxLeap = 366 * 24 * 60 * 60 * 1000

// Stale is CounterStale with where the refuser's count stands, which its REFUSE
// tells: the sender goes on from there.
type Stale struct {
	Counter int64 // the last one that was answered; 0 for none
	At      int64 // when the REFUSE was signed, unix seconds; 0 before
}

// Error returns the word on the wire.
func (s Stale) Error() string { return CounterStale.Error() }

// Unwrap makes it the refusal.
func (s Stale) Unwrap() error { return CounterStale }

// CheckCounter refuses a counter (Stale) that is not above last, the one that was
// answered last, or that leaps more than MaxLeap ahead of at, the receiver's clock
// in unix seconds. A sender whose own clock was wrong once, or who was tricked into
// the largest number, would otherwise have no greater one left, and its account no
// way on.
func CheckCounter(counter, last, at int64) error {
	if counter <= last || counter > at*1000+MaxLeap {
		return Stale{Counter: last}
	}
	return nil
}

// CaughtUp is the counter from which a sender goes on whose last one was refused
// as stale: the next is one more. That is where the refuser's count stands, unless
// that leaves no number that it takes. Of a refuser that tells none: the clock by
// which it refused; or, above a clock that was wrong, milliseconds, which are above
// any seconds; and after that each step is twice as far, up to a day short of
// MaxLeap. So some ten refusals lead past whatever counter was accepted once.
func CaughtUp(counter int64, said Stale) int64 {
	const day = 24 * 60 * 60 * 1000
	ms := said.At * 1000
	switch {
	case said.Counter > 0 && said.Counter < ms+MaxLeap:
		return said.Counter
	case counter < said.At:
		return said.At
	case counter < ms || counter > ms+MaxLeap:
		return ms
	}
	return max(counter, min(counter+max(day, counter-ms), ms+MaxLeap-day))
}
