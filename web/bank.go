package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// bankView is the sandbox bank: without an account, its door; with one, its statement.
type bankView struct {
	Reference      string // empty: no account yet
	Balance        sum
	Movements      []movementRow
	Key            string // makes a deposit count once
	Typed          string // the reference or the amount as it was typed
	ReferenceError string
	AmountError    string
	Flash          string
	Currency       string
	Example        string
}

// movementRow is a line of the statement.
type movementRow struct {
	At, AtMachine, Text string
	Amount              sum
	In                  bool
}

func (s *server) bank(w http.ResponseWriter, r *http.Request) error {
	reference := r.URL.Query().Get("account")
	if reference == "" {
		reference = s.bankSessions.GetString(r.Context(), keyAccount)
	}
	view := bankView{Flash: s.bankSessions.PopString(r.Context(), keyFlash)}
	return s.showBank(w, r, reference, view)
}

// showBank shows the account with that reference, or the door when there is none, or none by that name.
func (s *server) showBank(w http.ResponseWriter, r *http.Request, reference string, v bankView) error {
	status := http.StatusOK
	if v.ReferenceError != "" || v.AmountError != "" {
		status = http.StatusUnprocessableEntity
	}
	if reference != "" {
		account, err := s.Bank.Account(r.Context(), reference)
		switch {
		case errors.Is(err, scrip.NotFound):
			status, v.Typed, v.ReferenceError = http.StatusNotFound, reference, "There is no account with this reference."
		case err != nil:
			return fmt.Errorf("look up a sandbox account: %w", err)
		default:
			if r.Method == http.MethodPost { // a link shows an account; only its holder's own form stays with it
				s.bankSessions.Put(r.Context(), keyAccount, reference)
			}
			s.fillBank(&v, account)
		}
	}
	v.Currency, v.Example = s.Site.Currency.Code, s.Site.Currency.Format(s.round(100))
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, status, bankPage(s.head("wallet", "Sandbox bank"), v))
}

// round is an amount of whole units of the currency.
func (s *server) round(units scrip.Money) scrip.Money {
	for range s.Site.Currency.Exponent {
		units *= 10
	}
	return units
}

func (s *server) fillBank(v *bankView, a BankAccount) {
	v.Reference, v.Balance, v.Key = a.Reference, s.sum(a.Balance), newKey()
	for _, m := range a.Movements {
		v.Movements = append(v.Movements, movementRow{
			At: moment(m.At), AtMachine: machineTime(m.At), Text: m.Text, Amount: s.sum(m.Amount), In: m.Amount > 0,
		})
	}
}

// newKey draws the ID that makes a deposit count once, however often its form is sent.
func newKey() string {
	id, err := scrip.NewID(rand.Reader)
	if err != nil { // crypto/rand ends the program before it returns an error
		return ""
	}
	return string(id)
}

func (s *server) openAccount(w http.ResponseWriter, r *http.Request) error {
	account, err := s.Bank.Open(r.Context())
	if err != nil {
		return fmt.Errorf("open a sandbox account: %w", err)
	}
	s.bankSessions.Put(r.Context(), keyAccount, account.Reference)
	s.bankSessions.Put(r.Context(), keyFlash, "Your account is open.")
	http.Redirect(w, r, "/bank", http.StatusSeeOther)
	return nil
}

func (s *server) chooseAccount(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	if r.PostForm.Get("leave") != "" {
		s.bankSessions.Remove(r.Context(), keyAccount)
		http.Redirect(w, r, "/bank", http.StatusSeeOther)
		return nil
	}
	reference := line(r.PostForm.Get("reference"))
	if reference == "" {
		return s.showBank(w, r, "", bankView{ReferenceError: "Write the reference of the account."})
	}
	return s.showBank(w, r, reference, bankView{})
}

func (s *server) deposit(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	reference, typed := line(r.PostForm.Get("reference")), line(r.PostForm.Get("amount"))
	if reference == "" {
		reference = s.bankSessions.GetString(r.Context(), keyAccount)
	}
	if reference == "" {
		http.Redirect(w, r, "/bank", http.StatusSeeOther)
		return nil
	}
	amount, err := s.Site.Currency.Parse(typed)
	if err != nil || amount <= 0 {
		example := s.Site.Currency.Format(s.round(100))
		return s.showBank(w, r, reference, bankView{Typed: typed, AmountError: "Write an amount like " + example + "."})
	}
	err = s.Bank.Deposit(r.Context(), Deposit{Reference: reference, Amount: amount, Key: r.PostForm.Get("key")})
	if refusal, _ := scrip.AsRefusal(err); refusedDeposits[refusal] != "" {
		return s.showBank(w, r, reference, bankView{Typed: typed, AmountError: refusedDeposits[refusal]})
	}
	if err != nil {
		return fmt.Errorf("put in test money: %w", err)
	}
	s.bankSessions.Put(r.Context(), keyAccount, reference)
	s.bankSessions.Put(r.Context(), keyFlash, s.priced(amount)+" of test money put in.")
	http.Redirect(w, r, "/bank", http.StatusSeeOther)
	return nil
}

// refusedDeposits says in words why test money was not put in.
var refusedDeposits = map[scrip.Refusal]string{
	scrip.AmountOutOfBounds: "The sandbox does not take that much.",
	scrip.TooMany:           "This account has had all its deposits for today. Come back tomorrow.",
	scrip.TxConflict:        "This form was sent before, with another amount or for another account. Here is a fresh one.",
}

// chargeView is a payment that waits for its owner's yes.
type chargeView struct {
	Action    string
	Reference string
	Amount    sum
	Asked     string
	AskedAt   string
	Confirmed bool
	Declined  bool
}

func (s *server) charge(w http.ResponseWriter, r *http.Request) error {
	return s.showCharge(w, r, http.StatusOK, false)
}

func (s *server) confirmCharge(w http.ResponseWriter, r *http.Request) error {
	err := s.Charges.Confirm(r.Context(), chi.URLParam(r, "key"))
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
	c, err := s.Charges.Charge(r.Context(), chi.URLParam(r, "key"))
	if err != nil {
		return fmt.Errorf("look up a charge: %w", err)
	}
	view := chargeView{
		Action: r.URL.Path, Reference: c.Reference, Amount: s.sum(c.Amount), Confirmed: c.Confirmed, Declined: declined,
	}
	if !c.Asked.IsZero() {
		view.Asked, view.AskedAt = moment(c.Asked), machineTime(c.Asked)
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, status, chargePage(s.head("wallet", "Confirm a payment"), view))
}
