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
