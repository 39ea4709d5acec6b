package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// stallView is one stall with what it sells.
type stallView struct {
	Stall   stallCard
	Since   stamp
	Cards   []card
	Ratings ratingsView
	Cut     string // how many listings are not among them; empty: none
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
	page := pageOf(r.URL.Query())
	view := stallsView{Pages: paged(r.Context(), page, len(all), func(page int) string { return "/stalls?page=" + strconv.Itoa(page) })}
	if unread := s.Catalogue.Unread(); unread > 0 {
		view.Pages.Cut = tr(r.Context(), "The broker lists {{.N}} more stalls which this market does not read: it has room for {{.Room}}.", "N", unread, "Room", len(all))
	}
	from := min((page-1)*perPage, len(all))
	for _, t := range all[from:min(from+perPage, len(all))] {
		view.Cards = append(view.Cards, s.stallCard(r.Context(), t))
	}
	h := s.head("browse", tr(r.Context(), "Stalls"))
	if page == 1 {
		h.Path = "/stalls"
	}
	return s.render(w, r, http.StatusOK, stallsPage(h, view))
}

func (s *server) stall(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Catalogue.StallPage(r.Context(), scrip.VendorID(chi.URLParam(r, "vendor")))
	if err != nil {
		return fmt.Errorf("look up a stall: %w", err)
	}
	h := s.head("browse", p.Stall.Name)
	h.Description, h.Path, h.Feed = firstSentence(p.Stall.About), stallPath(p.Stall.Vendor), stallPath(p.Stall.Vendor)+atomPath
	view := stallView{Stall: s.stallCard(r.Context(), p.Stall), Since: day(p.Stall.NotBefore), Cards: s.cards(r.Context(), p.Items, false)}
	view.Ratings = ratingsOf(r.Context(), s.Catalogue.Rated(r.Context(), p.Stall, beforeOf(r.URL.Query())), stallPath(p.Stall.Vendor))
	if p.Stall.Unshown > 0 {
		view.Cut = tr(r.Context(), "This stall offers {{.N}} more things than a market shows of one stall.", "N", p.Stall.Unshown)
	}
	return s.render(w, r, http.StatusOK, stallPage(h, view))
}
