package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// deskView is a seller's desk.
type deskView struct {
	Stall    stallCard
	Flash    string
	Waiting  string // orders to be sent
	ForSale  string // live listings
	Taken    sum
	Room     string
	Listings []deskRow
	Orders   []orderRow
	Underway []underwayRow
}

// deskRow is a listing on the desk.
type deskRow struct {
	Href, Public, Title, Thumb, Icon string
	Price                            sum
	Stock, Sold                      string
	State, Tone                      string // a badge: its word and its kind
}

// orderRow is an order on the desk.
type orderRow struct {
	Href, Title, Quantity string
	Price                 sum
	Delivery              string
	Placed, PlacedAt      string
	State, Tone           string
	Refunded              *sum // nil: nothing
}

func (s *server) desk(w http.ResponseWriter, r *http.Request, vendor string) error {
	shelf, err := s.Desk.Shelf(r.Context(), vendor)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	view := deskView{
		Stall: stallCardOf(shelf.Stall), Flash: s.deskSessions.PopString(r.Context(), keyFlash), Taken: s.sum(shelf.Taken),
		Room: shelf.Room,
	}
	for _, l := range shelf.Listings {
		view.Listings = append(view.Listings, s.deskRow(l))
	}
	waiting := 0
	for _, o := range shelf.Orders {
		if o.Sent.IsZero() {
			waiting++
		}
		view.Orders = append(view.Orders, s.orderRow(o))
	}
	for _, u := range shelf.Underway {
		view.Underway = append(view.Underway, s.underwayRow(u))
	}
	view.Waiting, view.ForSale = strconv.Itoa(waiting), strconv.Itoa(shelf.Stall.Listings)
	return s.render(w, r, http.StatusOK, deskPage(s.head("sell", "Desk of "+shelf.Stall.Name), view))
}

func (s *server) deskRow(l DeskListing) deskRow {
	row := deskRow{
		Href: "/desk/listings/" + l.Offer, Public: listingPath(l.Listing), Title: l.Title, Icon: slug(l.Category),
		Price: s.sum(l.Price), Stock: strconv.Itoa(l.Stock), Sold: strconv.Itoa(l.Sold), State: capital(string(l.State)),
	}
	if len(l.Photos) > 0 {
		row.Thumb = thumbPath(l.Photos[0])
	}
	switch l.State {
	case Live:
		row.State, row.Tone = "For sale", "badge--success"
	case Expired:
		row.Tone = "badge--warn"
	}
	return row
}

func (s *server) orderRow(o Order) orderRow {
	row := orderRow{
		Href: "/desk/orders/" + o.ID, Title: o.Title, Quantity: strconv.Itoa(o.Quantity), Price: s.sum(o.Price),
		Delivery: o.Delivery, Placed: day(o.Placed), PlacedAt: machineTime(o.Placed), State: "To send", Tone: "badge--accent",
	}
	if !o.Sent.IsZero() {
		row.State, row.Tone = "Sent", "badge--success"
	}
	if o.Refunded > 0 {
		back := s.sum(o.Refunded)
		row.Refunded = &back
	}
	return row
}

// orderView is one order.
type orderView struct {
	orderRow
	ID, Offer, Thumb, Buyer string
	Postage                 sum
	Sent, SentAt, Note      string
	Confirmed               bool
	Flash, NoteError        string
	Refund                  refundView
}

func (s *server) order(w http.ResponseWriter, r *http.Request, vendor string) error {
	o, err := s.Orders.Order(r.Context(), vendor, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	view := s.orderView(o)
	view.Flash = s.deskSessions.PopString(r.Context(), keyFlash)
	return s.render(w, r, http.StatusOK, orderPage(s.head("sell", "Order"), view))
}

func (s *server) orderView(o Order) orderView {
	v := orderView{
		orderRow: s.orderRow(o), ID: o.ID, Offer: "/desk/listings/" + o.Offer, Buyer: o.Buyer,
		Postage: s.sum(o.Postage), Note: o.Note, Confirmed: o.Confirmed, Refund: s.refundView(o),
	}
	v.Placed = moment(o.Placed)
	if o.Photo.Digest != "" {
		v.Thumb = thumbPath(o.Photo)
	}
	if !o.Sent.IsZero() {
		v.Sent, v.SentAt = moment(o.Sent), machineTime(o.Sent)
	}
	return v
}

func (s *server) markSent(w http.ResponseWriter, r *http.Request, vendor string) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, note := chi.URLParam(r, "id"), tidy(r.PostForm.Get("note"))
	if len([]rune(note)) > scrip.MaxDelivery {
		return s.noteRefused(w, r, vendor, note, "Use at most 500 characters.")
	}
	err := s.Orders.MarkSent(r.Context(), vendor, id, note)
	if errors.Is(err, scrip.Unreadable) {
		return s.noteRefused(w, r, vendor, note, "Some characters of this cannot be seen. Type it again.")
	}
	if err != nil {
		return fmt.Errorf("mark an order as sent: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, "Marked as sent.")
	http.Redirect(w, r, "/desk/orders/"+id, http.StatusSeeOther)
	return nil
}

func (s *server) noteRefused(w http.ResponseWriter, r *http.Request, vendor, note, why string) error {
	o, err := s.Orders.Order(r.Context(), vendor, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	view := s.orderView(o)
	view.Note, view.NoteError = note, why
	return s.render(w, r, http.StatusUnprocessableEntity, orderPage(s.head("sell", "Order"), view))
}
