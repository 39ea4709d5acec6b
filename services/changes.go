package services

import (
	"maps"
	"slices"
	"sync"

	"peerscrip/services/scrip"
)

// changes are what the catalogue has to read again of stalls of this process, each once
// however often it changed.
type changes struct {
	told chan struct{} // there are some

	mu sync.Mutex
	of map[scrip.VendorID]map[scrip.ID]bool // under mu: offers that were bought of; nil: the whole stall
}

// mostBought is of how many offers of a stall what is left is read by itself. Beyond it
// the whole stall is.
const mostBought = 100

func newChanges() *changes {
	return &changes{told: make(chan struct{}, 1), of: map[scrip.VendorID]map[scrip.ID]bool{}}
}

// add has the whole stall read. It does not block.
func (c *changes) add(v scrip.VendorID) {
	c.mu.Lock()
	c.of[v] = nil
	c.mu.Unlock()
	c.tell()
}

// bought has it read what is left of some offers. It does not block.
func (c *changes) bought(v scrip.VendorID, offers []scrip.ID) {
	c.mu.Lock()
	now, there := c.of[v]
	if !there {
		now = map[scrip.ID]bool{}
		c.of[v] = now
	}
	if now != nil {
		for _, o := range offers {
			now[o] = true
		}
		if len(now) > mostBought {
			c.of[v] = nil
		}
	}
	c.mu.Unlock()
	c.tell()
}

func (c *changes) tell() {
	select {
	case c.told <- struct{}{}:
	default:
	}
}

// take returns them, and forgets them: the offers of each stall, or nil for all of it.
func (c *changes) take() map[scrip.VendorID][]scrip.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := map[scrip.VendorID][]scrip.ID{}
	for v, offers := range c.of {
		list[v] = slices.Collect(maps.Keys(offers))
	}
	clear(c.of)
	return list
}
