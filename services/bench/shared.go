package bench

import (
	"fmt"

	"peerscrip/services/bench/load"
)

// shared are purchases by eight clients at one process and at two that share a PostgreSQL
// database, the clients divided among the two as a load balancer would. Nothing is measured
// where no database was named.
func (r *run) shared() error {
	if r.Database == "" {
		return nil
	}
	for processes := 1; processes <= 2; processes++ {
		err := r.scratch(func(place string) error { return r.sharedBy(place, processes) })
		if err != nil {
			return err
		}
	}
	return nil
}

// sharedBy measures so many processes on one empty database.
func (r *run) sharedBy(place string, processes int) error {
	const clients = 8
	flags := within(place)
	m, err := r.open(1, enough(3*r.Size.Purchases), flags...)
	if err != nil {
		return err
	}
	m.place = place
	for range processes - 1 {
		s, err := r.start("serve", r.data(), append(flags, "--base-url="+m.servers[0].URL)...)
		if err != nil {
			return err
		}
		m.servers = append(m.servers, s)
	}
	got, err := r.buy(m, clients, r.Size.Purchases)
	if err != nil {
		return err
	}
	what := "one process: "
	if processes > 1 {
		what = "two processes: "
	}
	row := Row{What: what + "purchases", Reached: got.PerSecond(), Unit: "a second", Note: "8 clients, T10 and T11 durable; the database is on the same cores"}
	if processes > 1 {
		row.Goal, row.Note = &Goal{Least: 408}, row.Note+"; goal: twice Formance Ledger's 204"
	}
	r.add(row)
	r.add(Row{What: what + "99 % within", Reached: milliseconds(got.Quantile(0.99)), Unit: "ms", Note: fmt.Sprintf("half of them within %.1f ms; processes' processor %.2f ms each, without the database's", milliseconds(got.Quantile(0.5)), milliseconds(got.ServerEach()))})
	return r.stop()
}

// divided has clients reach their stall through each of some processes in turn.
func divided(clients []*load.Client, servers []*load.Server) error {
	for i, c := range clients {
		if err := c.Through(servers[i%len(servers)].URL); err != nil {
			return err
		}
	}
	return nil
}
