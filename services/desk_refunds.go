package services

import (
	"context"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// maxUnderway is how much of each kind a page shows of what waits.
const maxUnderway = 100

// Refund takes back an amount of an order.
func (d desk) Refund(ctx context.Context, vendor, id string, f web.RefundForm) error {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return err
	}
	return stall.Refund(ctx, scrip.ID(f.Key), scrip.ID(id), f.Amount)
}

// refunds lists what was taken back of an order.
func refunds(ctx context.Context, stall *merchant.Stall, order scrip.ID) ([]web.Refund, error) {
	list, err := stall.Shelf.Refunds(ctx, []scrip.ID{order})
	var shown []web.Refund
	for _, r := range list {
		attempt := stall.Attempt(r.ID)
		row := web.Refund{
			ID: string(r.ID), Amount: r.Amount, Made: time.Unix(r.MadeAt, 0), Covered: r.CoveredAt > 0,
			Why: attempt.Why, Link: attempt.Link,
		}
		if r.CollectedAt > 0 {
			row.Collected = time.Unix(r.CollectedAt, 0)
		}
		shown = append(shown, row)
	}
	return shown, err
}

// underway lists what a stall has told the broker without an answer.
func underway(ctx context.Context, stall *merchant.Stall) ([]web.Underway, error) {
	list, err := stall.Underway(ctx, maxUnderway)
	var shown []web.Underway
	for _, u := range list {
		row := web.Underway{
			Message: u.Message, ID: string(u.ID), Amount: u.Amount, Since: time.Unix(u.Since, 0),
			Tries: u.Attempt.Times, Why: u.Attempt.Why, Link: u.Attempt.Link,
		}
		if u.Attempt.Last > 0 {
			row.Tried = time.Unix(u.Attempt.Last, 0)
		}
		shown = append(shown, row)
	}
	return shown, err
}
