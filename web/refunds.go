package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// refundView is what was taken back of an order, and the form to take back more.
type refundView struct {
	Action   string
	Rows     []refundRow
	Left     *sum // nil: nothing is left to take back
	Key      string
	Typed    string
	Problem  string
	Open     bool // the form stands open: what was sent back is due
	Currency string
}

// refundRow is one refund.
type refundRow struct {
	Amount      sum
	Made        stamp
	State, Tone string
	Text        string // how far it got, and what to do
	Collected   stamp  // zero: not yet
	Link        string // where to confirm; empty: nowhere
}

func (s *server) refundView(ctx context.Context, o merchant.Order) refundView {
	v := refundView{Action: "/desk/orders/" + string(o.ID) + "/refund", Key: newKey(), Currency: s.Site.Currency.Code, Open: o.Talk.Now == scrip.StateReturned}
	for _, r := range o.Refunds {
		v.Rows = append(v.Rows, s.refundRow(ctx, r))
	}
	if left := o.Price - o.Refunded; left > 0 {
		amount := s.sum(left)
		v.Left, v.Typed = &amount, localeOf(ctx).typed(left, s.Site.Currency)
	}
	return v
}

func (s *server) refundRow(ctx context.Context, r merchant.OrderRefund) refundRow {
	row := refundRow{Amount: s.sum(r.Amount), Made: moment(r.MadeAt), Link: r.Attempt.Link}
	switch {
	case r.CollectedAt > 0:
		row.State, row.Tone, row.Text, row.Collected = tr(ctx, "Collected|money"), "badge--success", phrase("The buyer has had it since {{.When}}"), moment(r.CollectedAt)
	case r.CoveredAt > 0:
		row.State, row.Tone = tr(ctx, "Ready"), "badge--accent"
		row.Text = tr(ctx, "The buyer's wallet collects it the next time it meets your stall.")
	case r.Overtaken:
		row.State, row.Tone = tr(ctx, "Not taken back"), "badge--danger"
		row.Text = tr(ctx, "Less was left of this order by then: the market had decided, or the buyer was faster. What is left you can still give back.")
	default:
		row.State, row.Tone, row.Text = tr(ctx, "Reported"), "badge--warn", waitingBecause(ctx, r.Attempt)
	}
	return row
}

// refundOrder takes back what the form says, once for its key.
func (s *server) refundOrder(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, typed := chi.URLParam(r, "id"), scrip.CleanLine(r.PostForm.Get("refund"))
	amount, err := s.Site.Currency.Parse(typed)
	switch {
	case err != nil:
		return s.refundRefused(w, r, d, typed, amountFault(r.Context(), err))
	case amount == 0:
		return s.refundRefused(w, r, d, typed, tr(r.Context(), aboveNothing))
	}
	err = d.Refund(r.Context(), scrip.ID(r.PostForm.Get("key")), scrip.ID(id), amount)
	switch {
	case errors.Is(err, scrip.AmountOutOfBounds):
		return s.refundRefused(w, r, d, typed, tr(r.Context(), "That is more than is left of this order."))
	case errors.Is(err, scrip.TxConflict):
		return s.refundRefused(w, r, d, typed, tr(r.Context(), "This form was sent before with another amount. Look at the refunds, then send it again if you still want to."))
	case err != nil:
		return fmt.Errorf("refund an order: %w", err)
	}
	o, err := d.Order(r.Context(), scrip.ID(id))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "{{.Amount}} goes back to the buyer.", "Amount", s.sum(amount))+restocked(r.Context(), o))
	http.Redirect(w, r, "/desk/orders/"+id, http.StatusSeeOther)
	return nil
}

// restocked tells that what was taken back whole before it was sent can be bought again.
func restocked(ctx context.Context, o merchant.Order) string {
	there := 0
	for i, l := range o.Lines {
		if !o.Listings[i].Ended {
			there += l.Quantity
		}
	}
	if o.Refunded < o.Price || o.SentAt > 0 || there == 0 {
		return ""
	}
	return " " + tr(ctx, "It is for sale again, {{.N}} pieces: end the listing if you no longer have it.", "N", there)
}

// refundRefused shows the order again, with what was typed.
func (s *server) refundRefused(w http.ResponseWriter, r *http.Request, d Desk, typed, problem string) error {
	return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(v *orderView) { v.Refund.Typed, v.Refund.Problem = typed, problem })
}
