package folder_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// TestRotate: the next KEYS follow from those before and name the keys that are
// kept with them; what was not to be new is not; and after a crash in the middle the
// keys are those of before.
func TestRotate(t *testing.T) {
	f := made(t)
	if _, err := f.Rotate(rand.Reader, 1, folder.Rotation{Signing: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without keys: got %v, want %v", err, fs.ErrNotExist)
	}
	first := must(f.BrokerKeys(rand.Reader, 1_800_000_000))
	if _, err := f.Rotate(rand.Reader, 1, folder.Rotation{}); !errors.Is(err, folder.ErrNothingNew) {
		t.Errorf("nothing new: got %v, want %v", err, folder.ErrNothingNew)
	}
	before := must(f.BrokerChain())
	for i, which := range []folder.Rotation{{Signing: true}, {Envelope: true}, {Signing: true, Envelope: true}} {
		was := must(f.BrokerKeys(rand.Reader, 1))
		at := int64(1_800_000_100 + i*scrip.KeysOverlap)
		chain := must(f.Rotate(rand.Reader, at, which))
		if got := chain.Links[i+1].NotBefore; got != at+scrip.KeysOverlap {
			t.Errorf("%+v: in force alone from %d, want from %d", which, got, at+scrip.KeysOverlap)
		}
		if _, err := f.Rotate(rand.Reader, at+scrip.KeysOverlap-1, which); !errors.Is(err, folder.ErrOverlap) {
			t.Errorf("%+v, again while those before are in force: got %v, want %v", which, err, folder.ErrOverlap)
		}
		now := must(f.BrokerKeys(rand.Reader, 1))
		followed, err := before.Follow(now.Keys[before.Serial()-1:])
		if err != nil || !reflect.DeepEqual(followed, chain) || chain.Serial() != int64(i+2) {
			t.Fatalf("%+v: got %+v, %v, want what follows from before", which, followed, err)
		}
		if !chain.Signing()[0].Equal(now.Signing.Public()) || chain.Envelope != now.Envelope.Public() {
			t.Errorf("%+v: the last KEYS do not name the keys that are kept", which)
		}
		if got := now.Signing.Thumbprint() != was.Signing.Thumbprint(); got != which.Signing {
			t.Errorf("%+v: a new signing key: %t", which, got)
		}
		if got := now.Envelope.Thumbprint() != was.Envelope.Thumbprint(); got != which.Envelope {
			t.Errorf("%+v: a new envelope key: %t", which, got)
		}
		if which.Envelope && now.Opens[0].Thumbprint() != was.Envelope.Thumbprint() {
			t.Errorf("%+v: what was sealed before does not open any more", which)
		}
		before = chain
	}
	if first.ID != must(f.BrokerKeys(rand.Reader, 1)).ID {
		t.Error("a rotation changed who the broker is")
	}
	kept := must(os.ReadFile(filepath.Join(f.Path(), "broker", "keys.json")))
	torn := filepath.Join(f.Path(), "broker", ".new-1")
	if err := os.WriteFile(torn, kept[:len(kept)/2], 0o600); err != nil { // what kill -9 leaves of the next
		t.Fatal(err)
	}
	if got := must(f.BrokerChain()); got.Fingerprint() != before.Fingerprint() {
		t.Errorf("after a crash: got %d KEYS, want %d", got.Serial(), before.Serial())
	}
}

// TestEarlyRotation: KEYS are never in force before those they follow, whatever the
// clock says.
func TestEarlyRotation(t *testing.T) {
	f := made(t)
	must(f.BrokerKeys(rand.Reader, 1_800_000_000))
	chain := must(f.Rotate(rand.Reader, 1_700_000_000, folder.Rotation{Signing: true}))
	if got := chain.Links[1].NotBefore; got != 1_800_000_000 {
		t.Errorf("in force from %d, want from %d", got, 1_800_000_000)
	}
}
