package scrip

// MaxLeap is how far ahead of the receiver's clock a counter may be, in
// milliseconds: a year.
const MaxLeap = 366 * 24 * 60 * 60 * 1000

// CheckCounter refuses a counter (CounterStale) that leaps more than MaxLeap
// ahead of at, the receiver's clock in unix seconds. A sender whose own clock
// was wrong once, or who was tricked into the largest number, would otherwise
// have no greater one left, and its account no way on.
func CheckCounter(counter, at int64) error {
	if counter > at*1000+MaxLeap {
		return CounterStale
	}
	return nil
}

// CaughtUp is the counter from which an account goes on whose last one was
// refused as stale at now, its own clock in unix seconds: the next is one more.
// Another copy of its wallet has counted on, by the clock; or by a clock that was
// wrong: then milliseconds are above any seconds, and after that each step is
// twice as far, up to a day short of MaxLeap. So some ten refusals lead past
// whatever counter was accepted once.
func CaughtUp(counter, now int64) int64 {
	const day = 24 * 60 * 60 * 1000
	ms := now * 1000
	switch {
	case counter < now:
		return now
	case counter < ms || counter > ms+MaxLeap:
		return ms
	}
	return max(counter, min(counter+max(day, counter-ms), ms+MaxLeap-day))
}
