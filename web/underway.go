package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// underwayRow is a message of a stall that the broker has yet to answer.
type underwayRow struct {
	What   string // in its seller's words
	Amount sum
	Since  stamp
	Tries  string
	Tried  stamp // zero: not since the program started
	Text   string
	Link   string // where to confirm; empty: nowhere
	Aside  string // its ID, where it is set aside and waits to be told again
}

// underwayWords are the messages of a stall in its seller's words.
var underwayWords = map[string]string{
	"T5":     phrase("A buyer exchanges money for your stall's"),
	"T12":    phrase("Report of an order"),
	"T23":    phrase("A buyer gives your stall's money back"),
	"REFUND": phrase("Refund of an order"),
	"SENT":   phrase("Word that an order is sent"),
	"DEFEND": phrase("Your answer to a dispute"),
}

func (s *server) underwayRow(ctx context.Context, u merchant.Underway) underwayRow {
	row := underwayRow{
		What: tr(ctx, underwayWords[u.Message]), Amount: s.sum(u.Amount), Since: moment(u.Since), Tries: strconv.Itoa(u.Attempt.Times),
		Text: waitingBecause(ctx, u.Attempt), Link: u.Attempt.Link,
	}
	if u.Attempt.Last > 0 {
		row.Tried = moment(u.Attempt.Last)
	}
	if u.Aside > 0 {
		row.Aside, row.Tried = string(u.ID), moment(u.Aside)
		row.Text = tr(ctx, "The market declined this for good ({{.Why}}), so it is set aside. Nothing else waits for it.", "Why", u.Attempt.Why)
	}
	return row
}

// tellAgain has a message told again that was set aside.
func (s *server) tellAgain(w http.ResponseWriter, r *http.Request, d Desk) error {
	id := scrip.ID(r.PostFormValue("id"))
	if !id.Valid() {
		return scrip.NotFound
	}
	if err := d.Again(r.Context(), id); err != nil {
		return fmt.Errorf("tell the broker again: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "The market is told again."))
	http.Redirect(w, r, "/desk#underway", http.StatusSeeOther)
	return nil
}

// waitingBecause says why the broker has not answered, and what helps.
func waitingBecause(ctx context.Context, a merchant.Attempt) string {
	switch {
	case a.Link != "":
		return tr(ctx, "Your stall has not earned that much, so your bank is to pay. It waits for your word.")
	case a.Why == string(scrip.BankDeclined):
		return tr(ctx, "Your stall has not earned that much, and your bank account does not cover the rest. Put money into it: this is tried again by itself.")
	case a.Why == merchant.Unreachable, a.Why == string(scrip.Unavailable):
		return tr(ctx, "The market cannot be reached now. This is tried again by itself.")
	case a.Why != "":
		return tr(ctx, "The market has declined for now ({{.Why}}). This is tried again by itself.", "Why", a.Why)
	}
	return tr(ctx, "On its way to the market.")
}
