package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// mostDays is how many days of a statement are told.
const mostDays = 400

// SellerStatement serves what a stall has taken.
func (s *server) SellerStatement(ctx context.Context, _ SellerStatementRequestObject) (SellerStatementResponseObject, error) {
	e, err := ofSeller(ctx).stall.Earnings(ctx)
	all := SellerStatement200JSONResponse{Currency: s.c.Currency().Code, Days: []SellerDay{}}
	for _, d := range e.Days {
		all.Earned, all.Held, all.Orders = all.Earned+int64(d.Earned), all.Held+int64(d.Held), all.Orders+d.Orders
	}
	for _, d := range e.Days[max(len(e.Days)-mostDays, 0):] {
		all.Days = append(all.Days, SellerDay{Day: d.Day, Earned: int64(d.Earned), Held: int64(d.Held), Orders: d.Orders})
	}
	if e.Told {
		all.Takings = &SellerTakings{Earned: int64(e.Takings.Earned), Held: int64(e.Takings.Held), PaidOut: int64(e.Takings.PaidOut)}
	}
	return all, err
}

// SellerStatementFile serves its days as CSV.
func (s *server) SellerStatementFile(ctx context.Context, _ SellerStatementFileRequestObject) (SellerStatementFileResponseObject, error) {
	e, err := ofSeller(ctx).stall.Earnings(ctx)
	if err != nil {
		return nil, err
	}
	file, currency := newCSV("day", "earned", "held", "orders", "currency"), s.c.Currency()
	for _, d := range e.Days {
		file.row(time.Unix(d.Day, 0).UTC().Format(time.DateOnly), currency.Format(d.Earned), currency.Format(d.Held), strconv.Itoa(d.Orders), currency.Code)
	}
	body, err := file.end()
	return SellerStatementFile200TextCsvResponse{Body: body, ContentLength: int64(body.Len())}, err
}

// SellerMovements serves what was paid and what went back.
func (s *server) SellerMovements(ctx context.Context, r SellerMovementsRequestObject) (SellerMovementsResponseObject, error) {
	after, err := merchant.ParseMovementAt(r.Params.After)
	if err != nil {
		return nil, err
	}
	list, err := ofSeller(ctx).stall.Movements(ctx, after, limitOf(r.Params.Limit))
	part := SellerMovements200JSONResponse{Movements: make([]SellerMovement, len(list)), Next: r.Params.After}
	for i, m := range list {
		part.Movements[i] = SellerMovement{At: m.At, Kind: m.Kind, ID: string(m.ID), Order: string(m.Order), Amount: int64(m.Amount)}
		part.Next = placeOf(m).String()
	}
	return part, err
}

func placeOf(m scrip.Movement) merchant.MovementAt {
	return merchant.MovementAt{At: m.At, Kind: m.Kind, ID: m.ID}
}

// fileRows is how many movements are read at a time for the file.
const fileRows = 1000

// SellerMovementsFile serves all movements as CSV.
func (s *server) SellerMovementsFile(ctx context.Context, _ SellerMovementsFileRequestObject) (SellerMovementsFileResponseObject, error) {
	file, after, currency := newCSV("at", "kind", "id", "order", "amount", "currency"), merchant.MovementAt{}, s.c.Currency()
	for {
		list, err := ofSeller(ctx).stall.Movements(ctx, after, fileRows)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			sign, amount := "", m.Amount
			if amount < 0 {
				sign, amount = "-", -amount
			}
			file.row(time.Unix(m.At, 0).UTC().Format(time.RFC3339), m.Kind, string(m.ID), string(m.Order), sign+currency.Format(amount), currency.Code)
		}
		if len(list) < fileRows {
			break
		}
		after = placeOf(list[len(list)-1])
	}
	body, err := file.end()
	return SellerMovementsFile200TextCsvResponse{Body: body, ContentLength: int64(body.Len())}, err
}

// csvFile is a file of comma-separated values that is written row by row: a stall may have very many.
type csvFile struct {
	body bytes.Buffer
	out  *csv.Writer
}

func newCSV(columns ...string) *csvFile {
	var f csvFile
	f.out = csv.NewWriter(&f.body)
	f.out.UseCRLF = true
	f.row(columns...)
	return &f
}

func (f *csvFile) row(cells ...string) { _ = f.out.Write(cells) } // end tells what went wrong

func (f *csvFile) end() (*bytes.Buffer, error) {
	f.out.Flush()
	return &f.body, f.out.Error()
}
