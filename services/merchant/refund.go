package merchant

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Refund takes back an amount of a sale: it is written down with its REFUND,
// which Run delivers, and the buyer may collect it once the broker covers it. The
// id makes it count once, however often it is asked. scrip.NotFound: no such
// sale; scrip.AmountOutOfBounds: more than is left of the sale's price;
// scrip.TxConflict: the id is another refund's.
func (s *Stall) Refund(ctx context.Context, id, sale scrip.ID, amount scrip.Money) error {
	if !id.Valid() || !amount.Positive() {
		return scrip.AmountOutOfBounds
	}
	if known, err := s.Shelf.Refund(ctx, id); !errors.Is(err, scrip.ErrAbsent) {
		return sameRefund(known, sale, amount, err)
	}
	of, err := s.Shelf.Sale(ctx, sale)
	if err != nil {
		return absent(err)
	}
	refund, err := s.refunding(id, of, amount)
	if err != nil {
		return fmt.Errorf("make a refund: %w", err)
	}
	err = s.takeBack(ctx, refund)
	if errors.Is(err, scrip.TxConflict) { // asked twice at the same time
		known, err := s.Shelf.Refund(ctx, id)
		return sameRefund(known, sale, amount, err)
	}
	s.wakeUp()
	return err
}

// RefundRest is Refund of all that is left of a sale's price, at this moment.
func (s *Stall) RefundRest(ctx context.Context, id, sale scrip.ID) error {
	of, err := s.Sale(ctx, sale)
	if err != nil {
		return err
	}
	return s.Refund(ctx, id, sale, of.Price-of.Refunded)
}

// takeBack applies a refund, with the event that tells the buyer of it: cancelled,
// where all is taken back of an order that was not sent, else refund. A thread that
// takes none, because it is full, keeps nobody from taking money back.
func (s *Stall) takeBack(ctx context.Context, refund scrip.Refund) error {
	var err error
	for range mostTries {
		if err = s.takeBackNow(ctx, refund); !errors.Is(err, scrip.OutOfTurn) {
			break
		}
	}
	return err
}

// takeBackNow is takeBack by the state that the thread has come to, and by what is left
// of the price then: the thread is read first, so that another refund after that is
// another event of it, and this one out of turn.
func (s *Stall) takeBackNow(ctx context.Context, refund scrip.Refund) error {
	thread, err := s.thread(ctx, refund.Sale)
	if err != nil {
		return err
	}
	of, err := s.Shelf.Sale(ctx, refund.Sale)
	if err != nil {
		return err
	}
	e := scrip.Event{Kind: "refund", Refund: refund.ID, Amount: refund.Amount}
	at := max(refund.MadeAt, thread.Last)
	if of.Refunded+refund.Amount == of.Price && thread.May(scrip.Seller, "cancelled", at) {
		e.Kind = "cancelled"
	}
	does := scrip.StallChange{Refund: &refund}
	if thread.May(scrip.Seller, e.Kind, at) {
		telling, err := s.saying(thread, e, at)
		if err != nil {
			return err
		}
		does.Telling = &telling
	}
	return s.apply(ctx, scrip.Change{At: refund.MadeAt, Stall: &does})
}

func sameRefund(known scrip.Refund, sale scrip.ID, amount scrip.Money, err error) error {
	if err == nil && (known.Sale != sale || known.Amount != amount) {
		return scrip.TxConflict
	}
	return err
}

// refunding makes the REFUND that will be sent, always the same one.
func (s *Stall) refunding(id scrip.ID, sale scrip.Sale, amount scrip.Money) (scrip.Refund, error) {
	key, err := jose.NewReplyKey(s.Random)
	if err != nil {
		return scrip.Refund{}, err
	}
	at := s.Clock().Unix()
	m := scrip.Compose(string(s.Vendor()), string(s.BrokerInfo().ID), id, at, scrip.RefundReport{
		Vendor: s.Vendor(), Purchase: sale.Tx, Amount: amount,
	}, scrip.Attachments{ReplyKey: &key})
	envelope, err := jose.Seal(s.Random, m, s.Keys.Signing, s.BrokerInfo().Envelope)
	return scrip.Refund{
		ID: id, Sale: sale.ID, Purchase: sale.Tx, Pseudonym: sale.Pseudonym, Amount: amount, MadeAt: at,
		Request: scrip.Sealed{Envelope: envelope}, RequestKey: key,
	}, err
}

// cover sends the REFUNDs whose time has come. What the broker declines, or
// keeps waiting for the owner's bank, is asked again with growing pauses and is
// in nobody else's way; an error means that the broker was not reached.
func (s *Stall) cover(ctx context.Context) error {
	waiting, err := s.Shelf.Uncovered(ctx, mostTaken)
	for _, r := range due(&s.attempts, s.Clock().Unix(), waiting, func(r scrip.Refund) scrip.ID { return r.ID }) {
		link, err := s.sendRefund(ctx, r)
		if err == nil && link != "" {
			s.attempts.failed(r.ID, s.Clock().Unix(), nil, link)
			continue
		}
		if err := s.tried(ctx, refundUnderway(r), err); err != nil {
			return err
		}
	}
	return err
}

// sendRefund makes one attempt. A link, with a nil error, says that the owner
// must confirm first.
func (s *Stall) sendRefund(ctx context.Context, r scrip.Refund) (link string, err error) {
	answer, err := s.ask(ctx, "REFUND", r.Request)
	if err != nil {
		return "", err
	}
	me, signer := string(s.Vendor()), s.BrokerKeys
	m, err := scrip.OpenReply[scrip.Refunded](answer.Envelope, r.RequestKey, me, r.ID, signer)
	if errors.Is(err, scrip.Unreadable) {
		pending, err := scrip.OpenReply[scrip.Pending](answer.Envelope, r.RequestKey, me, r.ID, signer)
		return pending.Body.Link, err
	}
	if err == nil && (m.Body != scrip.Refunded{Vendor: s.Vendor(), Purchase: r.Purchase, Amount: r.Amount}) {
		err = errors.New("REFUNDED is about something else")
	}
	if err != nil {
		return "", err
	}
	err = s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Covered: r.ID}})
	if errors.Is(err, scrip.ErrAnswered) {
		err = nil
	}
	return "", err
}
