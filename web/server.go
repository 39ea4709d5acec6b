package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"peerscrip/services/scrip"
)

// sessionLife is how long a seller stays at the desk; half of it unused ends the session earlier.
const sessionLife = 24 * time.Hour

func newServer(c Config) (*server, error) {
	if (c.Catalogue == nil) != (c.Photos == nil) {
		return nil, errors.New("build pages: a catalogue and its photos go together")
	}
	if (c.Desk == nil) != (c.Orders == nil) {
		return nil, errors.New("build pages: a desk and its orders go together")
	}
	if c.Site.Currency.Code == "" {
		return nil, errors.New("build pages: the currency is missing")
	}
	if c.Site.Name == "" {
		c.Site.Name = "peerscrip"
	}
	c.Site.HasShop = c.Catalogue != nil
	c.Site.HasBank = c.Bank != nil
	c.Site.HasSell = c.Openings != nil
	c.Site.HasDesk = c.Desk != nil
	s := &server{
		Config: c, log: c.Log, deskSessions: newSessions(c, "desk"), bankSessions: newSessions(c, "bank"), uploads: &uploads{},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.deskSessions.ErrorFunc, s.bankSessions.ErrorFunc = s.fail, s.fail
	return s, nil
}

// newSessions keeps what visitors of one part of the site are in the middle of, under a cookie that goes to that part
// alone.
func newSessions(c Config, part string) *scs.SessionManager {
	m := scs.New()
	m.Lifetime = sessionLife
	m.IdleTimeout = sessionLife / 2
	m.HashTokenInStore = true
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

// sum is an amount as a page prints it.
type sum struct {
	Amount, Currency string
}

// priced is an amount inside a sentence.
func (s *server) priced(m scrip.Money) string {
	return s.Site.Currency.Format(m) + " " + s.Site.Currency.Code
}

func (s *server) sum(m scrip.Money) sum {
	return sum{Amount: s.Site.Currency.Format(m), Currency: s.Site.Currency.Code}
}
