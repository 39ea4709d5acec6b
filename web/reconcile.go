package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// reconcile holds the stall's orders against the broker's books, and says at the desk what came of it.
func (s *server) reconcile(w http.ResponseWriter, r *http.Request, d Desk) error {
	got, err := d.Reconcile(r.Context())
	said := reconciled(r.Context(), got)
	switch {
	case errors.As(err, new(scrip.Unanswered)):
		said = tr(r.Context(), "The market cannot be asked now. Try again in a minute.")
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
func reconciled(ctx context.Context, r merchant.Reconciled) string {
	if r.Orders == 0 && len(r.Differ) == 0 {
		return tr(ctx, "No order of yours is protected, so there is nothing to compare.")
	}
	said := []string{tr(ctx, "Compared with the market: {{.N}} protected orders.", "N", r.Orders)}
	if r.Waiting > 0 {
		said = append(said, tr(ctx, "Of {{.Count}} it has yet to hear.", "Count", r.Waiting))
	}
	if r.Fetched > 0 {
		said = append(said, tr(ctx, "Of {{.Count}} it knew more: it stands here now.", "Count", r.Fetched))
	}
	if len(r.Differ) == 0 {
		return strings.Join(append(said, tr(ctx, "Both say the same.")), " ")
	}
	for i, d := range r.Differ {
		if i == mostTold {
			said = append(said, tr(ctx, "And {{.Count}} more.", "Count", len(r.Differ)-i))
			break
		}
		said = append(said, differs(ctx, d))
	}
	return strings.Join(said, " ")
}

// holdWords are the states of held money inside a sentence.
var holdWords = map[scrip.HoldState]string{
	scrip.HoldHeld: phrase("held"), scrip.HoldSent: phrase("sent"), scrip.HoldDisputed: phrase("disputed"), scrip.HoldReleased: phrase("released"),
	scrip.HoldReclaimed: phrase("reclaimed"), scrip.HoldDecided: phrase("decided"), scrip.HoldRefunded: phrase("refunded"),
}

// differs says how one order differs.
func differs(ctx context.Context, d merchant.Difference) string {
	switch {
	case d.Order == "":
		return tr(ctx, "It knows purchase {{.Purchase}} ({{.Theirs}}), of which there is no order here.", "Purchase", string(d.Purchase), "Theirs", tr(ctx, holdWords[d.Theirs]))
	case d.Theirs == "":
		return tr(ctx, "It holds nothing of order {{.Order}}, which is {{.Ours}} here.", "Order", string(d.Order), "Ours", tr(ctx, holdWords[d.Ours]))
	}
	return tr(ctx, "Order {{.Order}} is {{.Ours}} here and {{.Theirs}} there.", "Order", string(d.Order), "Ours", tr(ctx, holdWords[d.Ours]), "Theirs", tr(ctx, holdWords[d.Theirs]))
}
