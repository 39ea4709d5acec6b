package web

import (
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// returnView is a return of an order, as far as it has come, and the form to answer it.
type returnView struct {
	State   string // what is to be done, in a sentence; empty: there is no return
	Action  string
	Reason  string // the buyer's
	Decide  bool   // it may be agreed to, or declined
	Agreed  bool   // it was agreed to: what was said of the way back may be changed
	Refund  bool   // it is on its way back, or here: to be refunded
	Carrier string // of what is on its way back; this and the next two may be empty
	Number  string
	Track   string

	Where, Why            string // as they were typed
	Pays                  scrip.Side
	ProblemOf, ProblemWhy string // of where, and of why not
}

// returnOf is an order's return, read off its thread.
func returnOf(o merchant.Order) returnView {
	v := returnView{Action: orderPath(o.ID) + "/return", Pays: scrip.Seller}
	switch o.Talk.Now {
	case scrip.StateAsked:
		v.State, v.Decide = phrase("The buyer would like to send it back. Take it back, or say why not."), true
	case scrip.StateAgreed:
		v.State, v.Agreed = phrase("You take it back, and the buyer has not said yet that it is on its way."), true
	case scrip.StateReturned:
		v.State, v.Refund = phrase("It is on its way back to you. When you have it, give the money back."), true
	default:
		return v
	}
	for _, said := range o.Talk.Said {
		switch said.Kind {
		case "return":
			v.Reason = said.Text
		case "return-agreed":
			v.Where, v.Pays = said.Text, said.Pays
		case "returned":
			v.Carrier, v.Number, v.Track = said.Carrier, said.Tracking, trackingLink(said.Carrier, said.Tracking)
		}
	}
	return v
}

// answerReturn agrees to a return, or declines it, as the form says.
func (s *server) answerReturn(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, where, why := chi.URLParam(r, "id"), scrip.Clean(r.PostForm.Get("where")), scrip.Clean(r.PostForm.Get("why"))
	pays := scrip.Side(r.PostForm.Get("pays"))
	e, done := scrip.Event{Kind: "return-agreed", Text: where, Pays: pays}, tr(r.Context(), "The buyer reads where to send it.")
	if r.PostForm.Get("answer") == "decline" {
		e, done = scrip.Event{Kind: "return-declined", Text: why}, tr(r.Context(), "The buyer reads why not.")
	}
	refused := func(problem string) error {
		return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(v *orderView) { v.Return.keep(where, why, pays, e.Kind, problem) })
	}
	err := d.Say(r.Context(), scrip.ID(id), e)
	switch {
	case errors.Is(err, scrip.TooMany) && e.Text == "" && e.Pays == "":
		return refused(tr(r.Context(), "Say why not."))
	case errors.Is(err, scrip.TooMany) && e.Text == "":
		return refused(tr(r.Context(), "Say where it is to be sent, and how."))
	case errors.Is(err, scrip.TooMany):
		return refused(tr(r.Context(), "That has {{.Has}} characters. Use at most {{.Most}}.", "Has", utf8.RuneCountInString(e.Text), "Most", mostOf(e.Kind)))
	case err != nil:
		return fmt.Errorf("answer a return: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, done)
	http.Redirect(w, r, orderPath(scrip.ID(id)), http.StatusSeeOther)
	return nil
}

// mostOf is how many characters the text of an event of a kind has at most.
func mostOf(kind string) int {
	for _, k := range scrip.Kinds() {
		if k.Kind == kind {
			return k.Most
		}
	}
	return 0
}

// keep puts back what was typed, with what is wrong with it.
func (v *returnView) keep(where, why string, pays scrip.Side, kind, problem string) {
	v.Where, v.Why = where, why
	if pays != "" {
		v.Pays = pays
	}
	if kind == "return-declined" {
		v.ProblemWhy = problem
	} else {
		v.ProblemOf = problem
	}
}
