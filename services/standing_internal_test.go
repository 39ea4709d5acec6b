package services

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// damaged is a shelf that cannot be read.
type damaged struct{ merchant.Shelf }

func (damaged) Unsettled(context.Context, int) ([]scrip.Exchange, error) {
	return nil, errors.New("the database disk image is malformed")
}

// TestQueuesOfADamagedStall: the operator sees how all else stands while the book of a stall cannot be read.
func TestQueuesOfADamagedStall(t *testing.T) {
	c := rig.New(t).Stall("Attic").Config
	c.Shelf = damaged{c.Shelf}
	h := &house{Config: Config{Log: slog.New(slog.DiscardHandler)}, stall: merchant.Open(c)}
	var s web.Standing
	if err := h.addQueues(t.Context(), &s); err != nil || s.Unasked != 1 || len(s.Queues) != 0 {
		t.Errorf("got %+v, %v, want one stall that was not asked", s, err)
	}
}
