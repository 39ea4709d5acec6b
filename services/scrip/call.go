package scrip

// Call is CALL: the broker asks a merchant whether it is there. Its NOTED is all
// there is to answer.
type Call struct {
	Vendor VendorID `json:"vendor"`
}

// Type returns the message's typ on the wire.
func (Call) Type() string { return "CALL" }

// Valid checks the form of CALL.
func (m Call) Valid() error { return valid(m.Vendor.Valid()) }

// Silence is for how long a merchant did not answer the broker, by the broker's log.
// The zero value: it answers.
type Silence struct {
	Since int64 `json:"since"` // unix seconds: the first CALL without an answer
	Last  int64 `json:"last"`  // likewise: the last that counts
	Days  int   `json:"days"`  // CALLs without an answer, each a day or more after the one before
}

const (
	day = 24 * 60 * 60
	// goneAfter is how many days of silence make a merchant one that is gone.
	goneAfter = 30
)

// words are the kinds of records that hold a merchant's own signed word. NOTED is
// its answer to CALL, logged where it ends a silence.
var words = map[string]bool{"NOTED": true, "T5": true, "T12": true, "T18": true, "T23": true, "REFUND": true, "REFUSE": true}

// EndsSilence reports whether a record holds a merchant's own word.
func (r Record) EndsSilence() bool { return words[r.Kind] }

// After is the silence once r, a record of its merchant, is logged. Days are counted
// one by one, so that a clock that is wrong once makes no month of a day; where it
// went back, they are counted anew.
func (s Silence) After(r Record) Silence {
	switch {
	case r.EndsSilence():
		return Silence{}
	case r.Kind != (Call{}).Type() || !s.Counts(r.At):
		return s
	case s.Days == 0 || r.At < s.Last:
		return Silence{Since: r.At, Last: r.At, Days: 1}
	}
	return Silence{Since: s.Since, Last: r.At, Days: s.Days + 1}
}

// Counts reports whether a CALL at a time that is not answered adds to the silence.
func (s Silence) Counts(at int64) bool { return s.Days == 0 || at < s.Last || at >= s.Last+day }

// Gone reports whether the silence is long enough, at a time, for the merchant to be
// gone: a CALL without an answer on each of thirty days, the first thirty days ago.
func (s Silence) Gone(at int64) bool { return s.Days >= goneAfter && at >= s.Since+goneAfter*day }
