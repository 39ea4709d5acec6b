package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// problem is what went wrong, on its way to a person.
type problem struct {
	Status      int
	Title, Text string
}

// problems says in words what each refusal means on a page; problem puts them into its reader's language. What is missing here cannot be met on a page, or is nobody's
// doing but ours.
var problems = map[scrip.Refusal]problem{
	scrip.NotFound:          {404, phrase("There is nothing here"), phrase("The page may have moved, or the address has a typo in it.")},
	scrip.UnknownVendor:     {404, phrase("There is no such stall"), phrase("It may have closed, or the address has a typo in it.")},
	scrip.UnknownAccount:    {404, phrase("There is no such account"), phrase("Check the reference: it must be complete.")},
	scrip.StallRevoked:      {410, phrase("This stall has been closed"), phrase("Nothing can be bought here any more.")},
	scrip.Blocked:           {403, phrase("This buyer is blocked"), phrase("Take that back on your desk, under Blocked buyers.")},
	scrip.StallClosed:       {409, phrase("This stall takes no orders now"), phrase("Its seller is away, or has closed it.")},
	scrip.NotYetInForce:     {503, phrase("This stall is not open yet"), phrase("By this site's clock its certificate has not begun, so that clock may have been set back. Try again later.")},
	scrip.OfferExpired:      {410, phrase("This listing has ended"), phrase("Its seller has not renewed it.")},
	scrip.OutOfStock:        {409, phrase("Sold"), phrase("Somebody else was faster. The stall may have more like it.")},
	scrip.OutOfTurn:         {409, phrase("This has changed meanwhile"), phrase("It is no longer as it was when this page was shown: the buyer was faster, or it was cancelled, and what is cancelled is not sent. Look at it again; nothing was changed.")},
	scrip.TooMany:           {422, phrase("That is too much"), phrase("It is longer, or more, than this site takes. Make it shorter, then try again.")},
	scrip.Unavailable:       {503, phrase("Please try again in a moment"), phrase("A part of the service cannot be reached right now. Nothing was changed.")},
	scrip.NameInvalid:       {422, phrase("That name cannot be used"), phrase("It is empty, too long, or taken, or looks like one that is.")},
	scrip.AmountOutOfBounds: {422, phrase("That amount cannot be used"), phrase("It is zero or above the limit.")},
	scrip.Unreadable:        {403, phrase("That did not open"), phrase("The message does not fit this stall, or was made for an earlier visit. Start again from your wallet.")},
}

// What is no refusal, and yet is told.
var (
	ourFault = problem{
		http.StatusInternalServerError, phrase("Something broke on our side"),
		phrase("It has been written down. Nothing you did is lost; going back and trying again is safe."),
	}
	notAllowed = problem{http.StatusMethodNotAllowed, phrase("That cannot be done here"), phrase("This address is for reading, or takes a form only. Go back and use the page's own button.")}
	tooSlow    = problem{http.StatusRequestTimeout, phrase("That took too long"), phrase("The form did not arrive in time, and nothing was changed. Send it again, over a better connection or with smaller photos.")}
	tooOften   = problem{http.StatusTooManyRequests, phrase("One thing at a time"), phrase("A great many requests came from your network. Wait a minute, then try again.")}
	tooLarge   = problem{http.StatusRequestEntityTooLarge, phrase("That is too large"), phrase("Photos may have up to 20 MB each, and 100 MB together. Go back and choose fewer; the others can be added when the listing is there.")}
	usedLink   = problem{http.StatusNotFound, phrase("This link does not open the desk"), phrase("It was used, or a newer one took its place. On the stall's machine, “peerscrip desk” makes a new one.")}
)

// told are the errors that say more than a refusal, or are none, and the kind of each for machines.
var told = []struct {
	err  error
	kind string
	problem
}{
	{os.ErrDeadlineExceeded, "too-slow", tooSlow},
	{errNotAllowed, "not-allowed", notAllowed},
	{errTooOften, "too-many-requests", tooOften},
	{market.ErrHidden, string(scrip.NotFound), problem{410, phrase("Not shown here any more"), phrase("Whoever runs this market has taken it out. If you bought from this stall, your order is in your wallet as before.")}},
	{errNoLink, string(scrip.NotFound), problem{404, phrase("There is no such payment link"), phrase("It has ended, or the address has a typo in it. Ask whoever sent it to you.")}},
	{errDeskLink, string(scrip.NotFound), usedLink},
	{scrip.ErrNameEmpty, string(scrip.NameInvalid), problem{422, phrase("The stall needs a name"), phrase("Write the name that buyers are to see.")}},
	{scrip.ErrNameLong, string(scrip.NameInvalid), problem{422, phrase("That name is too long"), phrase("A name has at most 60 characters. Make it shorter.")}},
	{scrip.ErrNameUnseen, string(scrip.NameInvalid), problem{422, phrase("That name holds something that nobody sees"), phrase("It has an invisible character in it, perhaps from where it was copied. Type it anew.")}},
	{scrip.ErrNameTaken, string(scrip.NameInvalid), problem{422, phrase("That name is taken"), phrase("Another stall has this name, or one that looks like it. Choose another.")}},
	{merchant.ErrHostFull, string(scrip.TooMany), problem{422, phrase("There is no room for another stall"), phrase("This site has as many stalls as it can take. Open yours at another market, or run one on a machine of your own.")}},
	{merchant.ErrAccountFull, string(scrip.TooMany), problem{422, phrase("You have stalls enough here"), phrase("One account may have three stalls on this site, and yours has them. List your things at one of those.")}},
	{merchant.ErrDrafting, string(scrip.TooMany), problem{422, phrase("Others are opening stalls right now"), phrase("There were more than this site can open at once. Wait two minutes, then try again.")}},
	{merchant.ErrAboutTooLong, string(scrip.TooMany), problem{422, phrase("That is too long"), phrase("What the stall says of itself may have 2,000 characters.")}},
}

// explain turns any error into what a person is told, and the kind of it for machines.
func explain(err error) (p problem, kind string) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge, "too-large"
	}
	var photo merchant.PhotoError
	if errors.As(err, &photo) {
		return problem{http.StatusUnprocessableEntity, phrase("That photo cannot be taken"), photo.Error()}, string(scrip.Unreadable)
	}
	for _, t := range told {
		if errors.Is(err, t.err) {
			return t.problem, t.kind
		}
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
	s.failOn(w, r, err, func(v errorView) templ.Component { return errorPage(s.head("", v.Title), v) })
}

// failOn shows an error on a page of its own.
func (s *server) failOn(w http.ResponseWriter, r *http.Request, err error, page func(errorView) templ.Component) {
	p, _ := s.problem(w, r, err)
	view := errorView{problem: p, RequestID: requestID(r.Context())}
	if err := s.render(w, r, p.Status, page(view)); err != nil {
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
	p.Title, p.Text = tr(r.Context(), p.Title), tr(r.Context(), p.Text)
	if p.Status >= http.StatusInternalServerError {
		level := slog.LevelError
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil { // who asked went away
			level = slog.LevelDebug
		}
		s.log.Log(r.Context(), level, "page failed", "method", r.Method, "route", chi.RouteContext(r.Context()).RoutePattern(), "request", requestID(r.Context()), "error", err)
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
