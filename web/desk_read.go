package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// What a seller's program reads of the desk, as JSON (protocol, "Hosted stalls, and LOGIN"). It says what the pages say,
// by the names that messages have.

// deskOrders is one page of the orders, newest first, and which threads wait for a word of the seller's.
type deskOrders struct {
	Orders  []deskOrder `json:"orders"`
	Page    int         `json:"page"`
	Pages   int         `json:"pages"`
	Waiting []scrip.ID  `json:"waiting"` // orders and conversations whose last word is the buyer's
	Talks   []scrip.ID  `json:"talks"`   // conversations without an order
}

// deskOrder is an order as it was paid, and what has become of it.
type deskOrder struct {
	Order     scrip.ID         `json:"order"`
	Purchase  scrip.ID         `json:"purchase"` // T10's tx
	Pseudonym scrip.Pseudonym  `json:"pseudonym"`
	Lines     []scrip.SaleLine `json:"lines"`
	Price     scrip.Money      `json:"price"`
	Delivery  scrip.Delivery   `json:"delivery"` // an address event of its thread takes the place of the address
	Note      string           `json:"note"`     // the buyer's
	PaidAt    int64            `json:"paid_at"`  // unix seconds
	SentAt    int64            `json:"sent_at"`  // unix seconds; 0 until sent
	Refunded  scrip.Money      `json:"refunded"`
	Recorded  bool             `json:"recorded"` // by the broker
	State     scrip.State      `json:"state"`    // of its thread
	Hold      *deskHold        `json:"hold,omitempty"`
}

// deskHold is how the money of a protected order stands, as the broker told it last.
type deskHold struct {
	State    scrip.HoldState `json:"state"`
	SendBy   int64           `json:"send_by"` // unix seconds
	Due      int64           `json:"due"`     // unix seconds; 0 for never, or not told
	Left     scrip.Money     `json:"left"`
	ToBuyer  scrip.Money     `json:"to_buyer"`
	ToSeller scrip.Money     `json:"to_seller"`
}

// deskThread is what was said and done about an order, or in a conversation, the oldest first.
type deskThread struct {
	Order  scrip.ID    `json:"order"`
	State  scrip.State `json:"state"`
	Events []deskEvent `json:"events"`
}

// deskEvent is an event's body, by whom it is (C or M), and when by that side's clock.
type deskEvent struct {
	By scrip.Side `json:"by"`
	At int64      `json:"at"` // unix seconds
	scrip.Event
}

// ownerJSON is a reading of the desk, for the stall whose session the request has.
func (s *server) ownerJSON(read func(r *http.Request, d Desk) (any, error)) http.HandlerFunc {
	return s.serve(s.owner(func(w http.ResponseWriter, r *http.Request, d Desk) error {
		v, err := read(r, d)
		if err != nil {
			s.failJSON(w, r, err)
			return nil
		}
		s.writeJSON(w, r, http.StatusOK, "application/json", v)
		return nil
	}))
}

// readOrders reads one page of the orders.
func (s *server) readOrders(r *http.Request, d Desk) (any, error) {
	page := pageOf(r.URL.Query())
	now, err := d.Desk(r.Context(), (page-1)*perPage, perPage)
	if err != nil {
		return nil, fmt.Errorf("read the desk: %w", err)
	}
	v := deskOrders{Page: page, Pages: (now.Tally.Orders + perPage - 1) / perPage, Waiting: idsOf(now.Unanswered), Talks: idsOf(now.Talks)}
	for _, sale := range now.Sales {
		v.Orders = append(v.Orders, deskOrderOf(sale, now.States[sale.ID]))
	}
	return v, nil
}

func idsOf(threads []merchant.Conversation) (ids []scrip.ID) {
	for _, c := range threads {
		ids = append(ids, c.Order)
	}
	return ids
}

// deskOrderOf is a sale whose thread has come to a state; empty where nothing was said yet.
func deskOrderOf(sale scrip.Sale, now scrip.State) deskOrder {
	o := deskOrder{
		Order: sale.ID, Purchase: sale.Tx, Pseudonym: sale.Pseudonym, Lines: sale.Lines, Price: sale.Price, Delivery: sale.Delivery,
		Note: sale.Wish, PaidAt: sale.PaidAt, SentAt: sale.SentAt, Refunded: sale.Refunded, Recorded: sale.Recorded, State: now,
	}
	if now == "" {
		o.State = scrip.StatePaid
	}
	if h := sale.Hold; h != nil {
		o.Hold = &deskHold{State: h.State, SendBy: h.SendBy, Due: h.Due, Left: h.Left, ToBuyer: h.ToBuyer, ToSeller: h.ToSeller}
	}
	return o
}

// readThread reads the thread of an order, or a conversation.
func (s *server) readThread(r *http.Request, d Desk) (any, error) {
	c, err := d.Conversation(r.Context(), scrip.ID(chi.URLParam(r, "id")))
	if err != nil {
		return nil, fmt.Errorf("look up a thread: %w", err)
	}
	v := deskThread{Order: c.Order, State: c.Now}
	for _, said := range c.Said {
		v.Events = append(v.Events, deskEvent{said.By, said.At, said.Event})
	}
	return v, nil
}
