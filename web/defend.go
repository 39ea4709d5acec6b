package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// defend says to a dispute what the form says, once for its key.
func (s *server) defend(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, text, shows := chi.URLParam(r, "id"), scrip.Clean(r.PostForm.Get("answer")), r.PostForm["show"]
	refused := func(problem string) error {
		return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(v *orderView) { v.Dispute.keep(text, shows, problem) })
	}
	switch {
	case text == "":
		return refused(tr(r.Context(), "Say what you have to say to it."))
	case len(shows) > scrip.MaxShown:
		return refused(tr(r.Context(), "Show at most {{.Most}} things: you chose {{.Count}}.", "Most", scrip.MaxShown, "Count", len(shows)))
	}
	err := d.Defend(r.Context(), scrip.ID(r.PostForm.Get("key")), scrip.ID(id), text, shows)
	switch {
	case errors.Is(err, scrip.TooMany):
		return refused(tr(r.Context(), "That is too much at once. Use at most 2,000 characters, and show fewer things."))
	case errors.Is(err, scrip.TxConflict):
		return refused(tr(r.Context(), "This form was sent before with another answer. Look at what you said, then send it again if you still want to."))
	case err != nil:
		return fmt.Errorf("answer a dispute: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "Your answer goes to the market."))
	http.Redirect(w, r, "/desk/orders/"+id+"#dispute", http.StatusSeeOther)
	return nil
}

// keep puts back what was typed and chosen.
func (v *disputeView) keep(text string, shows []string, problem string) {
	v.Text, v.Problem = text, problem
	chosen := map[string]bool{}
	for _, digest := range shows {
		chosen[digest] = true
	}
	for i := range v.Shows {
		v.Shows[i].Chosen = chosen[v.Shows[i].Digest]
	}
}

// slip is the packing slip of an order, to be printed.
func (s *server) slip(w http.ResponseWriter, r *http.Request, d Desk) error {
	o, err := d.Order(r.Context(), scrip.ID(chi.URLParam(r, "id")))
	if err != nil {
		return fmt.Errorf("look up an order: %w", err)
	}
	v := slipView{orderView: s.orderView(r.Context(), o), Stall: d.Current().Name, Public: s.Site.URL + stallPath(d.Current().Vendor)}
	v.Placed = day(o.PaidAt)
	return s.render(w, r, http.StatusOK, slipPage(s.head("sell", tr(r.Context(), "Packing slip")), v))
}

// slipView is a packing slip.
type slipView struct {
	orderView
	Stall, Public string
}
