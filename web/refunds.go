package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
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
	Currency string
}

// refundRow is one refund.
type refundRow struct {
	Amount       sum
	Made, MadeAt string
	State, Tone  string
	Text         string // how far it got, and what to do
	Link         string // where to confirm; empty: nowhere
}

func (s *server) refundView(o Order) refundView {
	v := refundView{Action: "/desk/orders/" + o.ID + "/refund", Key: newKey(), Currency: s.Site.Currency.Code}
	for _, r := range o.Refunds {
		v.Rows = append(v.Rows, s.refundRow(r))
	}
	if left := o.Price - o.Refunded; left > 0 {
		amount := s.sum(left)
		v.Left, v.Typed = &amount, amount.Amount
	}
	return v
}

func (s *server) refundRow(r Refund) refundRow {
	row := refundRow{Amount: s.sum(r.Amount), Made: moment(r.Made), MadeAt: machineTime(r.Made), Link: r.Link}
	switch {
	case !r.Collected.IsZero():
		row.State, row.Tone, row.Text = "Collected", "badge--success", "The buyer has it since "+moment(r.Collected)+"."
	case r.Covered:
		row.State, row.Tone = "Ready", "badge--accent"
		row.Text = "The buyer's wallet collects it the next time it meets your stall."
	default:
		row.State, row.Tone, row.Text = "Reported", "badge--warn", waitingBecause(r.Why, r.Link)
	}
	return row
}

// waitingBecause says why the broker has not answered, and what helps.
func waitingBecause(why, link string) string {
	switch {
	case link != "":
		return "Your stall has not earned that much, so your bank is to pay. It waits for your word."
	case why == string(scrip.BankDeclined):
		return "Your stall has not earned that much, and your bank account does not cover the rest. Put money into it: this is tried again by itself."
	case why == "unreachable", why == string(scrip.Unavailable):
		return "The broker cannot be reached now. This is tried again by itself."
	case why != "":
		return "The broker has declined for now (" + why + "). This is tried again by itself."
	}
	return "On its way to the broker."
}

// refundOrder takes back what the form says, once for its key.
func (s *server) refundOrder(w http.ResponseWriter, r *http.Request, vendor string) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, typed := chi.URLParam(r, "id"), line(r.PostForm.Get("refund"))
	amount, err := s.Site.Currency.Parse(typed)
	if err != nil || amount <= 0 {
		return s.refundProblem(w, r, vendor, typed, "Write an amount like "+s.Site.Currency.Format(s.round(10))+".")
	}
	err = s.Orders.Refund(r.Context(), vendor, id, RefundForm{Key: r.PostForm.Get("key"), Amount: amount})
	switch {
	case errors.Is(err, scrip.AmountOutOfBounds):
		return s.refundProblem(w, r, vendor, typed, "That is more than is left of this order.")
	case errors.Is(err, scrip.TxConflict):
		return s.refundProblem(w, r, vendor, typed, "This form was sent before with another amount. Look at the refunds, then send it again if you still want to.")
	case err != nil:
		return fmt.Errorf("refund an order: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, s.priced(amount)+" goes back to the buyer.")
	http.Redirect(w, r, "/desk/orders/"+id, http.StatusSeeOther)
	return nil
}

// refundProblem shows the order again, with what was typed.
func (s *server) refundProblem(w http.ResponseWriter, r *http.Request, vendor, typed, problem string) error {
	o, err := s.Orders.Order(r.Context(), vendor, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	view := s.orderView(o)
	view.Refund.Typed, view.Refund.Problem = typed, problem
	return s.render(w, r, http.StatusUnprocessableEntity, orderPage(s.head("sell", "Order"), view))
}

// underwayRow is what a stall waits for, on the desk.
type underwayRow struct {
	What           string
	Amount         sum
	Since, SinceAt string
	Tries          string
	Text, Link     string
}

// underwayWords are the messages of a stall in its seller's words.
var underwayWords = map[string]string{
	"T5":     "A buyer exchanges money for your stall's",
	"T12":    "Report of an order",
	"T23":    "A buyer gives your stall's money back",
	"REFUND": "Refund of an order",
}

func (s *server) underwayRow(u Underway) underwayRow {
	row := underwayRow{
		What: underwayWords[u.Message], Amount: s.sum(u.Amount), Since: moment(u.Since), SinceAt: machineTime(u.Since),
		Tries: strconv.Itoa(u.Tries), Text: waitingBecause(u.Why, u.Link), Link: u.Link,
	}
	if !u.Tried.IsZero() {
		row.Tries += ", last " + moment(u.Tried)
	}
	return row
}
