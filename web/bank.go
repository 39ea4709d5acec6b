package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"

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
	At     stamp
	Text   string
	Amount sum // negative for money going out
	In     bool
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
		balance, records, err := s.Bank.Statement(r.Context(), reference)
		switch {
		case errors.Is(err, scrip.NotFound):
			status, v.Typed, v.ReferenceError = http.StatusNotFound, reference, tr(r.Context(), "There is no account with this reference.")
		case err != nil:
			return fmt.Errorf("look up a sandbox account: %w", err)
		default:
			if r.Method == http.MethodPost { // a link shows an account; only its holder's own form stays with it
				s.bankSessions.Put(r.Context(), keyAccount, reference)
			}
			s.fillBank(&v, reference, balance, records)
		}
	}
	v.Currency, v.Example = s.Site.Currency.Code, localeOf(r.Context()).typed(s.Site.Currency.Units(100), s.Site.Currency)
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, status, bankPage(s.head("wallet", tr(r.Context(), "Sandbox bank")), v))
}

func (s *server) fillBank(v *bankView, reference string, balance scrip.Money, records []scrip.Record) {
	v.Reference, v.Balance, v.Key = reference, s.sum(balance), newKey()
	for _, r := range records {
		v.Movements = append(v.Movements, s.movements(r, scrip.BankOf(reference))...)
	}
}

// movementWords are what moves a bank account, in its owner's words, by the kind of the log's record.
var movementWords = map[string]string{
	scrip.KindDeposit: phrase("Test money put in"),
	"T1":              phrase("Loaded into your wallet"),
	"T13":             phrase("Loaded into your wallet"),
	"T20":             phrase("Back from your wallet"),
	"T23":             phrase("Given back by a stall"),
	"REFUND":          phrase("Refund to a buyer of your stall"),
	"PAYOUT":          phrase("Paid out by your stall"),
	"RESCUE":          phrase("Back from a stall that is gone"),
}

// movements are what one record of the log did to one account.
func (s *server) movements(r scrip.Record, account scrip.Ledger) []movementRow {
	row := movementRow{At: moment(r.At), Text: movementWords[r.Kind]}
	if row.Text == "" {
		row.Text = r.Kind
	}
	var rows []movementRow
	for _, p := range r.Posts {
		switch account {
		case p.To:
			row.Amount, row.In = s.sum(p.Amount), true
		case p.From:
			row.Amount, row.In = s.sum(-p.Amount), false
		default:
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

// newKey draws the ID that makes a deposit count once, however often its form is sent.
func newKey() string {
	id, err := scrip.NewID(rand.Reader)
	if err != nil { // crypto/rand ends the program before it returns an error
		return ""
	}
	return string(id)
}

// bankPath is the page of an account, for a browser that keeps no cookie too.
func bankPath(reference string) string { return "/bank?account=" + url.QueryEscape(reference) }

func (s *server) openAccount(w http.ResponseWriter, r *http.Request) error {
	reference, err := s.Bank.OpenAccount(r.Context())
	if err != nil {
		return fmt.Errorf("open a sandbox account: %w", err)
	}
	s.bankSessions.Put(r.Context(), keyAccount, reference)
	s.bankSessions.Put(r.Context(), keyFlash, tr(r.Context(), "Your account is open."))
	http.Redirect(w, r, bankPath(reference), http.StatusSeeOther)
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
	reference := scrip.CleanLine(r.PostForm.Get("reference"))
	if reference == "" {
		return s.showBank(w, r, "", bankView{ReferenceError: tr(r.Context(), "Write the reference of the account.")})
	}
	return s.showBank(w, r, reference, bankView{})
}

func (s *server) deposit(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	reference, typed := scrip.CleanLine(r.PostForm.Get("reference")), scrip.CleanLine(r.PostForm.Get("amount"))
	if reference == "" {
		reference = s.bankSessions.GetString(r.Context(), keyAccount)
	}
	if reference == "" {
		http.Redirect(w, r, "/bank", http.StatusSeeOther)
		return nil
	}
	amount, err := s.Site.Currency.Parse(typed)
	switch {
	case err != nil:
		return s.showBank(w, r, reference, bankView{Typed: typed, AmountError: amountFault(r.Context(), err)})
	case amount == 0:
		return s.showBank(w, r, reference, bankView{Typed: typed, AmountError: tr(r.Context(), aboveNothing)})
	}
	_, err = s.Bank.Deposit(r.Context(), reference, amount, scrip.ID(r.PostForm.Get("key")))
	if refusal, _ := scrip.AsRefusal(err); refusedDeposits[refusal] != "" {
		return s.showBank(w, r, reference, bankView{Typed: typed, AmountError: tr(r.Context(), refusedDeposits[refusal])})
	}
	if err != nil {
		return fmt.Errorf("put in test money: %w", err)
	}
	s.bankSessions.Put(r.Context(), keyAccount, reference)
	s.bankSessions.Put(r.Context(), keyFlash, tr(r.Context(), "{{.Amount}} of test money put in.", "Amount", s.sum(amount)))
	http.Redirect(w, r, bankPath(reference), http.StatusSeeOther)
	return nil
}

// refusedDeposits says in words why test money was not put in.
var refusedDeposits = map[scrip.Refusal]string{
	scrip.AmountOutOfBounds: phrase("The sandbox does not take that much."),
	scrip.TooMany:           phrase("This account has had all its deposits for today. Come back tomorrow."),
	scrip.TxConflict:        phrase("This form was sent before, with another amount or for another account. Here is a fresh one."),
}
