package bank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

func (i *importing) statement(ctx context.Context, s iso20022.Statement) error {
	for n, e := range s.Entries {
		if e.Account != i.g.House.IBAN {
			return fmt.Errorf("it is about the account %s, and not about %s", e.Account, i.g.House.IBAN)
		}
		if err := i.entry(ctx, e); err != nil {
			return fmt.Errorf("entry %d: %w", n+1, err)
		}
	}
	return nil
}

// heard marks a transaction as booked: by what it is called in every file that tells of it.
func (i *importing) heard(e iso20022.Entry) (*scrip.Heard, scrip.ID) {
	id := scrip.DerivedID("bank entry", scrip.ID(e.Name()), 0)
	return &scrip.Heard{Provider: byBank, ID: string(id), Kind: i.file, At: i.at}, id
}

// byBank is who is heard by files.
const byBank = "bank"

// entry books one transaction, again where another Change was first.
func (i *importing) entry(ctx context.Context, e iso20022.Entry) error {
	if otherwise, err := i.otherwise(ctx, e); err != nil || otherwise {
		return err
	}
	for range 3 {
		err := i.book(ctx, e)
		switch {
		case errors.Is(err, scrip.AlreadyRecorded):
			return i.known(ctx, e)
		case !errors.Is(err, scrip.Unavailable):
			return err
		}
	}
	return scrip.Unavailable
}

// otherwise reports whether another file told of the entry with another number of transactions, as a statement that has the sum of
// what a notification has one by one. What was told first stands.
func (i *importing) otherwise(ctx context.Context, e iso20022.Entry) (bool, error) {
	if e.Of == "" || e.N > 0 && e.Of != i.passed {
		return false, nil
	}
	if e.N > 0 {
		i.Known++
		return true, nil
	}
	told := scrip.Heard{Provider: byBank, ID: string(scrip.DerivedID("bank entry in all", scrip.ID(e.Of), 0)), Kind: fmt.Sprintf("%d transactions", e.Items), At: i.at}
	err := i.g.apply(ctx, i.at, &scrip.Banking{Heard: &told})
	if !errors.Is(err, scrip.AlreadyRecorded) {
		return false, err
	}
	before, err := i.g.Till.Heard(ctx, told.Provider, told.ID)
	if err == nil && before.Kind != told.Kind {
		i.passed = e.Of
		i.Known++
		return true, nil
	}
	return false, err
}

// known counts a transaction that was booked before. One without a reference of the bank's that another file of the same kind had is
// perhaps another one.
func (i *importing) known(ctx context.Context, e iso20022.Entry) error {
	i.Known++
	if e.Of != "" || e.Servicer != "" {
		return nil
	}
	heard, _ := i.heard(e)
	before, err := i.g.Till.Heard(ctx, heard.Provider, heard.ID)
	kind, _, _ := strings.Cut(i.file, " ")
	if err == nil && before.Kind != i.file && strings.HasPrefix(before.Kind, kind+" ") {
		i.Doubtful = append(i.Doubtful, fmt.Sprintf("%s of %s, booked on %s, is in %s too, and is booked once. Your bank gives it no reference: did it come twice that day?",
			i.said(e), strings.TrimSpace(e.Party+" "+e.IBAN), e.Booked, before.Kind))
	}
	return err
}

func (i *importing) book(ctx context.Context, e iso20022.Entry) error {
	heard, id := i.heard(e)
	minor, whole := e.Amount.Minor(i.g.Currency.Exponent)
	ours := whole && e.Currency == i.g.Currency.Code && scrip.Money(minor).Positive()
	out, err := i.ordered(ctx, e)
	if err != nil {
		return err
	}
	switch {
	case e.Differs && e.Credit && ours:
		return i.suspend(ctx, scrip.Money(minor), e, heard, id, scrip.ItemsDiffer)
	case !e.Credit && e.Returned != "": // what a customer paid in, taken back: the account may not hold it any more
		return i.suspend(ctx, 0, e, heard, id, scrip.TakenBackAbroad)
	case len(out) > 0 && ours && e.Credit:
		return i.returned(ctx, out, scrip.Money(minor), e, heard, id)
	case len(out) > 0 && ours:
		return i.left(ctx, out, scrip.Money(minor), e, heard)
	case e.Credit && ours:
		return i.credit(ctx, scrip.Money(minor), e, heard, id)
	case e.Credit:
		return i.suspend(ctx, 0, e, heard, id, scrip.OtherCurrency)
	}
	return i.foreign(ctx, e, heard)
}

// ordered are the payments out that an entry is about: one by our name of it, or all of a file.
func (i *importing) ordered(ctx context.Context, e iso20022.Entry) ([]scrip.Disbursement, error) {
	if id := fromEndToEnd(e.EndToEnd); id.Valid() {
		d, err := i.g.Till.Disbursement(ctx, id)
		if errors.Is(err, scrip.ErrAbsent) || err == nil && d.Means != scrip.ByFile { // a payer may name anything
			return nil, nil
		}
		return []scrip.Disbursement{d}, err
	}
	if e.Batch == "" || e.EndToEnd != "" {
		return nil, nil
	}
	return i.g.Till.DisbursementsGiven(ctx, e.Batch)
}

func sumOf(out []scrip.Disbursement) (sum scrip.Money) {
	for _, d := range out {
		sum += d.Amount
	}
	return sum
}

// left books that the bank made payments out: one, all of a file, or those of a file that it did not refuse.
func (i *importing) left(ctx context.Context, out []scrip.Disbursement, amount scrip.Money, e iso20022.Entry, heard *scrip.Heard) error {
	if sumOf(out) != amount {
		if out = unrefused(out); sumOf(out) != amount {
			i.otherSum(sumOf(out), e)
			return nil
		}
	}
	rows, records, doubtful := &scrip.Banking{Heard: heard}, []scrip.Record(nil), []string(nil)
	for _, d := range out {
		if d.State == scrip.OutFailed { // it came back before it was said to have left; or the bank refused it, and does not know
			doubtful = append(doubtful, fmt.Sprintf("%s %s to %s left by this, and is back in its account: did it come back here, too?", i.g.Currency.Format(d.Amount), i.g.Currency.Code, strings.ReplaceAll(d.To, "\n", " ")))
		}
		if d.State != scrip.OutSent {
			continue
		}
		d.State, d.Changed, d.Version = scrip.OutDone, i.at, d.Version+1
		rows.Disburse = append(rows.Disburse, d)
		records = append(records, scrip.Record{
			At: i.at, Kind: scrip.KindDisbursed, Tx: d.ID(), Amount: d.Amount, Posts: []scrip.Posting{{From: scrip.PayoutOf(d.Reference), To: scrip.World, Amount: d.Amount}},
		})
	}
	err := i.g.apply(ctx, i.at, rows, records...)
	if err == nil {
		i.Left, i.Doubtful = i.Left+len(rows.Disburse), append(i.Doubtful, doubtful...)
	}
	return err
}

// unrefused are those that are not back in their accounts.
func unrefused(out []scrip.Disbursement) []scrip.Disbursement {
	return slices.DeleteFunc(slices.Clone(out), func(d scrip.Disbursement) bool { return d.State == scrip.OutFailed })
}

// otherSum tells of a debit that is about payments of ours and not what they come to: which of them left, the operator finds out. It does
// not count as heard: once a status report has said what the bank refused, the same file books the rest.
func (i *importing) otherSum(ours scrip.Money, e iso20022.Entry) {
	i.Doubtful = append(i.Doubtful, fmt.Sprintf("%s left for %s, of which %s %s had not come back: nothing of it is booked",
		i.said(e), cmp.Or(e.EndToEnd, e.Batch), i.g.Currency.Format(ours), i.g.Currency.Code))
}

// returned books that a payment out came back, with why. What comes back in another amount, or twice, is for the operator.
func (i *importing) returned(ctx context.Context, out []scrip.Disbursement, amount scrip.Money, e iso20022.Entry, heard *scrip.Heard, id scrip.ID) error {
	d := out[0]
	if len(out) > 1 || d.Amount != amount || d.State != scrip.OutSent && d.State != scrip.OutDone {
		return i.suspend(ctx, amount, e, heard, id, scrip.OtherAmount)
	}
	from := scrip.PayoutOf(d.Reference)
	if d.State == scrip.OutDone {
		from = scrip.World
	}
	d.State, d.Reason, d.Changed, d.Next, d.Version = scrip.OutFailed, short(e.Returned), i.at, 0, d.Version+1
	err := i.g.apply(ctx, i.at, &scrip.Banking{Heard: heard, Disburse: []scrip.Disbursement{d}}, back(d, from, i.at))
	if err == nil {
		i.Returned++
	}
	return err
}

// credit books money that came in: to the account that it was asked of, if it is what was asked for.
func (i *importing) credit(ctx context.Context, amount scrip.Money, e iso20022.Entry, heard *scrip.Heard, id scrip.ID) error {
	p, err := i.g.Till.PayInByCode(ctx, e.Reference)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return i.suspend(ctx, amount, e, heard, id, scrip.UnknownReference)
	case err != nil:
		return err
	case amount != p.Amount+i.g.TransferWay.Fee(p.Amount):
		return i.suspend(ctx, amount, e, heard, id, scrip.OtherAmount)
	case p.State == scrip.PayInPaid:
		return i.suspend(ctx, amount, e, heard, id, scrip.PaidTwice)
	}
	rows := &scrip.Banking{Heard: heard}
	if p.State != scrip.PayInPaid { // also one that was called off: the money came
		p.State, p.Changed, p.Version = scrip.PayInPaid, i.at, p.Version+1
		rows.PayIns = append(rows.PayIns, p)
	}
	if err := i.payee(ctx, rows, p.Reference, e); err != nil {
		return err
	}
	err = i.g.apply(ctx, i.at, rows, scrip.Record{
		At: i.at, Kind: scrip.KindDeposit, Tx: id, Amount: p.Amount, Posts: []scrip.Posting{{From: scrip.World, To: scrip.BankOf(p.Reference), Amount: p.Amount}},
	})
	if err == nil {
		i.Credited++
	}
	return err
}

// payee has what leaves an account go to where it was paid from, unless its owner said otherwise, or where else.
func (i *importing) payee(ctx context.Context, rows *scrip.Banking, reference string, e iso20022.Entry) error {
	known, err := i.g.Till.Payee(ctx, reference)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	if known.IBAN == "" && known.Connected == "" && e.IBAN != "" && e.Party != "" {
		known.Reference, known.Name, known.IBAN, known.Version = reference, short(e.Party), e.IBAN, known.Version+1
		rows.Payees = append(rows.Payees, known)
	}
	return nil
}

// suspend keeps money for the operator; 0 is of another currency.
func (i *importing) suspend(ctx context.Context, amount scrip.Money, e iso20022.Entry, heard *scrip.Heard, id scrip.ID, why string) error {
	s := scrip.Suspended{
		ID: id, Way: scrip.ByTransfer, At: i.at, Amount: amount, Said: i.said(e), Named: short(strings.TrimSpace(e.Reference + " " + e.Text)), Payer: short(e.Party), IBAN: e.IBAN,
		Why: why, Version: 1,
	}
	rows := &scrip.Banking{Heard: heard, Suspended: []scrip.Suspended{s}}
	var err error
	if amount == 0 {
		err = i.g.apply(ctx, i.at, rows)
	} else {
		err = i.g.apply(ctx, i.at, rows, scrip.Record{
			At: i.at, Kind: scrip.KindSuspended, Tx: id, Amount: amount, Posts: []scrip.Posting{{From: scrip.World, To: scrip.Suspense, Amount: amount}},
		})
	}
	if err == nil {
		i.Suspended++
	}
	return err
}

// said is an entry's amount as the file has it.
func (i *importing) said(e iso20022.Entry) string {
	if minor, whole := e.Amount.Minor(i.g.Currency.Exponent); whole && e.Currency == i.g.Currency.Code {
		return i.g.Currency.Format(scrip.Money(minor)) + " " + e.Currency
	}
	return fmt.Sprintf("%de-%d %s", e.Amount.Digits, e.Amount.Places, e.Currency)
}

// foreign tells of a debit that is none of ours.
func (i *importing) foreign(ctx context.Context, e iso20022.Entry, heard *scrip.Heard) error {
	err := i.g.apply(ctx, i.at, &scrip.Banking{Heard: heard})
	if err == nil {
		i.Foreign = append(i.Foreign, fmt.Sprintf("%s to %s: %s", i.said(e), strings.TrimSpace(e.Party+" "+e.IBAN), e.Text))
	}
	return err
}
