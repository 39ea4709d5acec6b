package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/bench/load"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// filler is the key under which books lie that are filled here.
var filler = [32]byte{1}

// within are the flags of a process whose data are in a PostgreSQL database.
func within(place string) []string {
	return []string{"--database=" + place, "--vault-key=" + b64(filler[:])}
}

// withBooks opens a broker's database and closes it again.
func withBooks(ctx context.Context, place string, use func(*db.Books) error) error {
	d, err := db.Open(ctx, place, db.Broker, db.SealedUnder(filler))
	if err != nil {
		return err
	}
	books, err := db.NewBooks(d)
	if err == nil {
		err = use(books)
	}
	return errors.Join(err, d.Close())
}

// people adds accounts to the books, each with a bank account and live BrokerScrip that
// was paid for, from the one with a number to before another.
func people(ctx context.Context, books *db.Books, from, to int) error {
	const together = 500 // callers whose changes share commits
	var next atomic.Int64
	next.Store(int64(from))
	failed := make([]error, min(together, max(to-from, 1)))
	var all sync.WaitGroup
	for caller := range failed {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < to && failed[caller] == nil; n = int(next.Add(1)) - 1 {
				_, failed[caller] = person(ctx, books, n)
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// person adds one, in one change that does what R1 and T1 do.
func person(ctx context.Context, books *db.Books, n int) (scrip.Live, error) {
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		return scrip.Live{}, err
	}
	now, bank := time.Now().Unix(), string(idOf("bank", n))
	account := scrip.Account{ID: scrip.AccountID(idOf("account", n)), Key: key.Public(), Bank: bank, Opened: now}
	live, _, err := scrip.Issue(rand.Reader, scrip.Terms{
		Issuer: idOf("broker", 0), Value: 100, Made: now, Expires: now + 365*24*3600, Currency: "EUR", Holder: string(account.ID),
	})
	if err != nil {
		return scrip.Live{}, err
	}
	posts := []scrip.Posting{{From: scrip.World, To: scrip.Outstanding, Amount: 100}}
	err = books.Apply(ctx, scrip.Change{At: now, Issue: []scrip.Live{live}, Broker: &scrip.BrokerChange{Bank: bank, Account: &account, Post: posts, Log: []scrip.Record{{
		At: now, Kind: "T1", Tx: idOf("loaded", n), Account: account.ID, Amount: 100, Posts: posts, Evidence: []string{evidence(n)},
	}}}})
	if err != nil {
		return live, fmt.Errorf("add an account: %w", err)
	}
	return live, nil
}

// applied are changes of the weight of T5 in a broker's database, by more and more callers
// at a time: scrip dies and its change lives, money moves, the log grows by two signed
// messages, two replies are stored.
func (r *run) applied() error {
	for _, callers := range []int{1, 4, 16, 64} {
		err := withBooks(r.ctx, folder.At(r.data()).Books(), func(books *db.Books) error { return r.apply("", books, callers) })
		if err != nil {
			return err
		}
	}
	if r.Database == "" {
		return nil
	}
	for _, callers := range []int{1, 4, 16, 64} {
		err := r.scratch(func(place string) error {
			return withBooks(r.ctx, place, func(books *db.Books) error { return r.apply("PostgreSQL, ", books, callers) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// scratch has something use an empty database of PostgreSQL's, and drops it.
func (r *run) scratch(use func(place string) error) error {
	place, drop, err := db.Scratch(r.ctx, r.Database)
	if err != nil {
		return err
	}
	err = use(place)
	return errors.Join(err, drop(context.WithoutCancel(r.ctx)))
}

func (r *run) apply(what string, books *db.Books, callers int) error {
	held := make([]scrip.Live, callers)
	for i := range held {
		var err error
		if held[i], err = person(r.ctx, books, i); err != nil {
			return err
		}
	}
	count := max(r.Size.Purchases, callers)
	var next atomic.Int64
	failed := make([]error, callers)
	var all sync.WaitGroup
	processor, began := ownTime(), time.Now()
	for caller := range callers {
		all.Go(func() {
			for next.Add(1) <= int64(count) && failed[caller] == nil {
				var c scrip.Change
				if c, held[caller], failed[caller] = exchanged(held[caller]); failed[caller] == nil {
					failed[caller] = books.Apply(r.ctx, c)
				}
			}
		})
	}
	all.Wait()
	took, used := time.Since(began), ownTime()-processor
	if err := errors.Join(failed...); err != nil {
		return err
	}
	r.add(Row{
		What: fmt.Sprintf("%s%d at a time: changes", what, callers), Reached: float64(count) / took.Seconds(), Unit: "a second",
		Note: fmt.Sprintf("this process's processor %.2f ms each", milliseconds(used)/float64(count)),
	})
	return nil
}

var envelope = scrip.Sealed{Envelope: strings.Repeat("e", 1500)}

// exchanged is what T5 changes, and the scrip that lives after it.
func exchanged(l scrip.Live) (scrip.Change, scrip.Live, error) {
	now := time.Now().Unix()
	next, _, err := scrip.Issue(rand.Reader, scrip.Terms{
		Issuer: idOf("broker", 0), Value: l.Value, Made: now, Expires: l.Expires, Currency: l.Currency, Holder: l.Holder,
	})
	if err != nil {
		return scrip.Change{}, next, err
	}
	tx, err := scrip.NewID(rand.Reader)
	if err != nil {
		return scrip.Change{}, next, err
	}
	posts := []scrip.Posting{{From: scrip.World, To: scrip.FloatOf("m", "a"), Amount: 1}}
	reply := func(typ string) scrip.StoredReply {
		return scrip.StoredReply{From: l.Holder, Typ: typ, Tx: tx, Digest: jose.Digest([]byte(tx)), Reply: envelope, ScripID: next.ScripID}
	}
	return scrip.Change{
		At: now, Kill: []scrip.Kill{{ScripID: l.ScripID, Tx: tx}}, Issue: []scrip.Live{next}, Replies: []scrip.StoredReply{reply("T3"), reply("T5")},
		Broker: &scrip.BrokerChange{Post: posts, Log: []scrip.Record{{
			At: now, Kind: "T5", Tx: tx, Account: scrip.AccountID(l.Holder), Vendor: "m", Amount: 1, Posts: posts,
			Evidence: []string{strings.Repeat("a", 900), strings.Repeat("b", 900)},
		}}},
	}, next, nil
}

// states are brokers that keep more and more accounts, each with live scrip: how soon they
// are ready, what they hold, and what they cost for what they do.
func (r *run) states() error {
	data := r.data()
	return r.keeps(data, folder.At(data).Books())
}

// sharedStates are the same in a PostgreSQL database. Nothing is measured where no database was named.
func (r *run) sharedStates() error {
	if r.Database == "" {
		return nil
	}
	return r.scratch(func(place string) error { return r.keeps(r.data(), place, within(place)...) })
}

// keeps measures a broker on more and more accounts, whose books are at a place and are named to it by flags.
func (r *run) keeps(data, place string, flags ...string) error {
	from := 0
	var first time.Duration
	for i, n := range r.Size.States {
		if err := r.grown(data, place, from, n, flags...); err != nil {
			return err
		}
		from = n
		began := time.Now()
		broker, err := r.start("broker", data, flags...)
		if err != nil {
			return err
		}
		ready := time.Since(began)
		got, err := r.joins(broker, 8, max(r.Size.Purchases/8, 8))
		if err != nil {
			return err
		}
		held, err := keptBy(broker.PID)
		if err != nil {
			return err
		}
		size, err := r.onDisk(place)
		if err != nil {
			return err
		}
		if err := r.end(broker); err != nil {
			return err
		}
		what := figure(float64(n)) + " accounts and live scrip: "
		cost := Row{What: what + "broker's processor", Reached: milliseconds(got.ServerEach()), Unit: "ms", Note: "for R1, a bank account and T1 of a new customer"}
		if i == 0 {
			first = got.ServerEach()
		} else {
			cost.Goal = &Goal{Most: 1.25 * milliseconds(first)}
			cost.Note += "; goal: flat, which is the first row and 25 %"
		}
		r.add(Row{What: what + "ready after", Reached: ready.Seconds(), Unit: "s", Goal: &Goal{Most: 5}})
		r.add(cost)
		r.add(Row{What: what + "memory", Reached: held.megabytes, Unit: "MB", Note: fmt.Sprintf("after that; %d file handles; %s bytes of database for each account", held.handles, figure(size/float64(n)))})
	}
	return nil
}

// grown makes the books at a place hold so many accounts.
func (r *run) grown(data, place string, from, to int, flags ...string) error {
	if from == 0 { // the broker makes its keys
		s, err := r.start("broker", data, flags...)
		if err != nil {
			return err
		}
		if err := r.end(s); err != nil {
			return err
		}
	}
	err := withBooks(r.ctx, place, func(books *db.Books) error { return people(r.ctx, books, from, to) })
	if err != nil {
		return err
	}
	return db.Analyse(r.ctx, place)
}

// joins has so many new customers come to a broker, some at a time.
func (r *run) joins(broker *load.Server, together, count int) (load.Result, error) {
	return load.Run(r.ctx, []*load.Server{broker}, make([]*load.Client, together), count, func(ctx context.Context, _ *load.Client) error {
		c, err := load.Join(ctx, broker.URL, 100)
		if err != nil {
			return err
		}
		return c.Load(ctx, 100)
	}, nil)
}
