package folder_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// made is a folder that is not there before it is opened.
func made(t *testing.T) folder.Folder {
	t.Helper()
	f, err := folder.Open(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestModes: whatever a folder has is for its owner alone, and no half-written
// file is left.
func TestModes(t *testing.T) {
	f := made(t)
	for what, err := range map[string]error{
		"broker's keys": second(f.BrokerKeys(rand.Reader, 1_800_000_000)),
		"stall's keys":  second(f.StallKeys(rand.Reader)),
		"sample's keys": second(f.SampleKeys("attic", rand.Reader)),
		"account":       second(f.MakeOwner("SBX1", rand.Reader)),
		"operator's":    second(f.OperatorKey(rand.Reader)),
		"wallet's":      tokenOf(f.WalletToken(rand.Reader)),
		"currency":      f.KeepCurrency(must(scrip.ParseCurrency("EUR"))),
		"certificate":   f.KeepCertificate(folder.Certificate{Vendor: "v", Signed: "s"}, ""),
		"broker":        f.KeepBroker(scrip.BrokerInfo{ID: "b", Chain: scrip.Chain{Envelope: must(jose.NewEnvelopeKey(rand.Reader)).Public()}}),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	files := 0
	err := filepath.WalkDir(f.Path(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if info := must(d.Info()); info.Mode().Perm() != want {
			t.Errorf("%s: got mode %o, want %o", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || files != 10 {
		t.Errorf("files: got %d, %v, want 10", files, err)
	}
}

func second[T any](_ T, err error) error { return err }

func tokenOf(_, _ string, err error) error { return err }

// TestIdentityIsKept: a party has the same keys at every start, and none where
// they cannot be read.
func TestIdentityIsKept(t *testing.T) {
	f := made(t)
	first, again := must(f.BrokerKeys(rand.Reader, 1_800_000_000)), must(f.BrokerKeys(rand.Reader, 1_800_000_000))
	if first.ID != again.ID || first.Signing.Thumbprint() != again.Signing.Thumbprint() ||
		first.Envelope.Thumbprint() != again.Envelope.Thumbprint() {
		t.Errorf("the broker's keys: got %+v, then %+v, want the same", first, again)
	}
	if other := must(f.StallKeys(rand.Reader)); other.ID == first.ID {
		t.Error("the stall's keys: got the broker's")
	}
	chain, err := f.BrokerChain()
	if err != nil || chain.Broker != first.ID || chain.Serial() != 1 || !chain.Signing()[0].Equal(first.Signing.Public()) {
		t.Errorf("who signs: got %+v, %v, want %s and its key", chain, err, first.ID)
	}
	keys := filepath.Join(f.Path(), "broker", "keys.json")
	for _, text := range []string{"", "{", `{"id":"x"}`, `{"id":"x","signing":"AAAA","envelope":"AAAA"}`} {
		if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.BrokerKeys(rand.Reader, 1_800_000_000); err == nil {
			t.Errorf("keys %q: got an identity, want an error", text)
		}
		if now := must(os.ReadFile(keys)); string(now) != text {
			t.Errorf("keys %q were written over with %q", text, now)
		}
	}
}

// TestOwner: the account of a stand-alone stall is kept with its bank account.
func TestOwner(t *testing.T) {
	f := made(t)
	if _, err := f.Owner(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before it is made: got %v, want %v", err, fs.ErrNotExist)
	}
	made := must(f.MakeOwner("SBX1", rand.Reader))
	if kept := must(f.Owner()); kept.Bank != "SBX1" || kept.Signing.Thumbprint() != made.Signing.Thumbprint() {
		t.Errorf("kept: got %s at %q, want the same at SBX1", kept.ID, kept.Bank)
	}
}

// TestCurrency: books are kept in the currency they were begun in.
func TestCurrency(t *testing.T) {
	f := made(t)
	if _, err := f.Currency(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the books are begun: got %v, want %v", err, fs.ErrNotExist)
	}
	euro := must(scrip.ParseCurrency("EUR"))
	for range 2 {
		if err := f.KeepCurrency(euro); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.KeepCurrency(must(scrip.ParseCurrency("JPY"))); err == nil {
		t.Error("another currency: got no error")
	}
	if kept := must(f.Currency()); kept != euro {
		t.Errorf("got %v, want %v", kept, euro)
	}
}

// TestBank: books hold the money that they were begun with, and of the sandbox where nothing was said.
func TestBank(t *testing.T) {
	f := made(t)
	if _, err := f.Bank(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the books are begun: got %v, want %v", err, fs.ErrNotExist)
	}
	for range 2 {
		if err := f.KeepBank(scrip.TestBank); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []scrip.BankKind{scrip.SandboxBank, scrip.RealBank} {
		if err := f.KeepBank(kind); err == nil {
			t.Errorf("then %s: got no error", kind)
		}
	}
	if kept := must(f.Bank()); kept != scrip.TestBank {
		t.Errorf("got %q, want %q", kept, scrip.TestBank)
	}
	before := made(t)
	must(before.BrokerKeys(rand.Reader, 1_800_000_000))
	if err := before.BrokerBegun(); err != nil {
		t.Fatal(err)
	}
	if err := before.KeepBank(scrip.RealBank); err == nil || must(before.Bank()) != scrip.SandboxBank {
		t.Errorf("real money on books that were begun and say nothing: got %v, want an error", err)
	}
}

// TestKnownBroker: what a broker said of itself comes back as it was.
func TestKnownBroker(t *testing.T) {
	f := made(t)
	if _, known, err := f.KnownBroker(); known || err != nil {
		t.Errorf("before it was heard: got known %v, %v", known, err)
	}
	must(f.BrokerKeys(rand.Reader, 1_800_000_000))
	said := scrip.BrokerInfo{
		ID: "b", Name: "Broker", BaseURL: "https://broker.example", Currency: must(scrip.ParseCurrency("JPY")),
		Chain: must(f.BrokerChain()), MaxCharge: 7, ScripLifetime: 9,
	}
	if err := f.KeepBroker(said); err != nil {
		t.Fatal(err)
	}
	kept, known, err := f.KnownBroker()
	if err != nil || !known || !reflect.DeepEqual(kept.Chain, said.Chain) {
		t.Fatalf("got %+v, %v, %v, want %+v", kept, known, err, said)
	}
	if kept.ID != said.ID || kept.Name != said.Name || kept.BaseURL != said.BaseURL || kept.Currency != said.Currency ||
		kept.MaxCharge != said.MaxCharge || kept.ScripLifetime != said.ScripLifetime {
		t.Errorf("got %+v, want %+v", kept, said)
	}
}

// TestOperatorKey: the operator's key is made once, and one that was written
// down otherwise is none.
func TestOperatorKey(t *testing.T) {
	f := made(t)
	if first, again := must(f.OperatorKey(rand.Reader)), must(f.OperatorKey(rand.Reader)); first != again || first == [32]byte{} {
		t.Errorf("got %x, then %x, want the same", first, again)
	}
	for _, text := range []string{"", "short", base64.RawURLEncoding.EncodeToString(make([]byte, 31)), base64.StdEncoding.EncodeToString(make([]byte, 32))} {
		if _, err := folder.ParseOperatorKey(text); err == nil {
			t.Errorf("%q: got a key, want an error", text)
		}
	}
}

// TestShelves: the stalls of a folder are those hosted there and its own.
func TestShelves(t *testing.T) {
	f := made(t)
	if err := f.KeepCertificate(folder.Certificate{Vendor: "own", Signed: "s"}, ""); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{f.Shelf("one"), f.Shelf("two"), f.OwnShelf()} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := map[scrip.VendorID]string{"one": f.Shelf("one"), "two": f.Shelf("two"), "own": f.OwnShelf()}
	got := must(f.Shelves())
	for v, path := range want {
		if got[v] != path {
			t.Errorf("stall %s: got %q, want %q", v, got[v], path)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if f.HasBooks() || f.HasPurse() {
		t.Errorf("got books %v, purse %v, want neither", f.HasBooks(), f.HasPurse())
	}
}

// TestKeepCertificate: a certificate takes the place of the one that it was asked for from, and of no other.
func TestKeepCertificate(t *testing.T) {
	f := made(t)
	for _, step := range []struct {
		before, next string
		want         error
	}{{"one", "two", folder.ErrReplaced}, {"", "one", nil}, {"", "two", folder.ErrReplaced}, {"one", "two", nil}, {"one", "three", folder.ErrReplaced}} {
		if err := f.KeepCertificate(folder.Certificate{Vendor: "v", Signed: step.next}, step.before); !errors.Is(err, step.want) {
			t.Errorf("%q in the place of %q: got %v, want %v", step.next, step.before, err, step.want)
		}
	}
	if kept, err := f.Certificate(); err != nil || kept.Signed != "two" {
		t.Errorf("kept: got %q, %v, want two", kept.Signed, err)
	}
}

// readPaper is a paper that is read only.
type readPaper struct {
	content string
	reads   int
}

func (p *readPaper) Read(string) ([]byte, error) {
	p.reads++
	return []byte(p.content), nil
}

func (p *readPaper) Replace(string, []byte, []byte) error { return errors.New("it is replaced") }

// TestReplacedIsFinal: a certificate in whose place another is already is looked at once.
func TestReplacedIsFinal(t *testing.T) {
	paper := &readPaper{content: `{"vendor":"v","certificate":"two"}`}
	err := folder.At(t.TempDir()).WithStall(paper).KeepCertificate(folder.Certificate{Vendor: "v", Signed: "three"}, "one")
	if !errors.Is(err, folder.ErrReplaced) || paper.reads != 1 {
		t.Errorf("got %v after %d looks, want %v after one", err, paper.reads, folder.ErrReplaced)
	}
}
