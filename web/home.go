package web

import (
	"fmt"
	"net/http"

	"peerscrip/services/market"
)

// homeView is the first page.
type homeView struct {
	Categories []option
	Newest     []card
}

// newestShown fills whole rows of the grid at every width.
const newestShown = 12

// node is the first page of a process that sells nothing: a broker alone.
func (s *server) node(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, nodePage(s.head("", tr(r.Context(), "Broker"))))
}

func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Catalogue.Search(r.Context(), market.Query{Sort: market.Newest, PerPage: newestShown})
	if err != nil {
		return fmt.Errorf("search the newest listings: %w", err)
	}
	h := s.head("", "")
	h.Description = tr(r.Context(), "A peer-to-peer marketplace for second-hand goods with its own electronic money: sellers learn what you bought, not who paid.")
	h.Path, h.Feed = "/", atomPath
	view := homeView{Categories: categories(r.Context()), Newest: s.cards(r.Context(), found.Items, true)}
	return s.render(w, r, http.StatusOK, homePage(h, view))
}
