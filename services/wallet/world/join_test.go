package world_test

import (
	"reflect"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestAccountIsWhatWasTold: every member of R1 is told by the wallet, and is in the account that the broker keeps.
func TestAccountIsWhatWasTold(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	made := must(wallet.Make(ctx, w.config(w.purse()), w.account(1), "Marta"))
	kept := reflect.ValueOf(must(w.Books.Account(ctx, made.Account())))
	for _, member := range reflect.VisibleFields(reflect.TypeFor[scrip.AccountRequest]()) {
		if v := kept.FieldByName(member.Name); !v.IsValid() || v.IsZero() {
			t.Errorf("%s: got nothing of it in the account, want what Make was given", member.Name)
		}
	}
}
