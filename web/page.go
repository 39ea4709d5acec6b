package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"peerscrip/services/scrip"
)

// page is a handler that returns what went wrong instead of writing it. It writes nothing before it returns an error.
type page func(w http.ResponseWriter, r *http.Request) error

// serve is the one adapter from a page to HTTP.
func (s *server) serve(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// render writes a whole page or, when the template fails, nothing: the page is complete before its first byte is sent.
func (s *server) render(w http.ResponseWriter, r *http.Request, status int, view templ.Component) error {
	var body bytes.Buffer
	if err := view.Render(r.Context(), &body); err != nil {
		return fmt.Errorf("render %s: %w", r.URL.Path, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		s.log.DebugContext(r.Context(), "the reader went away", "error", err)
	}
	return nil
}

// fail shows an error as a page: a refusal in words, anything else as our fault with the request's id, logged here and
// nowhere else.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	view := s.explain(r, err)
	if view.Status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "page failed", "method", r.Method, "path", r.URL.Path, "request", view.RequestID, "error", err)
	}
	if view.Status == http.StatusServiceUnavailable || view.Status == http.StatusTooManyRequests {
		if w.Header().Get("Retry-After") == "" {
			w.Header().Set("Retry-After", "10")
		}
	}
	if err := s.render(w, r, view.Status, errorPage(s.head("", view.Title), view)); err != nil {
		http.Error(w, "internal error, request "+view.RequestID, http.StatusInternalServerError)
	}
}

// problem is a refusal on its way to a person.
type problem struct {
	Status      int
	Title, Text string
}

// problems says in words what each refusal means on a page. What is missing here cannot be met on a page, or is nobody's
// doing but ours.
var problems = map[scrip.Refusal]problem{
	scrip.NotFound:          {404, "There is nothing here", "The page may have moved, or the address has a slip in it."},
	scrip.UnknownVendor:     {404, "There is no such stall", "It may have closed, or the address has a slip in it."},
	scrip.UnknownAccount:    {404, "There is no such account", "Check the reference: it must be complete."},
	scrip.StallRevoked:      {410, "This stall has been closed", "The broker has withdrawn its certificate, so nothing can be bought here."},
	scrip.OfferExpired:      {410, "This listing has ended", "Its seller has not renewed it."},
	scrip.OutOfStock:        {409, "Sold", "Somebody else was faster. The stall may have more like it."},
	scrip.TooMany:           {429, "One thing at a time", "A great many requests came from your network. Wait a minute, then try again."},
	scrip.Unavailable:       {503, "Please try again in a moment", "A part of the service cannot be reached right now. Nothing was changed."},
	scrip.NameInvalid:       {422, "That name cannot be used", "It is empty, too long, or taken."},
	scrip.AmountOutOfBounds: {422, "That amount cannot be used", "It is zero or above the limit."},
	scrip.BankDeclined:      {409, "The bank declined", "There is not enough money in the account. Nothing was charged."},
	scrip.Unreadable:        {403, "That did not open", "The message does not fit this stall, or was made for an earlier visit. Start again from your wallet."},
}

// explain turns any error into what a person is shown.
func (s *server) explain(r *http.Request, err error) errorView {
	view := errorView{RequestID: requestID(r.Context()), problem: problem{
		Status: http.StatusInternalServerError,
		Title:  "Something broke on our side",
		Text:   "It has been written down. Nothing you did is lost; going back and trying again is safe.",
	}}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		view.problem = problem{http.StatusRequestEntityTooLarge, "That is too large", "Photos may have up to 10 MB each, eight at most."}
		return view
	}
	if refusal, ok := scrip.AsRefusal(err); ok {
		if p, known := problems[refusal]; known {
			view.problem = p
		}
	}
	return view
}

type requestKey struct{}

// requestID returns the id withRequestID gave the request, or "".
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
