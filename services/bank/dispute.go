package bank

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// coverEvery is how often, in seconds, it is tried to have the house stand in for what it did not hold.
const coverEvery = 60 * 60

// disputed makes true in the books how a dispute about a paid attempt stands. What the provider took for it is the house's loss until
// it is decided, and no customer's: it is set aside in suspense, comes back with a dispute that is won, and leaves with one that is
// lost; one that is won after all when it was lost, which a card's network may decide late, comes back then. Where the house does not hold so much, the dispute waits for the operator with nothing set aside, and covered is false. Money
// of another currency, or that was credited to nobody, is told alone.
//
// Each step is a Change of its own, which the row decides: a crash behind one is looked at again, since the attempt is due until the
// Change that ends the look.
func (g *Gateway) disputed(ctx context.Context, a scrip.Attempt, d Dispute) (covered bool, err error) {
	row := scrip.Suspended{
		ID: disputeID(d.Name), Way: scrip.ByCard, At: g.Clock().Unix(), Said: said(d.Amount, d.Currency, g.Currency), Named: d.Name, Reference: a.Reference,
	}
	known, err := g.Till.SuspendedOne(ctx, row.ID)
	if err == nil {
		row = known
	}
	if err == nil && row.Settled != 0 && row.Outcome == Lost && d.State == DisputeWon {
		return true, g.reinstated(ctx, row)
	}
	if err != nil && !errors.Is(err, scrip.ErrAbsent) || row.Settled != 0 {
		return err == nil, err
	}
	taken := d.State == DisputeOpen || d.State == DisputeLost
	if !taken || row.Amount > 0 || d.Currency != g.Currency.Code || a.Reason != "" {
		return true, g.dispute(ctx, row, d)
	}
	covering := row
	covering.Amount = d.Amount
	err = g.dispute(ctx, covering, d, scrip.Record{
		At: g.Clock().Unix(), Kind: scrip.KindDisputed, Tx: row.ID, Amount: d.Amount, Posts: []scrip.Posting{{From: scrip.House, To: scrip.Suspense, Amount: d.Amount}},
	})
	if errors.Is(err, scrip.BankDeclined) { // the house does not hold it
		return false, g.dispute(ctx, row, d)
	}
	return true, err
}

// disputeID names a dispute in the books.
func disputeID(name string) scrip.ID { return scrip.DerivedID("dispute", scrip.ID(name), 0) }

// dispute keeps how a dispute stands, with a record of what was set aside for it now, and ends it if it is decided.
func (g *Gateway) dispute(ctx context.Context, row scrip.Suspended, d Dispute, records ...scrip.Record) error {
	at, before := g.Clock().Unix(), row
	row.Why = scrip.Disputed
	if d.State == DisputeAsked {
		row.Why = scrip.Inquired
	}
	to := scrip.House
	switch {
	case d.State == DisputeWon:
		row.Settled, row.Outcome = at, Won
	case d.State == DisputeLost && row.Amount > 0:
		row.Settled, row.Outcome, to = at, Lost, scrip.World
	}
	if row.Settled != 0 && row.Amount > 0 {
		records = append(records, scrip.Record{
			At: at, Kind: scrip.KindSettled, Tx: row.ID, Amount: row.Amount, Posts: []scrip.Posting{{From: scrip.Suspense, To: to, Amount: row.Amount}},
		})
	}
	if row == before && len(records) == 0 {
		return nil
	}
	row.Version++
	return g.apply(ctx, at, &scrip.Banking{Suspended: []scrip.Suspended{row}}, records...)
}

// reinstated gives the house back what left with a dispute that is won after all.
func (g *Gateway) reinstated(ctx context.Context, row scrip.Suspended) error {
	at := g.Clock().Unix()
	row.Settled, row.Outcome, row.Version = at, Won, row.Version+1
	return g.apply(ctx, at, &scrip.Banking{Suspended: []scrip.Suspended{row}}, scrip.Record{
		At: at, Kind: scrip.KindSettled, Tx: scrip.DerivedID("won after all", row.ID, int(row.Version)), Amount: row.Amount,
		Posts: []scrip.Posting{{From: scrip.World, To: scrip.House, Amount: row.Amount}},
	})
}

// HouseHolds is how much of the money at the bank and the provider is that of whoever runs the broker, by the books.
func (g *Gateway) HouseHolds(ctx context.Context) (scrip.Money, error) {
	return g.Till.HouseBalance(ctx)
}

// MoveHouse books money that whoever runs the broker put in beside that of customers, or took out, once under a reference, as the
// operator's bank or the operator names it: so one who lost the answer asks again. It reports whether it was booked before.
// scrip.TxConflict, an OtherMove: under this reference something else was. scrip.BankDeclined: the house does not hold so much.
func (g *Gateway) MoveHouse(ctx context.Context, reference string, amount scrip.Money, in bool) (before bool, err error) {
	from, to, way := scrip.House, scrip.World, "take"
	if in {
		from, to, way = to, from, "put"
	}
	at := g.Clock().Unix()
	heard := scrip.Heard{Provider: byHouse, ID: reference, Kind: fmt.Sprintf(houseKind, way, amount), At: at}
	err = g.apply(ctx, at, &scrip.Banking{Heard: &heard}, scrip.Record{
		At: at, Kind: scrip.KindHouse, Tx: scrip.DerivedID("house", scrip.ID(reference), 0), Amount: amount, Posts: []scrip.Posting{{From: from, To: to, Amount: amount}},
	})
	if !errors.Is(err, scrip.AlreadyRecorded) {
		return false, err
	}
	known, err := g.Till.Heard(ctx, byHouse, reference)
	if err == nil && known.Kind != heard.Kind {
		err = otherMove(known.Kind)
	}
	return true, err
}

// houseKind is what is heard of such a move: put or take, and the amount.
const houseKind = "%s %d"

// OtherMove is the scrip.TxConflict of a reference under which another move of the house's money was booked: which.
type OtherMove struct {
	In     bool
	Amount scrip.Money
}

func (OtherMove) Error() string { return "another move was booked under this reference" }

// Unwrap is what it is of the closed list.
func (OtherMove) Unwrap() error { return scrip.TxConflict }

func otherMove(kind string) error {
	var way string
	var o OtherMove
	if _, err := fmt.Sscanf(kind, houseKind, &way, &o.Amount); err != nil {
		return fmt.Errorf("read what was booked, %q: %w", kind, err)
	}
	o.In = way == "put"
	return o
}

// byHouse is who is heard by the operator's word.
const byHouse = "house"
