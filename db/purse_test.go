package db_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestPurse asks what every wallet.Purse must answer.
func TestPurse(t *testing.T) {
	for name, f := range map[string]func(purse){
		"Owner": purseOwner, "Rekeyed": purseRekeyed, "Stall": purseStall, "Pseudonym": pursePseudonym, "Money": purseMoney,
		"OneBrokerScrip": purseOneBrokerScrip, "Doubt": purseDoubt, "Journal": purseJournal, "OneCharge": purseOneCharge,
		"Forget": purseForget, "Overtaken": purseOvertaken, "Receipts": purseReceipts, "Notices": purseNotices, "AllOrNothing": purseAllOrNothing,
		"Race": purseRace, "Collections": purseCollections, "Threads": purseThreads, "Keyed": purseKeyed,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := db.NewPurse(dbtest.Open(t, filepath.Join(t.TempDir(), "wallet.db"), db.Wallet))
			if err != nil {
				t.Fatalf("NewPurse: %v", err)
			}
			f(purse{t, p})
		})
	}
}

func TestPurseWantsItsKind(t *testing.T) {
	if _, err := db.NewPurse(dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Merchant)); err == nil {
		t.Error("a purse in a merchant's database: got no error")
	}
}

// purse is a purse under test.
type purse struct {
	t testing.TB
	*db.Purse
}

// want applies a change and checks how it ends.
func (p purse) want(err error, c wallet.PurseChange) {
	p.t.Helper()
	if got := p.Apply(context.Background(), c); !errors.Is(got, err) || (err == nil && got != nil) {
		p.t.Errorf("Apply %+v: got %v, want %v", c, got, err)
	}
}

func same[T any](t testing.TB, what string, got T, err error, want T) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
	}
}

func absentFrom[T any](t testing.TB, what string, _ T, err error) {
	t.Helper()
	if !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("%s: got %v, want %v", what, err, scrip.ErrAbsent)
	}
}

// owned makes an owner with an account.
func (p purse) owned() wallet.Owner {
	p.t.Helper()
	o := wallet.Owner{
		Bank: "SB1", Name: "Ada", Lock: wallet.Lock{KDF: "raw", Salt: []byte{1}, Wrapped: []byte{2}}, Sealed: []byte{3},
		Info: wallet.Info{SeenAt: now, BrokerInfo: scrip.BrokerInfo{
			ID: id(), Name: "B", Currency: scrip.Currency{Code: "EUR", Exponent: 2}, Chain: scrip.Chain{Envelope: sealKey(p.t)}, MaxCharge: 5,
		}},
	}
	p.want(nil, wallet.PurseChange{Owner: &o})
	o.Account = scrip.AccountID(id())
	p.want(nil, wallet.PurseChange{Account: o.Account})
	return o
}

func sealKey(t testing.TB) jose.SealKey {
	t.Helper()
	k, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

func purseOwner(p purse) {
	ctx := context.Background()
	o, err := p.Owner(ctx)
	absentFrom(p.t, "Owner of an empty purse", o, err)
	p.want(wallet.ErrConflict, wallet.PurseChange{Counter: 1})
	wanted := p.owned()
	wantEachTried(p.t, wanted, "Banking", "Rekeying", "Counter") // they come later
	got, err := p.Owner(ctx)
	same(p.t, "Owner", got, err, wanted)
	p.want(wallet.ErrConflict, wallet.PurseChange{Owner: &wanted})
	p.want(wallet.ErrConflict, wallet.PurseChange{Account: "another"})
	p.want(nil, wallet.PurseChange{Counter: 7})
	p.want(wallet.ErrConflict, wallet.PurseChange{Counter: 7})
	p.want(nil, wallet.PurseChange{CountOn: &wallet.CountOn{From: 7, To: 3}})
	p.want(nil, wallet.PurseChange{CountOn: &wallet.CountOn{From: 7, To: 5}}) // it moved on meanwhile
	p.want(wallet.ErrConflict, wallet.PurseChange{Counter: 3})
	p.want(nil, wallet.PurseChange{Counter: 7})
	p.want(wallet.ErrConflict, wallet.PurseChange{Banked: "other"})
	p.want(nil, wallet.PurseChange{Banking: []byte("BANK")})
	p.want(wallet.ErrConflict, wallet.PurseChange{Banking: []byte("another")})
	if got, err := p.Owner(ctx); string(got.Banking) != "BANK" || got.Bank != wanted.Bank || err != nil {
		p.t.Errorf("Owner while BANK is under way: got %q and %s, %v, want BANK and %s", got.Banking, got.Bank, err, wanted.Bank)
	}
	p.want(nil, wallet.PurseChange{Banked: "other"})
	p.want(wallet.ErrConflict, wallet.PurseChange{Rekeyed: &wallet.Rekeyed{Sealed: []byte("other")}})
	for _, left := range [][]byte{nil, []byte("other")} { // refused, then noted
		p.want(nil, wallet.PurseChange{Rekeying: []byte("REKEY")})
		p.want(wallet.ErrConflict, wallet.PurseChange{Rekeying: []byte("another")})
		if got, err := p.Owner(ctx); string(got.Rekeying) != "REKEY" || !bytes.Equal(got.Sealed, wanted.Sealed) || err != nil {
			p.t.Errorf("Owner while REKEY is under way: got %q and %q, %v, want REKEY and %q", got.Rekeying, got.Sealed, err, wanted.Sealed)
		}
		p.want(nil, wallet.PurseChange{Rekeyed: &wallet.Rekeyed{Sealed: left}})
	}
	wanted.Bank, wanted.Sealed = "other", []byte("other")
	wanted.Counter, wanted.Info.SeenAt, wanted.Info.Name = 7, now+1, "renamed"
	p.want(nil, wallet.PurseChange{Info: &wanted.Info})
	got, err = p.Owner(ctx)
	same(p.t, "Owner, moved on", got, err, wanted)
}

// purseRekeyed: what stalls owe is exposed once the account's key is replaced, and what came since is not.
func purseRekeyed(p purse) {
	p.owned()
	at := scrip.VendorID(id())
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{holdingOf("", 1), holdingOf(at, 2), holdingOf(scrip.VendorID(id()), 3)}, Rekeying: []byte("REKEY")})
	p.want(nil, wallet.PurseChange{Rekeyed: &wallet.Rekeyed{Sealed: []byte("other")}})
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{holdingOf(at, 4)}})
	list, err := p.Holdings(context.Background())
	if err != nil || len(list) != 4 {
		p.t.Fatalf("Holdings: got %d, %v, want 4", len(list), err)
	}
	for _, h := range list {
		if want := h.Value == 2 || h.Value == 3; h.Exposed != want {
			p.t.Errorf("holding of %d: got exposed %t, want %t", h.Value, h.Exposed, want)
		}
	}
}

func purseStall(p purse) {
	s := wallet.KnownStall{CertifiedStall: scrip.CertifiedStall{
		Vendor: scrip.VendorID(id()), Name: "Attic", BaseURL: "http://attic", Certificate: "a.b.c",
	}, SeenAt: now}
	got, err := p.KnownStall(context.Background(), s.Vendor)
	absentFrom(p.t, "KnownStall", got, err)
	p.want(nil, wallet.PurseChange{Stall: &s})
	s.Revoked, s.SilentSince, s.SeenAt = true, now-1, now+1
	p.want(nil, wallet.PurseChange{Stall: &s})
	got, err = p.KnownStall(context.Background(), s.Vendor)
	same(p.t, "KnownStall", got, err, s)
}

func pursePseudonym(p purse) {
	k := wallet.SealedKey{Vendor: scrip.VendorID(id()), Sealed: []byte("one")}
	got, err := p.Pseudonym(context.Background(), k.Vendor)
	absentFrom(p.t, "Pseudonym", got, err)
	p.want(nil, wallet.PurseChange{Pseudonym: &k})
	p.want(wallet.ErrConflict, wallet.PurseChange{Pseudonym: &wallet.SealedKey{Vendor: k.Vendor, Sealed: []byte("two")}})
	got, err = p.Pseudonym(context.Background(), k.Vendor)
	same(p.t, "Pseudonym", got, err, k.Sealed)
}

func holdingOf(vendor scrip.VendorID, value scrip.Money) wallet.Holding {
	return wallet.Holding{ScripID: id(), Vendor: vendor, Value: value, Made: now - 1, Expires: now, Sealed: []byte("sealed")}
}

func (p purse) holds(want ...wallet.Holding) {
	p.t.Helper()
	got, err := p.Holdings(context.Background())
	if want == nil {
		want = []wallet.Holding{}
	}
	same(p.t, "Holdings", got, err, want)
}

func purseMoney(p purse) {
	h, tx := holdingOf("", 10), id()
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{h}})
	p.holds(h)
	p.want(wallet.ErrConflict, wallet.PurseChange{Keep: []wallet.Holding{h}})
	p.want(wallet.ErrConflict, wallet.PurseChange{Drop: []wallet.Hold{{ScripID: h.ScripID, Tx: tx}}})
	p.want(nil, wallet.PurseChange{Hold: []wallet.Hold{{ScripID: h.ScripID, Tx: tx}}})
	p.want(wallet.ErrConflict, wallet.PurseChange{Hold: []wallet.Hold{{ScripID: h.ScripID, Tx: id()}}})
	p.want(nil, wallet.PurseChange{Release: id()})
	h.Tx = tx
	p.holds(h)
	p.want(nil, wallet.PurseChange{Release: tx})
	h.Tx = ""
	p.holds(h)
	p.want(nil, wallet.PurseChange{Hold: []wallet.Hold{{ScripID: h.ScripID, Tx: tx}}})
	rest := holdingOf("", 4)
	p.want(nil, wallet.PurseChange{Drop: []wallet.Hold{{ScripID: h.ScripID, Tx: tx}}, Keep: []wallet.Holding{rest}})
	p.holds(rest)
}

func purseOneBrokerScrip(p purse) {
	h, v := holdingOf("", 10), scrip.VendorID(id())
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{h, holdingOf(v, 1), holdingOf(v, 2)}})
	p.want(wallet.ErrConflict, wallet.PurseChange{Keep: []wallet.Holding{holdingOf("", 5)}})
}

func purseDoubt(p purse) {
	h := holdingOf("", 10)
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{h}})
	p.want(nil, wallet.PurseChange{Doubt: &wallet.Doubt{ScripID: h.ScripID, Reason: scrip.ScripSpent}})
	h.Doubt = scrip.ScripSpent
	p.holds(h)
	p.want(nil, wallet.PurseChange{Unrenewed: &wallet.Doubt{ScripID: h.ScripID, Reason: scrip.PartyMismatch}})
	p.want(nil, wallet.PurseChange{Unrenewed: &wallet.Doubt{ScripID: id(), Reason: scrip.PartyMismatch}}) // not there
	h.Refused = scrip.PartyMismatch
	p.holds(h)
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{holdingOf("", 5)}}) // beside the doubtful one
}

func itemOf(transaction string, stake scrip.ID) wallet.Item {
	return wallet.Item{
		Tx: id(), Transaction: transaction, Phase: wallet.PhaseAsked, Vendor: scrip.VendorID(id()), Amount: 5, Stake: stake,
		StartedAt: now, Sealed: []byte("requests"),
	}
}

func purseJournal(p purse) {
	ctx := context.Background()
	r := itemOf("6.2", id())
	got, err := p.Item(ctx, r.Tx)
	absentFrom(p.t, "Item", got, err)
	p.want(nil, wallet.PurseChange{Write: &r})
	p.want(wallet.ErrConflict, wallet.PurseChange{Write: &r})
	got, err = p.Item(ctx, r.Tx)
	same(p.t, "Item", got, err, r)
	p.want(wallet.ErrConflict, wallet.PurseChange{Advance: &wallet.Advance{Tx: r.Tx, From: wallet.PhaseHalf, To: wallet.PhaseDone}})
	p.want(nil, wallet.PurseChange{Advance: &wallet.Advance{
		Tx: r.Tx, From: wallet.PhaseAsked, To: wallet.PhaseHalf, At: now + 1, Sealed: []byte("claim"),
	}})
	r.Phase, r.Sealed = wallet.PhaseHalf, []byte("claim")
	list, err := p.Unfinished(ctx)
	same(p.t, "Unfinished", list, err, []wallet.Item{r})
	p.want(nil, wallet.PurseChange{Advance: &wallet.Advance{Tx: r.Tx, From: wallet.PhaseHalf, To: wallet.PhaseDone, At: now + 2}})
	r.Phase, r.Sealed, r.EndedAt = wallet.PhaseDone, nil, now+2
	list, err = p.Unfinished(ctx)
	same(p.t, "Unfinished", list, err, []wallet.Item{})
	next := itemOf("6.3", id())
	p.want(nil, wallet.PurseChange{Write: &next})
	list, err = p.History(ctx, 0, 10)
	same(p.t, "History", list, err, []wallet.Item{next, r})
	list, err = p.History(ctx, 1, 10)
	same(p.t, "History from the second on", list, err, []wallet.Item{r})
}

func purseOneCharge(p purse) {
	first, second := itemOf("6.1", id()), itemOf("6.1", id())
	p.want(nil, wallet.PurseChange{Write: &first})
	p.want(wallet.ErrConflict, wallet.PurseChange{Write: &second})
	no := wallet.Advance{Tx: first.Tx, From: wallet.PhaseAsked, To: wallet.PhaseRefused, Reason: scrip.BankDeclined, At: now}
	p.want(nil, wallet.PurseChange{Advance: &no})
	p.want(nil, wallet.PurseChange{Write: &second})
	p.want(wallet.ErrConflict, wallet.PurseChange{Advance: &wallet.Advance{Tx: first.Tx, From: wallet.PhaseRefused, To: wallet.PhaseAsked}})
}

func purseForget(p purse) {
	ctx, stake := context.Background(), id()
	first, second, running := itemOf("6.2", stake), itemOf("6.5", id()), itemOf("6.3", stake)
	second.Beside = stake
	for _, r := range []wallet.Item{first, second} {
		p.want(nil, wallet.PurseChange{Write: &r})
		p.want(nil, wallet.PurseChange{Advance: &wallet.Advance{Tx: r.Tx, From: wallet.PhaseAsked, To: wallet.PhaseUndone, At: now}})
	}
	p.want(nil, wallet.PurseChange{Write: &running})
	list, err := p.Ended(ctx, stake)
	first.Phase, first.EndedAt, second.Phase, second.EndedAt = wallet.PhaseUndone, now, wallet.PhaseUndone, now
	same(p.t, "Ended", list, err, []wallet.Item{second, first})
	p.want(nil, wallet.PurseChange{Forget: []scrip.ID{id(), stake}})
	list, err = p.Ended(ctx, stake)
	same(p.t, "Ended after Forget", list, err, []wallet.Item{})
	got, err := p.Item(ctx, running.Tx)
	same(p.t, "an unfinished item after Forget", got, err, running)
}

// A refused T1 is behind a later one's counter; a PAYOUT that was refused is not.
func purseOvertaken(p purse) {
	ctx, account := context.Background(), id()
	charge, payout := itemOf("6.1", account), itemOf("PAYOUT", account)
	for _, r := range []wallet.Item{charge, payout} {
		p.want(nil, wallet.PurseChange{Write: &r})
		p.want(nil, wallet.PurseChange{Advance: &wallet.Advance{Tx: r.Tx, From: wallet.PhaseAsked, To: wallet.PhaseRefused, Reason: scrip.BankDeclined, At: now}})
	}
	p.want(nil, wallet.PurseChange{Overtaken: account})
	list, err := p.Ended(ctx, account)
	payout.Phase, payout.EndedAt, payout.Reason = wallet.PhaseRefused, now, scrip.BankDeclined
	same(p.t, "Ended after Overtaken", list, err, []wallet.Item{payout})
}

// purseKeyed: a key has one purchase, and another only in place of one that was refused.
func purseKeyed(p purse) {
	ctx := context.Background()
	_, err := p.Keyed(ctx, "k")
	absentFrom(p.t, "Keyed of no purchase", wallet.Keyed{}, err)
	one, two, three := itemOf("6.3", id()), itemOf("6.3", id()), itemOf("6.3", id())
	first := wallet.Keyed{Name: "k", Tx: one.Tx, Sealed: []byte("first")}
	p.want(nil, wallet.PurseChange{Write: &one, Keyed: &first})
	second := wallet.Keyed{Name: "k", Tx: two.Tx, Sealed: []byte("second")}
	p.want(wallet.ErrConflict, wallet.PurseChange{Write: &two, Keyed: &second})
	_, err = p.Item(ctx, two.Tx)
	absentFrom(p.t, "the item of a second purchase", wallet.Item{}, err)
	p.want(nil, wallet.PurseChange{Advance: &wallet.Advance{Tx: one.Tx, From: one.Phase, To: wallet.PhaseRefused, At: now}})
	p.want(nil, wallet.PurseChange{Write: &two, Keyed: &second})
	p.want(nil, wallet.PurseChange{Advance: &wallet.Advance{Tx: two.Tx, From: two.Phase, To: wallet.PhaseDone, At: now}})
	p.want(wallet.ErrConflict, wallet.PurseChange{Write: &three, Keyed: &wallet.Keyed{Name: "k", Tx: three.Tx, Sealed: []byte("third")}})
	got, err := p.Keyed(ctx, "k")
	same(p.t, "Keyed", got, err, second)
}

func purseReceipts(p purse) {
	ctx := context.Background()
	one, two := itemOf("6.3", id()), itemOf("6.3", id())
	var want []wallet.SealedReceipt
	for i, r := range []wallet.Item{one, two} {
		receipt := wallet.SealedReceipt{Tx: r.Tx, At: now + int64(i), Protected: i == 1, Open: i == 1, Sealed: []byte{byte(i)}}
		p.want(nil, wallet.PurseChange{Write: &r, Receipt: &receipt})
		want = append([]wallet.SealedReceipt{receipt}, want...)
	}
	list, err := p.Receipts(ctx, 0, 10)
	same(p.t, "Receipts", list, err, want)
	list, err = p.Receipts(ctx, 1, 1)
	same(p.t, "Receipts from the second on", list, err, want[1:])
	got, err := p.Receipt(ctx, one.Tx)
	same(p.t, "Receipt", got, err, want[1])
	more, nothing := want[0], wallet.SealedReceipt{Tx: id(), Sealed: []byte("none")}
	more.Sealed = []byte("more")
	p.want(wallet.ErrConflict, wallet.PurseChange{Amend: []wallet.SealedReceipt{more, nothing}})
	got, err = p.Receipt(ctx, two.Tx)
	same(p.t, "Receipt after a conflict", got, err, want[0])
	p.want(nil, wallet.PurseChange{Amend: []wallet.SealedReceipt{more}})
	got, err = p.Receipt(ctx, two.Tx)
	same(p.t, "amended Receipt", got, err, more)
	for _, open := range []bool{true, false} {
		list, err = p.Protected(ctx, open, 0, 10)
		same(p.t, "Protected", list, err, []wallet.SealedReceipt{more})
	}
	more.Open = false
	p.want(nil, wallet.PurseChange{Amend: []wallet.SealedReceipt{more}})
	list, err = p.Protected(ctx, true, 0, 10)
	same(p.t, "Protected and open, of what is over", list, err, []wallet.SealedReceipt{})
	list, err = p.Protected(ctx, false, 0, 10)
	same(p.t, "Protected, of what is over", list, err, []wallet.SealedReceipt{more})
	got, err = p.Receipt(ctx, id())
	absentFrom(p.t, "Receipt of nothing", got, err)
}

func purseNotices(p purse) {
	r := itemOf("6.3", id())
	n := wallet.Notice{Tx: r.Tx, Vendor: r.Vendor, Price: 5, Sealed: []byte("t9")}
	p.want(nil, wallet.PurseChange{Write: &r, Notice: &n})
	list, err := p.Notices(context.Background())
	same(p.t, "Notices", list, err, []scrip.ID{n.Tx})
	got, err := p.Notice(context.Background(), n.Tx)
	same(p.t, "Notice", got, err, n)
	p.want(nil, wallet.PurseChange{Delivered: r.Tx})
	p.want(nil, wallet.PurseChange{Delivered: r.Tx})
	list, err = p.Notices(context.Background())
	same(p.t, "Notices once delivered", list, err, []scrip.ID{})
	got, err = p.Notice(context.Background(), n.Tx)
	absentFrom(p.t, "Notice once delivered", got, err)
}

func purseAllOrNothing(p purse) {
	h, r := holdingOf("", 10), itemOf("6.2", id())
	p.want(wallet.ErrConflict, wallet.PurseChange{
		Keep: []wallet.Holding{h}, Write: &r, Advance: &wallet.Advance{Tx: id(), From: wallet.PhaseAsked, To: wallet.PhaseDone},
	})
	p.holds()
	got, err := p.Item(context.Background(), r.Tx)
	absentFrom(p.t, "Item of a refused change", got, err)
}

// purseRace has many put one scrip at stake: one wins.
func purseRace(p purse) {
	h := holdingOf("", 10)
	p.want(nil, wallet.PurseChange{Keep: []wallet.Holding{h}})
	var all sync.WaitGroup
	errs := make([]error, 50)
	for i := range errs {
		all.Go(func() {
			r := itemOf("6.2", h.ScripID)
			errs[i] = p.Apply(context.Background(), wallet.PurseChange{Hold: []wallet.Hold{{ScripID: h.ScripID, Tx: r.Tx}}, Write: &r})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, wallet.ErrConflict) {
			p.t.Errorf("loser: got %v, want %v", err, wallet.ErrConflict)
		}
	}
	list, err := p.Unfinished(context.Background())
	if won != 1 || err != nil || len(list) != 1 || !bytes.Equal(list[0].Sealed, []byte("requests")) {
		p.t.Errorf("winners: got %d, with items %+v, %v, want 1 of each", won, list, err)
	}
}

func purseCollections(p purse) {
	ctx, v := context.Background(), scrip.VendorID(id())
	got, err := p.Collection(ctx, v)
	absentFrom(p.t, "Collection", got, err)
	met, err := p.Met(ctx)
	if err != nil || len(met) != 0 {
		p.t.Errorf("Met: got %v, %v, want none", met, err)
	}
	p.want(nil, wallet.PurseChange{Pseudonym: &wallet.SealedKey{Vendor: v, Sealed: []byte("key")}})
	met, err = p.Met(ctx)
	same(p.t, "Met", met, err, []scrip.VendorID{v})
	first := wallet.Collection{Vendor: v, Tx: id(), Counter: 5, Sealed: []byte("one")}
	p.want(nil, wallet.PurseChange{Collect: &first})
	p.want(wallet.ErrConflict, wallet.PurseChange{Collect: &wallet.Collection{Vendor: v, Tx: id(), Counter: 5, Sealed: []byte("two")}})
	got, err = p.Collection(ctx, v)
	same(p.t, "Collection", got, err, first)
	first.Sealed = nil
	p.want(nil, wallet.PurseChange{Collect: &first})
	got, err = p.Collection(ctx, v)
	same(p.t, "Collection once answered", got, err, first)
	next := wallet.Collection{Vendor: v, Tx: id(), Counter: 6, Sealed: []byte("three")}
	p.want(nil, wallet.PurseChange{Collect: &next})
	got, err = p.Collection(ctx, v)
	same(p.t, "the next Collection", got, err, next)
}
