package bank

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// HouseAccount is the account at a bank of whoever runs the broker, to which customers transfer money and from which it goes to
// them, by files.
type HouseAccount struct {
	Name string
	IBAN string
	BIC  string // empty: not said
}

// Imported is what became of a bank's file.
type Imported struct {
	Message   string
	Credited  int // payments that were asked for
	Suspended int // money for nobody known
	Left      int // payments out that the bank made
	Returned  int // payments out that came back
	Refused   int // payments out that the bank did not take
	Known     int // what was taken with another file before
	// Foreign are debits that no order of ours is behind, in words: fees of the bank's, and what was done by hand.
	Foreign []string
	// Doubtful is what was not booked, in words, and may have to be: whoever runs the broker looks at it.
	Doubtful []string
}

// errTaken is a file that was taken before.
var errTaken = errors.New("this file was taken before, or another one with its message ID")

// Import books a bank's statement or notification: what it says came in, went out and came back, each once, whichever files tell of
// it; or takes payments back of which its status report says that it does not make them. A crash in the middle leaves what was booked;
// the same file goes on behind it. An error that is no fault of the books says what is wrong with the file.
func (g *Gateway) Import(ctx context.Context, file []byte) (Imported, error) {
	if g.House == nil {
		return Imported{}, errNoHouse
	}
	sum := sha256.Sum256(file)
	i := importing{g: g, at: g.Clock().Unix(), digest: base64.RawURLEncoding.EncodeToString(sum[:])}
	status, err := iso20022.ReadStatus(file)
	if err == nil {
		return i.once(ctx, status.Message, "pain.002 "+status.Message, func() error { return i.status(ctx, status) })
	}
	s, err := iso20022.Read(file)
	if err != nil {
		return Imported{}, err
	}
	i.file = s.Kind + " " + s.Message
	return i.once(ctx, s.Message, s.Message, func() error { return i.statement(ctx, s) })
}

// errNoHouse is what files need.
var errNoHouse = errors.New("no account at a bank is named: --bank-iban")

// importing is a file while it is booked.
type importing struct {
	Imported
	g      *Gateway
	at     int64
	digest string
	file   string // its kind and its message ID
	passed string // the last entry that was told otherwise before
}

// once books a file that was not taken before, and notes that it is taken.
func (i *importing) once(ctx context.Context, message, name string, book func() error) (Imported, error) {
	i.Message = message
	taken := scrip.BankFile{Message: name, Digest: i.digest, At: i.at}
	known, err := i.g.Till.Taken(ctx, taken)
	if known {
		err = errTaken
	}
	if err == nil {
		err = book()
	}
	if err != nil {
		return i.Imported, err
	}
	err = i.g.apply(ctx, i.at, &scrip.Banking{Taken: &taken})
	if errors.Is(err, scrip.AlreadyRecorded) {
		err = errTaken
	}
	return i.Imported, err
}

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
		if errors.Is(err, scrip.ErrAbsent) {
			return nil, nil
		}
		return []scrip.Disbursement{d}, err
	}
	if e.Batch == "" || e.EndToEnd != "" {
		return nil, nil
	}
	return i.g.Till.DisbursementsGiven(ctx, e.Batch)
}

// An ID as a pain.001 may have it: banks take no underscore.
func toEndToEnd(id scrip.ID) string     { return strings.ReplaceAll(string(id), "_", "+") }
func fromEndToEnd(text string) scrip.ID { return scrip.ID(strings.ReplaceAll(text, "+", "_")) }
func sumOf(out []scrip.Disbursement) (sum scrip.Money) {
	for _, d := range out {
		sum += d.Amount
	}
	return sum
}

// left books that the bank made payments out: one, or all of a file.
func (i *importing) left(ctx context.Context, out []scrip.Disbursement, amount scrip.Money, e iso20022.Entry, heard *scrip.Heard) error {
	if sumOf(out) != amount {
		return i.foreign(ctx, e, heard)
	}
	rows, records := &scrip.Banking{Heard: heard}, []scrip.Record(nil)
	for _, d := range out {
		if d.State == scrip.OutFailed { // it came back before it was said to have left; or the bank refused it, and does not know
			i.Doubtful = append(i.Doubtful, fmt.Sprintf("%s %s to %s left by this, and is back in its account: did it come back here, too?", i.g.Currency.Format(d.Amount), i.g.Currency.Code, strings.ReplaceAll(d.To, "\n", " ")))
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
		i.Left += len(rows.Disburse)
	}
	return err
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

// foreign tells of a debit that is none of ours.
func (i *importing) foreign(ctx context.Context, e iso20022.Entry, heard *scrip.Heard) error {
	err := i.g.apply(ctx, i.at, &scrip.Banking{Heard: heard})
	if err == nil {
		i.Foreign = append(i.Foreign, fmt.Sprintf("%s to %s: %s", i.said(e), strings.TrimSpace(e.Party+" "+e.IBAN), e.Text))
	}
	return err
}

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

// Outcomes of what was suspended.
const (
	Credited = "credited" // to an account
	SentBack = "returned" // by the operator, at the bank or the provider
	Noted    = "noted"    // it moves nothing
	Won      = "won"      // a dispute: the money is back
	Lost     = "lost"     // a dispute: the money is gone, at the house's cost
)

// ErrUndecided is returned for a dispute for which the house's money stands in: it ends by the provider's word.
var ErrUndecided = errors.New("a dispute ends by itself, once the payment provider says how")

// Suspended lists what waits for the operator, up to limit, the oldest first.
func (g *Gateway) Suspended(ctx context.Context, limit int) ([]scrip.Suspended, error) {
	return g.Till.Suspended(ctx, limit)
}

// Settle says whose suspended money is: an account's, by its reference or by that of a payment; or, with none, that it was sent back.
// What moves nothing (another currency, money that is missing) is noted. scrip.NotFound: nothing waits under this ID, or there is no
// such account. ErrUndecided: it is a dispute that goes on.
func (g *Gateway) Settle(ctx context.Context, id scrip.ID, reference string) (scrip.Suspended, error) {
	s, err := g.Till.SuspendedOne(ctx, id)
	if errors.Is(err, scrip.ErrAbsent) || err == nil && s.Settled != 0 {
		err = scrip.NotFound
	}
	if err != nil {
		return s, err
	}
	if s.Why == scrip.Disputed && s.Amount > 0 {
		return s, ErrUndecided
	}
	if p, err := g.Till.PayInByCode(ctx, strings.ToUpper(strings.Join(strings.Fields(reference), ""))); err == nil {
		reference = p.Reference
	}
	at, to := g.Clock().Unix(), scrip.World
	s.Settled, s.Outcome, s.Version = at, SentBack, s.Version+1
	if reference != "" {
		if _, err := g.Balance(ctx, reference); err != nil {
			return s, err
		}
		s.Outcome, s.Reference, to = Credited, reference, scrip.BankOf(reference)
	}
	if s.Amount == 0 {
		s.Outcome = Noted
		return s, g.apply(ctx, at, &scrip.Banking{Suspended: []scrip.Suspended{s}})
	}
	return s, g.apply(ctx, at, &scrip.Banking{Suspended: []scrip.Suspended{s}}, scrip.Record{
		At: at, Kind: scrip.KindSettled, Tx: s.ID, Amount: s.Amount, Posts: []scrip.Posting{{From: scrip.Suspense, To: to, Amount: s.Amount}},
	})
}
