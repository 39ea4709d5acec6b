package db_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"peerscrip/services/scrip"
)

// testBank asks what the sandbox bank needs.
func testBank(t *testing.T, open func(*testing.T) world) {
	t.Run("Movements", func(t *testing.T) { movements(open(t)) })
	t.Run("Banking", func(t *testing.T) { bankings(open(t)) })
	t.Run("House", func(t *testing.T) { houses(open(t)) })
	t.Run("Confirmations", func(t *testing.T) { confirmations(open(t)) })
}

func movements(w world) {
	w.wantBooks(nil, scrip.BrokerChange{Bank: "ada"})
	w.wantBooks(nil, scrip.BrokerChange{Bank: "bob"})
	var want []scrip.Record
	for i := range 6 {
		reference := []string{"ada", "bob"}[i%2]
		posts := []scrip.Posting{
			{From: scrip.World, To: scrip.BankOf(reference), Amount: 10},
			{From: scrip.BankOf(reference), To: scrip.Outstanding, Amount: 3},
		}
		r := scrip.Record{At: now, Kind: "T1", Tx: id(), Amount: 10, Posts: posts}
		w.wantBooks(nil, scrip.BrokerChange{Post: posts, Log: []scrip.Record{r}})
		if reference == "ada" {
			want = append([]scrip.Record{r}, want...)
		}
	}
	got, err := w.books.BankMovements(context.Background(), "ada", 2)
	if err != nil || !reflect.DeepEqual(got, want[:2]) {
		w.t.Errorf("BankMovements: got %+v, %v, want %+v", got, err, want[:2])
	}
	if got, err := w.books.BankMovements(context.Background(), "eve", 2); err != nil || len(got) != 0 {
		w.t.Errorf("BankMovements(unknown): got %+v, %v, want none", got, err)
	}
}

func confirmations(w world) {
	ctx := context.Background()
	asked := scrip.Collection{Key: id(), Reference: "ada", Amount: 700, At: now}
	said := func(want scrip.Consent, c scrip.Collection) {
		w.t.Helper()
		if got, err := w.books.Ask(ctx, c); err != nil || got != want {
			w.t.Errorf("Ask: got %q, %v, want %q", got, err, want)
		}
	}
	answer := func(answer func(context.Context, scrip.ID, int64) error, key scrip.ID, want error) {
		w.t.Helper()
		if err := answer(ctx, key, now+1); !errors.Is(err, want) {
			w.t.Errorf("a customer's word: got %v, want %v", err, want)
		}
	}
	answer(w.books.Confirm, asked.Key, scrip.ErrAbsent)
	answer(w.books.Decline, asked.Key, scrip.ErrAbsent)
	said(scrip.Awaited, asked)
	said(scrip.Awaited, asked)
	for _, yes := range []func(context.Context, scrip.ID, int64) error{w.books.Confirm, w.books.Confirm, w.books.Decline} {
		answer(yes, asked.Key, nil)
		said(scrip.Confirmed, asked)
	}
	other := asked
	other.Amount++
	if _, err := w.books.Ask(ctx, other); !errors.Is(err, scrip.TxConflict) {
		w.t.Errorf("Ask(other amount): got %v, want %v", err, scrip.TxConflict)
	}
	other = asked
	other.Reference, other.Insists = "bob", true
	if _, err := w.books.Ask(ctx, other); !errors.Is(err, scrip.TxConflict) {
		w.t.Errorf("Ask(other account): got %v, want %v", err, scrip.TxConflict)
	}
	if got, said, err := w.books.Confirmation(ctx, asked.Key); err != nil || got != asked || said != scrip.Confirmed {
		w.t.Errorf("Confirmation: got %+v %q, %v, want %+v, confirmed", got, said, err, asked)
	}
	if _, _, err := w.books.Confirmation(ctx, id()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Confirmation(never asked): got %v, want %v", err, scrip.ErrAbsent)
	}
	declined := scrip.Collection{Key: id(), Reference: "ada", Amount: 300, At: now}
	said(scrip.Awaited, declined)
	for _, no := range []func(context.Context, scrip.ID, int64) error{w.books.Decline, w.books.Decline, w.books.Confirm} {
		answer(no, declined.Key, nil)
		said(scrip.Declined, declined)
	}
	declined.Insists = true
	said(scrip.Awaited, declined)
	answer(w.books.Confirm, declined.Key, nil)
	said(scrip.Confirmed, declined)
}

func payIn() scrip.PayIn {
	return scrip.PayIn{Key: id(), Reference: "ada", Amount: 5, Code: string(id()), At: now, State: scrip.PayInAsked, Changed: now, Version: 1}
}

// houses: the house begins with nothing, and gives no more than was put in.
func houses(w world) {
	moved := func(want error, from, to scrip.Ledger, amount, left scrip.Money) {
		w.t.Helper()
		post := []scrip.Posting{{From: from, To: to, Amount: amount}}
		w.wantBooks(want, scrip.BrokerChange{Post: post, Log: []scrip.Record{{At: now, Kind: scrip.KindHouse, Tx: id(), Amount: amount, Posts: post}}})
		if got, err := w.books.HouseBalance(context.Background()); err != nil || got != left {
			w.t.Errorf("HouseBalance: got %d, %v, want %d", got, err, left)
		}
	}
	moved(scrip.BankDeclined, scrip.House, scrip.Suspense, 1, 0)
	moved(nil, scrip.World, scrip.House, 10, 10)
	moved(scrip.BankDeclined, scrip.House, scrip.World, 11, 10)
	moved(nil, scrip.House, scrip.World, 10, 0)
	for _, want := range []error{nil, scrip.AlreadyRecorded} { // what is named is booked once
		post := []scrip.Posting{{From: scrip.World, To: scrip.House, Amount: 7}}
		w.wantBooks(want, scrip.BrokerChange{
			Banking: &scrip.Banking{Heard: &scrip.Heard{Provider: "house", ID: "TRANSFER-17", Kind: "put 7", At: now}},
			Post:    post, Log: []scrip.Record{{At: now, Kind: scrip.KindHouse, Tx: id(), Amount: 7, Posts: post}},
		})
		if got, err := w.books.HouseBalance(context.Background()); err != nil || got != 7 {
			w.t.Errorf("HouseBalance: got %d, %v, want 7", got, err)
		}
	}
}

// bankings: rows of real money are read as they were kept, go on by one version at a time, and are heard of once.
func bankings(w world) {
	ctx := context.Background()
	keep := func(want error, b scrip.Banking) {
		w.t.Helper()
		w.wantBooks(want, scrip.BrokerChange{Banking: &b})
	}
	same := func(what string, got any, err error, want any) {
		w.t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			w.t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
		}
	}
	p := payIn()
	a := scrip.Attempt{ID: id(), PayIn: p.Key, N: 1, Reference: "ada", Amount: 5, Fee: 1, At: now, State: scrip.AttemptOpen, Session: "cs", Link: "https://x", Next: now + 60, Version: 1}
	d := scrip.Disbursement{Key: id(), N: 2, Reference: "ada", Amount: 3, At: now, State: scrip.OutReady, Means: scrip.ByRefund, Attempt: a.ID, Changed: now, Next: now + 60, Version: 1}
	y := scrip.Payee{Reference: "ada", Name: "Ada", IBAN: "DE02", Connected: "acct_1", Version: 1}
	s := scrip.Suspended{ID: id(), Way: scrip.ByCard, At: now, Amount: 4, Said: "0.04 EUR", Named: "pi", Payer: "A", IBAN: "DE", Why: scrip.OtherAmount, Version: 1}
	keep(nil, scrip.Banking{PayIns: []scrip.PayIn{p}, Attempts: []scrip.Attempt{a}, Disburse: []scrip.Disbursement{d}, Payees: []scrip.Payee{y}, Suspended: []scrip.Suspended{s}})
	for _, b := range []scrip.Banking{ // what is there already
		{PayIns: []scrip.PayIn{p}}, {Attempts: []scrip.Attempt{a}}, {Disburse: []scrip.Disbursement{d}}, {Payees: []scrip.Payee{y}}, {Suspended: []scrip.Suspended{s}},
	} {
		keep(scrip.Unavailable, b)
	}
	second := a
	second.ID, second.N = id(), 2
	keep(scrip.Unavailable, scrip.Banking{Attempts: []scrip.Attempt{second}}) // one waits already
	if due, err := w.books.AttemptsDue(ctx, now, 9); err != nil || len(due) != 0 {
		w.t.Errorf("AttemptsDue: got %+v, %v, want none", due, err)
	}
	keep(nil, scrip.Banking{Heard: &scrip.Heard{Provider: "p", ID: "1", Kind: "k", About: "cs", At: now}})
	keep(scrip.AlreadyRecorded, scrip.Banking{Heard: &scrip.Heard{Provider: "p", ID: "1", Kind: "k", About: string(d.ID()), At: now}})
	keep(nil, scrip.Banking{Heard: &scrip.Heard{Provider: "p", ID: "2", Kind: "k", About: string(d.ID()), At: now}})
	heard, err := w.books.Heard(ctx, "p", "2")
	same("Heard", heard, err, scrip.Heard{Provider: "p", ID: "2", Kind: "k", At: now})
	if _, err := w.books.Heard(ctx, "q", "2"); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Heard of another provider: got %v, want %v", err, scrip.ErrAbsent)
	}
	keep(nil, scrip.Banking{Taken: &scrip.BankFile{Message: "m", Digest: "d", At: now}})
	for _, f := range []scrip.BankFile{{Message: "m", Digest: "e"}, {Message: "n", Digest: "d"}} {
		keep(scrip.AlreadyRecorded, scrip.Banking{Taken: &f})
	}
	keep(scrip.Unavailable, scrip.Banking{Attempts: []scrip.Attempt{a}}) // it was heard of
	a.Version, a.Next, d.Version, d.Next = 2, now, 2, now
	due, err := w.books.AttemptsDue(ctx, now, 9)
	same("AttemptsDue", due, err, []scrip.Attempt{a})
	out, err := w.books.DisbursementsDue(ctx, now, 9)
	same("DisbursementsDue", out, err, []scrip.Disbursement{d})
	p.State, p.Version = scrip.PayInPaid, 2
	a.State, a.Charge, a.Next, a.Closed, a.Refunded, a.Version = scrip.AttemptPaid, "pi", 0, true, 5, 3
	d.State, d.Given, d.Next, d.Version = scrip.OutSent, "re", 0, 3
	y.IBAN, y.Version = "DE03", 2
	s.Settled, s.Outcome, s.Reference, s.Version = now, "credited", "ada", 2
	keep(nil, scrip.Banking{PayIns: []scrip.PayIn{p}, Attempts: []scrip.Attempt{a}, Disburse: []scrip.Disbursement{d}, Payees: []scrip.Payee{y}, Suspended: []scrip.Suspended{s}})
	gotP, err := w.books.PayIn(ctx, p.Key)
	same("PayIn", gotP, err, p)
	gotP, err = w.books.PayInByCode(ctx, p.Code)
	same("PayInByCode", gotP, err, p)
	gotA, err := w.books.AttemptByCharge(ctx, "pi")
	same("AttemptByCharge", gotA, err, a)
	gotD, err := w.books.Disbursement(ctx, d.ID())
	same("Disbursement", gotD, err, d)
	gotY, err := w.books.Payee(ctx, "ada")
	same("Payee", gotY, err, y)
	gotS, err := w.books.SuspendedOne(ctx, s.ID)
	same("SuspendedOne", gotS, err, s)
	if waits, err := w.books.Suspended(ctx, 9); err != nil || len(waits) != 0 {
		w.t.Errorf("Suspended: got %+v, %v, want none", waits, err)
	}
	if can, err := w.books.AttemptsRefundable(ctx, "ada", 9); err != nil || len(can) != 0 {
		w.t.Errorf("AttemptsRefundable: got %+v, %v, want none", can, err)
	}
}
