package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
)

// stallView is one stall with what it sells.
type stallView struct {
	Stall stallCard
	Since string
	Cards []card
}

func (s *server) stalls(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Catalogue.Stalls(r.Context())
	if err != nil {
		return fmt.Errorf("list the stalls: %w", err)
	}
	cards := make([]stallCard, 0, len(all))
	for _, t := range all {
		cards = append(cards, stallCardOf(t))
	}
	return s.render(w, r, http.StatusOK, stallsPage(s.head("browse", "Stalls"), cards))
}

func (s *server) stall(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Catalogue.Stall(r.Context(), chi.URLParam(r, "vendor"))
	if err != nil {
		return fmt.Errorf("look up a stall: %w", err)
	}
	h := s.head("browse", p.Stall.Name)
	h.Description = firstSentence(p.Stall.About)
	view := stallView{Stall: stallCardOf(p.Stall), Cards: s.cards(p.Listings, false)}
	if !p.Stall.Since.IsZero() {
		view.Since = day(p.Stall.Since)
	}
	return s.render(w, r, http.StatusOK, stallPage(h, view))
}
