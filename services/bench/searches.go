package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	catalogue "peerscrip/services/market"
	"peerscrip/services/market/sample"
)

// sharedSearches are the pages of results of searches in PostgreSQL databases. Nothing is measured where
// no database was named.
func (r *run) sharedSearches() error {
	if r.Database == "" {
		return nil
	}
	for _, n := range r.Size.Found {
		if err := r.scratch(func(place string) error { return r.search(place, n) }); err != nil {
			return err
		}
	}
	return nil
}

// searches are pages of results over more and more generated listings, each with its counts
// and what stands beside its filters, by one reader; then how soon a market with such a
// catalogue is ready while its broker is off, and what it holds.
func (r *run) searches() error {
	at, folders, err := r.markets(len(r.Size.Found))
	if err != nil {
		return err
	}
	for i, n := range r.Size.Found {
		if err := r.search(folder.At(folders[i]).Market(), n); err != nil {
			return err
		}
		began := time.Now()
		s, err := r.start("market", folders[i], "--broker-url="+at)
		if err != nil {
			return err
		}
		ready := time.Since(began)
		held, err := keptBy(s.PID)
		if err != nil {
			return err
		}
		if err := r.end(s); err != nil {
			return err
		}
		what := figure(float64(n)) + " listings: "
		r.add(Row{What: what + "ready after", Reached: ready.Seconds(), Unit: "s", Goal: &Goal{Most: 5}, Note: fmt.Sprintf("the market alone, its broker off; it then holds %.0f MB", held.megabytes)})
	}
	return nil
}

// markets makes the folders of so many markets that know their broker, which is off from
// then on, and says where it was.
func (r *run) markets(n int) (broker string, folders []string, err error) {
	b, err := r.start("broker", r.data())
	if err != nil {
		return "", nil, err
	}
	for range n {
		data := r.data()
		m, err := r.start("market", data, "--broker-url="+b.URL)
		if err != nil {
			return "", nil, err
		}
		if err := r.end(m); err != nil {
			return "", nil, err
		}
		folders = append(folders, data)
	}
	return b.URL, folders, r.end(b)
}

// search fills a catalogue and asks it.
func (r *run) search(place string, n int) (err error) {
	d, err := db.Open(r.ctx, place, db.Market)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	store, err := db.NewCatalogue(d)
	if err != nil {
		return err
	}
	began := time.Now()
	next, failed := 1, error(nil) // how many listings are there when the database looks at them anew
	err = sample.Fill(r.ctx, store, n, func(listings int) {
		if listings >= next && failed == nil {
			next, failed = 2*listings, db.Analyse(r.ctx, place)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	filled := time.Since(began)
	what := figure(float64(n)) + " listings: "
	size, err := r.onDisk(place)
	if err != nil {
		return err
	}
	r.add(Row{What: what + "filled in, each", Reached: microseconds(filled) / float64(n), Unit: "µs", Note: figure(size/float64(n)) + " bytes of database each"})
	m := catalogue.New(catalogue.Config{Store: store, Clock: func() time.Time { return time.Unix(sample.Start+1, 0) }})
	most := 10.0
	if n > 100_000 {
		most = 30
	}
	for _, s := range sample.Searches() {
		var waits []time.Duration
		random, found, before := rand.New(rand.NewPCG(1, 1)), 0, ownTime()
		for start := time.Now(); len(waits) < 20 || len(waits) < 500 && time.Since(start) < 4*r.Size.While; {
			began := time.Now()
			results, err := m.Search(r.ctx, s.Query(random))
			if err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			waits, found = append(waits, time.Since(began)), found+results.Total
		}
		processor := milliseconds(ownTime()-before) / float64(len(waits))
		slices.Sort(waits)
		late := waits[min(len(waits)-1, len(waits)*99/100)]
		r.add(Row{What: what + s.Name + ", half of them within", Reached: milliseconds(middle(waits)), Unit: "ms", Goal: &Goal{Most: most}, Note: fmt.Sprintf("this process's processor %.1f ms; %s found on average", processor, figure(float64(found)/float64(len(waits))))})
		r.add(Row{What: what + s.Name + ", 99 % within", Reached: milliseconds(late), Unit: "ms", Goal: &Goal{Most: 100}})
	}
	return nil
}
