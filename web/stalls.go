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
	view := stallsView{Pages: paged(page, len(all), func(page int) string { return "/stalls?page=" + strconv.Itoa(page) })}
	if unread := s.Catalogue.Unread(); unread > 0 {
		view.Pages.Cut = "The broker lists " + count(unread, "more stall") + " which this market does not read: it has room for " +
			strconv.Itoa(len(all)) + "."
	}
	from := min((page-1)*perPage, len(all))
	for _, t := range all[from:min(from+perPage, len(all))] {
		view.Cards = append(view.Cards, s.stallCard(t))
	}
	h := s.head("browse", "Stalls")
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
	h.Description, h.Path = firstSentence(p.Stall.About), stallPath(p.Stall.Vendor)
	view := stallView{Stall: s.stallCard(p.Stall), Since: day(p.Stall.NotBefore), Cards: s.cards(p.Items, false)}
	view.Ratings = ratingsOf(s.Catalogue.Rated(r.Context(), p.Stall, beforeOf(r.URL.Query())), stallPath(p.Stall.Vendor))
	if p.Stall.Unshown > 0 {
		view.Cut = "This stall offers " + count(p.Stall.Unshown, "more thing") + " than a market shows of one stall."
	}
	return s.render(w, r, http.StatusOK, stallPage(h, view))
}
