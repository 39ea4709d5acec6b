package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// haggleView is the form that offers a listing to the buyer of a conversation alone, and what it says of it.
type haggleView struct {
	Action                       string
	Listed                       sum         // what everybody pays for one
	Stock                        string      // what is left
	Accept                       *acceptView // what the buyer proposed and waits for; nil: nothing, or it cannot be had any more
	Price, Quantity, Hours, Text string      // as they were typed; at first what was proposed
	Currency                     string
	Problems                     map[string]string
}

// acceptView is what a buyer would pay, to be offered to that buyer with one button.
type acceptView struct {
	Times           string // "2 × "; empty for one
	Price           sum    // of one
	Typed, Quantity string // of the form
}

// hoursOf are the times for which a private offer can stand, as the form has them.
func hoursOf(ctx context.Context, chosen string) []option {
	all := []option{{Slug: "24", Name: tr(ctx, "{{.N}} days", "N", 1)}, {Slug: "48", Name: tr(ctx, "{{.N}} days", "N", 2)}, {Slug: "72", Name: tr(ctx, "{{.N}} days", "N", 3)}}
	for i, o := range all {
		all[i].Chosen = o.Slug == chosen
	}
	return all
}

// haggleView is nil where the conversation is closed, or its listing is not for sale.
func (s *server) haggleView(ctx context.Context, d Desk, c merchant.Conversation) (*haggleView, error) {
	if !c.May(scrip.Seller, "private-offer", s.Clock().Unix()) {
		return nil, nil
	}
	l, err := d.Listing(ctx, c.Offer)
	if errors.Is(err, scrip.NotFound) || err == nil && (l.Ended || l.Stock == 0 || l.IsRequest()) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up what is haggled about: %w", err)
	}
	v := &haggleView{
		Action: "/desk/talks/" + string(c.Order) + "/offer", Listed: s.sum(l.Price), Stock: number(ctx, l.Stock),
		Price: localeOf(ctx).typed(l.Price, s.Site.Currency), Quantity: "1", Hours: "72", Currency: s.Site.Currency.Code,
	}
	for _, said := range slices.Backward(c.Said) {
		if said.Kind == "propose" {
			v.Price, v.Quantity = localeOf(ctx).typed(said.Price, s.Site.Currency), strconv.Itoa(said.Quantity)
			if c.Now == scrip.StateProposed && said.Quantity <= l.Stock {
				v.Accept = &acceptView{Price: s.sum(said.Price), Typed: v.Price, Quantity: v.Quantity}
				if said.Quantity > 1 {
					v.Accept.Times = v.Quantity + " × "
				}
			}
			break
		}
	}
	return v, nil
}

// offerPrivately offers a listing to the buyer of a conversation alone.
func (s *server) offerPrivately(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, form := chi.URLParam(r, "id"), r.PostForm
	v := haggleView{
		Price: form.Get("price"), Quantity: form.Get("quantity"), Hours: form.Get("hours"), Text: scrip.Clean(form.Get("text")), Problems: map[string]string{},
	}
	terms := s.termsOf(r.Context(), &v)
	refused := func() error {
		return s.showTalk(w, r, d, http.StatusUnprocessableEntity, func(t *talkView) {
			if t.Haggle == nil {
				t.Problem = tr(r.Context(), "What this is about is not for sale any more. Nothing was offered.")
				return
			}
			t.Haggle.Price, t.Haggle.Quantity, t.Haggle.Hours, t.Haggle.Text, t.Haggle.Problems = v.Price, v.Quantity, v.Hours, v.Text, v.Problems
		})
	}
	if len(v.Problems) > 0 {
		return refused()
	}
	err := d.OfferPrivately(r.Context(), scrip.ID(id), terms)
	switch {
	case errors.Is(err, scrip.OutOfStock):
		v.Problems["quantity"] = tr(r.Context(), "So many are not left.")
	case errors.Is(err, scrip.AmountOutOfBounds):
		v.Problems["price"] = tr(r.Context(), "Such a price cannot be paid.")
	case errors.Is(err, scrip.TooMany):
		v.Problems["word"] = tr(r.Context(), "Use at most {{.Most}} characters.", "Most", scrip.MaxNote)
	case errors.Is(err, scrip.OfferChanged):
		v.Problems["price"] = tr(r.Context(), "The listing has just changed. Look at it, and offer it again.")
	case err != nil:
		return fmt.Errorf("offer privately: %w", err)
	default:
		http.Redirect(w, r, "/desk/talks/"+id+"#said", http.StatusSeeOther)
		return nil
	}
	return refused()
}

// termsOf reads the form, and says what is wrong with it.
func (s *server) termsOf(ctx context.Context, v *haggleView) (t merchant.Terms) {
	var err error
	if t.Price, err = s.Site.Currency.Parse(v.Price); err != nil || t.Price == 0 {
		v.Problems["price"] = tr(ctx, "Write a price like {{.Example}}.", "Example", localeOf(ctx).example(s.Site.Currency))
	}
	if t.Quantity, err = strconv.Atoi(v.Quantity); err != nil || t.Quantity < 1 || t.Quantity > scrip.MaxQuantity {
		v.Problems["quantity"] = tr(ctx, "Write a number from 1 to {{.Most}}.", "Most", strconv.Itoa(scrip.MaxQuantity))
	}
	if t.Hours, err = strconv.Atoi(v.Hours); err != nil || t.Hours < 1 || t.Hours > scrip.MaxPrivate/60/60 {
		v.Problems["hours"] = tr(ctx, "Choose up to 3 days.")
	}
	t.Text = v.Text
	return t
}
