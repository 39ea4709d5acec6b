package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// orderRow is an order on the desk.
type orderRow struct {
	Href, Times, Title string // Times: "2 × ", of an order of one thing
	Price              sum
	Deliver            string // where it goes, in one line
	Placed             stamp
	State, Tone        string // a badge: its word and its kind
	Refunded           *sum   // nil: nothing
}

// orderLine is one thing of an order, as it was bought.
type orderLine struct {
	Href, Title, Quantity, Condition string
	Reference                        string // of a payment link; may be empty
	Price                            sum    // of one
	Thumb                            string
}

// orderView is one order.
type orderView struct {
	orderRow
	ID, Buyer string
	Lines     []orderLine
	Postage   *sum     // nil: none
	Sent      stamp    // zero: not yet
	Address   []string // where it goes, line by line; none: it is collected
	Moved     bool     // the address was given after paying
	Way       string   // the seller's name for the way; may be empty
	Wish      string   // the buyer's note
	Recorded  bool     // by the broker
	Flash     string
	Parcel    parcelView
	Talk      talkView
	Refund    refundView
	Hold      holdView
	Dispute   disputeView
	Return    returnView
	Disputed  bool // it is, or was
	Off       bool // there is nothing to send, and nothing was sent
	Collected bool // handed over, not sent
	PaidFor   bool // by a payment link: nothing is delivered
}

// parcelView is the form that says that an order is on its way.
type parcelView struct {
	Action                  string
	May                     bool // the order can be sent, or what was said of it changed
	Carrier, Tracking, Note string
	Problem                 string
}

// collected reports whether a thing is handed over, and not sent.
func collected(d scrip.Delivery) bool { return d.Address == nil }

// deliverLine is where an order goes, in one line.
func deliverLine(ctx context.Context, d scrip.Delivery) string {
	if d.Way == scrip.WayNone {
		return tr(ctx, "nothing (payment link)")
	}
	if collected(d) {
		return tr(ctx, "Collected")
	}
	return strings.Join(addressLines(ctx, d.Address), ", ")
}

// orderRow is an order that has come to a state; empty where nothing was said yet.
func (s *server) orderRow(ctx context.Context, sale scrip.Sale, now scrip.State) orderRow {
	row := orderRow{
		Href: "/desk/orders/" + string(sale.ID), Times: times(sale), Title: titled(ctx, sale.Titles()),
		Price: s.sum(sale.Price), Deliver: deliverLine(ctx, sale.Delivery), Placed: day(sale.PaidAt),
	}
	row.State, row.Tone = orderState(ctx, sale, now)
	if sale.Refunded > 0 {
		back := s.sum(sale.Refunded)
		row.Refunded = &back
	}
	return row
}

// titled names several things in one line: the first, and how many more.
func titled(ctx context.Context, titles []string) string {
	if len(titles) < 2 {
		return scrip.Summary(titles)
	}
	return tr(ctx, "{{.Title}} and {{.More}} more", "Title", titles[0], "More", len(titles)-1)
}

// times says how many were sold, of an order of one thing; nothing of one payment.
func times(sale scrip.Sale) string {
	if len(sale.Lines) != 1 || sale.Delivery.Way == scrip.WayNone && sale.Lines[0].Quantity == 1 {
		return ""
	}
	return strconv.Itoa(sale.Lines[0].Quantity) + " × "
}

// orderState is an order's badge, the same wherever the order is shown.
func orderState(ctx context.Context, sale scrip.Sale, now scrip.State) (state, tone string) {
	if sale.Hold != nil {
		switch sale.Hold.State {
		case scrip.HoldDisputed:
			return tr(ctx, "Disputed"), "badge--warn"
		case scrip.HoldReclaimed:
			return tr(ctx, "Cancelled"), ""
		case scrip.HoldDecided:
			return tr(ctx, "Decided"), ""
		}
	}
	switch {
	case now == "cancel-asked":
		return tr(ctx, "Cancelling asked"), "badge--warn"
	case now == "disputed":
		return tr(ctx, "Disputed"), "badge--warn"
	case now == "decided":
		return tr(ctx, "Decided"), ""
	case now == scrip.StateAsked:
		return tr(ctx, "Return asked"), "badge--warn"
	case now == scrip.StateAgreed:
		return tr(ctx, "To come back"), "badge--accent"
	case now == scrip.StateReturned:
		return tr(ctx, "Sent back"), "badge--warn"
	case now == "packed" && sale.ToSend():
		return tr(ctx, "Packed"), "badge--accent"
	case sale.Delivery.Way == scrip.WayNone && sale.Refunded == sale.Price:
		return tr(ctx, "Refunded"), ""
	case sale.Delivery.Way == scrip.WayNone:
		return tr(ctx, "Paid"), "badge--success"
	case now == "received" && sale.Refunded < sale.Price:
		return tr(ctx, "Received"), "badge--success"
	case now == scrip.StateClosed && sale.Refunded < sale.Price:
		return tr(ctx, "Closed|order"), ""
	case sale.ToSend() && collected(sale.Delivery):
		return tr(ctx, "To hand over"), "badge--accent"
	case sale.ToSend():
		return tr(ctx, "To send"), "badge--accent"
	case sale.SentAt == 0:
		return tr(ctx, "Refunded"), ""
	case sale.Refunded == sale.Price && collected(sale.Delivery):
		return tr(ctx, "Handed over, refunded"), ""
	case collected(sale.Delivery):
		return tr(ctx, "Handed over"), "badge--success"
	case sale.Refunded == sale.Price:
		return tr(ctx, "Sent, refunded"), ""
	}
	return tr(ctx, "Sent"), "badge--success"
}

func (s *server) order(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showOrder(w, r, d, http.StatusOK, func(v *orderView) {
		v.Flash = s.deskSessions.PopString(r.Context(), keyFlash)
	})
}

// showOrder shows the order that the address names, with what edit puts into it.
func (s *server) showOrder(w http.ResponseWriter, r *http.Request, d Desk, status int, edit func(*orderView)) error {
	head, err := s.deskHead(r.Context(), d, tr(r.Context(), "Order"))
	if err != nil {
		return err
	}
	o, err := d.Order(r.Context(), scrip.ID(chi.URLParam(r, "id")))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	view := s.orderView(r.Context(), o)
	edit(&view)
	return s.render(w, r, status, orderPage(head, view))
}

func (s *server) orderView(ctx context.Context, o merchant.Order) orderView {
	v := orderView{
		orderRow: s.orderRow(ctx, o.Sale, o.Talk.Now), ID: string(o.ID), Buyer: string(o.Pseudonym),
		Recorded: o.Recorded, Refund: s.refundView(ctx, o), Talk: s.talkView(ctx, o.Talk, "/desk/orders/"+string(o.ID)+"/say", collected(o.Delivery)), Collected: collected(o.Delivery),
	}
	v.Return, v.PaidFor = returnOf(o), o.Delivery.Way == scrip.WayNone
	if v.PaidFor {
		v.Talk.Answers = slices.DeleteFunc(v.Talk.Answers, func(a reply) bool { return a.Kind == "packed" })
	}
	v.Hold, v.Off, v.Dispute = s.holdOf(ctx, o.Sale), called(o.Sale), s.disputeView(ctx, o)
	v.Disputed = len(v.Dispute.Said) > 0 || o.Hold != nil && o.Hold.State == scrip.HoldDisputed
	v.Parcel = parcelView{Action: v.Href + "/sent", Note: o.Note, May: !v.Off && !v.PaidFor && o.Talk.May(scrip.Seller, string(scrip.StateSent), s.Clock().Unix())}
	for _, said := range o.Talk.Said {
		switch said.Kind {
		case "address":
			v.Moved = true
		case "sent":
			v.Parcel.Carrier, v.Parcel.Tracking = said.Carrier, said.Tracking
		}
	}
	v.Address, v.Way, v.Wish = addressLines(ctx, o.Address()), o.Delivery.Label, o.Wish
	v.Placed = moment(o.PaidAt)
	if m := o.Postage(); m > 0 {
		postage := s.sum(m)
		v.Postage = &postage
	}
	for i, l := range o.Lines {
		line := orderLine{
			Href: "/desk/listings/" + string(o.Listings[i].Offer.Offer), Title: l.Title, Quantity: strconv.Itoa(l.Quantity),
			Price: s.sum(l.Price), Reference: l.Reference,
		}
		if o.Offers[i].IsRequest() {
			line.Href = payLinkPath(o.Listings[i].Offer.Offer)
		} else {
			line.Condition = tr(ctx, capital(o.Offers[i].Condition))
		}
		if photos := o.Listings[i].Photos; len(photos) > 0 {
			line.Thumb = deskThumbPath(photos[0].Digest)
		}
		v.Lines = append(v.Lines, line)
	}
	if o.SentAt > 0 && !v.PaidFor {
		v.Sent = moment(o.SentAt)
	}
	return v
}

func (s *server) markSent(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, p := chi.URLParam(r, "id"), parcelOf(r.PostForm)
	if problem := p.problem(r.Context()); problem != "" {
		return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(v *orderView) {
			v.Parcel.Carrier, v.Parcel.Tracking, v.Parcel.Note, v.Parcel.Problem = p.Carrier, p.Tracking, p.Note, problem
		})
	}
	o, err := d.Order(r.Context(), scrip.ID(id))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	if err := d.MarkSent(r.Context(), o.ID, scrip.Parcel(p)); err != nil {
		return fmt.Errorf("mark an order as sent: %w", err)
	}
	done := tr(r.Context(), "Marked as sent.")
	if collected(o.Delivery) {
		done = tr(r.Context(), "Marked as handed over.")
	}
	s.deskSessions.Put(r.Context(), keyFlash, done)
	http.Redirect(w, r, "/desk/orders/"+id, http.StatusSeeOther)
	return nil
}

// parcel is what the form says.
type parcel scrip.Parcel

func parcelOf(form url.Values) parcel {
	return parcel{
		Carrier: scrip.CleanLine(form.Get("carrier")), Tracking: scrip.CleanLine(form.Get("tracking")), Note: scrip.Clean(form.Get("note")),
	}
}

// problem is what is wrong with it, or empty.
func (p parcel) problem(ctx context.Context) string {
	switch {
	case utf8.RuneCountInString(p.Note) > scrip.MaxNote:
		return tr(ctx, "Use at most {{.Most}} characters.", "Most", scrip.MaxNote)
	case max(utf8.RuneCountInString(p.Carrier), utf8.RuneCountInString(p.Tracking)) > scrip.MaxParcel:
		return tr(ctx, "Use at most {{.Most}} characters for the carrier, and for the number.", "Most", scrip.MaxParcel)
	}
	return ""
}
