package folder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrInUse is returned by Lock and LockPurse while another process has what is
// asked for.
var ErrInUse = errors.New("it is in use")

// Lock keeps the folder for one process until it is closed, or the process ends
// in whatever way: the lock is the system's, the file it is on says nothing. A
// folder on which another process is at work is refused with ErrInUse. Whoever
// only looks, or revokes, needs no lock: databases order that.
func (f Folder) Lock() (io.Closer, error) {
	l, err := lock(f.file("lock"))
	if errors.Is(err, ErrInUse) {
		err = fmt.Errorf("the data folder %s: %w by another peerscrip process. Stop that one first, or name a folder of its own with --data", f.path, err)
	}
	return l, err
}

// LockPurse keeps the wallet of the command line for one command, beside whatever
// else works on the folder: ErrInUse while another command has it.
func (f Folder) LockPurse() (io.Closer, error) {
	l, err := lock(f.file("wallet", "lock"))
	if errors.Is(err, ErrInUse) {
		err = fmt.Errorf("the wallet in %s: %w by another wallet command. Wait until that one is done", f.path, err)
	}
	return l, err
}

func lock(path string) (io.Closer, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	l := flock.New(path, flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		return nil, ErrInUse
	}
	return l, nil
}
