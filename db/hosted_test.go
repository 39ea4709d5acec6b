package db_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Nothing proves who makes drafts: whoever fills the room keeps nobody out for
// long, and one account does not fill it with stalls either.
func TestHostedDraftsGiveWay(t *testing.T) {
	hosted, err := db.NewHosted(openMarket(t, db.Market))
	if err != nil {
		t.Fatal(err)
	}
	signing, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bounds := merchant.Bounds{Stalls: 10, Drafts: 2, PerAccount: 1, Since: 100, Spare: 200}
	draft := func(account string, at int64) (scrip.ID, error) {
		id, err := scrip.NewID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, err = hosted.Draft(t.Context(), merchant.Tenant{
			ID: id, Name: account, Account: scrip.AccountID(account), AccountKey: signing.Public(), Keys: []byte{1}, DraftedAt: at,
		}, "", bounds)
		return id, err
	}
	oldest, err := draft("a", 150)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := draft("b", 160)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := draft("c", 210)
	if err != nil {
		t.Fatalf("a draft more than there is room for: %v, want the oldest to give way", err)
	}
	if _, err := hosted.Tenant(t.Context(), oldest); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("the oldest draft: %v, want it gone", err)
	}
	if _, err := hosted.Tenant(t.Context(), kept); err != nil {
		t.Errorf("the second draft: %v, want it kept", err)
	}
	bounds.Spare = 155
	if _, err := draft("d", 215); !errors.Is(err, merchant.ErrDrafting) {
		t.Errorf("a draft where all are fresh: %v, want %v", err, merchant.ErrDrafting)
	}
	bounds.Spare = 211
	again, err := draft("c", 216)
	if err != nil {
		t.Fatalf("another draft of an account: %v, want its first to give way", err)
	}
	if _, err := hosted.Tenant(t.Context(), fresh); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("the account's first draft: %v, want it gone", err)
	}
	if err := hosted.Open(t.Context(), merchant.Tenant{ID: again, Vendor: "v", Signed: "s", OpenedAt: 220}, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := draft("c", 225); !errors.Is(err, merchant.ErrAccountFull) {
		t.Errorf("a draft of an account with a stall: %v, want %v", err, merchant.ErrAccountFull)
	}
	bounds.Stalls = 1
	if _, err := draft("e", 225); !errors.Is(err, merchant.ErrHostFull) {
		t.Errorf("a draft where no stall can be opened: %v, want %v", err, merchant.ErrHostFull)
	}
}

// TestHostedCertificate: of processes that ask for a stall's next certificate from the same one, one has its answer kept.
func TestHostedCertificate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open dbtest.Opener) {
		hosted, err := db.NewHosted(open(t, db.Market))
		if err != nil {
			t.Fatal(err)
		}
		draft := merchant.Tenant{ID: id(), Name: "Attic", Account: "a", AccountKey: signer(), Keys: []byte{1}, DraftedAt: 1}
		if _, err := hosted.Draft(t.Context(), draft, "", merchant.Bounds{Stalls: 1, Drafts: 1, PerAccount: 1}); err != nil {
			t.Fatal(err)
		}
		if err := hosted.Open(t.Context(), merchant.Tenant{ID: draft.ID, Vendor: "v", Signed: "one", OpenedAt: 2}, 1); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			before, next string
			want         error
		}{{"one", "two", nil}, {"one", "three", scrip.TxConflict}, {"two", "four", nil}} {
			if err := hosted.Recertify(t.Context(), "v", step.before, step.next); !errors.Is(err, step.want) {
				t.Errorf("%s in the place of %s: got %v, want %v", step.next, step.before, err, step.want)
			}
		}
		if kept, err := hosted.Opened(t.Context(), "v"); err != nil || kept.Signed != "four" {
			t.Errorf("kept: got %q, %v, want four", kept.Signed, err)
		}
	})
}
