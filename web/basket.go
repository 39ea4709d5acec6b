package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// basketPath is the page of what a wallet wants of a stall. What is in the basket, the server does not know.
func basketPath(vendor scrip.VendorID) string { return stallPath(vendor) + "/basket" }

// basketView is a basket as far as the server knows it: whose it is.
type basketView struct {
	Vendor, Stall string // Stall: the path of its page
	Name          string // empty: this market does not know it
	Record        recordView
}

// basket is a frame for the wallet: it finds the stall itself, so a stall that this market does not know is no error here.
func (s *server) basket(w http.ResponseWriter, r *http.Request) error {
	vendor := scrip.VendorID(chi.URLParam(r, "vendor"))
	if !vendor.Valid() {
		return scrip.NotFound
	}
	v := basketView{Vendor: string(vendor), Stall: stallPath(vendor)}
	page, err := s.Catalogue.StallPage(r.Context(), vendor)
	switch {
	case err == nil:
		v.Name, v.Record = page.Stall.Name, s.recordOf(r.Context(), page.Stall)
	case !errors.Is(err, scrip.NotFound):
		return fmt.Errorf("look up the stall of a basket: %w", err)
	}
	h := s.head("basket", tr(r.Context(), "Basket"))
	h.Page = "basket"
	return s.render(w, r, http.StatusOK, basketPage(h, v))
}
