package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Witness cosigns heads of the log that continue the one which it cosigned last. It is safe
// for concurrent use.
type Witness interface {
	// Key is its key, by which its cosignatures are known, and Name what that calls it.
	Key() string
	Name() string
	// Cosign asks for a cosignature of a signed head, which continues the log of old records
	// by a proof. tree.OtherSize: the head that it cosigned last has another size;
	// tree.ErrContradicts: it is another one. Any other error settles nothing.
	Cosign(ctx context.Context, old int64, proof []tree.Hash, head string) (tree.Cosignature, error)
}

// When a witness is asked: as soon as a head is signed, and for the same head again now and
// then, so that a cosignature also says that the log is no further. One that does not answer
// is asked with pauses that grow.
const (
	cosignLook     = 5 * time.Second
	cosignAgain    = time.Hour
	longestCosign  = 5 * time.Minute
	cosignPatience = 15 * time.Second
)

// witnessed is what the witnesses said that the books do not keep.
type witnessed struct {
	mu  sync.Mutex
	not map[string]error // under mu: by key, of those that cosigned another log than this
}

func (w *witnessed) note(key string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.not == nil {
		w.not = map[string]error{}
	}
	delete(w.not, key)
	if errors.Is(err, tree.ErrContradicts) {
		w.not[key] = err
	}
}

func (w *witnessed) contradicts(key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.not[key]
}

// Cosigning has the heads of the log cosigned until ctx ends, by each witness without waiting
// for the others. Nothing else waits for it.
func (b *Broker) Cosigning(ctx context.Context) {
	var all sync.WaitGroup
	for _, w := range b.Witnesses {
		all.Go(func() { b.cosigning(ctx, w) })
	}
	all.Wait()
}

func (b *Broker) cosigning(ctx context.Context, w Witness) {
	pause, failed := cosignLook, false
	for ctx.Err() == nil {
		err := b.Cosign(ctx, w)
		if ctx.Err() != nil {
			return
		}
		switch {
		case err == nil:
			pause, failed = cosignLook, false
		case errors.Is(err, tree.ErrContradicts) && !failed:
			b.Log.Error("a witness cosigned another log than this: the books are not those that it saw. Sell nothing on them before it is known why", "witness", w.Name(), "err", err)
			failed = true
		case !failed:
			b.Log.Warn("a head of the log is not cosigned; the witness will be asked again", "witness", w.Name(), "err", err)
			failed = true
		}
		if err != nil {
			pause = min(2*pause, longestCosign)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// Cosign has a witness cosign the last signed head, unless it has, a moment ago. Killed
// before the cosignature is kept, it asks again, and the witness says the same.
func (b *Broker) Cosign(ctx context.Context, w Witness) error {
	ctx, cancel := context.WithTimeout(ctx, cosignPatience)
	defer cancel()
	head, err := b.Books.SignedHead(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := b.cosignedBy(ctx, w)
	if err != nil {
		return err
	}
	at := b.Clock().Unix()
	if age := at - last.At; last.Size == head.Size && age >= 0 && age < int64(cosignAgain/time.Second) {
		return nil
	}
	line, err := b.askFrom(ctx, w, last.Size, head)
	var other tree.OtherSize
	if errors.As(err, &other) { // a cosignature that was not kept; or the first of a witness that knows the log
		line, err = b.askFrom(ctx, w, int64(other), head)
	}
	b.witnessed.note(w.Key(), err)
	if err != nil {
		return err
	}
	return b.Books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{
		Cosigned: &scrip.Cosigned{Witness: w.Key(), Size: head.Size, At: at, Line: line},
	}})
}

// askFrom asks a witness that cosigned so many records last.
func (b *Broker) askFrom(ctx context.Context, w Witness, old int64, head scrip.SignedHead) (string, error) {
	if old > head.Size {
		return "", b.ahead(ctx, old)
	}
	var proof tree.Consistency
	if old > 0 && old < head.Size {
		var err error
		if proof, err = b.Books.Consistency(ctx, old, head.Size); err != nil {
			return "", err
		}
	}
	said, err := w.Cosign(ctx, old, proof.Path, head.Note)
	return said.Line, err
}

// ahead is why a witness cosigned more records than the last head has: another process of the
// broker has signed a later one meanwhile, or the log went back.
func (b *Broker) ahead(ctx context.Context, size int64) error {
	now, err := b.Books.SignedHead(ctx)
	if err != nil {
		return err
	}
	if now.Size >= size {
		return errors.New("a later head was signed meanwhile")
	}
	return fmt.Errorf("%w: it has %d records, and the last head that was signed here has %d", tree.ErrContradicts, size, now.Size)
}

func (b *Broker) cosignedBy(ctx context.Context, w Witness) (scrip.Cosigned, error) {
	all, err := b.Books.Cosigned(ctx)
	for _, c := range all {
		if c.Witness == w.Key() {
			return c, nil
		}
	}
	return scrip.Cosigned{}, err
}

// Checkpoint returns the last signed head that a witness cosigned, with the cosignatures of
// all that did; while none did, the last signed head. scrip.NotFound while the log is empty.
func (b *Broker) Checkpoint(ctx context.Context) (string, error) {
	all, err := b.Books.Cosigned(ctx)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return b.Head(ctx)
	}
	head, err := b.Books.HeadAfter(ctx, all[0].Size-1)
	text := head.Note
	for _, c := range all {
		if c.Size == head.Size {
			text += c.Line
		}
	}
	return text, err
}

// WitnessState is how far a witness has cosigned.
type WitnessState struct {
	Name   string
	Size   int64 // records of the head that it cosigned last; 0: none
	At     int64 // unix seconds: when it did; 0: never
	Behind int64 // unix seconds: when the first head was signed that it has not cosigned; 0: there is none
	Not    error // it cosigned another log than this
}

// WitnessStates tells of each witness.
func (b *Broker) WitnessStates(ctx context.Context) (states []WitnessState, err error) {
	for _, w := range b.Witnesses {
		last, err := b.cosignedBy(ctx, w)
		if err != nil {
			return nil, err
		}
		s := WitnessState{Name: w.Name(), Size: last.Size, At: last.At, Not: b.witnessed.contradicts(w.Key())}
		next, err := b.Books.HeadAfter(ctx, last.Size)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return nil, err
		}
		s.Behind = next.At
		states = append(states, s)
	}
	return states, nil
}
