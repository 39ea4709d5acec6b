package broker

import (
	"context"
	"errors"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// Pauses between attempts to reach merchants grow between these bounds.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
	abreast       = 8      // merchants asked at the same time
	mostTaken     = 10_000 // extensions taken up in one round
	mostSilent    = 64     // merchants asked in one round that did not answer the last time
)

// Run asks the merchants that have not answered T16, until ctx ends. It wakes
// with each T15 that is left waiting; while merchants are out of reach its
// pauses grow. In every round it sees to it that the log's head is signed, and that
// holds end whose time is over. Beside it, merchants are asked whether they are there.
func (b *Broker) Run(ctx context.Context) {
	var calling sync.WaitGroup
	calling.Go(func() { b.callOn(ctx) })
	defer calling.Wait()
	pause := shortestPause
	for {
		wait := b.Rounds
		if _, err := b.Head(ctx); err != nil && !errors.Is(err, scrip.NotFound) && ctx.Err() == nil {
			b.Log.Error("the log's head is not signed", "err", err)
		}
		if err := b.Due(ctx); err != nil && ctx.Err() == nil {
			b.Log.Error("holds whose time is over are not ended", "err", err)
		}
		if err := b.Deliver(ctx); err != nil && ctx.Err() == nil {
			b.Log.Info("merchants will be asked again", "in", pause, "err", err)
			wait, pause = min(pause, b.Rounds), min(2*pause, longestPause)
		}
		select {
		case <-time.After(wait):
			continue
		case <-b.wake:
			pause = shortestPause
		case <-ctx.Done():
			return
		}
		select { // who woke us has asked a moment ago
		case <-time.After(shortestPause):
		case <-ctx.Done():
			return
		}
	}
}

// wakeUp has Run look for work. Told twice before it looks, it looks once.
func (b *Broker) wakeUp() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// hasten has what T3 locked end in its proper time: a clock that was ahead when it was
// announced, and was put right since, would hold the scrip until it has caught up. A
// deadline is never further away than that of a T3 that comes now.
func (b *Broker) hasten(ctx context.Context) error {
	at := b.Clock().Unix()
	return b.Books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{Deadlines: at + int64(b.LockTime/time.Second)}})
}

// Deliver makes one attempt at the merchants that have not answered T16: at all but
// those that were silent before, and at mostSilent of these, after the others. What
// their being gone or the time decides it does for all, and so it does for locks of T3.
// A nil error means that nothing waits.
func (b *Broker) Deliver(ctx context.Context) error {
	if err := b.hasten(ctx); err != nil {
		return err
	}
	waiting, err := b.Books.Extensions(ctx, mostTaken)
	if err != nil {
		return err
	}
	lines := map[scrip.VendorID][]scrip.Extension{}
	var vendors []scrip.VendorID // oldest T15 first
	for _, x := range waiting {
		if lines[x.Vendor] == nil {
			vendors = append(vendors, x.Vendor)
		}
		lines[x.Vendor] = append(lines[x.Vendor], x)
	}
	asked := b.silent.sort(vendors, mostSilent)
	return eachAbreast(vendors, func(i int, vendor scrip.VendorID) error { return b.takeUpAll(ctx, lines[vendor], i >= asked) })
}

// eachAbreast does something with each merchant of a list, in its order, with a few
// at the same time.
func eachAbreast[M any](merchants []M, do func(i int, m M) error) (err error) {
	var all sync.WaitGroup
	room, errs := make(chan struct{}, abreast), make(chan error, len(merchants))
	for i, m := range merchants {
		room <- struct{}{}
		all.Go(func() {
			errs <- do(i, m)
			<-room
		})
	}
	all.Wait()
	close(errs)
	for failed := range errs {
		err = errors.Join(err, failed)
	}
	return err
}

// takeUpAll asks one merchant about all it has not answered. Once it is silent, as it
// may be known to be, it is not asked further, but for what the time decides, or that it
// is gone.
func (b *Broker) takeUpAll(ctx context.Context, line []scrip.Extension, silent bool) error {
	ask := func(ctx context.Context, x scrip.Extension) (verdict, error) {
		if silent {
			return b.askNobody(ctx, x)
		}
		said, err := b.askFor(ctx, x, patienceAgain)
		if silent = said.unheard; ctx.Err() == nil {
			b.silent.note(x.Vendor, silent)
		}
		return said, err
	}
	var failed error
	for _, x := range line {
		err := b.takeUp(ctx, x, ask)
		if err != nil && !(unanswered(err) && unanswered(failed)) { // one line of the log for all of them
			failed = errors.Join(failed, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return failed
}

// takeUp answers a customer's T15 where a silent merchant or a crash left it,
// though nobody waits: the same T15 again finds the answer.
func (b *Broker) takeUp(ctx context.Context, x scrip.Extension, ask asker) error {
	if !x.Held {
		return b.settleLate(ctx, x, ask)
	}
	return b.responder().TakeUp(ctx, extensionOf(x), func(at int64) (scrip.Answer, error) {
		a, err := b.extended(ctx, x, ask, at)
		if err == nil && a.Unstored {
			err = errSilent
		}
		return a, err
	})
}

// errSilent is the error of a T15 whose merchant has not answered.
var errSilent = scrip.Unanswered{Cause: errors.New("the merchant is silent")}

func unanswered(err error) bool { return errors.As(err, new(scrip.Unanswered)) }
