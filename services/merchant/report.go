package merchant

import (
	"context"
	"slices"

	"peerscrip/services/scrip"
)

// report sends T12 until no sale is left whose time has come. What waits goes together:
// a sale alone where it is quiet.
func (s *Stall) report(ctx context.Context) error {
	for {
		sales, err := s.Shelf.Unrecorded(ctx, mostTaken)
		sales = due(&s.attempts, s.Clock().Unix(), sales, func(sale scrip.Sale) scrip.ID { return sale.ID })
		if err != nil || len(sales) == 0 {
			return err
		}
		for some := range slices.Chunk(sales, min(s.Batch, scrip.MaxReports)) {
			if err := s.reportSome(ctx, some); err != nil {
				return err
			}
		}
	}
}

// reportSome makes one attempt at sales together. Where one of them cannot go,
// each is reported alone: it is no reason not to be paid for the others.
func (s *Stall) reportSome(ctx context.Context, sales []scrip.Sale) error {
	err := s.record(ctx, sales)
	if len(sales) > 1 && itsOwn(err) {
		for _, sale := range sales {
			if err := s.reportSome(ctx, []scrip.Sale{sale}); err != nil {
				return err
			}
		}
		return nil
	}
	var failed error
	for _, sale := range sales {
		failed = s.tried(ctx, saleUnderway(sale), err)
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
	if _, err := askBroker[scrip.Noted](ctx, s, string(s.Vendor()), records); err != nil {
		return err
	}
	return s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Recorded: ids}})
}
