package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
	"peerscrip/static"
)

// keyOperator is in the session of an operator.
const keyOperator = "operator"

// console is the operator's pages.
type console struct {
	*server
	operator Operator
	sessions *scs.SessionManager
}

// NewOperator returns the operator's console. It is to be served on a loopback address alone, or over TLS; who has no session
// of a link is told how to get one.
func NewOperator(o Operator) (http.Handler, error) {
	s, err := newServer(Config{
		Site: o.Site, Sessions: o.Sessions, Clock: o.Clock, Log: o.Log, Insecure: !o.TLS,
		PostsPerMinute: o.PostsPerMinute, ReadsPerMinute: o.ReadsPerMinute, ClientIP: o.ClientIP,
	})
	if err != nil {
		return nil, err
	}
	c := &console{s, o, newManager(o.Sessions, "console")}
	c.sessions.Cookie.Name, c.sessions.Cookie.HttpOnly, c.sessions.Cookie.Secure = "peerscrip-operator", true, o.TLS
	c.sessions.Cookie.SameSite = http.SameSiteStrictMode
	c.sessions.ErrorFunc = c.failed
	return c.routes(), nil
}

func (c *console) routes() http.Handler {
	r := chi.NewRouter()
	r.Handle(static.Prefix+"*", static.Handler())
	r.Group(func(r chi.Router) {
		r.Use(withRequestID, withHeaders(c.Site), c.withOrigin, withLanguage)
		r.Use(c.withRate(c.ReadsPerMinute, time.Minute, always), c.withRate(c.PostsPerMinute, time.Minute, keeps), c.sessions.LoadAndSave)
		r.NotFound(c.in(func(http.ResponseWriter, *http.Request) error { return scrip.NotFound }))
		r.Get("/", c.in(c.overview))
		r.Get(consoleEvidencePath, c.in(c.evidence))
		r.Get(keyPath+"{token}", c.serve(c.link))
		small := r.With(withLimit(maxForm))
		small.Post("/language", c.serve(c.chooseLanguage))
		small.Post(keyPath+"{token}", c.serve(c.useLink))
		small.Post("/leave", c.serve(c.leave))
		if c.operator.Court != nil {
			r.Get("/disputes", c.in(c.disputes))
			r.Get("/disputes/{vendor}/{purchase}", c.in(c.dispute))
			r.Get("/disputes/{vendor}/{purchase}/photos/{digest}", c.in(c.shownPhoto))
			small.Post("/disputes/{vendor}/{purchase}/decide", c.in(c.decide))
		}
		if c.operator.Market != nil {
			r.Get("/reports", c.in(c.reports))
			r.Get("/reports/photos/{digest}", c.in(c.reportedPhoto))
			r.Get("/reports/photos/{digest}/thumb", c.in(c.reportedThumb))
			small.Post("/reports/hide", c.in(c.hide))
			small.Post("/reports/unhide", c.in(c.unhide))
			small.Post("/reports/dismiss", c.in(c.dismiss))
		}
		if c.operator.Suspense != nil {
			r.Get("/suspense", c.in(c.suspense))
			small.Post("/suspense", c.in(c.settle))
		}
		if c.operator.Revoke != nil {
			r.Get("/stalls/{vendor}/revoke", c.in(c.revoking))
			small.Post("/stalls/{vendor}/revoke", c.in(c.revoke))
		}
	})
	return r
}

// keyPath is where a link to the console leads.
const keyPath = "/key/"

// keeps reports whether a request makes the console keep something, as the door of a link does.
func keeps(r *http.Request) bool {
	return r.Method == http.MethodPost || strings.HasPrefix(r.URL.Path, keyPath)
}

// serve is server.serve, with errors as the console shows them.
func (c *console) serve(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if err := p(w, r); err != nil {
			c.failed(w, r, err)
		}
	}
}

// in lets a page be seen by who has a session; everybody else is told how to get one.
func (c *console) in(p page) http.HandlerFunc {
	return c.serve(func(w http.ResponseWriter, r *http.Request) error {
		if !c.sessions.GetBool(r.Context(), keyOperator) {
			return c.render(w, r, http.StatusUnauthorized, signInPage(c.head("", tr(r.Context(), "Operator"))))
		}
		return p(w, r)
	})
}

// failed shows an error as a page of the console.
func (c *console) failed(w http.ResponseWriter, r *http.Request, err error) {
	c.failOn(w, r, err, func(v errorView) templ.Component { return consoleErrorPage(c.head("", v.Title), v) })
}

// link asks the operator, who followed the secret link, to press a button: a GET uses nothing up.
func (c *console) link(w http.ResponseWriter, r *http.Request) error {
	private(w)
	c.sessions.Put(r.Context(), keyAsked, true)
	return c.linkPage(w, r, http.StatusOK, "")
}

func (c *console) linkPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	return c.render(w, r, status, operatorLinkPage(c.head("", tr(r.Context(), "Operator")), keyPath+chi.URLParam(r, "token"), problem))
}

// useLink exchanges the link for a session, once. A browser that keeps no cookie does not use it up.
func (c *console) useLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if !c.sessions.GetBool(r.Context(), keyAsked) {
		return c.linkPage(w, r, http.StatusUnprocessableEntity, noCookie(r))
	}
	good, err := c.operator.Link(chi.URLParam(r, "token"))
	if err != nil {
		return fmt.Errorf("use a link to the console: %w", err)
	}
	if !good {
		return c.render(w, r, http.StatusForbidden, usedLinkPage(c.head("", tr(r.Context(), "Operator")), c.sessions.GetBool(r.Context(), keyOperator)))
	}
	if err := c.sessions.RenewToken(r.Context()); err != nil {
		return fmt.Errorf("renew a session: %w", err)
	}
	c.sessions.Put(r.Context(), keyOperator, true)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// leave ends the operator's session.
func (c *console) leave(w http.ResponseWriter, r *http.Request) error {
	if err := c.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// overview is the books, the queues and how the process is.
func (c *console) overview(w http.ResponseWriter, r *http.Request) error {
	standing, err := c.operator.Standing(r.Context())
	if err != nil {
		return fmt.Errorf("look at the books and the queues: %w", err)
	}
	view := c.operatorView(r.Context(), standing, c.operator.Revoke != nil)
	view.Settles = c.operator.Suspense != nil
	if c.operator.Market != nil {
		reported, err := c.operator.Market.Reported(r.Context())
		if err != nil {
			return fmt.Errorf("count what was reported: %w", err)
		}
		if len(reported) > 0 {
			view.Reported = tr(r.Context(), "{{.N}} listings", "N", len(reported))
		}
	}
	return c.render(w, r, http.StatusOK, operatorPage(c.frame(r.Context(), "overview", tr(r.Context(), "Books and queues")), view))
}

// consoleHead is what the frame of the console's pages needs to know.
type consoleHead struct {
	Head
	Tabs []consoleTab
}

type consoleTab struct {
	Href, Name string
	Current    bool
}

// frame is the frame of a page.
func (c *console) frame(ctx context.Context, section, title string) consoleHead {
	h := consoleHead{Head: c.head("", title)}
	add := func(name, href, text string) { h.Tabs = append(h.Tabs, consoleTab{href, text, name == section}) }
	add("overview", "/", tr(ctx, "Overview"))
	if c.operator.Court != nil {
		add("disputes", "/disputes", tr(ctx, "Disputes"))
	}
	if c.operator.Market != nil {
		add("reports", "/reports", tr(ctx, "Reports"))
	}
	if c.operator.Suspense != nil {
		add("suspense", "/suspense", tr(ctx, "Money"))
	}
	return h
}

// agoWords says how long something has waited.
func agoWords(ctx context.Context, d time.Duration) string {
	switch hours := int(d.Hours()); {
	case hours < 1:
		return tr(ctx, "less than an hour")
	case hours < 48:
		return tr(ctx, "{{.N}} hours", "N", hours)
	default:
		return tr(ctx, "{{.N}} days", "N", hours/24)
	}
}
