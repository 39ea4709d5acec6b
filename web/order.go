package web

import (
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// orderRow is an order on the desk.
type orderRow struct {
	Href, Title, Quantity string
	Price                 sum
	Delivery              string
	Placed                stamp
	State, Tone           string // a badge: its word and its kind
	Refunded              *sum   // nil: nothing
}

// orderView is one order.
type orderView struct {
	orderRow
	ID, Offer, Thumb, Buyer string
	Postage                 *sum  // nil: the listing no longer tells
	Sent                    stamp // zero: not yet
	Note                    string
	Recorded                bool // by the broker
	Flash, NoteError        string
	Refund                  refundView
}

func (s *server) orderRow(sale scrip.Sale) orderRow {
	row := orderRow{
		Href: "/desk/orders/" + string(sale.ID), Title: sale.Title, Quantity: strconv.Itoa(sale.Quantity),
		Price: s.sum(sale.Price), Delivery: sale.Delivery, Placed: day(sale.PaidAt),
	}
	row.State, row.Tone = orderState(sale)
	if sale.Refunded > 0 {
		back := s.sum(sale.Refunded)
		row.Refunded = &back
	}
	return row
}

// orderState is an order's badge, the same wherever the order is shown.
func orderState(sale scrip.Sale) (state, tone string) {
	switch {
	case sale.ToSend():
		return "To send", "badge--accent"
	case sale.SentAt == 0:
		return "Refunded", ""
	case sale.Refunded == sale.Price:
		return "Sent, refunded", ""
	}
	return "Sent", "badge--success"
}

func (s *server) order(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showOrder(w, r, d, http.StatusOK, func(v *orderView) {
		v.Flash = s.deskSessions.PopString(r.Context(), keyFlash)
	})
}

// showOrder shows the order that the address names, with what edit puts into it.
func (s *server) showOrder(w http.ResponseWriter, r *http.Request, d Desk, status int, edit func(*orderView)) error {
	o, err := d.Order(r.Context(), scrip.ID(chi.URLParam(r, "id")))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	view := s.orderView(o)
	edit(&view)
	return s.render(w, r, status, orderPage(s.head("sell", "Order"), view))
}

func (s *server) orderView(o merchant.Order) orderView {
	v := orderView{
		orderRow: s.orderRow(o.Sale), ID: string(o.ID), Offer: "/desk/listings/" + string(o.Offer), Buyer: string(o.Pseudonym),
		Note: o.Note, Recorded: o.Recorded, Refund: s.refundView(o),
	}
	v.Placed = moment(o.PaidAt)
	if m, told := o.Postage(); told {
		postage := s.sum(m)
		v.Postage = &postage
	}
	if len(o.Listing.Photos) > 0 {
		v.Thumb = deskThumbPath(o.Listing.Photos[0].Digest)
	}
	if o.SentAt > 0 {
		v.Sent = moment(o.SentAt)
	}
	return v
}

func (s *server) markSent(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, note := chi.URLParam(r, "id"), scrip.Clean(r.PostForm.Get("note"))
	if utf8.RuneCountInString(note) > scrip.MaxDelivery {
		return s.noteRefused(w, r, d, note, "Use at most 500 characters.")
	}
	if err := d.MarkSent(r.Context(), scrip.ID(id), scrip.Parcel{Note: note}); err != nil {
		return fmt.Errorf("mark an order as sent: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, "Marked as sent.")
	http.Redirect(w, r, "/desk/orders/"+id, http.StatusSeeOther)
	return nil
}

// noteRefused shows the order again, with the note as it was typed.
func (s *server) noteRefused(w http.ResponseWriter, r *http.Request, d Desk, note, why string) error {
	return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(v *orderView) { v.Note, v.NoteError = note, why })
}
