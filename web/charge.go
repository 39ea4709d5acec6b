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
	Declined  bool
	Short     bool // the account holds less
}

func (s *server) charge(w http.ResponseWriter, r *http.Request) error {
	key := scrip.ID(chi.URLParam(r, "key"))
	asked, said, err := s.Bank.Confirmation(r.Context(), key)
	if err != nil {
		return fmt.Errorf("look up a charge: %w", err)
	}
	balance, _, err := s.Bank.Statement(r.Context(), asked.Reference)
	if err != nil {
		return fmt.Errorf("look up the account of a charge: %w", err)
	}
	view := chargeView{
		Action: r.URL.Path, Reference: asked.Reference, Amount: s.sum(asked.Amount), Asked: moment(asked.At),
		Confirmed: said == scrip.Confirmed, Declined: said == scrip.Declined, Short: said == scrip.Awaited && balance < asked.Amount,
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, chargePage(s.head("wallet", tr(r.Context(), "Confirm a payment")), view))
}

// answerCharge takes its owner's word for a charge: no, if the form says so, and else yes.
func (s *server) answerCharge(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	answer := s.Bank.Confirm
	if r.PostForm.Get("decline") != "" {
		answer = s.Bank.Decline
	}
	if err := answer(r.Context(), scrip.ID(chi.URLParam(r, "key"))); err != nil {
		return fmt.Errorf("answer a charge: %w", err)
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}
