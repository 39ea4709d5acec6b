package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"peerscrip/services/bench/load"
)

// moments are how often a soak is looked at.
const moments = 15

// soak is half of what the machine can do, for a long time: memory, file handles and waits
// at each of some moments, and whether they are flat from the second third to the last.
func (r *run) soak() error {
	if r.Soak == 0 {
		return nil
	}
	const clients = 8
	m, err := r.open(4, 150)
	if err != nil {
		return err
	}
	list := make([]*load.Client, clients)
	for i := range list {
		if list[i], err = load.Join(r.ctx, m.servers[0].URL, mostDeposited); err == nil {
			err = list[i].Visit(m.stalls[i%len(m.stalls)])
		}
		if err != nil {
			return err
		}
	}
	full, err := load.Run(r.ctx, m.servers, list, max(r.Size.Purchases, 1000), buyOn, nil)
	if err != nil {
		return err
	}
	rate := full.PerSecond() / 2
	r.add(Row{What: "offered", Reached: rate, Unit: "a second", Note: fmt.Sprintf("half of what %d clients reach, for %v", clients, r.Soak)})
	var series [moments]moment
	for i := range series {
		if series[i], err = r.lasting(m, list, rate, r.Soak/moments); err != nil {
			return err
		}
		at := r.Soak * time.Duration(i+1) / moments
		r.add(Row{What: fmt.Sprintf("after %v: half of them within", at.Round(time.Second)), Reached: series[i].half, Unit: "ms", Note: fmt.Sprintf(
			"99 %% within %.1f ms; %.0f a second; %.0f MB; %d handles", series[i].late, series[i].rate, series[i].megabytes, series[i].handles)})
	}
	middle, last := series[moments/3:2*moments/3], series[2*moments/3:]
	for _, of := range []struct {
		what   string
		figure func(moment) float64
		most   float64
	}{
		{"memory", func(m moment) float64 { return m.megabytes }, 1.1}, {"file handles", func(m moment) float64 { return float64(m.handles) }, 1.1},
		{"half of them within", func(m moment) float64 { return m.half }, 1.25},
	} {
		r.add(Row{What: of.what + ", last third against the one before", Reached: mean(last, of.figure) / mean(middle, of.figure), Unit: "times", Goal: &Goal{Most: of.most}})
	}
	return nil
}

// What the sandbox bank takes in one deposit, and lets go without a confirmation.
const (
	mostDeposited = 1000_00
	mostAtOnce    = 100_00
)

// buyOn is a purchase, and before it what it is paid with, when that is used up.
func buyOn(ctx context.Context, c *load.Client) error {
	if c.Left() == 0 {
		if err := c.Load(ctx, mostAtOnce); err != nil {
			return err
		}
		if err := c.Exchange(ctx, mostAtOnce); err != nil {
			return err
		}
	}
	return c.Buy(ctx)
}

// moment is how a soak was in one part of it.
type moment struct {
	kept
	half, late float64 // ms
	rate       float64
}

func mean(all []moment, figure func(moment) float64) float64 {
	sum := 0.0
	for _, m := range all {
		sum += figure(m)
	}
	return sum / float64(len(all))
}

// lasting has clients buy at a rate together for a while.
func (r *run) lasting(m market, clients []*load.Client, rate float64, while time.Duration) (now moment, err error) {
	pause := time.Duration(float64(len(clients)) / rate * float64(time.Second))
	waits, failed := make([][]time.Duration, len(clients)), make([]error, len(clients))
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	began := time.Now()
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			next := began.Add(pause * time.Duration(i) / time.Duration(len(clients)))
			for ; next.Sub(began) < while && ctx.Err() == nil; next = next.Add(pause) {
				time.Sleep(time.Until(next))
				start := time.Now()
				if failed[i] = buyOn(ctx, c); failed[i] != nil {
					cancel()
					return
				}
				waits[i] = append(waits[i], time.Since(start))
			}
		})
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return now, err
		}
	}
	each := slices.Concat(waits...)
	if len(each) == 0 {
		return now, fmt.Errorf("nothing was bought in %v", while)
	}
	now.half, now.rate = milliseconds(middle(each)), float64(len(each))/time.Since(began).Seconds()
	now.late = milliseconds(each[min(len(each)-1, len(each)*99/100)])
	now.kept, err = keptBy(m.servers[0].PID)
	return now, err
}
