package broker

import (
	"slices"
	"sync"

	"peerscrip/services/scrip"
)

// silent are the merchants that did not answer when they were last asked again. They
// are forgotten with the process: it finds out anew.
type silent struct {
	mu    sync.Mutex
	asks  int64                    // under mu: how many were in vain
	asked map[scrip.VendorID]int64 // under mu: the last of them, for each merchant
}

// Silent is how many merchants did not answer when they were last asked again.
func (b *Broker) Silent() int {
	b.silent.mu.Lock()
	defer b.silent.mu.Unlock()
	return len(b.silent.asked)
}

// note remembers whether a merchant that was asked was silent.
func (s *silent) note(v scrip.VendorID, unheard bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.asked, v)
	if unheard {
		s.asks++
		s.asked[v] = s.asks
	}
}

// sort puts the merchants that may answer first, in the order they have, and those that
// were silent after them, the one that was left alone for longest first. It returns how
// many are to be asked: of the silent ones at most so many. Those that are not among
// them have nothing to answer any more, and are forgotten.
func (s *silent) sort(vendors []scrip.VendorID, most int) (asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := make(map[scrip.VendorID]int64, len(s.asked))
	for _, v := range vendors {
		if at, known := s.asked[v]; known {
			kept[v] = at
		}
	}
	s.asked = kept
	slices.SortStableFunc(vendors, func(a, b scrip.VendorID) int { return int(kept[a] - kept[b]) })
	return len(vendors) - max(len(kept)-most, 0)
}
