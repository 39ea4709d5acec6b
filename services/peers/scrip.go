package peers

import "fmt"

// What everybody keeps when a day ends, in purchases; and what a buyer loads at once.
const (
	purse = 10
	load  = 100
)

// scrips is the money of this protocol.
type scrips struct {
	*world
	count        *Tally
	ahead, batch int
	broker       []int // BrokerScrip of each peer, in purchases
	renewed      []float64
	vendor       []map[int]int // VendorScrip of each peer, by merchant
	earned       []int
	unreported   []int
}

func newScrips(w *world, ahead, batch int, t *Tally) *scrips {
	t.Protocol = name(ahead, batch)
	s := &scrips{
		world: w, count: t, ahead: ahead, batch: batch, broker: make([]int, w.Peers), renewed: make([]float64, w.Peers),
		vendor: make([]map[int]int, w.Peers), earned: make([]int, w.Peers), unreported: make([]int, w.Peers),
	}
	for p := range s.vendor {
		s.vendor[p] = map[int]int{}
	}
	return s
}

func name(ahead, batch int) string {
	s := fmt.Sprintf("peerscrip, %d ahead", ahead)
	if batch > 1 {
		s += fmt.Sprintf(", T12 of %d", batch)
	}
	return s
}

// sealed is what the broker does for messages of this protocol: the first come in, the
// others go out.
func (s *scrips) sealed(in, out []string, w work) work {
	w.opens, w.replies, w.commits = len(in), len(out), 1
	for _, m := range append(in, out...) {
		w.in += float64(s.count.costs.Messages[m])
	}
	return w
}

func (s *scrips) tally() *Tally { return s.count }

// arrives renews BrokerScrip that is due.
func (s *scrips) arrives(peer int) {
	if s.broker[peer] > 0 && s.now-s.renewed[peer] >= (1-early)*s.Lifetime {
		s.count.authorizes("T26", s.sealed([]string{"T26"}, []string{"T27"}, work{}))
		s.renewed[peer] = s.now
	}
}

// leaves reports what is sold and not reported yet.
func (s *scrips) leaves(peer int) { s.report(peer) }

// pays is T10 and T11, which the broker does not see, and before it what is missing.
func (s *scrips) pays(from, to int) {
	if s.vendor[from][to] == 0 {
		s.exchange(from, to)
		s.count.Waiting++
	}
	if s.vendor[from][to]--; s.vendor[from][to] == 0 {
		delete(s.vendor[from], to)
	}
	s.count.records("T9", s.sealed([]string{"T9"}, []string{"NOTED"}, work{}))
	s.earned[to]++
	if s.unreported[to]++; s.unreported[to] >= s.batch {
		s.report(to)
	}
}

// exchange is T3 to T8, and before it T1 or T13.
func (s *scrips) exchange(from, to int) {
	if have := s.broker[from]; have < s.ahead {
		messages := [2]string{"T1", "T2"}
		if have > 0 {
			messages = [2]string{"T13", "T14"}
		}
		s.count.authorizes(messages[0], s.sealed(messages[:1], messages[1:], work{}))
		s.broker[from], s.renewed[from] = max(load, s.ahead), s.now
	}
	s.count.does("T3", s.sealed([]string{"T3"}, []string{"NOTED"}, work{verifies: 1}))
	s.count.authorizes("T5", s.sealed([]string{"T5", "T4"}, []string{"T6", "T7"}, work{signs: 1}))
	if s.broker[from] -= s.ahead; s.broker[from] > 0 {
		s.renewed[from] = s.now
	}
	s.vendor[from][to] = s.ahead
}

// report is T12 with the mandates of all sales that wait.
func (s *scrips) report(merchant int) {
	n := s.unreported[merchant]
	if n == 0 {
		return
	}
	w := s.sealed([]string{"T12"}, []string{"NOTED"}, work{verifies: n})
	w.in += float64(n-1) * s.count.costs.Growth * mandate
	s.count.records("T12", w)
	s.unreported[merchant] = 0
}

// mandate is about the bytes of one more mandate in a T12.
const mandate = 900

// day pays out what is above the purse's worth.
func (s *scrips) day() {
	for peer, earned := range s.earned {
		if earned > purse {
			s.count.authorizes("PAYOUT", s.sealed([]string{"PAYOUT"}, []string{"NOTED"}, work{}))
			s.earned[peer] = purse
		}
	}
}

// ends gives everything back.
func (s *scrips) ends() {
	for peer := range s.broker {
		s.report(peer)
		for range s.vendor[peer] {
			s.count.authorizes("T23", s.sealed([]string{"T23", "T22"}, []string{"T24", "T25"}, work{}))
		}
		if s.broker[peer] > 0 {
			s.count.authorizes("T20", s.sealed([]string{"T20"}, []string{"T21"}, work{}))
		}
		if s.earned[peer] > 0 {
			s.count.authorizes("PAYOUT", s.sealed([]string{"PAYOUT"}, []string{"NOTED"}, work{}))
		}
	}
}
