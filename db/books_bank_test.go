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
