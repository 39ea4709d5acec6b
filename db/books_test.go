package db_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// testBooks asks what a broker's books must answer.
func testBooks(t *testing.T, open func(*testing.T) world) {
	run := func(name string, f func(world)) {
		t.Run(name, func(t *testing.T) { f(open(t)) })
	}
	run("Accounts", accounts)
	run("Rekeyed", rekeyed)
	run("Counter", counter)
	run("OneScripEach", oneScripEach)
	run("Stalls", stalls)
	run("Certificates", certificates)
	run("Aliases", aliases)
	run("Announced", announced)
	run("AnnouncedOnce", announcedOnce)
	run("Hastened", hastened)
	run("ForeignChange", func(w world) {
		if err := w.book.Apply(context.Background(), onShelf(scrip.StallChange{End: []scrip.ID{id()}})); err == nil {
			w.t.Error("Apply of a merchant's change: got nil, want an error")
		}
	})
}

// wantEachTried wants each field of a row to have a value, but for those that are named, so that one which is not kept is seen.
func wantEachTried(t testing.TB, row any, but ...string) {
	t.Helper()
	for i, field := range reflect.VisibleFields(reflect.TypeOf(row)) {
		if reflect.ValueOf(row).Field(i).IsZero() && !slices.Contains(but, field.Name) {
			t.Errorf("%s of %T is not tried", field.Name, row)
		}
	}
}

func accounts(w world) {
	ctx := context.Background()
	a := account()
	a.Counter = 3
	wantEachTried(w.t, a)
	w.wantBooks(nil, scrip.BrokerChange{Account: &a})
	if got, err := w.books.Account(ctx, a.ID); err != nil || got != a {
		w.t.Errorf("Account: got %+v, %v, want %+v", got, err, a)
	}
	if got, err := w.books.AccountByKey(ctx, a.Key.Thumbprint()); err != nil || got != a {
		w.t.Errorf("AccountByKey: got %+v, %v, want %+v", got, err, a)
	}
	if _, err := w.books.Account(ctx, scrip.AccountID(id())); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Account(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
	again := account()
	again.Key = a.Key
	w.wantBooks(scrip.TxConflict, scrip.BrokerChange{Account: &again})
}

// rekeyed: the account has its other key at once, is found by both, and neither is anybody's again.
func rekeyed(w world) {
	ctx := context.Background()
	a, b, next := account(), account(), signer()
	w.wantBooks(nil, scrip.BrokerChange{Account: &a})
	w.wantBooks(nil, scrip.BrokerChange{Account: &b})
	to := func(of scrip.Account, from, to jose.VerifyKey) scrip.BrokerChange {
		return scrip.BrokerChange{Rekey: &scrip.Rekeyed{Account: of.ID, From: from.Thumbprint(), To: to}}
	}
	w.wantBooks(scrip.PartyMismatch, to(a, a.Key, b.Key))
	w.wantOne(w.race(8, func(int) scrip.Change { return inBooks(to(a, a.Key, signer())) }), scrip.KeyReplaced)
	now, err := w.books.Account(ctx, a.ID)
	if err != nil || now.Key == a.Key {
		w.t.Fatalf("Account: got %+v, %v, want another key", now, err)
	}
	w.wantBooks(nil, to(a, now.Key, next))
	for _, key := range []jose.VerifyKey{a.Key, now.Key, next} {
		if got, err := w.books.AccountByKey(ctx, key.Thumbprint()); err != nil || got.ID != a.ID || got.Key != next {
			w.t.Errorf("AccountByKey: got %+v, %v, want %s with its last key", got, err, a.ID)
		}
		if got, err := w.books.AccountKey(ctx, a.ID, key.Thumbprint()); err != nil || got != key {
			w.t.Errorf("AccountKey: got %v, %v, want %v", got, err, key)
		}
		w.wantBooks(scrip.PartyMismatch, to(b, b.Key, key))
		w.wantBooks(scrip.PartyMismatch, to(a, next, key))
	}
	if _, err := w.books.AccountKey(ctx, b.ID, a.Key.Thumbprint()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("another account's key: got %v, want %v", err, scrip.ErrAbsent)
	}
	w.wantBooks(scrip.KeyReplaced, scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 9, Key: a.Key.Thumbprint()}})
	w.wantBooks(nil, scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 9, Key: next.Thumbprint()}})
}

func counter(w world) {
	a := account()
	a.Counter = 3
	w.wantBooks(nil, scrip.BrokerChange{Account: &a})
	w.wantBooks(scrip.Stale{Counter: 3}, scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 3, Key: a.Key.Thumbprint()}})
	w.wantBooks(nil, scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 7, Key: a.Key.Thumbprint()}})
	w.wantBooks(scrip.Stale{Counter: 7}, scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 6, Key: a.Key.Thumbprint()}})
	if got, err := w.books.Account(context.Background(), a.ID); err != nil || got.Counter != 7 {
		w.t.Errorf("counter: got %d, %v, want 7", got.Counter, err)
	}
	w.wantOne(w.race(20, func(int) scrip.Change {
		return inBooks(scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 8, Key: a.Key.Thumbprint()}})
	}), scrip.CounterStale)
}

func oneScripEach(w world) {
	l := w.issued()
	w.want(scrip.ScripHeld, scrip.Change{Issue: []scrip.Live{liveFor(l.Holder)}})
	if got, err := w.books.LiveOf(context.Background(), l.Holder); err != nil || got.ScripID != l.ScripID {
		w.t.Errorf("LiveOf: got %s, %v, want %s", got.ScripID, err, l.ScripID)
	}
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}})
	if _, err := w.books.LiveOf(context.Background(), l.Holder); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("LiveOf(none): got %v, want %v", err, scrip.ErrAbsent)
	}
	w.wantOne(w.race(20, func(int) scrip.Change {
		return scrip.Change{Issue: []scrip.Live{liveFor(l.Holder)}}
	}), scrip.ScripHeld)
}

// certificates: of two made from the same one, one stands, and the other is to be made anew from that; a revoked stall has none any more.
func certificates(w world) {
	seen := w.stalled()
	next := func(jws string) scrip.Stall {
		s := seen
		s.NotAfter, s.JWS = s.NotAfter+1, jws
		return s
	}
	recertified := func(saw, jws string) scrip.BrokerChange {
		return scrip.BrokerChange{Recertify: &scrip.Recertified{Stall: next(jws), Saw: saw}}
	}
	renamed := func(saw, jws string, counter int64) scrip.BrokerChange {
		return scrip.BrokerChange{Rename: &scrip.Renamed{Stall: next(jws), Saw: saw, Counter: counter, At: now}}
	}
	w.wantOne(w.race(8, func(i int) scrip.Change { return inBooks(recertified(seen.JWS, string(rune('a'+i)))) }), scrip.Unavailable)
	got, err := w.books.Stall(context.Background(), seen.Vendor)
	if err != nil || got.JWS == seen.JWS {
		w.t.Fatalf("Stall: got %+v, %v, want another certificate", got, err)
	}
	w.wantBooks(scrip.Unavailable, renamed(seen.JWS, "late", 5))
	w.wantBooks(nil, renamed(got.JWS, "named", 5))
	w.wantBooks(scrip.Unavailable, recertified(got.JWS, "late"))
	w.wantBooks(scrip.Stale{Counter: 5}, renamed("named", "again", 5))
	w.wantBooks(nil, recertified("named", "last"))
	w.wantBooks(nil, scrip.BrokerChange{Revoke: seen.Vendor})
	w.wantBooks(scrip.StallRevoked, recertified("last", "more"))
	w.wantBooks(scrip.StallRevoked, renamed("last", "more", 6))
}

func stalls(w world) {
	ctx := context.Background()
	owner := scrip.AccountID(w.holder())
	first, second := stall(owner, "Straße & Söhne"), stall(owner, "Attic")
	w.wantBooks(nil, scrip.BrokerChange{Stall: &first})
	w.wantBooks(nil, scrip.BrokerChange{Stall: &second})
	if got, err := w.books.Stall(ctx, first.Vendor); err != nil || got != first {
		w.t.Errorf("Stall: got %+v, %v, want %+v", got, err, first)
	}
	if got, err := w.books.StallByKey(ctx, first.Signing.Thumbprint()); err != nil || got != first {
		w.t.Errorf("StallByKey: got %+v, %v, want %+v", got, err, first)
	}
	for _, page := range []struct {
		after scrip.VendorID
		limit int
		want  []scrip.Stall
	}{
		{"", 3, []scrip.Stall{first, second}}, {"", 1, []scrip.Stall{first}}, {first.Vendor, 3, []scrip.Stall{second}},
		{second.Vendor, 3, []scrip.Stall{}}, {scrip.VendorID(id()), 3, []scrip.Stall{}},
	} {
		if got, err := w.books.Stalls(ctx, page.after, page.limit); err != nil || !reflect.DeepEqual(got, page.want) {
			w.t.Errorf("Stalls after %q, %d: got %+v, %v, want %+v", page.after, page.limit, got, err, page.want)
		}
	}
	for _, name := range []string{"STRASSE & SÖHNE", "Straße  & Söhne", "Strаße & Söhne", "Straße &\u2800Söhne"} {
		like := stall(owner, name)
		w.wantBooks(scrip.NameInvalid, scrip.BrokerChange{Stall: &like})
	}
	alike := []string{"The Corner Stall", "THE CORNER STALL", "The Соrner Stall", "The Comer Stall", "The  Corner Stall"}
	w.wantOne(w.race(len(alike), func(i int) scrip.Change {
		like := stall(scrip.AccountID(w.holder()), alike[i])
		return inBooks(scrip.BrokerChange{Stall: &like})
	}), scrip.NameInvalid)
	same := stall(owner, "Another")
	same.Signing = first.Signing
	w.wantBooks(scrip.PartyMismatch, scrip.BrokerChange{Stall: &same})
	for range 8 {
		s := stall(owner, string(id()))
		w.wantBooks(nil, scrip.BrokerChange{Stall: &s})
	}
	eleventh, another := stall(owner, "One more"), stall(scrip.AccountID(w.holder()), "One more")
	w.wantBooks(scrip.TooMany, scrip.BrokerChange{Stall: &eleventh})
	w.wantBooks(nil, scrip.BrokerChange{Stall: &another})
}

func aliases(w world) {
	s := stall(scrip.AccountID(w.holder()), "Attic")
	w.wantBooks(nil, scrip.BrokerChange{Stall: &s})
	a := scrip.Alias{Pseudonym: scrip.Pseudonym(hash()), Account: scrip.AccountID(w.holder()), Vendor: s.Vendor}
	w.wantBooks(nil, scrip.BrokerChange{Alias: &a})
	w.wantBooks(nil, scrip.BrokerChange{Alias: &a})
	if got, err := w.books.Alias(context.Background(), a.Pseudonym, a.Vendor); err != nil || got != a {
		w.t.Errorf("Alias: got %+v, %v, want %+v", got, err, a)
	}
	a.Account = scrip.AccountID(w.holder())
	w.wantBooks(scrip.PartyMismatch, scrip.BrokerChange{Alias: &a})
	if _, err := w.books.Alias(context.Background(), a.Pseudonym, "other"); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Alias(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
}

func announcing(l scrip.Live) scrip.Announced {
	return scrip.Announced{
		Tx: id(), ScripID: l.ScripID, Account: scrip.AccountID(l.Holder), Vendor: scrip.VendorID(id()),
		Pseudonym: scrip.Pseudonym(hash()), Value: 100, Deadline: now + 10, Digest: hash(), ReplyKey: replyKey(),
	}
}

func announced(w world) {
	l := w.issued()
	a := announcing(l)
	w.wantBooks(nil, scrip.BrokerChange{Announce: &a})
	if got, err := w.books.Announced(context.Background(), a.Tx); err != nil || got != a {
		w.t.Errorf("Announced: got %+v, %v, want %+v", got, err, a)
	}
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}})
	if _, err := w.books.Announced(context.Background(), a.Tx); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Announced after its scrip died: got %v, want %v", err, scrip.ErrAbsent)
	}
}

// hastened is what a clock that was ahead locked, for a T3 and, without end, for a
// T15: the T3's ends when it is told to, once and no later; the T15's stays.
func hastened(w world) {
	ctx := context.Background()
	l, kept := w.issued(), w.issued()
	a := announcing(l)
	a.Deadline = now + 172_800
	w.want(nil, scrip.Change{At: now, Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: a.Tx, Until: a.Deadline}}, Broker: &scrip.BrokerChange{Announce: &a}})
	both := announcing(kept) // announced once, and then held by a T15
	both.Deadline = a.Deadline
	w.wantBooks(nil, scrip.BrokerChange{Announce: &both})
	w.want(nil, scrip.Change{At: now, Lock: []scrip.Lock{{ScripID: kept.ScripID, Tx: scrip.HoldBy("T15", id()), Until: scrip.Forever}}})
	for _, until := range []int64{now + 60, now + 900} {
		w.wantBooks(nil, scrip.BrokerChange{Deadlines: until})
		if got := w.lives(l.ScripID).LockUntil; got != now+60 {
			w.t.Errorf("lock of T3, told %d: got until %d, want %d", until-now, got-now, 60)
		}
		if got, err := w.books.Announced(ctx, a.Tx); err != nil || got.Deadline != now+60 {
			w.t.Errorf("Announced, told %d: got deadline %d, %v, want %d", until-now, got.Deadline-now, err, 60)
		}
		if got := w.lives(kept.ScripID).LockUntil; got != scrip.Forever {
			w.t.Errorf("lock of T15, told %d: got until %d, want without end", until-now, got)
		}
	}
	w.want(nil, scrip.Change{At: now + 60, Kill: []scrip.Kill{{ScripID: l.ScripID, Tx: id()}}})
	w.want(scrip.ScripLocked, scrip.Change{At: now + 172_801, Kill: []scrip.Kill{{ScripID: kept.ScripID, Tx: id()}}})
}

// announcedOnce is a recorded T3 sent again after its lock ended: it cannot
// lock the scrip anew, neither while nobody else holds it nor after somebody.
func announcedOnce(w world) {
	l := w.issued()
	a := announcing(l)
	t3 := func(a scrip.Announced, at int64) scrip.Change {
		a.Deadline = at + 10
		return scrip.Change{At: at, Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: a.Tx, Until: at + 10}}, Broker: &scrip.BrokerChange{Announce: &a}}
	}
	w.want(nil, t3(a, now))
	w.want(scrip.TxConflict, t3(a, now+50))
	w.want(nil, t3(announcing(l), now+50))
	w.want(scrip.TxConflict, t3(a, now+100))
	if got := w.lives(l.ScripID); got.LockUntil != now+60 {
		w.t.Errorf("lock: got until %d, want until %d", got.LockUntil, now+60)
	}
}
