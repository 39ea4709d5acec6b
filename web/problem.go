package web

import (
	"errors"
	"net/http"
	"os"

	"peerscrip/services/scrip"
)

// problem is what went wrong, on its way to a person.
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
	scrip.Unreadable:        {403, "That did not open", "The message does not fit this stall, or was made for an earlier visit. Start again from your wallet."},
}

// What is no refusal, and yet is told.
var (
	ourFault = problem{
		http.StatusInternalServerError, "Something broke on our side",
		"It has been written down. Nothing you did is lost; going back and trying again is safe.",
	}
	notAllowed = problem{http.StatusMethodNotAllowed, "That cannot be done here", "This address is for reading, or takes a form only. Go back and use the page's own button."}
	tooSlow    = problem{http.StatusRequestTimeout, "That took too long", "The form did not arrive in time, and nothing was changed. Send it again, over a better connection or with smaller photos."}
	tooLarge   = problem{http.StatusRequestEntityTooLarge, "That is too large", "Photos may have up to 20 MB each, and 100 MB together. Go back and choose fewer; the others can be added when the listing is there."}
)

// explain turns any error into what a person is told, and the kind of it for machines.
func explain(err error) (p problem, kind string) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge, "too-large"
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return tooSlow, "too-slow"
	}
	if errors.Is(err, errNotAllowed) {
		return notAllowed, "not-allowed"
	}
	refusal, _ := scrip.AsRefusal(err)
	if p, told := problems[refusal]; told {
		return p, string(refusal)
	}
	return ourFault, "internal"
}

// errorView is an error page: what happened, in words, and the id under which the log has the rest.
type errorView struct {
	problem
	RequestID string
}

// fail shows an error as a page.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p, _ := s.problem(w, r, err)
	view := errorView{problem: p, RequestID: requestID(r.Context())}
	if err := s.render(w, r, p.Status, errorPage(s.head("", p.Title), view)); err != nil {
		http.Error(w, "internal error, request "+view.RequestID, http.StatusInternalServerError)
	}
}

// problemDetails is an RFC 9457 answer. Type is the refusal's word below /problems/, the same as on the API.
type problemDetails struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
}

// failJSON tells the wallet of an error.
func (s *server) failJSON(w http.ResponseWriter, r *http.Request, err error) {
	p, kind := s.problem(w, r, err)
	s.writeJSON(w, r, p.Status, "application/problem+json", problemDetails{
		Type: "/problems/" + kind, Title: p.Title, Status: p.Status, Detail: p.Text, Instance: requestID(r.Context()),
	})
}

// problem explains an error for either way of telling it. What is our fault is logged here and nowhere else; who is to
// come back is told when.
func (s *server) problem(w http.ResponseWriter, r *http.Request, err error) (p problem, kind string) {
	p, kind = explain(err)
	if p.Status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "page failed", "method", r.Method, "path", r.URL.Path, "request", requestID(r.Context()), "error", err)
	}
	if p.Status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close")
	}
	wait := p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests
	if wait && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "10")
	}
	return p, kind
}
