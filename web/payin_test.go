package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"peerscrip/services/bank"
	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// fakePayIns is one account of real money, and one payment, as a test says.
type fakePayIns struct {
	asked   bank.Asked
	account bank.Account
	chosen  bool
	key     scrip.ID // of the last order to pay out
}

const payInKey, payInAccount = "AAAAAAAAAAAAAAAAAAAAAA", "PAAAAAAAAAAAAAAAAAAAAAAAAA"

func (f *fakePayIns) Terms() scrip.BankTerms { return scrip.BankTerms{Kind: scrip.TestBank} }

func (f *fakePayIns) Asked(_ context.Context, key scrip.ID) (bank.Asked, error) {
	if key != payInKey {
		return bank.Asked{}, scrip.NotFound
	}
	return f.asked, nil
}

func (f *fakePayIns) Choose(context.Context, scrip.ID) (scrip.Attempt, error) {
	if f.chosen = true; f.asked.State != scrip.PayInAsked {
		return scrip.Attempt{}, scrip.BankDeclined
	}
	return scrip.Attempt{}, nil
}

func (f *fakePayIns) CallOff(context.Context, scrip.ID) error {
	f.asked.State, f.asked.Offers = scrip.PayInCalledOff, nil
	return nil
}
func (f *fakePayIns) Refresh(context.Context, scrip.ID) error { return nil }
func (f *fakePayIns) Account(_ context.Context, reference string, _, _ int) (bank.Account, error) {
	if reference != payInAccount {
		return bank.Account{}, scrip.NotFound
	}
	return f.account, nil
}

func (f *fakePayIns) PayOut(_ context.Context, _ string, key scrip.ID) error {
	if f.key = key; f.account.Balance == 0 {
		return scrip.NotFound
	}
	f.account.Balance = 0
	return nil
}

func (f *fakePayIns) SetPayee(_ context.Context, _, name, iban string) error {
	iban, err := iso20022.ParseIBAN(iban)
	switch {
	case err != nil:
		return err
	case name == "":
		return scrip.NameInvalid
	}
	f.account.Payee = scrip.Payee{Name: name, IBAN: iban}
	return nil
}

func (f *fakePayIns) ConnectPayee(context.Context, string) (string, error) {
	return "https://provider.example/connect", nil
}

// TestPayIn: a payment in each of its states, and where its forms lead.
func TestPayIn(t *testing.T) {
	euro, err := scrip.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakePayIns{asked: bank.Asked{
		PayIn:  scrip.PayIn{Key: payInKey, Reference: payInAccount, Amount: 20_00, State: scrip.PayInAsked, At: 1_800_000_000},
		Offers: []bank.Offer{{Way: scrip.ByCard, Fee: 55, Total: 20_55}},
	}}
	s := newShop(t)
	c := s.config()
	c.Bank, c.PayIns, c.Site.Currency = nil, f, euro
	v := visit(t, pagesOf(t, c))
	path := "/bank/confirm/" + payInKey
	v.get("/bank/confirm/none").want(t, 404)
	v.get(path).want(t, 200, "Pay €20.00", "You pay a fee of €0.55, so €20.55 in all.", "test money of the payment provider", "Call it off")
	f.asked.Attempt = &scrip.Attempt{State: scrip.AttemptBegun}
	if got := v.get(path + "?go=1"); got.header.Get("Refresh") != "2" {
		t.Errorf("while the page is opened: got Refresh %q, want 2", got.header.Get("Refresh"))
	}
	f.asked.Attempt = &scrip.Attempt{State: scrip.AttemptOpen, Link: "https://provider.example/pay"}
	got := v.post(path, url.Values{"way": {"card"}})
	got.want(t, 200, `href="https://provider.example/pay"`, "Go on to pay €20.55")
	if got.header.Get("Refresh") != "0; url=https://provider.example/pay" || !f.chosen {
		t.Errorf("to pay: got Refresh %q, want the provider's page", got.header.Get("Refresh"))
	}
	v.get(path+"?back=paid").want(t, 200, "Your payment is being checked")
	v.get(path+"?back=no").want(t, 200, "!being checked", "Go on to pay")
	f.asked.Attempt.Link = "javascript:alert(1)"
	v.get(path).want(t, 200, "!javascript", "!Go on to pay")
	f.asked.Attempt = &scrip.Attempt{State: scrip.AttemptFailed, Reason: "insufficient_funds"}
	v.get(path).want(t, 200, "There was not enough money in the account.", "Nothing was taken.")
	f.asked.House, f.asked.Code = &bank.HouseAccount{Name: "Market Ltd", IBAN: "DE75512108001245126199"}, "RF18539007547034"
	f.asked.Offers = append(f.asked.Offers, bank.Offer{Way: scrip.ByTransfer, Total: 20_00})
	v.get(path).want(t, 200, "DE75 5121 0800 1245 1261 99", `data-copy="DE75512108001245126199"`, "RF18 5390 0754 7034", `data-copy="20.00"`, ">€20.00</code>", "Market Ltd")
	f.asked.Offers[0].Fee = 0
	v.get(path).want(t, 200, "No fee: the market bears what the payment costs.")
	v.post(path, url.Values{"decline": {"yes"}}).want(t, 200, "Called off", "Nothing more is asked of you", payInAccount)
	v.post(path, url.Values{"way": {"card"}}).want(t, 200, "Called off")
	f.asked.State = scrip.PayInPaid
	v.get(path).want(t, 200, "The money is there", "!Call it off")
}

// TestAccountOfRealMoney: what is in it, what waits, what left, and why it came back.
func TestAccountOfRealMoney(t *testing.T) {
	s := newShop(t)
	f := &fakePayIns{account: bank.Account{
		Balance: 7_00, Connects: true, PayIns: []scrip.PayIn{{Key: payInKey, Amount: 20_00, State: scrip.PayInAsked}, {Amount: 99_00, State: scrip.PayInPaid}},
		Out: []scrip.Disbursement{
			{Amount: 7_00, State: scrip.OutFailed, Reason: "lost_or_stolen_card"}, {Amount: 5_00, State: scrip.OutSent}, {Amount: 4_00, State: scrip.OutFailed, Reason: "new_word"},
		},
	}}
	c := s.config()
	c.Bank, c.PayIns = nil, f
	v := visit(t, pagesOf(t, c))
	v.get("/bank").want(t, 200, "Which account?")
	v.get("/bank?account=PAX").want(t, 404, "There is no account with this reference.", `value="PAX"`)
	page := v.get("/bank?account=" + payInAccount)
	page.want(t, 200, "€7.00", "Pay €20.00", "!€99.00", "Came back", "The card was reported as lost or stolen.", "On its way", "It did not go through: new_word.", "Name your bank account")
	key := depositKey.FindStringSubmatch(page.body)
	if key == nil {
		t.Fatal("the form holds no key")
	}
	form := url.Values{"reference": {payInAccount}, "key": {key[1]}}
	v.post("/bank/payouts", form).want(t, 200, "It is being paid out.", "!Have it paid out")
	if string(f.key) != key[1] {
		t.Errorf("paid out with the key %q, want the form's %q", f.key, key[1])
	}
	v.post("/bank/payouts", form).want(t, 200, "There is nothing to be paid out.")
	f.account.Names = true
	named := url.Values{"reference": {payInAccount}, "name": {"Ada"}, "iban": {"DE75 5121 0800 1245 1261 98"}}
	v.post("/bank/payees/name", named).want(t, 422, "This is no IBAN.", `value="Ada"`, `value="DE75 5121 0800 1245 1261 98"`)
	named.Set("iban", "de75 5121 0800 1245 1261 99")
	v.post("/bank/payees/name", named).want(t, 200, "Your bank account is noted.", "goes to Ada, DE75 5121 0800 1245 1261 99.")
	onward := v.post("/bank/payees", form)
	onward.want(t, 200, "https://provider.example/connect", "Back to the account")
	if refresh := onward.header.Get("Refresh"); !strings.HasSuffix(refresh, "url=https://provider.example/connect") {
		t.Errorf("got Refresh %q, want the provider's page", refresh)
	}
}
