package rig_test

import (
	"context"
	"errors"
	"sync"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

var (
	errCrash = errors.New("crashed")
	errWire  = errors.New("connection reset")
)

// fuse is one life of a process. It counts the instants at which a process can
// die: before and after each commit and each message. Once blown, nothing the
// process still tries reaches anyone.
type fuse struct {
	mu   sync.Mutex
	left int // instants until it blows; 0 for never
	dead bool
}

// alive passes an instant and reports whether the process lives on.
func (f *fuse) alive() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left > 0 {
		f.left--
		f.dead = f.dead || f.left == 0
	}
	return !f.dead
}

func (f *fuse) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// apply passes a commit through the fuse.
func (f *fuse) apply(commit func() error) error {
	if !f.alive() {
		return errCrash
	}
	err := commit()
	if !f.alive() {
		return errCrash
	}
	return err
}

type fusedBooks struct {
	broker.Books
	*fuse
}

func (b fusedBooks) Apply(ctx context.Context, c scrip.Change) error {
	return b.apply(func() error { return b.Books.Apply(ctx, c) })
}

type fusedShelf struct {
	merchant.Shelf
	*fuse
}

func (s fusedShelf) Apply(ctx context.Context, c scrip.Change) error {
	return s.apply(func() error { return s.Shelf.Apply(ctx, c) })
}

type fusedPurse struct {
	wallet.Purse
	*fuse
}

func (p fusedPurse) Apply(ctx context.Context, c wallet.PurseChange) error {
	return p.apply(func() error { return p.Purse.Apply(ctx, c) })
}

// fate is what becomes of one message and its answer.
type fate string

const (
	passes fate = "passes"
	lost   fate = "is lost"          // nobody hears it
	mute   fate = "loses its answer" // heard, and the answer is lost
	twice  fate = "comes twice"
	late   fate = "comes later" // the sender gives up; it is delivered in some other order
)

// parcel is a message on its way, or on the tape of all that ever were.
type parcel struct {
	what string
	in   scrip.Sealed
	send step
}

// network lies between all parties. Every message goes over the wire of its
// sender and its receiver, whose next fates can be set.
type network struct {
	mu    sync.Mutex
	fates map[string][]fate // under mu, by wire
	post  []parcel          // under mu: what comes late
	tape  []parcel          // under mu: every request that was sent
	log   func(format string, args ...any)
}

// maxTape bounds what can be replayed.
const maxTape = 400

func (n *network) next(wire string, p parcel) fate {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := passes
	if queue := n.fates[wire]; len(queue) > 0 {
		f, n.fates[wire] = queue[0], queue[1:]
	}
	if len(n.tape) < maxTape {
		n.tape = append(n.tape, p)
	}
	if f == late {
		n.post = append(n.post, p)
	}
	if f != passes {
		n.log("  %s %s", p.what, f)
	}
	return f
}

// party is one end of a wire.
type party interface {
	name() string
	now() *fuse // its present life
}

// wire carries the messages of one life of a process.
type wire struct {
	n    *network
	from party
	life *fuse
	to   party
}

type step = func(context.Context, scrip.Sealed) (scrip.Sealed, error)

// carry brings a message to its receiver, or not. An error without a refusal in
// it says, as over HTTP, that nothing is known of what became of it.
func (w wire) carry(ctx context.Context, what string, in scrip.Sealed, to step) (scrip.Sealed, error) {
	if !w.life.alive() {
		return scrip.Sealed{}, errCrash
	}
	label := what + " " + w.from.name() + " to " + w.to.name()
	f := w.n.next(w.from.name()+">"+w.to.name(), parcel{label, in, func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return w.arrive(ctx, in, to)
	}})
	if f == lost || f == late {
		return scrip.Sealed{}, errWire
	}
	out, err := w.arrive(ctx, in, to)
	if f == twice {
		out, err = w.arrive(ctx, in, to)
	}
	if f == mute {
		return scrip.Sealed{}, errWire
	}
	if !w.life.alive() {
		return scrip.Sealed{}, errCrash
	}
	return out, err
}

// arrive has the receiver take a message; a dead one answers nothing.
func (w wire) arrive(ctx context.Context, in scrip.Sealed, to step) (scrip.Sealed, error) {
	life := w.to.now()
	if life.isDead() {
		return scrip.Sealed{}, errWire
	}
	out, err := to(ctx, in)
	if life.isDead() {
		return scrip.Sealed{}, errWire
	}
	return out, err
}
