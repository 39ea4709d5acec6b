package db_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"peerscrip/services/scrip"
)

// testBook asks what every Book must answer, whoever keeps it.
func testBook(t *testing.T, open func(*testing.T) world) {
	run := func(name string, f func(world)) {
		t.Run(name, func(t *testing.T) { f(open(t)) })
	}
	run("IssueAndRead", issueAndRead)
	run("KillOnce", killOnce)
	run("Lock", locking)
	run("Replies", replies)
	run("ReplyDiesWithScrip", replyDies)
	run("ReplyReplaced", replyReplaced)
	run("AllOrNothing", allOrNothing)
	run("RaceToKill", raceToKill)
	run("RaceOfOneRequest", raceOfOneRequest)
	run("Withdrawn", withdrawn)
}

func issueAndRead(w world) {
	l := liveFor(w.holder())
	l.HolderKey = signer()
	w.want(nil, scrip.Change{Issue: []scrip.Live{l}})
	if got := w.lives(l.ScripID); !reflect.DeepEqual(got, l) {
		w.t.Errorf("Live: got %+v, want %+v", got, l)
	}
	w.spent(id())
}

func killOnce(w world) {
	l := w.issued()
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}})
	w.spent(l.ScripID)
	w.want(scrip.ScripSpent, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}})
	w.want(scrip.ScripSpent, scrip.Change{Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: id(), Until: now + 1}}})
}

func locking(w world) {
	l := w.issued()
	mine, other := id(), id()
	hold := func(tx scrip.ID, until, at int64) scrip.Change {
		return scrip.Change{At: at, Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: tx, Until: until}}}
	}
	kill := func(tx scrip.ID, at int64) scrip.Change {
		return scrip.Change{At: at, Kill: []scrip.Kill{{ScripID: l.ScripID, Tx: tx}}}
	}
	w.want(nil, hold(mine, now+10, now))
	w.want(nil, hold(mine, now+99, now+5)) // its deadline stays
	if got := w.lives(l.ScripID); got.LockTx != mine || got.LockUntil != now+10 {
		w.t.Errorf("lock: got %s until %d, want %s until %d", got.LockTx, got.LockUntil, mine, now+10)
	}
	w.want(scrip.ScripLocked, hold(other, now+99, now+9))
	w.want(scrip.ScripLocked, kill(other, now+9))
	w.want(nil, hold(other, now+20, now+10)) // void at its deadline
	w.want(scrip.ScripLocked, kill(mine, now+19))
	w.want(nil, kill(other, now+11))
	w.spent(l.ScripID)
}

func replies(w world) {
	r := reply()
	w.want(nil, scrip.Change{Replies: []scrip.StoredReply{r}})
	got, err := w.book.Reply(context.Background(), r.From, r.Typ, r.Tx)
	if err != nil || got != r {
		w.t.Errorf("Reply: got %+v, %v, want %+v", got, err, r)
	}
	if _, err := w.book.Reply(context.Background(), r.From, "T3", r.Tx); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Reply to another type: got %v, want %v", err, scrip.ErrAbsent)
	}
	w.want(scrip.ErrAnswered, scrip.Change{Replies: []scrip.StoredReply{r}})
	r.Digest = hash()
	w.want(scrip.TxConflict, scrip.Change{Replies: []scrip.StoredReply{r}})
}

func replyDies(w world) {
	l := w.issued()
	r := reply()
	r.ScripID = l.ScripID
	w.want(nil, scrip.Change{Replies: []scrip.StoredReply{r}})
	if got, err := w.book.Reply(context.Background(), r.From, r.Typ, r.Tx); err != nil || got != r {
		w.t.Errorf("Reply: got %+v, %v, want %+v", got, err, r)
	}
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}})
	if _, err := w.book.Reply(context.Background(), r.From, r.Typ, r.Tx); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Reply after its scrip died: got %v, want %v", err, scrip.ErrAbsent)
	}
}

// replyReplaced is T6 in the place of T3's NOTED: the scrip T3 named dies in
// the same Change that stores the new reply.
func replyReplaced(w world) {
	old := w.issued()
	noted := reply()
	noted.ScripID = old.ScripID
	w.want(nil, scrip.Change{Replies: []scrip.StoredReply{noted}})
	change := liveFor(old.Holder)
	second := noted
	second.Reply, second.ScripID, second.Replaces = scrip.Sealed{Envelope: "second"}, change.ScripID, true
	c := scrip.Change{
		Kill: []scrip.Kill{{ScripID: old.ScripID}}, Issue: []scrip.Live{change}, Replies: []scrip.StoredReply{second},
	}
	c.Replies[0].Digest = hash()
	w.want(scrip.TxConflict, c)
	c.Replies[0].Digest = noted.Digest
	w.want(nil, c)
	got, err := w.book.Reply(context.Background(), noted.From, noted.Typ, noted.Tx)
	second.Replaces = false
	if err != nil || got != second {
		w.t.Errorf("Reply: got %+v, %v, want %+v", got, err, second)
	}
}

func allOrNothing(w world) {
	l := w.issued()
	next := liveFor(l.Holder)
	r := reply()
	w.want(scrip.ScripSpent, scrip.Change{
		Kill: []scrip.Kill{{ScripID: l.ScripID}, {ScripID: id()}}, Issue: []scrip.Live{next}, Replies: []scrip.StoredReply{r},
	})
	w.lives(l.ScripID)
	w.spent(next.ScripID)
	if _, err := w.book.Reply(context.Background(), r.From, r.Typ, r.Tx); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Reply of a refused change: got %v, want %v", err, scrip.ErrAbsent)
	}
}

// race applies n changes at once and returns how each ended.
func (w world) race(n int, c func(i int) scrip.Change) []error {
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			change := c(i)
			change.At = now
			start.Wait()
			errs[i] = w.book.Apply(context.Background(), change)
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// wantOne checks that one of a race won and the others lost for one reason.
func (w world) wantOne(errs []error, lost error) {
	w.t.Helper()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, lost):
			w.t.Errorf("loser: got %v, want %v", err, lost)
		}
	}
	if won != 1 {
		w.t.Errorf("winners: got %d, want 1", won)
	}
}

func raceToKill(w world) {
	l := w.issued()
	var next []scrip.Live
	for range 100 {
		next = append(next, liveFor(l.Holder))
	}
	w.wantOne(w.race(len(next), func(i int) scrip.Change {
		return scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID, Tx: id()}}, Issue: next[i : i+1]}
	}), scrip.ScripSpent)
	alive := 0
	for _, n := range next {
		if _, err := w.book.Live(context.Background(), n.ScripID); err == nil {
			alive++
		}
	}
	if alive != 1 {
		w.t.Errorf("scrip issued for one killed: got %d, want 1", alive)
	}
}

// raceOfOneRequest is the same request many times at once: all but one learn
// that it is answered, not that its scrip is spent.
func raceOfOneRequest(w world) {
	l := w.issued()
	r := reply()
	w.wantOne(w.race(50, func(int) scrip.Change {
		return scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}, Replies: []scrip.StoredReply{r}}
	}), scrip.ErrAnswered)
}

func withdrawn(w world) {
	l := w.issued()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		err := w.book.Apply(ctx, scrip.Change{At: now, Kill: []scrip.Kill{{ScripID: l.ScripID}}})
		_, live := w.book.Live(context.Background(), l.ScripID)
		switch {
		case err == nil && errors.Is(live, scrip.ScripSpent):
			return // begun before it could be withdrawn, and told so
		case errors.Is(err, context.Canceled) && live == nil:
		default:
			w.t.Fatalf("withdrawn change: got %v, and its scrip reads %v", err, live)
		}
	}
}
