package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// basketPath is the page of what a wallet wants of a stall. What is in the basket, the server does not know.
func basketPath(vendor scrip.VendorID) string { return stallPath(vendor) + "/basket" }

// basket is a frame for the wallet: it finds the stall itself, so a stall that this market does not know is no error here.
func (s *server) basket(w http.ResponseWriter, r *http.Request) error {
	vendor := scrip.VendorID(chi.URLParam(r, "vendor"))
	if !vendor.Valid() {
		return scrip.NotFound
	}
	h := s.head("browse", "Basket")
	h.Page = "basket"
	return s.render(w, r, http.StatusOK, basketPage(h, string(vendor), stallPath(vendor)))
}
