package web

import "net/http"

func (s *server) about(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	h := s.head("", tr(ctx, "Privacy"))
	h.Description = tr(ctx, "What is anonymous here and what is not: what the seller, the broker, this site and an onlooker learn.")
	h.Path = "/about"
	return s.render(w, r, http.StatusOK, aboutPage(h))
}
