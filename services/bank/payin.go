package bank

import (
	"context"
	"errors"
	"strings"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// Asked is real money that a customer was asked for, and what came of it so far.
type Asked struct {
	scrip.PayIn
	Offers  []Offer        // how it can be paid; none once it is paid or called off
	Attempt *scrip.Attempt // the last, if there was one
	House   *HouseAccount  // where a transfer goes, where that is a way; nil
}

// Asked returns what was asked with a key, or scrip.NotFound.
func (g *Gateway) Asked(ctx context.Context, key scrip.ID) (Asked, error) {
	p, err := g.Till.PayIn(ctx, key)
	if err != nil {
		return Asked{}, absent(err)
	}
	asked := Asked{PayIn: p}
	if p.State == scrip.PayInAsked {
		asked.Offers, asked.House = g.Offers(p.Amount), g.House
	}
	tries, err := g.Till.Attempts(ctx, key)
	if n := len(tries); n > 0 {
		asked.Attempt = &tries[n-1]
	}
	return asked, err
}

// Account is an account with what was asked of its owner, and what left it.
type Account struct {
	Balance  scrip.Money
	PayIns   []scrip.PayIn
	Out      []scrip.Disbursement
	Payee    scrip.Payee
	Connects bool // ConnectPayee leads to a page
	Names    bool // SetPayee names an IBAN
}

// Account returns an account with so many of its payments and of what left it, the newest first, or scrip.NotFound.
func (g *Gateway) Account(ctx context.Context, reference string, payIns, out int) (a Account, err error) {
	a.Connects, a.Names = g.Card != nil, g.House != nil
	if a.Balance, err = g.Balance(ctx, reference); err != nil {
		return a, err
	}
	if a.PayIns, err = g.Till.PayIns(ctx, reference, payIns); err != nil {
		return a, err
	}
	if a.Out, err = g.Till.Disbursements(ctx, reference, out); err != nil {
		return a, err
	}
	if a.Payee, err = g.Till.Payee(ctx, reference); errors.Is(err, scrip.ErrAbsent) {
		err = nil
	}
	return a, err
}

// Choose begins a try at the provider, unless one waits, and returns it; Run opens it there. scrip.NotFound: nothing was asked
// with this key; scrip.BankDeclined: it is paid, or was called off; scrip.AmountOutOfBounds: not in this way;
// scrip.TooMany: it was tried too often.
func (g *Gateway) Choose(ctx context.Context, key scrip.ID) (scrip.Attempt, error) {
	for range 3 {
		a, err := g.choose(ctx, key)
		if !errors.Is(err, scrip.Unavailable) { // a form sent twice
			return a, err
		}
	}
	return scrip.Attempt{}, scrip.Unavailable
}

// maxAttempts bounds the tries at one PayIn: each stays in the books for good.
const maxAttempts = 20

func (g *Gateway) choose(ctx context.Context, key scrip.ID) (scrip.Attempt, error) {
	asked, err := g.Asked(ctx, key)
	if err != nil {
		return scrip.Attempt{}, err
	}
	n, fee := 1, g.CardWay.Fee(asked.Amount)
	if a := asked.Attempt; a != nil {
		if n = a.N + 1; a.State == scrip.AttemptBegun || a.State == scrip.AttemptOpen {
			return *a, nil
		}
	}
	switch {
	case asked.State != scrip.PayInAsked:
		return scrip.Attempt{}, scrip.BankDeclined
	case g.Card == nil || asked.Amount < g.CardWay.Least:
		return scrip.Attempt{}, scrip.AmountOutOfBounds
	case n > maxAttempts:
		return scrip.Attempt{}, scrip.TooMany
	}
	at, p := g.Clock().Unix(), asked.PayIn
	a := scrip.Attempt{
		ID: scrip.DerivedID("attempt", key, n), PayIn: key, N: n, Reference: asked.Reference, Amount: asked.Amount, Fee: fee,
		At: at, State: scrip.AttemptBegun, Next: at, Version: 1,
	}
	p.Version++ // so that it is not called off, or paid, at the same time
	if err := g.apply(ctx, at, &scrip.Banking{PayIns: []scrip.PayIn{p}, Attempts: []scrip.Attempt{a}}); err != nil {
		return a, err
	}
	g.Wake()
	return a, nil
}

// CallOff keeps what was asked from being paid, unless it is paid. What comes all the same is credited to the account.
func (g *Gateway) CallOff(ctx context.Context, key scrip.ID) error {
	for range 3 {
		err := g.callOff(ctx, key)
		if !errors.Is(err, scrip.Unavailable) {
			return err
		}
	}
	return scrip.Unavailable
}

func (g *Gateway) callOff(ctx context.Context, key scrip.ID) error {
	asked, err := g.Asked(ctx, key)
	if err != nil || asked.State != scrip.PayInAsked {
		return err
	}
	at := g.Clock().Unix()
	p := asked.PayIn
	p.State, p.Changed, p.Version = scrip.PayInCalledOff, at, p.Version+1
	rows := &scrip.Banking{PayIns: []scrip.PayIn{p}}
	if a := asked.Attempt; a != nil && (a.State == scrip.AttemptBegun || a.State == scrip.AttemptOpen) {
		ending := *a
		ending.State, ending.Next, ending.Version = scrip.AttemptEnding, at, a.Version+1
		rows.Attempts = append(rows.Attempts, ending)
	}
	err = g.apply(ctx, at, rows)
	g.Wake()
	return err
}

// Refresh looks anew, soon, at what is tried: who comes back from the provider's page knows before its notice does.
func (g *Gateway) Refresh(ctx context.Context, key scrip.ID) error {
	asked, err := g.Asked(ctx, key)
	if err != nil || asked.Attempt == nil || asked.Attempt.State != scrip.AttemptOpen {
		return err
	}
	a := *asked.Attempt
	if at := g.Clock().Unix(); a.Next > at {
		a.Next, a.Version = at, a.Version+1
		err = g.apply(ctx, at, &scrip.Banking{Attempts: []scrip.Attempt{a}})
	}
	if errors.Is(err, scrip.Unavailable) { // it is being looked at
		err = nil
	}
	g.Wake()
	return err
}

// Confirmation says of what was asked with a key whether it is paid, or was called off.
func (g *Gateway) Confirmation(ctx context.Context, key scrip.ID) (scrip.Collection, scrip.Consent, error) {
	p, err := g.Till.PayIn(ctx, key)
	said := map[scrip.PayInState]scrip.Consent{scrip.PayInPaid: scrip.Confirmed, scrip.PayInCalledOff: scrip.Declined}[p.State]
	return scrip.Collection{Key: p.Key, Reference: p.Reference, Amount: p.Amount, At: p.At}, said, absent(err)
}

// Confirm is the sandbox's: scrip.NotFound. Here only what is paid is confirmed.
func (g *Gateway) Confirm(context.Context, scrip.ID) error { return scrip.NotFound }

// Decline is CallOff.
func (g *Gateway) Decline(ctx context.Context, key scrip.ID) error { return g.CallOff(ctx, key) }

// Deposit is the sandbox's: scrip.NotFound.
func (g *Gateway) Deposit(context.Context, string, scrip.Money, scrip.ID) (scrip.Money, error) {
	return 0, scrip.NotFound
}

// creditorReference is a creditor reference (ISO 11649) that names a payment to a bank: "RF", two check digits, and 16 letters and
// digits that follow from its key.
func creditorReference(key scrip.ID) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's: nothing that looks like another
	var name strings.Builder
	for _, c := range []byte(scrip.DerivedID("creditor reference", key, 0))[:16] {
		name.WriteByte(alphabet[int(c)%len(alphabet)])
	}
	return iso20022.CreditorReference(name.String())
}
