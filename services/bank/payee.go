package bank

import (
	"context"
	"errors"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// SetPayee says where money of an account goes: iso20022.ErrIBAN, scrip.NameInvalid, scrip.NotFound.
func (g *Gateway) SetPayee(ctx context.Context, reference, name, iban string) error {
	if _, err := g.Balance(ctx, reference); err != nil {
		return err
	}
	iban, err := iso20022.ParseIBAN(iban)
	if err != nil {
		return err
	}
	if name = scrip.CleanLine(name); name == "" || len([]rune(name)) > 70 {
		return scrip.NameInvalid
	}
	payee, err := g.Till.Payee(ctx, reference)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	payee.Reference, payee.Name, payee.IBAN, payee.Version = reference, name, iban, payee.Version+1
	return g.apply(ctx, g.Clock().Unix(), &scrip.Banking{Payees: []scrip.Payee{payee}})
}

// ConnectPayee returns a page of the provider's on which the owner of an account says where its money goes.
func (g *Gateway) ConnectPayee(ctx context.Context, reference string) (link string, err error) {
	if g.Card == nil {
		return "", scrip.NotFound
	}
	if _, err := g.Balance(ctx, reference); err != nil {
		return "", err
	}
	payee, err := g.Till.Payee(ctx, reference)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return "", err
	}
	connected, link, err := g.Card.Connect(ctx, reference, payee.Connected, g.BaseURL+"/bank?account="+reference)
	if err != nil || payee.Connected == connected {
		return link, err
	}
	payee.Reference, payee.Connected, payee.Version = reference, connected, payee.Version+1
	return link, g.apply(ctx, g.Clock().Unix(), &scrip.Banking{Payees: []scrip.Payee{payee}})
}
