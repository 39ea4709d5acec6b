package rig

import (
	"context"
	"errors"
	"sync"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Wire is how the rig's broker reaches its stalls. At first it is open.
type Wire struct {
	// Instead takes what the broker sends to any stall in the stall's place, if it is
	// set, and it is set before anything is sent.
	Instead func(ctx context.Context, to *merchant.Stall, message string, in scrip.Sealed) (scrip.Sealed, error)

	rig    *Rig
	mu     sync.Mutex
	stalls map[scrip.VendorID]*merchant.Stall // under mu
	state  WireState                          // under mu
	sent   []scrip.Sealed                     // under mu
}

// WireState is what a wire does with messages.
type WireState int

// The states of a wire.
const (
	Open WireState = iota
	Mute           // messages arrive, answers are lost
	Cut            // nothing arrives
)

var _ broker.Merchants = (*Wire)(nil)

var errWire = errors.New("connection reset")

func (w *Wire) add(s *merchant.Stall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalls == nil {
		w.stalls = map[scrip.VendorID]*merchant.Stall{}
	}
	w.stalls[s.Vendor()] = s
}

// Set changes the wire's state.
func (w *Wire) Set(s WireState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
}

// Sent returns the messages the broker sent, lost ones too.
func (w *Wire) Sent() []scrip.Sealed {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]scrip.Sealed(nil), w.sent...)
}

// Send carries T16 and CALL.
func (w *Wire) Send(ctx context.Context, s scrip.CertifiedStall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	w.mu.Lock()
	w.sent = append(w.sent, in)
	stall, state := w.stalls[s.Vendor], w.state
	w.mu.Unlock()
	if state == Cut || stall == nil {
		return scrip.Sealed{}, errWire
	}
	out, err := w.carry(ctx, stall, message, in)
	switch {
	case w.Instead != nil: // it may say what no stall should
	case message == (scrip.ExtendRequest{}).Type():
		listen[scrip.ExtendRequest](w.rig, in, out, string(s.Vendor), stall.Keys.Envelope)
	default:
		listen[scrip.Call](w.rig, in, out, string(s.Vendor), stall.Keys.Envelope)
	}
	if state == Mute {
		return scrip.Sealed{}, errWire
	}
	return out, err
}

func (w *Wire) carry(ctx context.Context, to *merchant.Stall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if w.Instead != nil {
		return w.Instead(ctx, to, message, in)
	}
	return to.Send(ctx, message, in)
}
