package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// server is a Config with what New makes of it. It holds no state of its own beside how much is being
// uploaded.
//
// The seller's desk and the sandbox bank have a cookie each, sent to its own pages and to no other: whoever serves both
// is not handed the link between a seller and a bank account by the browser.
type server struct {
	Config
	deskSessions *scs.SessionManager // below /desk
	bankSessions *scs.SessionManager // below /bank
	uploads      *uploads
	log          *slog.Logger
}

// New returns the pages of one role of the program. It serves /static/ too, but neither /v1/ nor /docs.
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s.routes(), nil
}

func newServer(c Config) (*server, error) {
	if c.Catalogue != nil && c.Hosts == nil {
		return nil, errors.New("build pages: a catalogue needs to know which stalls are here")
	}
	if (c.Openings != nil || c.DeskLink != nil) && c.Desk == nil {
		return nil, errors.New("build pages: who opens a stall or holds its key needs a desk")
	}
	if c.Sessions == nil {
		return nil, errors.New("build pages: sessions have nowhere to lie")
	}
	if c.Site.Currency.Code == "" {
		return nil, errors.New("build pages: the currency is missing")
	}
	if c.Site.Name == "" {
		c.Site.Name = "peerscrip"
	}
	c.Site.hasShop = c.Catalogue != nil
	c.Site.hasBank = c.Bank != nil
	c.Site.hasSell = c.Openings != nil
	c.Site.hasDesk = c.Desk != nil
	c.Site.hasReport = c.Reports != nil
	s := &server{
		Config: c, log: c.Log, deskSessions: newCookie(c, "desk"), bankSessions: newCookie(c, "bank"), uploads: &uploads{},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.Clock == nil {
		s.Clock = time.Now
	}
	s.deskSessions.ErrorFunc, s.bankSessions.ErrorFunc = s.fail, s.fail
	return s, nil
}

// newCookie keeps what visitors of one part of the site are in the middle of, under a cookie that goes to that part
// alone.
func newCookie(c Config, part string) *scs.SessionManager {
	m := newManager(c.Sessions, part)
	m.Cookie.Name = "peerscrip-" + part
	m.Cookie.Path = "/" + part
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = !c.Insecure
	return m
}

// head returns the frame of a page.
func (s *server) head(section, title string) Head {
	return Head{Site: s.Site, Section: section, Title: title}
}
