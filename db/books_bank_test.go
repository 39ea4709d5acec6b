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
	key := id()
	if err := w.books.Confirm(ctx, key, now); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Confirm(never asked): got %v, want %v", err, scrip.ErrAbsent)
	}
	for range 2 {
		if confirmed, err := w.books.Ask(ctx, key, "ada", 700, now); err != nil || confirmed {
			w.t.Errorf("Ask: got %v, %v, want false", confirmed, err)
		}
	}
	for range 2 {
		if err := w.books.Confirm(ctx, key, now+1); err != nil {
			w.t.Errorf("Confirm: %v", err)
		}
	}
	if confirmed, err := w.books.Ask(ctx, key, "ada", 700, now+2); err != nil || !confirmed {
		w.t.Errorf("Ask again: got %v, %v, want true", confirmed, err)
	}
	if _, err := w.books.Ask(ctx, key, "ada", 701, now); !errors.Is(err, scrip.TxConflict) {
		w.t.Errorf("Ask(other amount): got %v, want %v", err, scrip.TxConflict)
	}
	if _, err := w.books.Ask(ctx, key, "bob", 700, now); !errors.Is(err, scrip.TxConflict) {
		w.t.Errorf("Ask(other account): got %v, want %v", err, scrip.TxConflict)
	}
	asked, confirmed, err := w.books.Confirmation(ctx, key)
	want := scrip.Collection{Key: key, Reference: "ada", Amount: 700, At: now}
	if err != nil || asked != want || !confirmed {
		w.t.Errorf("Confirmation: got %+v %v, %v, want %+v true", asked, confirmed, err, want)
	}
	if _, _, err := w.books.Confirmation(ctx, id()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Confirmation(never asked): got %v, want %v", err, scrip.ErrAbsent)
	}
}
