package peers

// work is what one request asks of the broker.
type work struct {
	opens, replies  int     // sealed messages in and out
	verifies, signs int     // further signatures, checked and made
	groups          int     // group signatures checked
	commits         int     // durable
	in, out         float64 // bytes, as sealed
	inText, outText float64 // bytes of what is signed in them
}

// Tally is what a broker had to do.
type Tally struct {
	Protocol string `json:"protocol"`
	Payments int    `json:"payments"`
	// Authorizations are what somebody waits for the broker to decide, Recordings what it
	// is told.
	Authorizations int `json:"authorizations"`
	Recordings     int `json:"recordings"`
	// Waiting are the payments that could not be made without the broker.
	Waiting int `json:"payments_that_waited"`
	// Kinds are the requests by what they are called.
	Kinds map[string]int `json:"requests"`
	// Messages are requests and answers, together.
	Messages int     `json:"messages"`
	Bytes    float64 `json:"bytes"`
	// Sealed is processor time, in microseconds, with every message in an envelope; Signed
	// with PPay's and WhoPay's only signed.
	Sealed float64 `json:"processor_us"`
	Signed float64 `json:"processor_us_signed_only"`

	costs Costs
	plain bool // its paper has messages signed and not encrypted
}

// does counts a request.
func (t *Tally) does(kind string, w work) {
	t.Kinds[kind]++
	t.Messages += w.opens + w.replies
	c := t.costs
	t.Bytes += w.in + w.out
	if w.inText > 0 {
		t.Bytes += float64(w.opens)*c.Envelope + float64(w.replies)*c.Answer + c.Growth*(w.inText+w.outText)
	}
	further := float64(w.verifies)*c.Verify + float64(w.signs)*c.Sign + float64(w.groups)*Group*c.Verify + float64(w.commits)*c.Commit
	t.Sealed += float64(w.opens)*c.Open + float64(w.replies)*c.Reply + further
	if t.plain {
		t.Signed += float64(w.opens)*c.Verify + float64(w.replies)*c.Sign + further
	} else {
		t.Signed += float64(w.opens)*c.Open + float64(w.replies)*c.Reply + further
	}
}

// authorizes counts a request that somebody waits for.
func (t *Tally) authorizes(kind string, w work) { t.Authorizations++; t.does(kind, w) }

// records counts a request that tells.
func (t *Tally) records(kind string, w work) { t.Recordings++; t.does(kind, w) }
