package peers

import "container/heap"

// coin has an owner, who bought it and binds it to its holder.
type coin struct {
	owner, holder int
	lapses        float64
	version       int  // of its binding: what waits for an older one is void
	moved         bool // by the broker, and the owner does not know
	gone          bool
}

// dialect is what PPay and WhoPay do differently.
type dialect struct {
	name                                   string
	buy, transfer, renew, back, homecoming work
	proactive                              bool // owners ask at each return
	lazy                                   bool // owners never ask
}

// jws is the length of something signed that holds so many bytes.
func jws(holds float64) float64 { return 400 + holds*4/3 }

const groupSignature = 400

// ppay: messages are signed. A downtime transfer's request has the payer's wish over the
// assigned coin; both sides are told.
func ppay() dialect {
	raw := jws(0)
	assigned := jws(raw)
	return dialect{
		name:       "PPay",
		buy:        work{opens: 1, replies: 1, signs: 1, commits: 1, inText: jws(0), outText: raw},
		transfer:   work{opens: 1, replies: 2, verifies: 2, signs: 1, commits: 1, inText: jws(assigned), outText: 2 * assigned},
		renew:      work{opens: 1, replies: 1, verifies: 2, signs: 1, commits: 1, inText: jws(assigned), outText: assigned},
		back:       work{opens: 1, replies: 1, verifies: 2, commits: 1, inText: jws(assigned), outText: jws(0)},
		homecoming: work{opens: 1, replies: 1, commits: 1, inText: jws(0), outText: jws(assigned)},
	}
}

// whopay: coins and holders are keys; who passes a coin on or brings it back also shows
// that it is of the group.
func whopay(lazy bool) dialect {
	d := ppay()
	d.name, d.proactive, d.lazy = "WhoPay, proactive", !lazy, lazy
	if lazy {
		d.name = "WhoPay, lazy"
	}
	d.homecoming.commits = 0 // nothing is written down where nothing happened
	for _, w := range []*work{&d.transfer, &d.renew, &d.back} {
		w.groups, w.inText = w.groups+1, w.inText+groupSignature
	}
	return d
}

// coins is the money of PPay and of WhoPay.
type coins struct {
	*world
	dialect
	count *Tally
	all   []coin
	own   [][]int // coins a peer owns and holds
	held  [][]int // coins it holds and does not own
	stale [][]int // coins it owns that the broker moved while it was away
	due   lapses  // bindings by when they are to be made anew
	late  [][]int // coins whose holder was away when they were due
}

// lapse is a binding that is to be made anew.
type lapse struct {
	at            float64
	coin, version int
}

type lapses []lapse

func (l lapses) Len() int           { return len(l) }
func (l lapses) Less(i, j int) bool { return l[i].at < l[j].at }
func (l lapses) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lapses) Push(x any)        { *l = append(*l, x.(lapse)) }
func (l *lapses) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

// early is the part of a lifetime before its end in which a binding is made anew.
const early = 0.25

func newCoins(w *world, d dialect, t *Tally) *coins {
	n := w.Peers
	t.Protocol = d.name
	return &coins{world: w, dialect: d, count: t, own: make([][]int, n), held: make([][]int, n), stale: make([][]int, n), late: make([][]int, n)}
}

func (c *coins) tally() *Tally { return c.count }

func (c *coins) leaves(int) { c.renewals() }

// arrives has an owner hear of its coins, and a holder bind what is due.
func (c *coins) arrives(peer int) {
	c.renewals()
	if c.proactive || !c.lazy && len(c.stale[peer]) > 0 {
		w := c.homecoming
		if len(c.stale[peer]) > 0 {
			w.commits = 1
		}
		c.count.records("return", w)
	}
	for _, id := range c.stale[peer] {
		c.all[id].moved = false
	}
	c.stale[peer] = c.stale[peer][:0]
	late := c.late[peer]
	c.late[peer] = nil
	for _, id := range late {
		if k := &c.all[id]; !k.gone && k.holder == peer && k.owner != peer {
			c.bindAnew(id)
		}
	}
}

// renewals makes anew what is due and whose holder is online.
func (c *coins) renewals() {
	for len(c.due) > 0 && c.due[0].at <= c.now {
		l := heap.Pop(&c.due).(lapse)
		k := &c.all[l.coin]
		switch {
		case k.gone || k.version != l.version || k.holder == k.owner:
		case c.here(k.holder):
			c.bindAnew(l.coin)
		default:
			c.late[k.holder] = append(c.late[k.holder], l.coin)
		}
	}
}

func (c *coins) bindAnew(id int) {
	k := &c.all[id]
	if !c.here(k.owner) {
		c.count.authorizes("downtime renewal", c.renew)
		c.away(id)
	}
	c.bind(id, k.holder)
}

// away notes that the broker did what the owner does.
func (c *coins) away(id int) {
	if k := &c.all[id]; !k.moved {
		k.moved = true
		c.stale[k.owner] = append(c.stale[k.owner], id)
	}
}

// bind gives a coin to a holder for a whole lifetime.
func (c *coins) bind(id, holder int) {
	k := &c.all[id]
	k.holder, k.lapses = holder, c.now+c.Lifetime
	k.version++
	if holder != k.owner {
		heap.Push(&c.due, lapse{k.lapses - early*c.Lifetime, id, k.version})
	}
}

// pays passes on a coin of somebody who is online, or issues one's own, or has the
// broker pass one on, or buys one.
func (c *coins) pays(from, to int) {
	c.renewals()
	id, absent := c.choose(from)
	switch {
	case id < 0:
		id = len(c.all)
		c.all = append(c.all, coin{owner: from, holder: from})
		c.count.authorizes("purchase", c.buy)
		c.count.Waiting++
	case absent:
		c.count.authorizes("downtime transfer", c.transfer)
		c.count.Waiting++
		c.away(id)
	}
	c.bind(id, to)
	if c.all[id].owner == to {
		c.own[to] = append(c.own[to], id)
	} else {
		c.held[to] = append(c.held[to], id)
	}
}

// choose takes a coin out of the payer's purse; -1 when it has none.
func (c *coins) choose(from int) (id int, absent bool) {
	held := c.held[from]
	for i, id := range held {
		if c.here(c.all[id].owner) {
			c.held[from] = append(held[:i], held[i+1:]...)
			return id, false
		}
	}
	if own := c.own[from]; len(own) > 0 {
		c.own[from] = own[:len(own)-1]
		return own[len(own)-1], false
	}
	if len(held) > 0 {
		c.held[from] = held[1:]
		return held[0], true
	}
	return -1, false
}

// day brings back what is above the purse's worth, coin by coin.
func (c *coins) day() {
	c.renewals()
	for peer := range c.Peers {
		for len(c.held[peer])+len(c.own[peer]) > purse && len(c.held[peer]) > 0 {
			c.deposit(c.held[peer][0])
			c.held[peer] = c.held[peer][1:]
		}
	}
}

func (c *coins) deposit(id int) {
	c.all[id].gone = true
	c.count.authorizes("deposit", c.back)
}

func (c *coins) ends() {
	c.renewals()
	for id := range c.all {
		if !c.all[id].gone {
			c.deposit(id)
		}
	}
}
