package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
)

// stallView is one stall with what it sells.
type stallView struct {
	Stall stallCard
	Since string
	Cards []card
	Cut   string // how many listings are not among them; empty: none
}

// stallsView is a page of the list of stalls.
type stallsView struct {
	Cards []stallCard
	Pages pager
}

func (s *server) stalls(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Catalogue.Stalls(r.Context())
	if err != nil {
		return fmt.Errorf("list the stalls: %w", err)
	}
	page := readSearch(r.URL.Query()).Page
	view := stallsView{Pages: paged(page, len(all.Stalls), func(page int) string { return "/stalls?page=" + strconv.Itoa(page) })}
	if all.Unread > 0 {
		view.Pages.Cut = "The broker lists " + count(all.Unread, "more stall") + " which this market does not read: it has room for " +
			strconv.Itoa(len(all.Stalls)) + "."
	}
	from := min((page-1)*perPage, len(all.Stalls))
	for _, t := range all.Stalls[from:min(from+perPage, len(all.Stalls))] {
		view.Cards = append(view.Cards, stallCardOf(t))
	}
	return s.render(w, r, http.StatusOK, stallsPage(s.head("browse", "Stalls"), view))
}

func (s *server) stall(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Catalogue.Stall(r.Context(), chi.URLParam(r, "vendor"))
	if err != nil {
		return fmt.Errorf("look up a stall: %w", err)
	}
	h := s.head("browse", p.Stall.Name)
	h.Description = firstSentence(p.Stall.About)
	view := stallView{Stall: stallCardOf(p.Stall), Cards: s.cards(p.Listings, false)}
	if p.Stall.Unshown > 0 {
		view.Cut = "This stall offers " + count(p.Stall.Unshown, "more thing") + " than a market shows of one stall."
	}
	if !p.Stall.Since.IsZero() {
		view.Since = day(p.Stall.Since)
	}
	return s.render(w, r, http.StatusOK, stallPage(h, view))
}
