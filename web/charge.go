package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// chargeView is a payment from a bank account to the broker that waits for its owner's yes.
type chargeView struct {
	Action    string
	Reference string
	Amount    sum
	Asked     stamp
	Confirmed bool
	Declined  bool
}

func (s *server) charge(w http.ResponseWriter, r *http.Request) error {
	return s.showCharge(w, r, http.StatusOK, false)
}

func (s *server) confirmCharge(w http.ResponseWriter, r *http.Request) error {
	err := s.Bank.Confirm(r.Context(), scrip.ID(chi.URLParam(r, "key")))
	if errors.Is(err, scrip.BankDeclined) {
		return s.showCharge(w, r, http.StatusConflict, true)
	}
	if err != nil {
		return fmt.Errorf("confirm a charge: %w", err)
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}

func (s *server) showCharge(w http.ResponseWriter, r *http.Request, status int, declined bool) error {
	asked, confirmed, err := s.Bank.Confirmation(r.Context(), scrip.ID(chi.URLParam(r, "key")))
	if err != nil {
		return fmt.Errorf("look up a charge: %w", err)
	}
	view := chargeView{
		Action: r.URL.Path, Reference: asked.Reference, Amount: s.sum(asked.Amount), Asked: moment(asked.At),
		Confirmed: confirmed, Declined: declined,
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, status, chargePage(s.head("wallet", "Confirm a payment"), view))
}
