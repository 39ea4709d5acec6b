package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// reconcile holds the stall's orders against the broker's books, and says at the desk what came of it.
func (s *server) reconcile(w http.ResponseWriter, r *http.Request, d Desk) error {
	got, err := d.Reconcile(r.Context())
	said := reconciled(got)
	switch {
	case errors.As(err, new(scrip.Unanswered)):
		said = "The market cannot be asked now. Try again in a minute."
	case err != nil:
		return fmt.Errorf("hold orders against the broker's books: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, said)
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// mostTold is how many differences are told one by one.
const mostTold = 5

// reconciled says what came of it.
func reconciled(r merchant.Reconciled) string {
	if r.Orders == 0 && len(r.Differ) == 0 {
		return "No order of yours is protected, so there is nothing to compare."
	}
	said := []string{"Compared with the market: " + count(r.Orders, "protected order") + "."}
	if r.Waiting > 0 {
		said = append(said, "Of "+strconv.Itoa(r.Waiting)+" it has yet to hear.")
	}
	if r.Fetched > 0 {
		said = append(said, "Of "+strconv.Itoa(r.Fetched)+" it knew more: it stands here now.")
	}
	if len(r.Differ) == 0 {
		return strings.Join(append(said, "Both say the same."), " ")
	}
	for i, d := range r.Differ {
		if i == mostTold {
			said = append(said, "And "+strconv.Itoa(len(r.Differ)-i)+" more.")
			break
		}
		said = append(said, differs(d))
	}
	return strings.Join(said, " ")
}

// differs says how one order differs.
func differs(d merchant.Difference) string {
	switch {
	case d.Order == "":
		return "It knows purchase " + string(d.Purchase) + " (" + string(d.Theirs) + "), of which there is no order here."
	case d.Theirs == "":
		return "It holds nothing of order " + string(d.Order) + ", which is " + string(d.Ours) + " here."
	}
	return "Order " + string(d.Order) + " is " + string(d.Ours) + " here and " + string(d.Theirs) + " there."
}
