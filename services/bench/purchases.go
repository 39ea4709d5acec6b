package bench

import (
	"context"
	"fmt"
	"time"

	"peerscrip/db"
	"peerscrip/services/bench/load"
	"peerscrip/services/scrip"
)

// market is a program with a stall that sells, or several.
type market struct {
	servers []*load.Server
	stalls  []*load.Stall
	place   string // of the PostgreSQL database; empty: files
}

// open starts the whole program with so many stalls of so many listings each.
func (r *run) open(stalls, listings int, flags ...string) (m market, err error) {
	s, err := r.start("serve", r.data(), flags...)
	if err != nil {
		return m, err
	}
	m.servers = []*load.Server{s}
	return m, r.fill(&m, s.URL, s.URL, stalls, listings)
}

// fill opens stalls at a market whose broker is at another address.
func (r *run) fill(m *market, brokerURL, marketURL string, stalls, listings int) error {
	for i := range stalls {
		if err := r.openStall(m, brokerURL, marketURL, fmt.Sprintf("Stall %d", i), listings); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) openStall(m *market, brokerURL, marketURL, name string, listings int, photos ...[]byte) error {
	owner, err := load.Join(r.ctx, brokerURL, 0)
	if err != nil {
		return err
	}
	s, err := load.Hosted(r.ctx, owner, marketURL, name, listings, photos...)
	m.stalls = append(m.stalls, s)
	return err
}

// enough is how many listings a stall needs for so many purchases.
func enough(purchases int) int { return purchases/scrip.MaxQuantity + 1 }

// buy has clients, divided among the market's processes, buy until so many things are
// bought, and the broker has heard of all.
func (r *run) buy(m market, clients, purchases int) (load.Result, error) {
	warm := min(purchases/10, 200)
	list, err := load.Prepare(r.ctx, m.servers[0].URL, m.stalls, clients, purchases+warm)
	if err != nil {
		return load.Result{}, err
	}
	if err := divided(list, m.servers); err != nil {
		return load.Result{}, err
	}
	if _, err := load.Purchases(r.ctx, m.servers, list, warm); err != nil {
		return load.Result{}, err
	}
	rest := r.rest(m.servers...)
	if err := rest(r.ctx); err != nil {
		return load.Result{}, err
	}
	if err := db.Analyse(r.ctx, m.place); err != nil {
		return load.Result{}, err
	}
	return load.Run(r.ctx, m.servers, list, purchases, buyOne, rest)
}

// purchases are T10 and T11 over HTTP by more and more clients, with their T12 behind them,
// at a process that is broker, bank and market at once.
func (r *run) purchases() error {
	for _, clients := range r.Size.Clients {
		count := r.Size.Purchases
		if clients == 1 {
			count = (count + 1) / 2
		}
		m, err := r.open(1, enough(3*count))
		if err != nil {
			return err
		}
		got, err := r.buy(m, clients, count)
		if err != nil {
			return err
		}
		if err := r.stop(); err != nil {
			return err
		}
		who := counted(clients, "client") + ": "
		var second, late *Goal
		if clients == 8 {
			second, late = &Goal{Least: 1000}, &Goal{Most: 25}
		}
		floor := r.floor.Reported()
		r.add(Row{What: who + "purchases", Reached: got.PerSecond(), Unit: "a second", Goal: second, Note: fmt.Sprintf("%d, T10 and T11 durable", got.Count)})
		r.add(Row{What: who + "half of them within", Reached: milliseconds(got.Quantile(0.5)), Unit: "ms"})
		r.add(Row{What: who + "99 % within", Reached: milliseconds(got.Quantile(0.99)), Unit: "ms", Goal: late})
		r.add(Row{
			What: who + "server's processor, with T12", Reached: milliseconds(got.ServerEach()), Unit: "ms", Floor: milliseconds(floor), Goal: &Goal{Most: 3 * milliseconds(floor)},
			Note: "for one purchase; floor: the cryptography of T10, T11, T12 and NOTED",
		})
	}
	return nil
}

// alone are purchases while the broker is stopped: T10 and T11 and nothing else. Then the
// broker starts again and hears of all.
func (r *run) alone() error {
	data, count := r.data(), r.Size.Purchases
	broker, err := r.start("broker", data, "--private-stalls")
	if err != nil {
		return err
	}
	at := broker.URL
	place, err := r.start("market", r.data(), "--broker-url="+at, "--private-stalls")
	if err != nil {
		return err
	}
	m := market{servers: []*load.Server{place}}
	if err := r.fill(&m, at, place.URL, 1, enough(4*count)); err != nil {
		return err
	}
	var ready [][]*load.Client
	for _, clients := range r.Size.Clients {
		list, err := load.Prepare(r.ctx, at, m.stalls, clients, count)
		if err != nil {
			return err
		}
		ready = append(ready, list)
	}
	if err := r.end(broker); err != nil {
		return err
	}
	if err := r.rest(m.servers...)(r.ctx); err != nil {
		return err
	}
	floor := r.floor.Purchase()
	for _, list := range ready {
		got, err := load.Purchases(r.ctx, m.servers, list, count)
		if err != nil {
			return err
		}
		r.add(Row{
			What: fmt.Sprintf("%s: stall's processor", counted(len(list), "client")), Reached: milliseconds(got.ServerEach()), Unit: "ms", Floor: milliseconds(floor), Goal: &Goal{Most: 2 * milliseconds(floor)},
			Note: fmt.Sprintf("for T10 and T11 alone, of which T12 waits; %.0f a second; floor: their cryptography", got.PerSecond()),
		})
	}
	return nil
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return figure(float64(n)) + " " + thing + "s"
}

// listings are purchases at stalls with more and more listings.
func (r *run) listings() error {
	var first time.Duration
	for i, n := range r.Size.Listings {
		m, err := r.open(1, max(n, enough(2*r.Size.Purchases)))
		if err != nil {
			return err
		}
		got, err := r.buy(m, 4, r.Size.Purchases)
		if err != nil {
			return err
		}
		if err := r.stop(); err != nil {
			return err
		}
		row := Row{What: counted(n, "listing") + ": server's processor, with T12", Reached: milliseconds(got.ServerEach()), Unit: "ms", Note: "for one purchase, 4 clients"}
		if i == 0 {
			first = got.ServerEach()
		} else {
			row.Goal, row.Note = &Goal{Most: 1.15 * milliseconds(first)}, row.Note+"; goal: flat, which is the first row and 15 %"
		}
		r.add(row)
	}
	return nil
}

// spread compares one stall that everybody pays with eight.
func (r *run) spread() error {
	var rates [2]load.Result
	for i, stalls := range []int{8, 1} {
		m, err := r.open(stalls, enough(3*r.Size.Purchases))
		if err != nil {
			return err
		}
		if rates[i], err = r.buy(m, 8, r.Size.Purchases); err != nil {
			return err
		}
		if err := r.stop(); err != nil {
			return err
		}
	}
	spread, hot := rates[0], rates[1]
	r.add(Row{What: "8 clients at 8 stalls: purchases", Reached: spread.PerSecond(), Unit: "a second", Note: fmt.Sprintf("server's processor %.2f ms each", milliseconds(spread.ServerEach()))})
	r.add(Row{What: "8 clients at one stall: purchases", Reached: hot.PerSecond(), Unit: "a second", Note: fmt.Sprintf("server's processor %.2f ms each", milliseconds(hot.ServerEach()))})
	r.add(Row{What: "one stall against eight", Reached: hot.PerSecond() / spread.PerSecond(), Unit: "times", Goal: &Goal{Least: 0.9}})
	return nil
}

func buyOne(ctx context.Context, c *load.Client) error { return c.Buy(ctx) }
