package bank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// status takes back what a bank says that it does not do.
func (i *importing) status(ctx context.Context, s iso20022.Status) error {
	for _, r := range s.Refusals {
		d, err := i.g.Till.Disbursement(ctx, fromEndToEnd(r.EndToEnd))
		switch {
		case errors.Is(err, scrip.ErrAbsent) || err == nil && d.Given != s.Of:
			i.Doubtful = append(i.Doubtful, fmt.Sprintf("a payment %s that it refuses was not in the file %s", r.EndToEnd, s.Of))
			continue
		case err != nil:
			return err
		}
		if err := i.takeBack(ctx, d, cmp.Or(r.Reason, scrip.RefusedByBank)); err != nil {
			return err
		}
	}
	if !s.Refused {
		return nil
	}
	out, err := i.g.exported(ctx, s.Of)
	for _, d := range out {
		if err == nil {
			err = i.takeBack(ctx, d, cmp.Or(s.Reason, scrip.RefusedByBank))
		}
	}
	return err
}

// takeBack puts a payment that a bank refused back into its account, with why, unless it came back already. One that left by what a
// statement said stays as it is.
func (i *importing) takeBack(ctx context.Context, d scrip.Disbursement, reason string) error {
	for range 3 {
		switch d.State {
		case scrip.OutFailed:
			return nil
		case scrip.OutDone:
			i.Doubtful = append(i.Doubtful, fmt.Sprintf("%s %s to %s: refused, and a statement said that it left", i.g.Currency.Format(d.Amount), i.g.Currency.Code, strings.ReplaceAll(d.To, "\n", " ")))
			return nil
		}
		d.State, d.Reason, d.Changed, d.Next, d.Version = scrip.OutFailed, short(reason), i.at, 0, d.Version+1
		err := i.g.apply(ctx, i.at, &scrip.Banking{Disburse: []scrip.Disbursement{d}}, back(d, scrip.PayoutOf(d.Reference), i.at))
		if err == nil {
			i.Refused++
		}
		if !errors.Is(err, scrip.Unavailable) {
			return err
		}
		if d, err = i.g.Till.Disbursement(ctx, d.ID()); err != nil {
			return err
		}
	}
	return scrip.Unavailable
}

// Refuse takes all payments of an exported file back into their accounts, because the bank did not take it, as it said otherwise than
// by a status report; why is told their owners, and may be empty. scrip.NotFound: there is no such file.
func (g *Gateway) Refuse(ctx context.Context, message, why string) (Imported, error) {
	i := importing{g: g, Imported: Imported{Message: message}, at: g.Clock().Unix()}
	err := i.status(ctx, iso20022.Status{Of: message, Refused: true, Reason: why})
	return i.Imported, err
}

// exported are the payments of an exported file: scrip.NotFound where there is none.
func (g *Gateway) exported(ctx context.Context, message string) ([]scrip.Disbursement, error) {
	out, err := g.Till.DisbursementsGiven(ctx, message)
	if err == nil && (len(out) == 0 || out[0].Means != scrip.ByFile) {
		err = scrip.NotFound
	}
	return out, err
}
