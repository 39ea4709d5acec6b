package api

import (
	"fmt"
	"testing"

	"peerscrip/services/scrip"
)

// TestStreamShares: one stall's keys have their streams between them, and another stall still has its own; what is closed is free.
func TestStreamShares(t *testing.T) {
	var q keyQuota
	opened := 0
	for i := range streamsOfStall/streamsOfKey + 2 {
		for range streamsOfKey + 1 {
			if q.open("one", scrip.ID(fmt.Sprint(i))) {
				opened++
			}
		}
	}
	if opened != streamsOfStall {
		t.Errorf("streams of one stall: got %d, want %d", opened, streamsOfStall)
	}
	if !q.open("other", "key") {
		t.Error("a stream of another stall: got none, want one")
	}
	q.close("one", "0")
	if !q.open("one", "new") || q.open("one", "newer") {
		t.Error("once one is closed: want one more, and no second")
	}
	for _, n := range q.streams {
		opened -= n
	}
	if opened != -1 {
		t.Errorf("streams that are counted: %d beside those of both stalls, want none", -1-opened)
	}
}
