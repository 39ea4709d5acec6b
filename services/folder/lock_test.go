package folder_test

import (
	"errors"
	"strings"
	"testing"

	"peerscrip/services/folder"
)

// TestLock: a folder is one's until one lets go; its wallet is another's
// meanwhile.
func TestLock(t *testing.T) {
	f := made(t)
	held := must(f.Lock())
	if _, err := f.Lock(); !errors.Is(err, folder.ErrInUse) || !strings.Contains(err.Error(), f.Path()) || strings.Contains(err.Error(), "\n") {
		t.Errorf("a folder in use: got %v, want %v in one sentence that names it", err, folder.ErrInUse)
	}
	purse := must(f.LockPurse())
	if _, err := f.LockPurse(); !errors.Is(err, folder.ErrInUse) {
		t.Errorf("a wallet in use: got %v, want %v", err, folder.ErrInUse)
	}
	for _, held := range []interface{ Close() error }{held, purse} {
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
	}
	must(f.Lock()).Close()
	must(f.LockPurse()).Close()
}
