package web

import "net/http"

// verify is the page on which a receipt file is verified, in the browser.
func (s *server) verify(w http.ResponseWriter, r *http.Request) error {
	h := s.head("", tr(r.Context(), "Verify a receipt"))
	h.Description = tr(r.Context(), "Check with the broker’s public keys what a receipt file proves: seller, payment, goods, the broker’s record.")
	h.Page = "verify"
	return s.render(w, r, http.StatusOK, verifyPage(h, s.keysFrom(r)))
}

// keysFrom is where a command finds the broker's keys: the broker's address, or this site's when it is the broker.
func (s *server) keysFrom(r *http.Request) string {
	switch {
	case s.Site.BrokerURL != "":
		return s.Site.BrokerURL
	case s.Insecure:
		return "http://" + r.Host
	}
	return "https://" + r.Host
}
