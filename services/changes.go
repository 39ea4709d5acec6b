package services

import (
	"maps"
	"slices"
	"sync"

	"peerscrip/services/scrip"
)

// changes are stalls of this process that the catalogue has to read again, each once
// however often it changed.
type changes struct {
	told chan struct{} // there are some

	mu sync.Mutex
	of map[scrip.VendorID]bool // under mu
}

func newChanges() *changes {
	return &changes{told: make(chan struct{}, 1), of: map[scrip.VendorID]bool{}}
}

// add does not block.
func (c *changes) add(v scrip.VendorID) {
	c.mu.Lock()
	c.of[v] = true
	c.mu.Unlock()
	select {
	case c.told <- struct{}{}:
	default:
	}
}

// take returns them, and forgets them.
func (c *changes) take() []scrip.VendorID {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := slices.Collect(maps.Keys(c.of))
	clear(c.of)
	return list
}
