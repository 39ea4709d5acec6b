package broker

import (
	"context"
	"errors"
	"sync"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Pauses between attempts to reach merchants grow between these bounds.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
	abreast       = 8      // merchants asked at the same time
	maxWaiting    = 10_000 // extensions looked at in one round
)

// Run asks the merchants that have not answered T16, until ctx ends. It wakes
// with each T15 that is left waiting; while merchants are out of reach its
// pauses grow. In every round it sees to it that the log's head is signed.
func (b *Broker) Run(ctx context.Context) {
	pause := shortestPause
	for {
		wait := longestPause
		if _, err := b.Head(ctx); err != nil && !errors.Is(err, scrip.NotFound) && ctx.Err() == nil {
			b.Log.Error("the log's head is not signed", "err", err)
		}
		if err := b.Deliver(ctx); err != nil && ctx.Err() == nil {
			b.Log.Info("merchants will be asked again", "in", pause, "err", err)
			wait, pause = pause, min(2*pause, longestPause)
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

// wakeUp has Run look for work.
func (b *Broker) wakeUp() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

var errWaiting = errors.New("merchants have not answered")

// Deliver makes one attempt at every merchant that has not answered T16. A nil
// error means that nothing waits.
func (b *Broker) Deliver(ctx context.Context) error {
	waiting, err := b.Books.Extensions(ctx, maxWaiting)
	if err != nil {
		return err
	}
	lines := map[scrip.VendorID][]scrip.Extension{}
	for _, x := range waiting {
		lines[x.Vendor] = append(lines[x.Vendor], x)
	}
	var all sync.WaitGroup
	room, errs := make(chan struct{}, abreast), make(chan error, len(lines))
	for _, line := range lines {
		room <- struct{}{}
		all.Go(func() {
			errs <- b.settleAll(ctx, line)
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

// settleAll asks one merchant about all it has not answered. Once it is silent
// it is not asked further, but for what its revocation or the time decides.
func (b *Broker) settleAll(ctx context.Context, line []scrip.Extension) error {
	var failed error
	ask := b.ask
	for _, x := range line {
		err := b.settle(ctx, x, func(ctx context.Context, x scrip.Extension) (verdict, error) {
			said, err := ask(ctx, x)
			if said.unheard {
				ask = b.askNobody
			}
			return said, err
		})
		if err != nil && !(errors.Is(err, errWaiting) && errors.Is(failed, errWaiting)) {
			failed = errors.Join(failed, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return failed
}

// settle takes an extension up again where a silent merchant or a crash left it.
func (b *Broker) settle(ctx context.Context, x scrip.Extension, ask asker) error {
	if !x.Held {
		return b.settleLate(ctx, x, ask)
	}
	q := scrip.Request{
		From: string(x.Account), Typ: scrip.ExtendPayment{}.Type(), Tx: x.Tx, Digest: x.Digest, ReplyKey: &x.ReplyKey,
	}
	_, err := b.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		a, err := b.extended(ctx, x, ask, at)
		if err == nil && a.Unstored {
			err = errWaiting
		}
		return a, err
	})
	return err
}

// settleLate asks again after the change was given. What the merchant says is
// then kept beside T19.
func (b *Broker) settleLate(ctx context.Context, x scrip.Extension, ask asker) error {
	said, err := ask(ctx, x)
	if err != nil {
		return err
	}
	at := b.Clock().Unix()
	books := &scrip.BrokerChange{Unextend: &scrip.Unextended{Tx: x.Tx, Held: false}}
	change := scrip.Change{At: at, Broker: books}
	switch {
	case said.issued:
		books.Post = []scrip.Posting{{From: scrip.ReserveOf(x.Vendor), To: scrip.FloatOf(x.Vendor), Amount: x.Value}}
		books.Log = []scrip.Record{extensionRecord(x, at, scrip.ExtendApproval{}.Type(), books.Post, said.evidence...)}
		change.Replies = []scrip.StoredReply{{
			From: string(x.Account), Typ: scrip.ExtendOrder{}.Type(), Tx: x.Tx, Digest: x.Digest,
			Reply: scrip.Sealed{Order: said.order},
		}}
	case said.refused != "":
		if change.Replies, err = b.refunded(ctx, x, at); err != nil {
			return err
		}
		account, err := b.Books.Account(ctx, x.Account)
		if err != nil {
			return err
		}
		books.Post = []scrip.Posting{{From: scrip.ReserveOf(x.Vendor), To: scrip.BankOf(account.Bank), Amount: x.Value}}
		books.Log = []scrip.Record{extensionRecord(x, at, said.ends(), books.Post, said.evidence...)}
	default:
		return errWaiting
	}
	if err := b.Books.Apply(ctx, change); !errors.Is(err, scrip.ErrAnswered) {
		return err
	}
	return nil
}

// refunded says in T19, while what it brought lives, that the rest went back to
// the bank. Afterwards the same T15 meets dead scrip.
func (b *Broker) refunded(ctx context.Context, x scrip.Extension, at int64) ([]scrip.StoredReply, error) {
	live, err := b.Books.Live(ctx, x.ScripID)
	if errors.Is(err, scrip.ScripSpent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	held := live.Held(b.Identity.ID)
	t19, err := jose.Reply(b.Random, scrip.Compose(string(b.Identity.ID), string(x.Account), x.Tx, at,
		scrip.ExtendChange{Value: live.Value, Returned: x.Value}, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	), b.Signing, x.ReplyKey)
	return []scrip.StoredReply{{
		From: string(x.Account), Typ: scrip.ExtendPayment{}.Type(), Tx: x.Tx, Digest: x.Digest,
		Reply: scrip.Sealed{Payment: t19}, ScripID: live.ScripID, Replaces: true,
	}}, err
}
