package merchant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Pauses between attempts to reach the broker grow between these bounds.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
	renewal       = 7 * 24 * time.Hour // a listing is signed anew this long before it is over
)

// Run delivers to the broker what it has yet to hear, until ctx ends: T5 and T23
// without an answer, T12 of purchases, REFUND. It wakes with each purchase;
// while the broker is out of reach its pauses grow.
func (s *Stall) Run(ctx context.Context) {
	pause := shortestPause
	var swept time.Time
	for {
		if err := s.Deliver(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("delivery to the broker will be tried again", "in", pause, "err", err)
			pause = min(pause*2, longestPause)
		} else {
			pause = shortestPause
		}
		if err := s.renewOffers(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("signing listings anew", "err", err)
		}
		if now := s.Clock(); now.Sub(swept) >= sweepEvery {
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("sweeping the shelf", "err", err)
			}
			if err := s.renewCertificate(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("the certificate is not renewed yet", "err", err)
			}
			swept = now
		}
		if !s.rest(ctx, pause) {
			return
		}
	}
}

// rest waits for work, but after a failure at least as long as the pause. It
// returns false when ctx has ended.
func (s *Stall) rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	if pause == shortestPause {
		timer.Reset(longestPause)
		select {
		case <-s.wake:
			return true
		case <-timer.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Deliver makes one attempt at everything the broker has yet to hear. A nil
// error means that nothing is left, but for refunds that wait for the bank of the
// stall's owner. Refunds come behind the purchases they take back.
func (s *Stall) Deliver(ctx context.Context) error {
	waiting, err := s.Shelf.Unsettled(ctx, 1000)
	if err != nil {
		return err
	}
	var failed error
	for _, x := range waiting {
		failed = errors.Join(failed, s.noting(x.Tx, s.settle(ctx, x)))
	}
	returns, err := s.Shelf.GiveBacks(ctx, 1000)
	failed = errors.Join(failed, err)
	for _, g := range returns {
		failed = errors.Join(failed, s.noting(g.Tx, s.payOut(ctx, g)))
	}
	return errors.Join(failed, s.report(ctx), s.cover(ctx))
}

// waits is a refusal that is not an answer to the customer.
type waits scrip.Refusal

// Error returns the refusal.
func (w waits) Error() string { return "waits: " + string(w) }

// noting remembers how an attempt went, and returns err.
func (s *Stall) noting(id scrip.ID, err error) error {
	if err == nil {
		s.attempts.done(id)
	} else {
		s.attempts.failed(id, s.Clock().Unix(), err, "")
	}
	return err
}

// payOut takes a giveback up again where a lost answer or a crash left it.
func (s *Stall) payOut(ctx context.Context, g scrip.GiveBack) error {
	_, err := s.responder.Answer(ctx, giveBackRequest(g), func(at int64) (scrip.Answer, error) {
		a, err := s.givenBack(ctx, g, at)
		if reason, ok := scrip.AsRefusal(err); ok {
			return a, waits(reason) // not an answer to the customer
		}
		return a, err
	})
	return err
}

// settle takes an exchange up again where a lost answer or a crash left it.
func (s *Stall) settle(ctx context.Context, x scrip.Exchange) error {
	_, err := s.responder.Answer(ctx, request(x), func(at int64) (scrip.Answer, error) {
		a, err := s.blessed(ctx, x, at)
		if reason, ok := scrip.AsRefusal(err); ok && reason.Transient() && !over(reason) {
			return a, waits(reason) // not an answer to the customer
		}
		return a, err
	})
	return err
}

// maxRefused is how many sales that the broker refuses are passed over in one
// delivery: what comes after them is reported all the same.
const maxRefused = 1000

// report sends T12 until every sale is recorded. One that the broker refuses is
// no reason not to be paid for the others: it is reported alone, then passed
// over until the next delivery, and returned as an error.
func (s *Stall) report(ctx context.Context) error {
	batch := min(s.Batch, scrip.MaxReports)
	refused := map[scrip.ID]bool{}
	var failed error
	for len(refused) <= maxRefused {
		sales, err := s.Shelf.Unrecorded(ctx, len(refused)+batch)
		if err != nil {
			return errors.Join(failed, err)
		}
		sales = slices.DeleteFunc(sales, func(sale scrip.Sale) bool { return refused[sale.ID] })
		if len(sales) == 0 {
			return failed
		}
		err = s.record(ctx, sales)
		for _, sale := range sales {
			s.noting(sale.ID, err)
		}
		if reason, ok := scrip.AsRefusal(err); !ok || reason.Transient() || reason == scrip.Unreadable {
			if err != nil {
				return errors.Join(failed, err)
			}
			continue
		}
		if len(sales) > 1 {
			batch = 1
			continue
		}
		refused[sales[0].ID] = true
		failed = errors.Join(failed, fmt.Errorf("report order %s: %w", sales[0].ID, err))
	}
	return failed
}

// record reports sales in one T12. The envelope is made anew for each attempt:
// the broker passes over what stands in its log.
func (s *Stall) record(ctx context.Context, sales []scrip.Sale) error {
	records := scrip.Records{Vendor: s.Vendor()}
	var ids []scrip.ID
	for _, sale := range sales {
		records.Reports = append(records.Reports, scrip.Report{
			Price: sale.Price, OrderDigest: sale.OrderDigest, Tx: sale.Tx, Mandate: sale.Mandate,
		})
		ids = append(ids, sale.ID)
	}
	at := s.Clock().Unix()
	if err := s.send(ctx, records, at); err != nil {
		return err
	}
	return s.Shelf.Apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Recorded: ids}})
}

func (s *Stall) send(ctx context.Context, records scrip.Records, at int64) error {
	key, err := jose.NewReplyKey(s.Random)
	if err != nil {
		return err
	}
	tx, err := scrip.NewID(s.Random)
	if err != nil {
		return err
	}
	m := scrip.Compose(string(s.Vendor()), string(s.BrokerInfo.ID), tx, at, records, scrip.Attachments{ReplyKey: &key})
	envelope, err := jose.Seal(s.Random, m, s.Keys.Signing, s.BrokerInfo.Envelope)
	if err != nil {
		return err
	}
	answer, err := s.Broker.Send(ctx, "T12", scrip.Sealed{Envelope: envelope})
	if err != nil {
		return err
	}
	_, err = scrip.OpenReply[scrip.Noted](answer.Envelope, key, string(s.Vendor()), tx, s.BrokerInfo.Signer())
	return err
}
