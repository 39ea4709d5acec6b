package web

import (
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
	Short     bool // the account holds less
}

func (s *server) charge(w http.ResponseWriter, r *http.Request) error {
	key := scrip.ID(chi.URLParam(r, "key"))
	asked, confirmed, err := s.Bank.Confirmation(r.Context(), key)
	if err != nil {
		return fmt.Errorf("look up a charge: %w", err)
	}
	balance, _, err := s.Bank.Statement(r.Context(), asked.Reference)
	if err != nil {
		return fmt.Errorf("look up the account of a charge: %w", err)
	}
	view := chargeView{
		Action: r.URL.Path, Reference: asked.Reference, Amount: s.sum(asked.Amount), Asked: moment(asked.At),
		Confirmed: confirmed, Short: !confirmed && balance < asked.Amount,
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, chargePage(s.head("wallet", "Confirm a payment"), view))
}

func (s *server) confirmCharge(w http.ResponseWriter, r *http.Request) error {
	if err := s.Bank.Confirm(r.Context(), scrip.ID(chi.URLParam(r, "key"))); err != nil {
		return fmt.Errorf("confirm a charge: %w", err)
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}
