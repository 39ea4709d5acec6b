package world_test

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/tree/treetest"
	"peerscrip/services/wallet"
)

// history is a log that a broker shows to some.
type history struct {
	treetest.Log
	t    testing.TB
	size int64
	id   scrip.ID
	key  jose.SigningKey
	err  error // in the place of answers
}

func (h *history) grow(letter string, n int) {
	for range n {
		h.Add(h.t, letter)
		h.size++
	}
}

// sign is the head of so many records.
func (h *history) sign(size int64) string {
	h.t.Helper()
	return must(tree.Head{Size: size, Root: tree.Hash(must(tlog.TreeHash(size, h)))}.Sign(h.id, h.key))
}

func (h *history) Head(context.Context) (string, error) {
	if h.err != nil || h.size == 0 {
		return "", errors.Join(h.err, scrip.NotFound)
	}
	return h.sign(h.size), nil
}

func (h *history) Consistency(_ context.Context, from, to int64) (tree.Consistency, error) {
	if h.err != nil {
		return tree.Consistency{}, h.err
	}
	if from < 1 || from > to || to > h.size {
		return tree.Consistency{}, scrip.NotFound
	}
	return tree.Consistency{From: from, To: to, Path: tree.Path(must(tlog.ProveTree(to, from, h)))}, nil
}

// shown is a wallet to which the broker shows a history, at a stall that tells heads.
type shown struct {
	w    *world
	c    customer
	mine *history
	tell string // what the stall tells
	item string
}

func newShown(t testing.TB) *shown {
	t.Helper()
	w := newWorld(t)
	s := &shown{w: w, mine: &history{t: t, id: w.Info.ID, key: w.Signing}}
	w.stall.Head = func() string { return s.tell }
	purse, ref := w.purse(), w.account(start)
	cfg := w.config(purse)
	cfg.Heads = s.mine
	s.c = customer{must(wallet.Make(t.Context(), cfg, ref, "")), purse, ref}
	want(t, "Load", s.c.Load(t.Context(), 90_00), nil)
	want(t, "Exchange", s.c.Exchange(t.Context(), w.vendor(), 50_00), nil)
	s.item = w.item(1_00, 1000)
	return s
}

// buy has the stall tell a head with a purchase, and the wallet compare it.
func (s *shown) buy(head string) error {
	s.tell = head
	must(s.c.Buy(s.w.T.Context(), s.item, 1, home))
	return s.c.CompareHeads(s.w.T.Context())
}

// TestForksAreNoticed: of a broker with two histories, one that the stall sees and one that it
// shows the wallet, it is noticed once both are longer than what they share, however they
// grow and whenever they are looked at, beside a rotation of the broker's key; and of one
// with a single history nothing is ever told.
func TestForksAreNoticed(t *testing.T) {
	t.Parallel()
	for seed := range int64(8) {
		draw := rand.New(rand.NewSource(seed))
		s := newShown(t)
		theirs := s.mine
		forked := seed%2 == 0
		s.mine.grow("shared", 1+draw.Intn(6))
		if forked {
			theirs = &history{t: t, id: s.mine.id, key: s.mine.key}
			theirs.grow("shared", int(s.mine.size))
		}
		for step := range 10 {
			s.mine.grow("mine", draw.Intn(3))
			if forked {
				theirs.grow("theirs", draw.Intn(3))
			}
			if step == 5 {
				s.w.Clock.Advance(time.Minute)
				s.w.rotate()
				s.mine.key, theirs.key = s.w.Broker.Signing, s.w.Broker.Signing
			}
			head := theirs.sign(1 + draw.Int63n(theirs.size))
			s.mine.err = nil
			if draw.Intn(3) == 0 {
				s.mine.err = scrip.Unavailable
			}
			if err := s.buy(head); err != nil && s.mine.err == nil && !errors.Is(err, scrip.NotFound) {
				t.Fatalf("seed %d: CompareHeads: %v", seed, err)
			}
		}
		s.mine.err = nil
		s.mine.grow("mine", 60)
		if forked {
			theirs.grow("theirs", 1)
		}
		want(t, "CompareHeads in the end", s.buy(theirs.sign(theirs.size)), nil)
		forks := must(s.c.Forks(t.Context()))
		if forked != (len(forks) > 0) {
			t.Errorf("seed %d: forked is %v: got %+v", seed, forked, forks)
		}
		for _, f := range forks {
			found := tree.Heads(f.Evidence("The stall"))
			if len(found) != 2 || found[0] != f.Before || found[1] != f.Seen.Note || f.Seen.By != s.w.vendor() {
				t.Errorf("seed %d: the evidence: got %q", seed, found)
			}
		}
		s.w.check(s.c)
	}
}

// TestHeadsOfTheSameSize: two heads of one size are proof by themselves; and what nobody
// signed is none.
func TestHeadsOfTheSameSize(t *testing.T) {
	t.Parallel()
	s := newShown(t)
	s.mine.grow("a", 5)
	other := &history{t: t, id: s.mine.id, key: s.mine.key}
	other.grow("b", 5)
	stranger := &history{t: t, id: s.mine.id, key: must(jose.NewSigningKey(cryptorand.Reader))}
	stranger.grow("c", 5)
	for _, nobodys := range []string{stranger.sign(5), "x", strings.Repeat("x", tree.MaxHead+1), other.sign(5) + "more\n"} {
		want(t, "what nobody signed", s.buy(nobodys), nil)
	}
	want(t, "the same", s.buy(s.mine.sign(5)), nil)
	if forks := must(s.c.Forks(t.Context())); len(forks) != 0 {
		t.Fatalf("got %+v, want none", forks)
	}
	for range 2 {
		want(t, "another", s.buy(other.sign(5)), nil)
	}
	forks := must(s.c.Forks(t.Context()))
	if len(forks) != 1 || !forks[0].Proven || forks[0].Seen.Note != other.sign(5) || forks[0].Before != s.mine.sign(5) {
		t.Errorf("got %+v, want one that is proven", forks)
	}
	ctx := t.Context()
	want(t, "more money", s.c.Load(ctx, 1_00), wallet.ErrOtherBooks)
	want(t, "money that is there", s.c.Exchange(ctx, s.w.vendor(), 1_00), nil)
	want(t, "SettleForks of what was not found", s.c.SettleForks(ctx, proven(s.mine.sign(5))), nil)
	want(t, "more money, with another settled", s.c.Load(ctx, 1_00), wallet.ErrOtherBooks)
	want(t, "SettleForks", s.c.SettleForks(ctx, proven(other.sign(5))), nil)
	if forks := must(s.c.Forks(ctx)); len(forks) != 1 || !forks[0].Settled {
		t.Errorf("settled: got %+v, want it kept", forks)
	}
	want(t, "more money, settled", s.c.Load(ctx, 1_00), nil)
	want(t, "what is shown by now", s.buy(s.mine.sign(5)), nil)
	if kept := must(s.c.HeadsKept(ctx)); len(kept) != 1 || kept[0].Note != s.mine.sign(5) {
		t.Errorf("the head that others are held against: got %+v, want the broker's of now", kept)
	}
	third := &history{t: t, id: s.mine.id, key: s.mine.key}
	third.grow("c", 5)
	for range 2 {
		want(t, "one that was settled, again", s.buy(other.sign(5)), nil)
		want(t, "a third", s.buy(third.sign(5)), nil)
	}
	if forks := must(s.c.Forks(ctx)); len(forks) != 2 || forks[0].Settled == forks[1].Settled {
		t.Errorf("a third history: got %+v, want it beside the one that was settled", forks)
	}
	want(t, "more money, of three histories", s.c.Load(ctx, 1_00), wallet.ErrOtherBooks)
	want(t, "SettleForks of what was shown before", s.c.SettleForks(ctx, proven(other.sign(5))), nil)
	want(t, "more money, with what was found since", s.c.Load(ctx, 1_00), wallet.ErrOtherBooks)
	want(t, "SettleForks again", s.c.SettleForks(ctx, proven(third.sign(5))), nil)
	want(t, "out", s.c.Withdraw(ctx), nil)
	s.w.check(s.c)
}

// proven is the contradiction by a head of the same size.
func proven(seen string) wallet.Fork {
	return wallet.Fork{Seen: wallet.ToldHead{Note: seen}, Proven: true}
}

// TestProofThatComesLate: a broker whose proof does not hold is told of, and not any more once
// it has proved; one that is away is not.
func TestProofThatComesLate(t *testing.T) {
	t.Parallel()
	s := newShown(t)
	ctx := t.Context()
	s.mine.grow("a", 3)
	want(t, "the first", s.buy(s.mine.sign(2)), nil)
	honest := &history{t: t, id: s.mine.id, key: s.mine.key}
	honest.grow("a", 9)
	s.mine.err = scrip.Unavailable
	want(t, "away", s.buy(honest.sign(8)), scrip.Unavailable)
	s.mine.err = nil
	s.mine.grow("x", 6) // its proof is of another history now
	want(t, "a proof that does not hold", s.c.CompareHeads(ctx), nil)
	if forks := must(s.c.Forks(ctx)); len(forks) != 1 || forks[0].Proven {
		t.Fatalf("got %+v, want one that is not proven", forks)
	}
	*s.mine = *honest
	want(t, "one that does", s.c.CompareHeads(ctx), nil)
	if forks := must(s.c.Forks(ctx)); len(forks) != 0 {
		t.Errorf("got %+v, want none any more", forks)
	}
	kept := must(s.c.HeadsKept(ctx))
	if len(kept) != 1 || kept[0].By != "" || kept[0].Note != honest.sign(8) {
		t.Errorf("kept: got %+v, want the line at 8 records", kept)
	}
	late := &history{t: t, id: s.mine.id, key: s.mine.key}
	late.grow("a", 30)
	want(t, "more than the broker knows", s.buy(late.sign(30)), scrip.NotFound)
	if forks := must(s.c.Forks(ctx)); len(forks) != 0 {
		t.Errorf("at once: got %+v, want none", forks)
	}
	s.w.Clock.Advance(25 * time.Hour)
	want(t, "a day later", s.c.CompareHeads(ctx), scrip.NotFound)
	if forks := must(s.c.Forks(ctx)); len(forks) != 1 {
		t.Errorf("a day later: got %+v, want one", forks)
	}
}

// vectorFork is a contradiction in a vector.
type vectorFork struct {
	Seen    string `json:"seen"`
	Proven  bool   `json:"proven"`
	Settled bool   `json:"settled"`
}

func (f vectorFork) fork() wallet.Fork {
	return wallet.Fork{Seen: wallet.ToldHead{Note: f.Seen, At: 1}, Before: "line", Proven: f.Proven}
}

// vectorBooks is one of testdata/decisions/books.json, which holds the browser's wallet too.
type vectorBooks struct {
	Name     string       `json:"name"`
	Decision string       `json:"decision"`
	Forks    []vectorFork `json:"forks"`
	Shown    []vectorFork `json:"shown"`
	Settled  []bool       `json:"settled"`
	Anew     bool         `json:"anew"`
	Adds     bool         `json:"adds"`
}

// keep has the vector's contradictions be in a purse, and the head "line" that others are held against.
func (v vectorBooks) keep(t *testing.T, purse wallet.Purse) {
	t.Helper()
	change := func(c wallet.HeadChange) {
		t.Helper()
		want(t, v.Name, purse.Apply(t.Context(), wallet.PurseChange{Heads: &c}), nil)
	}
	change(wallet.HeadChange{Line: "line", At: 1})
	for i, f := range v.Forks {
		fork := f.fork()
		fork.Seen.By, fork.At = scrip.VendorID(must(scrip.NewID(cryptorand.Reader))), int64(i)
		change(wallet.HeadChange{Fork: &fork})
		if f.Settled { // which forgets the line
			change(wallet.HeadChange{Explain: []wallet.Fork{fork}})
			change(wallet.HeadChange{Line: "line", At: 1})
		}
	}
}

// TestOtherBooks holds to the vectors which broker is given more money.
func TestOtherBooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var vectors []vectorBooks
	want(t, "the vectors", json.Unmarshal(must(os.ReadFile(filepath.Join("..", "testdata", "decisions", "books.json"))), &vectors), nil)
	for _, v := range vectors {
		c := w.customer()
		v.keep(t, c.purse)
		var shown []wallet.Fork
		for _, f := range v.Shown {
			shown = append(shown, f.fork())
		}
		want(t, v.Name, c.SettleForks(t.Context(), shown...), nil)
		if anew := len(must(c.HeadsKept(t.Context()))) == 0; anew != v.Anew {
			t.Errorf("%s: what stalls tell is compared anew: got %v, want %v", v.Name, anew, v.Anew)
		}
		var settled []bool
		for _, f := range must(c.Forks(t.Context())) {
			settled = append(settled, f.Settled)
		}
		if !slices.Equal(settled, v.Settled) {
			t.Errorf("%s: settled: got %v, want %v", v.Name, settled, v.Settled)
		}
		var refused error
		if !v.Adds {
			refused = wallet.ErrOtherBooks
		}
		want(t, v.Name, c.Load(t.Context(), 1_00), refused)
	}
}
