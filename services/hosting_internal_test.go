package services

import (
	"errors"
	"sync"
	"testing"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// TestShelfMadeAtOnce: a stall that is opened by its owner and by the sweep of drafts at
// the same time gets one book, and nobody is told that it failed.
func TestShelfMadeAtOnce(t *testing.T) {
	h := &house{folder: folder.At(t.TempDir())}
	failed := make([]error, 4)
	var all sync.WaitGroup
	for n := range failed {
		all.Go(func() { failed[n] = h.makeShelf(t.Context(), scrip.VendorID("G1ucyz6NAGpSMN6b2iP_kQ")) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Errorf("make one book %d times at once: %v", len(failed), err)
	}
}
