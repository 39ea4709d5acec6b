package web

import (
	"net/http"
	"net/mail"
	"net/url"
)

// legal says who runs the site and by which terms, in the operator's own words, where there are some.
func (s *server) legal(w http.ResponseWriter, r *http.Request) error {
	h := s.head("", tr(r.Context(), "Contact and terms"))
	h.Path = "/contact"
	return s.render(w, r, http.StatusOK, legalPage(h, s.Site.Legal, contactHref(s.Site.Legal.Contact)))
}

// Legal is what the operator says of itself, each in plain text; empty: nothing.
type Legal struct {
	Contact string // a mail address, a web address, or words
	Imprint string
	Terms   string
}

// contactHref is where a contact leads, if it is a mail address or a web address; empty: it is words.
func contactHref(contact string) string {
	if a, err := mail.ParseAddress(contact); err == nil && a.Address == contact {
		return "mailto:" + url.PathEscape(contact)
	}
	if u, err := url.Parse(contact); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return contact
	}
	return ""
}
