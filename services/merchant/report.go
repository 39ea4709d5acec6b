package merchant

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

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
