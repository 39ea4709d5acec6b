package web

import "net/http"

func (s *server) about(w http.ResponseWriter, r *http.Request) error {
	h := s.head("", "Privacy")
	h.Description = "What is anonymous here and what is not: what the seller, the broker, this site and an onlooker learn."
	h.Path = "/about"
	return s.render(w, r, http.StatusOK, aboutPage(h))
}
