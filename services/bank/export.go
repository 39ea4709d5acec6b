package bank

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// mostOrdered bounds the payments of one file.
const mostOrdered = 1000

// Export marks all payments that wait to be made by the bank as given to it, and returns the file that orders them; nil: there are
// none. A crash before the file is kept loses nothing: [Gateway.ExportAgain] makes it anew, the same, by its message ID. Given to the
// bank twice it is refused there, for its message ID.
func (g *Gateway) Export(ctx context.Context) (message string, file []byte, err error) {
	if g.House == nil {
		return "", nil, errNoHouse
	}
	out, err := g.Till.DisbursementsBy(ctx, scrip.ByFile, scrip.OutReady, mostOrdered)
	if err != nil || len(out) == 0 {
		return "", nil, err
	}
	at := g.Clock().Unix()
	message = "PS" + strings.NewReplacer("_", "", "-", "").Replace(string(scrip.DerivedID("bank file", out[0].ID(), int(at))))
	rows := &scrip.Banking{}
	for i := range out {
		out[i].State, out[i].Given, out[i].Changed, out[i].Version = scrip.OutSent, message, at, out[i].Version+1
	}
	rows.Disburse = out
	if err := g.apply(ctx, at, rows); err != nil {
		return "", nil, err
	}
	return g.ExportAgain(ctx, message)
}

// ErrHad is returned for a file that the bank has had: what it orders left, came back or was refused.
var ErrHad = errors.New("the bank has had this file: payments of it left, came back or were refused, and what is back in its account is ordered anew from there")

// ExportAgain makes the file of a message ID anew, the same: scrip.NotFound where there was none, ErrHad where something was heard of it.
func (g *Gateway) ExportAgain(ctx context.Context, message string) (string, []byte, error) {
	if g.House == nil {
		return "", nil, errNoHouse
	}
	out, err := g.exported(ctx, message)
	if err != nil {
		return "", nil, err
	}
	for _, d := range out {
		if d.State != scrip.OutSent {
			return "", nil, ErrHad
		}
	}
	order := iso20022.Order{
		Message: message, At: time.Unix(out[0].Changed, 0), Name: g.House.Name, IBAN: g.House.IBAN, BIC: g.House.BIC, Currency: g.Currency.Code, Places: g.Currency.Exponent,
	}
	for _, d := range out {
		name, iban, _ := strings.Cut(d.To, "\n")
		order.Pays = append(order.Pays, iso20022.Pay{
			EndToEnd: toEndToEnd(d.ID()), Amount: int64(d.Amount), Name: name, IBAN: iban, Text: "Payout " + d.Reference[len(d.Reference)-6:],
		})
	}
	var file bytes.Buffer
	err = order.Write(&file)
	return message, file.Bytes(), err
}

// An ID as a pain.001 may have it: banks take no underscore.
func toEndToEnd(id scrip.ID) string     { return strings.ReplaceAll(string(id), "_", "+") }
func fromEndToEnd(text string) scrip.ID { return scrip.ID(strings.ReplaceAll(text, "+", "_")) }
