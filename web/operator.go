package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Operator is what the operator's console is made of. What is nil takes its pages away.
type Operator struct {
	Site Site
	// Standing looks at everything there is to see, now.
	Standing func(context.Context) (Standing, error)
	// Court decides disputes; nil without books here.
	Court Court
	// Market is what people reported, and hides it; nil without a market of others here.
	Market Moderation
	// Suspense is money that waits for the operator; nil without real money here.
	Suspense Suspense
	// Revoke takes a stall's certificate back, for good; nil without books here.
	Revoke func(ctx context.Context, vendor scrip.VendorID) (name string, err error)
	// Link reports whether a token lets the operator in, and uses it up.
	Link func(token string) (bool, error)
	// Sessions keep who came in; never nil.
	Sessions Sessions
	// TLS says that browsers reach it over TLS, and so from other machines; otherwise it is on a loopback address alone.
	TLS bool
	// PostsPerMinute bounds what one network address may change, and how many links it may try, ReadsPerMinute what it
	// may ask; 0 does not bound it.
	PostsPerMinute, ReadsPerMinute int
	// ClientIP is as in Config.
	ClientIP func(*http.Request) string
	Clock    func() time.Time // nil means time.Now
	Log      *slog.Logger     // nil means slog.Default
}

// Court decides disputes in the broker's name; *broker.Judge is one.
type Court interface {
	// Cases lists what waits for a decision, up to limit, the oldest first.
	Cases(ctx context.Context, limit int) ([]broker.Case, error)
	// Decided lists what was decided last, the last first.
	Decided(ctx context.Context, limit int) ([]scrip.Hold, error)
	// Case returns the case of a purchase, decided or not. NotFound: it is not protected.
	Case(ctx context.Context, vendor scrip.VendorID, purchase scrip.ID) (broker.Case, error)
	// Photo returns a photo that a side showed, made anew of its pixels. NotFound: nobody showed it.
	Photo(ctx context.Context, vendor scrip.VendorID, purchase scrip.ID, digest string) ([]byte, error)
	// Decide gives the buyer so much and the seller the rest. OutOfTurn: it is not disputed, or not any more;
	// AmountOutOfBounds: more than is left; Unavailable: a party was faster; TooMany: no reason, or too long a one.
	Decide(ctx context.Context, vendor scrip.VendorID, purchase scrip.ID, toBuyer scrip.Money, reason string) (scrip.Hold, error)
}

// Moderation is what a market shows and hides; *market.Market is one.
type Moderation interface {
	// Reported lists the listings that were reported, the one that has waited longest first.
	Reported(ctx context.Context) ([]market.Reported, error)
	// Dismiss forgets what was reported of a listing; with an empty offer, of all of a stall's.
	Dismiss(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error
	// Hide takes a listing, or with an empty offer a stall, out of the market. NotFound: it is not there; TooMany: the why.
	Hide(ctx context.Context, vendor scrip.VendorID, offer scrip.ID, why string) error
	// Unhide shows it again.
	Unhide(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) error
	// Hidden lists what is hidden, the last first.
	Hidden(ctx context.Context) ([]market.Hidden, error)
	// Photo returns a photo that a listing names, or its small copy.
	Photo(ctx context.Context, digest string, thumb bool) ([]byte, error)
}

// Standing is how the books and the queues of a process stand.
type Standing struct {
	At         time.Time
	Books      bool                      // they are here
	Audited    time.Time                 // when Totals, Verdicts and Stalls were; zero: the first time is not over
	Totals     []Total                   // of the books, and their sum last; none without books here
	Verdicts   []Verdict                 // of the audit
	Names      map[scrip.VendorID]string // of stalls; one without a name is told by its ID
	Stalls     []StallTotals
	Holds      []Hold
	Disputed   int               // disputes that wait for a decision
	Oldest     time.Time         // when the oldest of them began; zero without one
	Suspense   []scrip.Suspended // money for nobody known, or missing, the oldest first
	Leaving    Leaving           // money that is on its way out of the bank
	Degraded   []string          // parts of the process that are not well, but for those that Restored and OtherBooks tell more of
	Restored   Restored          // of which backup the data folder is; zero: of none, or what happened since is settled
	OtherBooks                   // what contradicts the broker, where that is elsewhere
	Days       []DayOfBooks      // up to now, the first first; none without books here
	Queues     []Queue           // of the stalls of this process
	Unasked    int               // stalls beside these that may wait too
}

// Restored is the backup that a data folder was restored from.
type Restored struct {
	Marked bool      // the folder is a restored one, and what happened since is not settled
	At     time.Time // of which instant the backup is; zero: its mark could not be read
	Log    int64     // records of the broker's log in it
}

// Leaving is how many payments are on their way out of the bank, and their sum.
type Leaving struct {
	Count int
	Sum   scrip.Money
}

// Total is one line of the books.
type Total struct {
	Name   string
	Amount scrip.Money
}

// DayOfBooks is what was sold on a day, and what was at stalls and held at its end.
type DayOfBooks struct {
	Day               int64 // unix seconds
	Sold, Float, Held scrip.Money
}

// Verdict is what the audit says of one invariant. Text is for tr, and Values are what is put into it, by name: sums
// (scrip.Money), stalls (scrip.VendorID), counts (int), what is to be told by tr itself (Phrase), and what is the same in all
// languages.
type Verdict struct {
	Invariant string
	OK        bool
	Text      string
	Values    map[string]any
}

// Phrase is a value in a text that is itself a text for tr.
type Phrase string

// StallTotals is how one stall stands in the books.
type StallTotals struct {
	Vendor                 scrip.VendorID
	Name                   string
	Float, Reserve, Earned scrip.Money
}

// Hold is money that a transaction holds, until when (unix seconds), and what it waits for.
type Hold struct {
	Message, Stall, Waits string // Waits: a text for tr, into which Aside is put as Why
	Aside                 string // why it is set aside; empty: it is not
	Amount                scrip.Money
	Until                 int64
}

// Queue is a message of a stall of this process that the broker has yet to answer.
type Queue struct {
	merchant.Underway
	Stall string
}

// operatorView is the page's model: everything is words by now.
type operatorView struct {
	At       stamp
	Books    bool   // they are here
	Audited  stamp  // when Totals, Verdicts and Stalls were; empty: the first time is not over
	Disputed string // disputes that wait; empty: none
	Suspense string // sums of money that wait for the operator; empty: none
	Settles  bool   // there is a page where the operator says whose it is
	Since    string // how long the oldest has
	Leaving  string // payments on their way out; empty: none
	Sum      sum    // of these
	Reported string // listings that were reported; empty: none
	Waited   string // how long the oldest has
	Degraded string // what is not well and not told by the callouts above; empty: nothing
	Well     bool   // all is: nothing is in Degraded, and no callout tells more of what is not
	Marked   bool   // the data folder is a restored one
	Restored stamp  // of which backup; empty: its mark could not be read
	Records  string // of the log in it; empty: none
	Other    otherBooksView
	Sound    bool // every verdict is good
	Totals   []totalRow
	Verdicts []verdictRow
	Stalls   []stallTotalsRow
	Holds    []holdRow
	Counts   []countRow
	Queues   []queueRow
	Unasked  int
	Charts   []chart
}

type totalRow struct {
	Name   string
	Amount sum
}

type verdictRow struct{ Invariant, State, Tone, Text string }

type stallTotalsRow struct {
	Name, Vendor           string
	Float, Reserve, Earned sum
	Revoke                 string // where its certificate is taken back; empty: nowhere
}

type holdRow struct {
	Message, Stall, Waits string
	Until                 stamp
	Amount                sum
}

type countRow struct{ Name, Count string }

type queueRow struct {
	underwayRow
	Message, Stall, ID string
}

// queueNames are the queues, in the order of the page.
var queueNames = []struct{ message, name string }{
	{"T5", phrase("Exchanges (T5)")}, {"T12", phrase("Purchases to report (T12)")}, {"T23", phrase("Givebacks (T23)")}, {"REFUND", phrase("Refunds (REFUND)")},
	{"SENT", phrase("Parcels sent (SENT)")}, {"DEFEND", phrase("Answers to disputes (DEFEND)")},
}

func (s *server) operatorView(ctx context.Context, now Standing, revokes bool) operatorView {
	v := operatorView{At: moment(now.At.Unix()), Sound: true, Books: now.Books, Unasked: now.Unasked}
	if !now.Audited.IsZero() {
		v.Audited = moment(now.Audited.Unix())
	}
	var degraded []string
	for _, part := range now.Degraded {
		degraded = append(degraded, tr(ctx, part)) // one of a closed list, or a file of the data folder
	}
	v.Degraded = strings.Join(degraded, ", ")
	v.Marked = now.Restored.Marked
	if r := now.Restored; !r.At.IsZero() {
		v.Restored = moment(r.At.Unix())
		if r.Log > 0 {
			v.Records = number(ctx, int(r.Log))
		}
	}
	v.Other = otherBooksView{now.OtherBooks, consoleEvidencePath, true}
	v.Well = len(degraded) == 0 && !v.Marked && v.Other.Evidence == ""
	if now.Disputed > 0 {
		v.Disputed, v.Waited = tr(ctx, "{{.N}} disputes", "N", now.Disputed), agoWords(ctx, now.At.Sub(now.Oldest))
	}
	if n := len(now.Suspense); n > 0 {
		v.Suspense, v.Since = tr(ctx, "{{.N}} sums of money", "N", n), agoWords(ctx, now.At.Sub(time.Unix(now.Suspense[0].At, 0)))
	}
	if now.Leaving.Count > 0 {
		v.Leaving, v.Sum = tr(ctx, "{{.N}} payments", "N", now.Leaving.Count), s.sum(now.Leaving.Sum)
	}
	v.Charts = s.bookCharts(ctx, now.Days)
	for _, t := range now.Totals {
		v.Totals = append(v.Totals, totalRow{tr(ctx, t.Name), s.sum(t.Amount)})
	}
	for _, d := range now.Verdicts {
		v.Verdicts = append(v.Verdicts, s.verdict(ctx, d, now.Names))
		v.Sound = v.Sound && d.OK
	}
	for _, t := range now.Stalls {
		row := stallTotalsRow{Name: t.Name, Vendor: string(t.Vendor), Float: s.sum(t.Float), Reserve: s.sum(t.Reserve), Earned: s.sum(t.Earned)}
		if revokes && t.Name != "" {
			row.Revoke = "/stalls/" + row.Vendor + "/revoke"
		}
		v.Stalls = append(v.Stalls, row)
	}
	for _, h := range now.Holds {
		v.Holds = append(v.Holds, holdRow{h.Message, h.Stall, tr(ctx, h.Waits, "Why", h.Aside), moment(h.Until), s.sum(h.Amount)})
	}
	counts := map[string]int{}
	for _, q := range now.Queues {
		counts[q.Message]++
		v.Queues = append(v.Queues, s.queueRow(ctx, q))
	}
	for _, q := range queueNames {
		v.Counts = append(v.Counts, countRow{tr(ctx, q.name), number(ctx, counts[q.message])})
	}
	return v
}

// bookCharts draw what was sold, and what is held and at stalls, over time.
func (s *server) bookCharts(ctx context.Context, days []DayOfBooks) []chart {
	if len(days) == 0 {
		return nil
	}
	var sold, held []point
	for _, d := range days {
		when := day(d.Day).words(ctx)
		sold = append(sold, point{when, []scrip.Money{d.Sold}})
		held = append(held, point{when, []scrip.Money{d.Float, d.Held}})
	}
	return []chart{s.bars("sold-each-day", tr(ctx, "Sold each day"), []string{tr(ctx, "Sold")}, sold), s.lines("held-each-day", tr(ctx, "At stalls and held, at the end of each day"), []string{tr(ctx, "Floats"), tr(ctx, "Held")}, held)}
}

func (s *server) verdict(ctx context.Context, v Verdict, names map[scrip.VendorID]string) verdictRow {
	row := verdictRow{v.Invariant, tr(ctx, "Broken"), "badge--danger", s.found(ctx, v, names)}
	if row.Invariant == "log" {
		row.Invariant = tr(ctx, "Log")
	}
	if v.OK {
		row.State, row.Tone = tr(ctx, "Holds"), "badge--success"
	}
	return row
}

// found is what the audit found, in the reader's language, with sums as pages write them and stalls by name.
func (s *server) found(ctx context.Context, v Verdict, names map[scrip.VendorID]string) string {
	var pairs []any
	for name, value := range v.Values {
		switch of := value.(type) {
		case scrip.Money:
			value = s.sum(of)
		case Phrase:
			value = tr(ctx, string(of))
		case scrip.VendorID:
			if known := names[of]; known != "" {
				value = quote(ctx, apart(known)) + " (" + string(of) + ")"
			}
		}
		pairs = append(pairs, name, value)
	}
	return capital(tr(ctx, v.Text, pairs...))
}

// queueRow is an underwayRow with its reason in an operator's words.
func (s *server) queueRow(ctx context.Context, q Queue) queueRow {
	row := queueRow{s.underwayRow(ctx, q.Underway), q.Message, q.Stall, string(q.ID)}
	switch {
	case q.Aside > 0:
		row.Text = tr(ctx, "set aside: {{.Why}}. To tell it again: peerscrip queue --again", "Why", q.Attempt.Why)
	case q.Attempt.Link != "":
		row.Text = tr(ctx, "the bank of the stall's owner waits for a confirmation")
	case q.Attempt.Why != "":
		row.Text = q.Attempt.Why
	default:
		row.Text = tr(ctx, "not tried since the program started")
	}
	return row
}
