package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"peerscrip/services/bank"
	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// Suspense is real money that came in for nobody known, or is missing; *bank.Gateway has it.
type Suspense interface {
	// Suspended lists what waits, up to limit, the oldest first.
	Suspended(ctx context.Context, limit int) ([]scrip.Suspended, error)
	// Settle says whose it is, by the reference of an account or of a payment; without one that it was sent back, or made good.
	// NotFound: nothing waits under this ID, or there is no such account. bank.ErrUndecided: it is a dispute that goes on.
	Settle(ctx context.Context, id scrip.ID, reference string) (scrip.Suspended, error)
	// HouseHolds is how much money of its own whoever runs the broker has put in beside that of customers.
	HouseHolds(ctx context.Context) (scrip.Money, error)
}

// suspendedWords say why money waits for the operator, and what is to be done.
var suspendedWords = map[string]string{
	scrip.UnknownReference: phrase("It names no payment that was asked for."),
	scrip.OtherAmount:      phrase("It is another amount than was asked for."),
	scrip.OtherCurrency:    phrase("It is of another currency. It is only noted here: send it back."),
	scrip.PaidTwice:        phrase("What it names was paid before."),
	scrip.ItemsDiffer:      phrase("What the bank lists of it does not come to what the bank booked."),
	scrip.TakenBackAbroad:  phrase("It was taken back from us, and the account does not hold it any more."),
	scrip.Inquired:         phrase("The payer’s bank asks about the payment. Nothing was taken back yet: answer it at the payment provider."),
	scrip.Disputed:         phrase("The payer takes it back through the bank. Answer it at the payment provider."),
}

// suspenseView is the money that waits for the operator.
type suspenseView struct {
	Rows  []suspendedRow
	House sum
	Flash string
}

// suspendedRow is a sum that waits.
type suspendedRow struct {
	ID, Said, Way, Why    string
	At                    stamp
	Payer, Named, Account string // as far as they are known
	Credits               bool   // it can be credited to an account, or be sent back
	Covered               bool   // it is a dispute for which the operator's own money stands in
	Uncovered             bool   // it is a dispute for which that did not suffice
	Typed, Problem        string
}

// mostSuspended is how many sums the page shows.
const mostSuspended = 100

// suspense lists what waits.
func (c *console) suspense(w http.ResponseWriter, r *http.Request) error {
	return c.showSuspense(w, r, http.StatusOK, "", "", "")
}

// showSuspense lists what waits, with what was typed into the form of one, and what is wrong with that.
func (c *console) showSuspense(w http.ResponseWriter, r *http.Request, status int, id scrip.ID, typed, problem string) error {
	ctx := r.Context()
	list, err := c.operator.Suspense.Suspended(ctx, mostSuspended)
	if err != nil {
		return fmt.Errorf("list money for nobody known: %w", err)
	}
	house, err := c.operator.Suspense.HouseHolds(ctx)
	if err != nil {
		return fmt.Errorf("look up the operator's own money: %w", err)
	}
	v := suspenseView{House: c.sum(house), Flash: c.sessions.PopString(ctx, keyFlash)}
	for _, s := range list {
		row := suspendedRow{
			ID: string(s.ID), Said: s.Said, Way: tr(ctx, wayNames[s.Way]), Why: tr(ctx, suspendedWords[s.Why]), At: moment(s.At), Named: s.Named, Account: s.Reference,
			Credits: s.Amount > 0 && s.Why != scrip.Disputed, Covered: s.Amount > 0 && s.Why == scrip.Disputed, Uncovered: s.Amount == 0 && s.Why == scrip.Disputed,
		}
		if row.Payer = s.Payer; s.IBAN != "" {
			row.Payer += " " + iso20022.GroupIBAN(s.IBAN)
		}
		if s.ID == id {
			row.Typed, row.Problem = typed, problem
		}
		v.Rows = append(v.Rows, row)
	}
	return c.render(w, r, status, suspensePage(c.frame(ctx, "suspense", tr(ctx, "Money that waits for you")), v))
}

// settle says whose a sum is, or that it was sent back.
func (c *console) settle(w http.ResponseWriter, r *http.Request) error {
	ctx, id, reference := r.Context(), scrip.ID(r.PostFormValue("id")), scrip.CleanLine(r.PostFormValue("reference"))
	back := r.PostFormValue("back") != ""
	if !back && reference == "" {
		return c.showSuspense(w, r, http.StatusUnprocessableEntity, id, "", tr(ctx, "Write the reference of the account, or of the payment, that it is for."))
	}
	if back {
		reference = ""
	}
	_, err := c.operator.Suspense.Settle(ctx, id, reference)
	switch {
	case errors.Is(err, scrip.NotFound) && !back:
		return c.showSuspense(w, r, http.StatusUnprocessableEntity, id, reference, tr(ctx, "There is no account, and no payment, with this reference."))
	case errors.Is(err, scrip.NotFound), errors.Is(err, scrip.Unavailable), errors.Is(err, bank.ErrUndecided):
		c.sessions.Put(ctx, keyFlash, tr(ctx, "It was settled already, or something has become of it meanwhile."))
	case err != nil:
		return fmt.Errorf("settle money for nobody known: %w", err)
	case back:
		c.sessions.Put(ctx, keyFlash, tr(ctx, "It is noted."))
	default:
		c.sessions.Put(ctx, keyFlash, tr(ctx, "It is in the account."))
	}
	http.Redirect(w, r, "/suspense", http.StatusSeeOther)
	return nil
}
