package peers

import (
	"container/heap"
	"math/rand/v2"
	"slices"
)

// world is who is online, and the future.
type world struct {
	Config
	random *rand.Rand
	events events
	online crowd
	open   crowd   // those of them who sell
	known  [][]int // whom each peer has paid
	now    float64 // days
}

// crowd are peers who are online, in no order.
type crowd struct {
	peers []int
	place []int // where each peer is among them; -1 when it is away
}

func newCrowd(n int) crowd {
	c := crowd{place: make([]int, n)}
	for p := range c.place {
		c.place[p] = -1
	}
	return c
}

func (c *crowd) enter(peer int) {
	c.place[peer] = len(c.peers)
	c.peers = append(c.peers, peer)
}

func (c *crowd) exit(peer int) {
	last := c.peers[len(c.peers)-1]
	c.peers[c.place[peer]], c.place[last] = last, c.place[peer]
	c.peers, c.place[peer] = c.peers[:len(c.peers)-1], -1
}

// event is a peer that comes or goes (peer >= 0), or the next payment of anybody.
type event struct {
	at   float64
	peer int
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at < e[j].at }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// payment marks the event of the next payment.
const payment = -1

// economy is one protocol's money among the peers. Its methods are called in the order
// of time.
type economy interface {
	arrives(peer int)
	leaves(peer int)
	pays(from, to int)
	day() // once a day
	ends()
	tally() *Tally
}

func newWorld(c Config) *world {
	w := &world{
		Config: c, random: rand.New(rand.NewPCG(c.Seed, 9)),
		online: newCrowd(c.Peers), open: newCrowd(c.Peers), known: make([][]int, c.Peers),
	}
	for p := range c.Peers {
		if w.random.Float64() < c.Online {
			w.enter(p)
		}
		heap.Push(&w.events, event{w.stay(p), p})
	}
	heap.Push(&w.events, event{w.pause(), payment})
	return w
}

// here reports whether a peer is online.
func (w *world) here(peer int) bool { return w.online.place[peer] >= 0 }

// sells reports whether a peer sells.
func (w *world) sells(peer int) bool { return float64(peer) < w.Sellers*float64(w.Peers) }

func (w *world) enter(peer int) {
	w.online.enter(peer)
	if w.sells(peer) {
		w.open.enter(peer)
	}
}

func (w *world) exit(peer int) {
	w.online.exit(peer)
	if w.sells(peer) {
		w.open.exit(peer)
	}
}

// stay is when the peer comes or goes next.
func (w *world) stay(peer int) float64 {
	mean := w.Session / 24
	if !w.here(peer) {
		mean *= (1 - w.Online) / w.Online
	}
	return w.now + w.random.ExpFloat64()*mean
}

// pause is when the next payment is made.
func (w *world) pause() float64 {
	return w.now + w.random.ExpFloat64()/(float64(w.Peers)*w.PerDay)
}

// parties draws who pays whom, both of them online; ok is false when there are no two.
func (w *world) parties() (from, to int, ok bool) {
	if len(w.online.peers) == 0 {
		return 0, 0, false
	}
	from = w.online.peers[w.random.IntN(len(w.online.peers))]
	again := w.random.Float64() < w.Repeat
	if known := w.known[from]; again && len(known) > 0 {
		start := w.random.IntN(len(known))
		for i := range known {
			if to = known[(start+i)%len(known)]; w.here(to) {
				return from, to, true
			}
		}
	}
	if to, ok = w.seller(from); ok && !slices.Contains(w.known[from], to) {
		w.known[from] = append(w.known[from], to)
	}
	return from, to, ok
}

// seller draws somebody who sells and is online, and not the payer.
func (w *world) seller(from int) (to int, ok bool) {
	open := w.open.peers
	if len(open) == 0 || len(open) == 1 && open[0] == from {
		return 0, false
	}
	if w.open.place[from] < 0 {
		return open[w.random.IntN(len(open))], true
	}
	if to = open[w.random.IntN(len(open)-1)]; to == from {
		to = open[len(open)-1]
	}
	return to, true
}

// run lets time pass for all economies at once.
func (w *world) run(all []economy) {
	for _, e := range all {
		for _, p := range w.online.peers {
			e.arrives(p)
		}
	}
	day := 1.0
	for w.now < w.Days {
		next := heap.Pop(&w.events).(event)
		for ; day <= next.at && day <= w.Days; day++ {
			w.now = day
			for _, e := range all {
				e.day()
			}
		}
		if w.now = next.at; w.now >= w.Days {
			break
		}
		w.happen(next, all)
	}
	w.now = w.Days
	for _, e := range all {
		e.ends()
	}
}

func (w *world) happen(next event, all []economy) {
	switch {
	case next.peer == payment:
		if from, to, ok := w.parties(); ok {
			for _, e := range all {
				e.tally().Payments++
				e.pays(from, to)
			}
		}
		heap.Push(&w.events, event{w.pause(), payment})
	case w.here(next.peer):
		for _, e := range all {
			e.leaves(next.peer)
		}
		w.exit(next.peer)
		heap.Push(&w.events, event{w.stay(next.peer), next.peer})
	default:
		w.enter(next.peer)
		for _, e := range all {
			e.arrives(next.peer)
		}
		heap.Push(&w.events, event{w.stay(next.peer), next.peer})
	}
}
