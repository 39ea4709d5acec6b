package services

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
	"peerscrip/services/stripe"
)

// Money is how real money comes in and goes out of a broker. The zero value has none: the bank is the sandbox.
type Money struct {
	StripeKey     stripe.Key // of Stripe's API; zero: Stripe is off
	StripeWebhook stripe.Key // of the webhook endpoint there
	StripeURL     string     // of Stripe's API; default is Stripe's own
	CardFee       string     // what who pays by Stripe pays beside the amount, like "0.25+1.5%"; empty: nothing

	BankIBAN    string // the account to which customers transfer money; empty: transfers are off
	BankName    string // of who holds it
	BankBIC     string // of its bank; default: not said
	TransferFee string // what who transfers pays beside the amount; empty: nothing
}

// on reports whether there is real money.
func (m Money) on() bool { return m.card() || m.BankIBAN != "" }

func (m Money) card() bool { return !m.StripeKey.IsZero() }

// kind is what money it is.
func (m Money) kind() scrip.BankKind {
	switch {
	case !m.on():
		return scrip.SandboxBank
	case m.card() && !m.StripeKey.Live():
		return scrip.TestBank
	}
	return scrip.RealBank
}

// ReadKey reads a secret from a file, or as it is given where no file is named.
func ReadKey(file, text string) (stripe.Key, error) {
	if file == "" {
		return stripe.ParseKey(text), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return stripe.Key{}, fmt.Errorf("read a key: %w", err)
	}
	return stripe.ParseKey(string(b)), nil
}

// bankOfBroker is a bank as the broker and the API know it.
type bankOfBroker interface {
	broker.Bank
	api.Bank
}

// openBank is the bank of this process's broker: the sandbox, or real money.
func (h *house) openBank(books *db.Books, currency scrip.Currency) (bankOfBroker, error) {
	if !h.Money.on() {
		h.bank = bank.New(bank.Config{
			Ledger: books, Confirmations: books, Clock: h.Clock, Random: h.Random, BaseURL: h.BaseURL, Currency: currency,
		})
		return h.bank, nil
	}
	gateway, err := h.gateway(books, currency)
	if err != nil {
		return nil, err
	}
	h.run(h.alone(jobMoney, gateway.Run))
	h.payIns, h.suspense, h.api.Notices = gateway, gateway, gateway
	return gateway, nil
}

// gateway is the bank of real money that a Config describes, in these books.
func (c Config) gateway(books *db.Books, currency scrip.Currency) (*bank.Gateway, error) {
	if c.Money.BankIBAN != "" && c.Money.card() && !c.Money.StripeKey.Live() {
		return nil, errors.New("a test key of Stripe's and an account at a bank do not go together: what was paid in test money would be paid out in real money")
	}
	g := bank.GatewayConfig{
		Till: books, Kind: c.Money.kind(), Clock: c.Clock, Random: c.Random, BaseURL: c.BaseURL, Currency: currency, Log: c.Log,
	}
	if err := c.Money.transfers(&g, currency); err != nil {
		return nil, err
	}
	if c.Money.card() {
		if err := c.cards(&g, currency); err != nil {
			return nil, err
		}
	}
	return bank.NewGateway(g), nil
}

// transfers turns transfers from bank to bank on, if their account is named.
func (m Money) transfers(g *bank.GatewayConfig, currency scrip.Currency) (err error) {
	if m.BankIBAN == "" {
		return nil
	}
	g.House = &bank.HouseAccount{Name: scrip.CleanLine(m.BankName), BIC: m.BankBIC}
	if g.House.Name == "" {
		return errors.New("name who holds the account: --bank-name")
	}
	if g.House.IBAN, err = iso20022.ParseIBAN(m.BankIBAN); err != nil {
		return fmt.Errorf("%s: %w", m.BankIBAN, err)
	}
	g.TransferWay, err = parseFee(m.TransferFee, currency)
	g.TransferWay.Way = scrip.ByTransfer
	return err
}

// cards turns payments by Stripe on.
func (c Config) cards(g *bank.GatewayConfig, currency scrip.Currency) error {
	account, err := stripe.New(stripe.Config{Key: c.Money.StripeKey, Webhook: c.Money.StripeWebhook, URL: c.Money.StripeURL, Clock: c.Clock})
	if err != nil {
		return err
	}
	g.Card = account
	if g.CardWay, err = parseFee(c.Money.CardFee, currency); err != nil {
		return err
	}
	g.CardWay.Way = scrip.ByCard
	if g.CardWay.Least, err = stripe.Least(currency); err != nil {
		return err
	}
	return nil
}

// parseFee reads what a payment costs who pays, beside the amount: a sum, a rate in percent with up to two decimal places, or both
// with a plus between.
func parseFee(text string, currency scrip.Currency) (w scrip.PayWay, err error) {
	hundredths := scrip.Currency{Code: currency.Code, Exponent: 2}
	for part := range strings.SplitSeq(text, "+") {
		part = strings.TrimSpace(part)
		rate, isRate := strings.CutSuffix(part, "%")
		switch {
		case text == "":
		case isRate:
			of, failed := hundredths.Parse(strings.TrimSpace(rate))
			w.Rate, err = int64(of), failed
		default:
			w.Fixed, err = currency.Parse(part)
		}
		if err != nil {
			return w, fmt.Errorf("read the fee %q, which is like 0.25+1.5%%: %w", text, err)
		}
	}
	if w.Rate > scrip.MaxFeeRate {
		return w, fmt.Errorf("a fee of %s is more than %d%%", text, scrip.MaxFeeRate/100)
	}
	return w, nil
}
