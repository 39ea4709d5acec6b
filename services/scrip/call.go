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
// The zero value: it answers. A CALL after its certificate has lapsed counts, whatever
// it answers.
type Silence struct {
	Since int64 `json:"since"` // unix seconds: the first CALL without an answer
	Last  int64 `json:"last"`  // likewise: the last that counts
	Days  int   `json:"days"`  // CALLs without an answer, each a day or more after the one before
}

const (
	day = 24 * 60 * 60
	// goneAfter is how many days of silence make a merchant one that is gone, and
	// lapsedAfter how many do where its certificate has lapsed.
	goneAfter, lapsedAfter = 30, 7
)

// words are the kinds of records that hold a merchant's own signed word. NOTED is
// its answer to CALL, logged where it ends a silence.
var words = map[string]bool{
	"NOTED": true, "RENAME": true, "T5": true, "T12": true, "T18": true, "T23": true, "REFUND": true, "REFUSE": true, "SENT": true,
	"DEFEND": true, "ANSWER": true,
}

// EndsSilence reports whether a record holds a word of a merchant whose certificate
// ends at a time: the next certificate, or any word while it is in force.
func (r Record) EndsSilence(end int64) bool { return r.Kind == "R3" || words[r.Kind] && r.At < end }

// After is the silence once r is logged, a record of a merchant whose certificate ends
// at a time. Days are counted one by one, so that a clock that is wrong once makes no
// month of a day; where it went back, they are counted anew.
func (s Silence) After(r Record, end int64) Silence {
	switch {
	case r.EndsSilence(end):
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
func (s Silence) Gone(at int64) bool { return s.lasts(goneAfter, at) }

// Lapsed reports the same of a merchant whose certificate has lapsed. One clock that is
// a year ahead would have every certificate lapse at once, and customers be paid back
// for what the merchants, who are there, still sell for: so it has to be seen on each
// of seven days.
func (s Silence) Lapsed(at int64) bool { return s.lasts(lapsedAfter, at) }

func (s Silence) lasts(days int, at int64) bool {
	return s.Days >= days && at >= s.Since+int64(days)*day
}
