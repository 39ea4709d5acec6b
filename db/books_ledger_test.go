package db_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// testLedger asks what the broker's books must hold.
func testLedger(t *testing.T, open func(*testing.T) world) {
	t.Run("Refusals", func(t *testing.T) { postings(open(t)) })
	t.Run("RaceForTheLast", func(t *testing.T) { raceForTheLast(open(t)) })
	t.Run("Model", func(t *testing.T) { ledgerModel(t, open) })
}

func move(from, to scrip.Ledger, amount scrip.Money) scrip.Change {
	return scrip.Change{Broker: &scrip.BrokerChange{Post: []scrip.Posting{{From: from, To: to, Amount: amount}}}}
}

func postings(w world) {
	bank, float := scrip.BankOf("ada"), scrip.FloatOf("shop", "ada")
	w.want(scrip.BankDeclined, move(scrip.World, bank, 100)) // not opened
	w.want(scrip.BankDeclined, move(bank, scrip.Outstanding, 1))
	w.wantBooks(nil, scrip.BrokerChange{Bank: "ada"})
	w.wantBooks(scrip.BankDeclined, scrip.BrokerChange{Bank: "ada"})
	w.want(nil, move(scrip.World, bank, 100))
	w.want(scrip.BankDeclined, move(bank, scrip.Outstanding, 101))
	w.want(nil, move(bank, scrip.Outstanding, 60))
	w.want(scrip.FloatShort, move(float, scrip.EarnedOf("shop"), 1)) // never credited
	w.want(nil, move(scrip.Outstanding, float, 50))
	w.want(scrip.FloatShort, move(float, scrip.EarnedOf("shop"), 51))
	w.want(scrip.FloatShort, move(scrip.FloatOf("shop", "bob"), scrip.EarnedOf("shop"), 1)) // another's float is not his
	for _, c := range []scrip.Change{move(scrip.Outstanding, float, 11), move(scrip.World, float, 0), move(scrip.World, float, -5)} {
		err := w.book.Apply(context.Background(), c)
		if _, refused := scrip.AsRefusal(err); err == nil || refused {
			w.t.Errorf("Apply(%+v): got %v, want a fault that is no refusal", c.Broker.Post, err)
		}
	}
	if got, err := w.books.BankBalance(context.Background(), "ada"); err != nil || got != 40 {
		w.t.Errorf("BankBalance: got %d, %v, want 40", got, err)
	}
	if _, err := w.books.BankBalance(context.Background(), "bob"); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("BankBalance(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
}

func raceForTheLast(w world) {
	w.wantBooks(nil, scrip.BrokerChange{Bank: "ada"})
	w.want(nil, move(scrip.World, scrip.BankOf("ada"), 100))
	w.wantOne(w.race(30, func(int) scrip.Change { return move(scrip.BankOf("ada"), scrip.Outstanding, 51) }), scrip.BankDeclined)
}

// ledgerModel holds the books against a map, over any sequence of Changes of
// several postings each: the same are refused, whole, and the balances and the
// replay of the log are the same after every step.
func ledgerModel(t *testing.T, open func(*testing.T) world) {
	accounts := []scrip.Ledger{
		scrip.World, scrip.Outstanding, scrip.BankOf("a"), scrip.BankOf("b"), scrip.FloatOf("m", "a"), scrip.FloatOf("m", "b"), scrip.EarnedOf("m"),
	}
	w := open(t)
	w.wantBooks(nil, scrip.BrokerChange{Bank: "a"})
	w.wantBooks(nil, scrip.BrokerChange{Bank: "b"})
	model := map[scrip.Ledger]scrip.Money{}
	for _, a := range accounts[:4] {
		model[a] = 0
	}
	posting := rapid.Custom(func(r *rapid.T) scrip.Posting {
		return scrip.Posting{
			From: rapid.SampledFrom(accounts).Draw(r, "from"), To: rapid.SampledFrom(accounts).Draw(r, "to"),
			Amount: scrip.Money(rapid.IntRange(1, 50).Draw(r, "amount")),
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		posts := rapid.SliceOfN(posting, 1, 4).Draw(r, "posts")
		next, covered := played(model, posts)
		err := w.book.Apply(context.Background(), scrip.Change{
			At: now,
			Broker: &scrip.BrokerChange{
				Post: posts,
				Log:  []scrip.Record{{At: now, Kind: "T1", Tx: id(), Posts: posts}},
			},
		})
		if (err == nil) != covered {
			r.Fatalf("Apply(%+v) on %v: got %v, covered %v", posts, model, err, covered)
		}
		if covered {
			model = next
		}
		s, err := w.books.Snapshot(context.Background(), db.Question{})
		if err != nil {
			r.Fatalf("Snapshot: %v", err)
		}
		sum := scrip.Money(0)
		for a, m := range s.Balances {
			sum += m
			if s.Logged.Balances[a] != m {
				r.Fatalf("replay of %s: got %d, want %d", a, s.Logged.Balances[a], m)
			}
		}
		if sum != 0 || !maps.Equal(s.Balances, model) || len(s.Log.Faults) > 0 {
			r.Fatalf("books: got %v (sum %d, faults %v), want %v", s.Balances, sum, s.Log.Faults, model)
		}
	})
}

// played is what the books must become, or that they must not change.
func played(model map[scrip.Ledger]scrip.Money, posts []scrip.Posting) (map[scrip.Ledger]scrip.Money, bool) {
	next := maps.Clone(model)
	for _, p := range posts {
		if p.From != scrip.World && next[p.From] < p.Amount {
			return nil, false
		}
		next[p.From] -= p.Amount
		if _, float := p.From.Float(); float && next[p.From] == 0 {
			delete(next, p.From)
		}
		next[p.To] += p.Amount
	}
	return next, true
}
