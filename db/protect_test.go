package db_test

import (
	"testing"

	"peerscrip/services/scrip"
)

// holding is a hold that could begin.
func (w world) holding() scrip.Hold {
	w.t.Helper()
	s := w.stalled()
	return scrip.Hold{
		Vendor: s.Vendor, Purchase: id(), Account: s.Account, Pseudonym: scrip.Pseudonym(hash()), Price: 500, Covered: 500, Left: 500,
		Protect: scrip.Protect{SendBy: now + 100, CheckWithin: 3}, State: scrip.HoldHeld, Since: now, Due: now + 1000,
	}
}

// held is a hold that has begun.
func (w world) held() scrip.Hold {
	w.t.Helper()
	h := w.holding()
	w.wantBooks(nil, scrip.BrokerChange{Hold: []scrip.Hold{h}})
	got, err := w.books.Held(w.t.Context(), h.Vendor, h.Purchase)
	if h.Seq = got.Seq; err != nil || got != h {
		w.t.Fatalf("Held: got %+v, %v, want %+v", got, err, h)
	}
	return h
}

// testProtected: a hold goes on from where it was seen and from nowhere else, changes are
// listed in their order to whom they are about, and no row says what cannot be.
func testProtected(t *testing.T, w world) {
	h, ctx := w.held(), t.Context()
	sent, _, _ := h.Next("SENT", now)
	w.wantBooks(nil, scrip.BrokerChange{Turn: &scrip.Turned{Saw: h.Seq, To: sent}})
	w.wantBooks(scrip.Unavailable, scrip.BrokerChange{Turn: &scrip.Turned{Saw: h.Seq, To: sent}})
	again, err := w.books.Held(ctx, h.Vendor, h.Purchase)
	if sent.Seq = again.Seq; err != nil || again != sent || again.Seq <= h.Seq {
		t.Errorf("Held after SENT: got %+v, %v, want %+v after %d", again, err, sent, h.Seq)
	}
	for _, test := range []struct {
		of    scrip.Pseudonym
		after int64
		want  int
	}{{"", 0, 1}, {"", h.Seq, 1}, {"", sent.Seq, 0}, {h.Pseudonym, 0, 1}, {scrip.Pseudonym(hash()), 0, 0}} {
		if list, err := w.books.HeldSince(ctx, h.Vendor, test.of, test.after, 9); err != nil || len(list) != test.want {
			t.Errorf("HeldSince %q, %d: got %+v, %v, want %d", test.of, test.after, list, err, test.want)
		}
	}
	for at, want := range map[int64]int{sent.Due - 1: 0, sent.Due: 1} {
		if list, err := w.books.HeldUntil(ctx, at, scrip.Hold{}, 9); err != nil || len(list) != want {
			t.Errorf("HeldUntil %d: got %+v, %v, want %d", at, list, err, want)
		}
	}
	if list, err := w.books.HeldUntil(ctx, sent.Due, sent, 9); err != nil || len(list) != 0 {
		t.Errorf("HeldUntil behind it: got %+v, %v, want none", list, err)
	}
	for _, test := range []struct {
		later int64
		after scrip.Hold
		want  int
	}{{sent.Since - 1, scrip.Hold{}, 1}, {sent.Since, scrip.Hold{}, 0}, {sent.Since - 1, sent, 0}} {
		if list, err := w.books.HeldAhead(ctx, test.later, test.after, 9); err != nil || len(list) != test.want {
			t.Errorf("HeldAhead %d: got %+v, %v, want %d", test.later, list, err, test.want)
		}
	}
	for name, spoil := range map[string]func(*scrip.Hold){
		"open with nothing left": func(h *scrip.Hold) { h.Left = 0 },
		"over with something":    func(h *scrip.Hold) { h.State, h.Due = scrip.HoldReleased, 0 },
		"more than was covered":  func(h *scrip.Hold) { h.ToSeller = 1 },
		"no such state":          func(h *scrip.Hold) { h.State = "lost" },
	} {
		bad := sent
		spoil(&bad)
		if err := w.book.Apply(ctx, inBooks(scrip.BrokerChange{Turn: &scrip.Turned{Saw: sent.Seq, To: bad}})); err == nil {
			t.Errorf("a hold that is %s: got no error, want one", name)
		}
	}
}
