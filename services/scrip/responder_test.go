package scrip_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// memory is a Book that keeps replies. Its next Apply or Reply can be made to
// fail, and another request to come first.
type memory struct {
	mu      sync.Mutex
	replies map[string]scrip.StoredReply
	applied []scrip.Change
	apply   error  // returned by every Apply
	reply   error  // returned by every Reply
	before  func() // runs once as Apply begins
}

func newMemory() *memory { return &memory{replies: map[string]scrip.StoredReply{}} }

func (m *memory) Apply(_ context.Context, c scrip.Change) error {
	if m.before != nil {
		run := m.before
		m.before = nil
		run()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.apply != nil {
		return m.apply
	}
	for _, r := range c.Replies {
		if had, ok := m.replies[place(r.From, r.Typ, r.Tx)]; ok {
			if had.Digest != r.Digest {
				return scrip.TxConflict
			}
			return scrip.ErrAnswered
		}
		m.replies[place(r.From, r.Typ, r.Tx)] = r
	}
	m.applied = append(m.applied, c)
	return nil
}

func (m *memory) Reply(_ context.Context, from, typ string, tx scrip.ID) (scrip.StoredReply, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reply != nil {
		return scrip.StoredReply{}, m.reply
	}
	r, ok := m.replies[place(from, typ, tx)]
	if !ok {
		return r, scrip.ErrAbsent
	}
	return r, nil
}

func (m *memory) Live(context.Context, scrip.ID) (scrip.Live, error) {
	return scrip.Live{}, scrip.ScripSpent
}

func place(from, typ string, tx scrip.ID) string { return from + " " + typ + " " + string(tx) }

// counter answers T9s, one after the other with another deadline.
type counter struct {
	scrip.Responder
	w     world
	book  *memory
	asked int
}

func newCounter() *counter {
	w, book := newWorld(), newMemory()
	return &counter{w: w, book: book, Responder: scrip.Responder{
		Name: string(w.broker), Signing: w.signing, Book: book,
		Clock: func() time.Time { return time.Unix(now, 0) }, Random: rand.Reader,
	}}
}

func (c *counter) request() scrip.Request {
	return scrip.Request{From: audience, Typ: "T9", Tx: id("tx"), Digest: hash("request"), ReplyKey: &c.w.reply}
}

// decide is a step that answers each call differently.
func (c *counter) decide(at int64) (scrip.Answer, error) {
	c.asked++
	return scrip.Answer{
		Body: scrip.Noted{Deadline: at + int64(c.asked)}, Brings: id("scrip"), Payment: fmt.Sprint("payment ", c.asked),
		Change: scrip.Change{Stall: &scrip.StallChange{Settle: id("settled")}},
	}, nil
}

func refusing(err error) func(int64) (scrip.Answer, error) {
	return func(int64) (scrip.Answer, error) { return scrip.Answer{}, err }
}

// opened is the deadline that an answer names, or the refusal in it.
func (c *counter) opened(t *testing.T, envelope string) (int64, error) {
	t.Helper()
	m, err := scrip.OpenReply[scrip.Noted](envelope, c.w.reply, audience, id("tx"), c.w.keys)
	return m.Body.Deadline, err
}

func TestAnswer(t *testing.T) {
	c := newCounter()
	first, err := c.Answer(t.Context(), c.request(), c.decide)
	if err != nil {
		t.Fatal(err)
	}
	if deadline, err := c.opened(t, first.Envelope); err != nil || deadline != now+1 || first.Payment != "payment 1" {
		t.Errorf("answer: got deadline %d, payment %q, %v, want %d, payment 1", deadline, first.Payment, err, now+1)
	}
	for range 3 {
		again, err := c.Answer(t.Context(), c.request(), c.decide)
		if err != nil || again != first {
			t.Errorf("the same request again: %v, the same answer: %t; want the same answer", err, again == first)
		}
	}
	if c.asked != 1 || len(c.book.applied) != 1 {
		t.Fatalf("decided %d times, applied %d times, want once", c.asked, len(c.book.applied))
	}
	change, q := c.book.applied[0], c.request()
	want := scrip.StoredReply{From: q.From, Typ: q.Typ, Tx: q.Tx, Digest: q.Digest, Reply: first, ScripID: id("scrip")}
	if change.At != now || change.Stall.Settle != id("settled") || len(change.Replies) != 1 || change.Replies[0] != want {
		t.Errorf("applied %+v, want the step's change at %d with the reply %+v", change, now, want)
	}
}

func TestAnswerToOtherContent(t *testing.T) {
	c := newCounter()
	first, err := c.Answer(t.Context(), c.request(), c.decide)
	if err != nil {
		t.Fatal(err)
	}
	other := c.request()
	other.Digest = hash("other content")
	answer, err := c.Answer(t.Context(), other, c.decide)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.opened(t, answer.Envelope); err != scrip.TxConflict || answer.Payment != "" {
		t.Errorf("the same tx with other content: got %v, payment %q, want %v", err, answer.Payment, scrip.TxConflict)
	}
	if again, err := c.Answer(t.Context(), c.request(), c.decide); err != nil || again != first {
		t.Errorf("the first request after that: %v, the same answer: %t; want the same answer", err, again == first)
	}
	for name, q := range map[string]scrip.Request{
		"from another":    {From: stranger, Typ: "T9", Tx: id("tx"), Digest: hash("request"), ReplyKey: &c.w.reply},
		"of another type": {From: audience, Typ: "T3", Tx: id("tx"), Digest: hash("request"), ReplyKey: &c.w.reply},
		"of another tx":   {From: audience, Typ: "T9", Tx: id("tx 2"), Digest: hash("request"), ReplyKey: &c.w.reply},
	} {
		before := c.asked
		if answer, err := c.Answer(t.Context(), q, c.decide); err != nil || answer == first || c.asked != before+1 {
			t.Errorf("a request %s: %v, decided anew: %t; want its own answer", name, err, c.asked == before+1)
		}
	}
}

const stranger = "AAAAAAAAAAAAAAAAAAAAAA"

// Another request like it came between: its answer is the answer.
func TestAnsweredMeanwhile(t *testing.T) {
	for name, test := range map[string]struct {
		digest string
		want   error
	}{
		"the same request": {hash("request"), nil},
		"other content":    {hash("other content"), scrip.TxConflict},
	} {
		c := newCounter()
		var rival scrip.Sealed
		c.book.before = func() {
			q := c.request()
			q.Digest = test.digest
			rival, _ = c.Answer(t.Context(), q, c.decide)
		}
		answer, err := c.Answer(t.Context(), c.request(), c.decide)
		if err != nil {
			t.Fatalf("%s meanwhile: %v", name, err)
		}
		if _, err := c.opened(t, answer.Envelope); !errors.Is(err, test.want) {
			t.Errorf("%s meanwhile: got %v, want %v", name, err, test.want)
		}
		if (answer == rival) != (test.want == nil) || len(c.book.applied) != 1 {
			t.Errorf("%s meanwhile: the rival's answer: %t, applied %d times", name, answer == rival, len(c.book.applied))
		}
	}
}

// The same request was granted meanwhile what this one could then not have any
// more: its answer is the answer, not the refusal.
func TestGrantedMeanwhile(t *testing.T) {
	for name, late := range map[string]func(c *counter) func(int64) (scrip.Answer, error){
		"the step":   func(*counter) func(int64) (scrip.Answer, error) { return refusing(scrip.ScripSpent) },
		"the commit": func(c *counter) func(int64) (scrip.Answer, error) { c.book.apply = scrip.ScripSpent; return c.decide },
	} {
		c := newCounter()
		var granted scrip.Sealed
		answer, err := c.Answer(t.Context(), c.request(), func(at int64) (scrip.Answer, error) {
			granted, _ = c.Answer(t.Context(), c.request(), c.decide)
			return late(c)(at)
		})
		if err != nil || answer != granted || granted.Envelope == "" {
			t.Errorf("%s refuses what was granted meanwhile: %v, the same answer: %t; want the same answer", name, err, answer == granted)
		}
	}
}

// Of the same request many times at once, one is applied; all get its answer.
func TestAnswersAtOnce(t *testing.T) {
	c := newCounter()
	answers := make([]scrip.Sealed, 16)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() {
			var err error
			answers[i], err = c.Answer(t.Context(), c.request(), func(at int64) (scrip.Answer, error) {
				return scrip.Answer{Body: scrip.Noted{Deadline: at + int64(i)}}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, a := range answers {
		if a != answers[0] {
			t.Fatal("the same request at the same time got two answers")
		}
	}
	if len(c.book.applied) != 1 {
		t.Errorf("applied %d times, want once", len(c.book.applied))
	}
}

// The refusal of a final request stands, but for a passing one.
func TestFinalRefusal(t *testing.T) {
	for reason, final := range map[scrip.Refusal]bool{scrip.ScripSpent: true, scrip.FloatShort: true, scrip.ScripLocked: false} {
		c := newCounter()
		q := c.request()
		q.Final = true
		refused, err := c.Answer(t.Context(), q, refusing(reason))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.opened(t, refused.Envelope); err != reason {
			t.Errorf("refused: got %v, want %v", err, reason)
		}
		again, err := c.Answer(t.Context(), q, c.decide)
		if err != nil || (again == refused) != final {
			t.Errorf("%s, then granted: %v, the same REFUSE: %t, want %t", reason, err, again == refused, final)
		}
	}
}

// The payment part of a two-part message is answered in a payment part, and
// what others say goes beside it.
func TestAnswerInParts(t *testing.T) {
	c := newCounter()
	q := c.request()
	q.Typ = "T15-payment"
	answer, err := c.Answer(t.Context(), q, func(int64) (scrip.Answer, error) {
		return scrip.Answer{Body: scrip.Noted{}, Order: "T17", Unstored: true}, nil
	})
	if err != nil || answer.Envelope != "" || answer.Order != "T17" || answer.Payment == "" {
		t.Errorf("got %+v, %v, want a payment part beside the order part", answer, err)
	}
	answer, err = c.Answer(t.Context(), q, func(int64) (scrip.Answer, error) { return scrip.Answer{Order: "T17"}, nil })
	if want := (scrip.Sealed{Order: "T17"}); err != nil || answer != want {
		t.Errorf("got %+v, %v, want %+v", answer, err, want)
	}
}

// A refusal, wherever it comes from, is sealed and signed, and changes nothing.
func TestAnswerRefuses(t *testing.T) {
	wrapped := fmt.Errorf("kill: %w", scrip.ScripSpent)
	for name, test := range map[string]struct {
		decide func(c *counter) func(int64) (scrip.Answer, error)
		apply  error
		want   scrip.Refusal
	}{
		"the step":            {func(*counter) func(int64) (scrip.Answer, error) { return refusing(scrip.ScripSpent) }, nil, scrip.ScripSpent},
		"the step, wrapped":   {func(*counter) func(int64) (scrip.Answer, error) { return refusing(wrapped) }, nil, scrip.ScripSpent},
		"the commit":          {func(c *counter) func(int64) (scrip.Answer, error) { return c.decide }, scrip.OutOfStock, scrip.OutOfStock},
		"the commit, wrapped": {func(c *counter) func(int64) (scrip.Answer, error) { return c.decide }, wrapped, scrip.ScripSpent},
	} {
		c := newCounter()
		c.book.apply = test.apply
		answer, err := c.Answer(t.Context(), c.request(), test.decide(c))
		if err != nil {
			t.Errorf("%s refuses: got error %v, want a REFUSE", name, err)
			continue
		}
		if _, err := c.opened(t, answer.Envelope); !errors.Is(err, test.want) || answer.Payment != "" || answer.Order != "" {
			t.Errorf("%s refuses: got %v, payment %q, want %v alone", name, err, answer.Payment, test.want)
		}
		if len(c.book.replies) != 0 || len(c.book.applied) != 0 {
			t.Errorf("%s refuses: %d replies kept, %d changes applied, want none", name, len(c.book.replies), len(c.book.applied))
		}
		c.book.apply = nil
		if answer, err = c.Answer(t.Context(), c.request(), c.decide); err != nil {
			t.Fatal(err)
		}
		if _, err := c.opened(t, answer.Envelope); err != nil {
			t.Errorf("the same request later: got %v, want it granted", err)
		}
	}
}

// What is no refusal is our own fault: no answer, and nothing of it leaves.
func TestAnswerFails(t *testing.T) {
	fault := errors.New("disk on fire")
	for name, set := range map[string]func(c *counter) func(int64) (scrip.Answer, error){
		"reading the reply": func(c *counter) func(int64) (scrip.Answer, error) { c.book.reply = fault; return c.decide },
		"deciding":          func(*counter) func(int64) (scrip.Answer, error) { return refusing(fmt.Errorf("decide: %w", fault)) },
		"the commit":        func(c *counter) func(int64) (scrip.Answer, error) { c.book.apply = fault; return c.decide },
		"drawing randomness": func(c *counter) func(int64) (scrip.Answer, error) {
			c.Random = iotest.ErrReader(fault)
			return func(at int64) (scrip.Answer, error) {
				return scrip.Answer{Body: scrip.Issued{Value: 1}, Attachments: scrip.Attachments{Secret: c.w.secret}}, nil
			}
		},
	} {
		c := newCounter()
		answer, err := c.Answer(t.Context(), c.request(), set(c))
		if !errors.Is(err, fault) || answer != (scrip.Sealed{}) || len(c.book.applied) != 0 {
			t.Errorf("%s fails: got %+v, %v, applied %d, want %v alone", name, answer, err, len(c.book.applied), fault)
		}
	}
}

// An answer that is not stored applies nothing: asked again, the step decides.
func TestUnstored(t *testing.T) {
	c := newCounter()
	unstored := func(at int64) (scrip.Answer, error) {
		a, err := c.decide(at)
		a.Unstored = true
		return a, err
	}
	for i := range int64(2) {
		answer, err := c.Answer(t.Context(), c.request(), unstored)
		if err != nil {
			t.Fatal(err)
		}
		if deadline, err := c.opened(t, answer.Envelope); err != nil || deadline != now+i+1 || answer.Payment == "" {
			t.Errorf("time %d: got deadline %d, payment %q, %v, want %d", i+1, deadline, answer.Payment, err, now+i+1)
		}
	}
	if len(c.book.replies) != 0 || len(c.book.applied) != 0 {
		t.Errorf("%d replies kept, %d changes applied, want none", len(c.book.replies), len(c.book.applied))
	}
}

// The order part of a two-part message is answered in the order part, a
// refusal of it too.
func TestAnswerToAPart(t *testing.T) {
	c := newCounter()
	q := c.request()
	q.Typ = "T4-order"
	answer, err := c.Answer(t.Context(), q, c.decide)
	if err != nil || answer.Order == "" || answer.Envelope != "" {
		t.Fatalf("T4: got %+v, %v, want an order part", answer, err)
	}
	if _, err := c.opened(t, answer.Order); err != nil {
		t.Errorf("T8: %v", err)
	}
	q.Tx = id("tx 2")
	answer, err = c.Answer(t.Context(), q, refusing(scrip.NotFound))
	if err != nil || answer.Order == "" || answer.Envelope != "" || answer.Payment != "" {
		t.Errorf("T4 refused: got %+v, %v, want an order part", answer, err)
	}
}

// Without a reply key a refusal has nowhere to go but back as it is.
func TestRefusalWithoutReplyKey(t *testing.T) {
	c := newCounter()
	q := c.request()
	q.ReplyKey = nil
	if answer, err := c.Answer(t.Context(), q, refusing(scrip.NotFound)); err != scrip.NotFound || answer != (scrip.Sealed{}) {
		t.Errorf("got %+v, %v, want %v", answer, err, scrip.NotFound)
	}
}

func TestRequestOf(t *testing.T) {
	w := newWorld()
	k := w.find(t, "T9")
	m, err := scrip.Open[scrip.Notice](w.request(w.message(k)), []jose.EnvelopeKey{w.envelope}, audience, w.keys)
	if err != nil {
		t.Fatal(err)
	}
	want := scrip.Request{From: string(w.account), Typ: "T9", Tx: id("tx"), Digest: m.Digest, ReplyKey: m.ReplyKey}
	if got := scrip.RequestOf(m); !reflect.DeepEqual(got, want) {
		t.Errorf("RequestOf: got %+v, want %+v", got, want)
	}
}
