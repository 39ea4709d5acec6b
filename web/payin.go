package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"peerscrip/services/bank"
	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// payInView is real money that a customer was asked for.
type payInView struct {
	Action    string
	Amount    sum
	Asked     stamp
	Offers    []offerRow
	Paid      bool
	CalledOff bool
	Going     bool   // the page at the provider is being opened
	Checking  bool   // who comes back from there has paid, as far as it says
	Link      string // the page at the provider, where the customer can go on; empty
	Failed    string // why the last try did not go through, in words; empty
	Account   string // path of the account's page
	Test      bool
	House     houseView // where a transfer goes
}

// houseView is what somebody writes on a transfer.
type houseView struct {
	Name, IBAN, BIC, Code string // IBAN and Code in groups, as people read them
	Plain, PlainCode      string // as they are copied
	Amount                string // as it is typed at a bank
}

// offerRow is a way to pay.
type offerRow struct {
	Way        string
	Fee, Total sum
	Free       bool
}

// payInOf is what was asked with the key in the path.
func (s *server) payInOf(r *http.Request) (bank.Asked, error) {
	asked, err := s.PayIns.Asked(r.Context(), scrip.ID(chi.URLParam(r, "key")))
	if err != nil {
		err = fmt.Errorf("look up a payment: %w", err)
	}
	return asked, err
}

// payIn shows a payment that was asked for. Who has chosen to pay at the provider is sent on to its page; not by a redirect, which
// would follow a form to another site.
func (s *server) payIn(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	if query.Get("back") != "" {
		if err := s.PayIns.Refresh(r.Context(), scrip.ID(chi.URLParam(r, "key"))); err != nil {
			return fmt.Errorf("look at a payment anew: %w", err)
		}
	}
	asked, err := s.payInOf(r)
	if err != nil {
		return err
	}
	v := s.payInView(r.Context(), asked)
	v.Action = r.URL.Path
	v.Going = query.Get("go") != "" && asked.State == scrip.PayInAsked && asked.Attempt != nil && asked.Attempt.State == scrip.AttemptBegun
	v.Checking = query.Get("back") == "paid" && v.Link != ""
	switch {
	case v.Going || v.Checking:
		w.Header().Set("Refresh", "2")
	case query.Get("go") != "" && v.Link != "":
		w.Header().Set("Refresh", "0; url="+v.Link)
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, payInPage(s.head("wallet", tr(r.Context(), "Pay")), v))
}

func (s *server) payInView(ctx context.Context, asked bank.Asked) payInView {
	v := payInView{
		Amount: s.sum(asked.Amount), Asked: moment(asked.At), Paid: asked.State == scrip.PayInPaid, CalledOff: asked.State == scrip.PayInCalledOff,
		Account: bankPath(asked.Reference), Test: s.PayIns.Terms().Kind == scrip.TestBank,
	}
	for _, o := range asked.Offers {
		v.Offers = append(v.Offers, offerRow{Way: o.Way, Fee: s.sum(o.Fee), Total: s.sum(o.Total), Free: o.Fee == 0})
		if h := asked.House; h != nil && o.Way == scrip.ByTransfer {
			v.House = houseView{
				Name: h.Name, IBAN: iso20022.GroupIBAN(h.IBAN), BIC: h.BIC, Code: iso20022.GroupIBAN(asked.Code), Plain: h.IBAN, PlainCode: asked.Code,
				Amount: localeOf(ctx).typed(o.Total, s.Site.Currency),
			}
		}
	}
	if a := asked.Attempt; a != nil && asked.State == scrip.PayInAsked {
		if a.State == scrip.AttemptFailed {
			v.Failed = whyFailed(ctx, a.Reason)
		}
		if a.State == scrip.AttemptOpen {
			v.Link = safeLink(a.Link)
		}
	}
	return v
}

// safeLink is an address of a page elsewhere, or nothing.
func safeLink(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

// wayNames are the ways to pay, in words.
var wayNames = map[string]string{
	scrip.ByCard:     phrase("By card, or what else the payment provider takes"),
	scrip.ByTransfer: phrase("By transfer from your bank"),
}

// failures say in words why a payment provider, or a bank, did not do it, by its word.
var failures = map[string]string{
	"":                                       phrase("It did not go through."),
	"expired":                                phrase("The payment page was open for too long."),
	"card_declined":                          phrase("The bank of the card said no."),
	"generic_decline":                        phrase("The bank of the card said no."),
	"do_not_honor":                           phrase("The bank of the card said no."),
	"insufficient_funds":                     phrase("There was not enough money in the account."),
	"expired_card":                           phrase("The card has expired."),
	"expired_or_canceled_card":               phrase("The card has expired or was cancelled."),
	"lost_or_stolen_card":                    phrase("The card was reported as lost or stolen."),
	"authentication_required":                phrase("The bank wanted the payment to be confirmed, and it was not."),
	"amount_too_small":                       phrase("The amount is too small for this way to pay."),
	"amount_too_large":                       phrase("The amount is too large for this way to pay."),
	scrip.RefusedByBank:                      phrase("The bank did not take the order for it."),
	scrip.NoPayee:                            phrase("Nobody has said where it is to go."),
	scrip.OtherAmount:                        phrase("Another amount came than was asked for. The operator looks at it."),
	scrip.OtherCurrency:                      phrase("Money of another currency came. The operator looks at it."),
	"AC01":                                   phrase("There is no account with this number."),
	"AC04":                                   phrase("The account is closed."),
	"AC06":                                   phrase("The account is blocked."),
	"AM04":                                   phrase("There was not enough money in the account."),
	"MS02":                                   phrase("The bank that was to receive it refused it, and says no more."),
	"MS03":                                   phrase("The bank that was to receive it refused it, and says no more."),
	"BE04":                                   phrase("The address of the receiver is missing."),
	"RC01":                                   phrase("The bank is not known."),
	"account_closed":                         phrase("The account is closed."),
	"transfers_not_allowed":                  phrase("The account is not ready to receive money."),
	"insufficient_capabilities_for_transfer": phrase("The account is not ready to receive money."),
	"charge_already_refunded":                phrase("It was given back before."),
	"charge_disputed":                        phrase("The payment is disputed."),
}

// whyFailed says in words why it did not go through.
func whyFailed(ctx context.Context, reason string) string {
	if words, known := failures[reason]; known {
		return tr(ctx, words)
	}
	return tr(ctx, "It did not go through: {{.Reason}}.", "Reason", reason)
}

// openWithin is how long a form waits for the provider's page; then the page that comes instead waits.
const openWithin = 3 * time.Second

// answerPayIn begins to pay, or calls it off.
func (s *server) answerPayIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	key := scrip.ID(chi.URLParam(r, "key"))
	if r.PostForm.Get("decline") != "" {
		if err := s.PayIns.CallOff(r.Context(), key); err != nil {
			return fmt.Errorf("call a payment off: %w", err)
		}
		http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		return nil
	}
	_, err := s.PayIns.Choose(r.Context(), key)
	if errors.Is(err, scrip.BankDeclined) { // it was paid, or called off, meanwhile: the page says so
		http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin to pay: %w", err)
	}
	s.awaitOpen(r, key)
	http.Redirect(w, r, r.URL.Path+"?go=1", http.StatusSeeOther)
	return nil
}

// awaitOpen waits a moment for the provider's page, so that mostly nobody sees that there is anything to wait for.
func (s *server) awaitOpen(r *http.Request, key scrip.ID) {
	for end := time.Now().Add(openWithin); time.Now().Before(end); {
		asked, err := s.PayIns.Asked(r.Context(), key)
		if err != nil || asked.Attempt == nil || asked.Attempt.State != scrip.AttemptBegun {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
}

// moneyView is an account of real money: what is in it, what is asked for, and what left.
type moneyView struct {
	Reference string // empty: which, is asked
	Balance   sum
	Some      bool // there is something in it
	Key       string
	Waiting   []askedRow
	Out       []outRow
	Connects  bool // the provider pays to accounts that their owners open with it
	Connected bool
	Names     bool   // it pays by transfer to an IBAN that the owner names
	Payee     string // who, and where, as it is; empty: not said
	PayeeName string // as typed
	PayeeIBAN string
	NameError string
	IBANError string
	Typed     string
	Error     string
	Flash     string
	Test      bool
}

// askedRow is a payment that waits.
type askedRow struct {
	Amount sum
	Asked  stamp
	Link   string
}

// outRow is money that left, or is to leave.
type outRow struct {
	Amount sum
	At     stamp
	State  string
	Why    string // in words, of what came back; empty
}

// listed bounds the rows of an account's page.
const listedOut, listedPayIns = 50, 20

// outStates are how a disbursement stands, in its owner's words.
var outStates = map[scrip.DisbursementState]string{
	scrip.OutQueued: phrase("To be sent"),
	scrip.OutReady:  phrase("To be sent"),
	scrip.OutSent:   phrase("On its way"),
	scrip.OutDone:   phrase("Paid out"),
	scrip.OutFailed: phrase("Came back"),
}

// money shows an account of real money.
func (s *server) money(w http.ResponseWriter, r *http.Request) error {
	v := moneyView{Flash: s.bankSessions.PopString(r.Context(), keyFlash)}
	return s.showMoney(w, r, scrip.CleanLine(r.URL.Query().Get("account")), v)
}

// showMoney shows an account, or asks which.
func (s *server) showMoney(w http.ResponseWriter, r *http.Request, reference string, v moneyView) error {
	status := http.StatusOK
	if v.NameError != "" || v.IBANError != "" {
		status = http.StatusUnprocessableEntity
	}
	if reference != "" {
		err := s.fillMoney(r.Context(), &v, reference)
		if errors.Is(err, scrip.NotFound) {
			status, v.Typed, v.Error = http.StatusNotFound, reference, tr(r.Context(), "There is no account with this reference.")
		} else if err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, status, moneyPage(s.head("wallet", tr(r.Context(), "Your money at the market")), v))
}

func (s *server) fillMoney(ctx context.Context, v *moneyView, reference string) error {
	account, err := s.PayIns.Account(ctx, reference, listedPayIns, listedOut)
	if err != nil {
		return fmt.Errorf("look up an account: %w", err)
	}
	v.Reference, v.Balance, v.Some, v.Key = reference, s.sum(account.Balance), account.Balance > 0, newKey()
	if v.Names = account.Names; account.Payee.IBAN != "" {
		v.Payee = account.Payee.Name + ", " + iso20022.GroupIBAN(account.Payee.IBAN)
	}
	v.Connects, v.Connected, v.Test = account.Connects, account.Payee.Connected != "", s.PayIns.Terms().Kind == scrip.TestBank
	for _, p := range account.PayIns {
		if p.State == scrip.PayInAsked {
			v.Waiting = append(v.Waiting, askedRow{Amount: s.sum(p.Amount), Asked: moment(p.At), Link: "/bank/confirm/" + string(p.Key)})
		}
	}
	for _, d := range account.Out {
		row := outRow{Amount: s.sum(d.Amount), At: moment(d.At), State: tr(ctx, outStates[d.State])}
		if d.State == scrip.OutFailed {
			row.Why = whyFailed(ctx, d.Reason)
		}
		v.Out = append(v.Out, row)
	}
	return nil
}

// payOut has what is in an account paid out.
func (s *server) payOut(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	reference := scrip.CleanLine(r.PostForm.Get("reference"))
	err := s.PayIns.PayOut(r.Context(), reference, scrip.ID(r.PostForm.Get("key")))
	switch {
	case errors.Is(err, scrip.NotFound), errors.Is(err, scrip.BankDeclined):
		s.bankSessions.Put(r.Context(), keyFlash, tr(r.Context(), "There is nothing to be paid out."))
	case err != nil:
		return fmt.Errorf("pay out: %w", err)
	default:
		s.bankSessions.Put(r.Context(), keyFlash, tr(r.Context(), "It is being paid out."))
	}
	http.Redirect(w, r, bankPath(reference), http.StatusSeeOther)
	return nil
}

// connectPayee shows the way to the page of the provider on which one says where one's money goes.
func (s *server) connectPayee(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	reference := scrip.CleanLine(r.PostForm.Get("reference"))
	link, err := s.PayIns.ConnectPayee(r.Context(), reference)
	if err != nil {
		return fmt.Errorf("say where money goes: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	if link = safeLink(link); link != "" {
		w.Header().Set("Refresh", "0; url="+link)
	}
	return s.render(w, r, http.StatusOK, onwardPage(s.head("wallet", tr(r.Context(), "On to the payment provider")), link, bankPath(reference)))
}

// namePayee takes whom, and to which account, money is paid out.
func (s *server) namePayee(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	reference := scrip.CleanLine(r.PostForm.Get("reference"))
	v := moneyView{PayeeName: scrip.CleanLine(r.PostForm.Get("name")), PayeeIBAN: scrip.CleanLine(r.PostForm.Get("iban"))}
	err := s.PayIns.SetPayee(r.Context(), reference, v.PayeeName, v.PayeeIBAN)
	switch {
	case errors.Is(err, iso20022.ErrIBAN):
		v.IBANError = tr(r.Context(), "This is no IBAN. Look for a mistyped letter or digit.")
	case errors.Is(err, scrip.NameInvalid):
		v.NameError = tr(r.Context(), "Write the name of who holds the account, of at most 70 characters.")
	case err != nil:
		return fmt.Errorf("name a payee: %w", err)
	default:
		s.bankSessions.Put(r.Context(), keyFlash, tr(r.Context(), "Your bank account is noted. What is paid out from now on goes there."))
		http.Redirect(w, r, bankPath(reference), http.StatusSeeOther)
		return nil
	}
	return s.showMoney(w, r, reference, v)
}
