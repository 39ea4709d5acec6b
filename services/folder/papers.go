package folder

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Papers keep what a broker has beside its books: its keys and its currency. They are
// files of the folder's broker/, or, for all processes of a broker whose books are in a
// database that they share, kept there. Each is small, and replaced as a whole.
type Papers interface {
	// Read returns a paper: fs.ErrNotExist when there is none of that name.
	Read(name string) ([]byte, error)
	// Replace has a paper stand, durably, in the place of what was there before, nil for
	// none. ErrReplaced: another process was first.
	Replace(name string, before, now []byte) error
}

// ErrReplaced is returned by Replace for a paper that is not what it was before.
var ErrReplaced = errors.New("another process replaced it")

// With is the folder of a broker whose papers are kept elsewhere.
func (f Folder) With(p Papers) Folder { return Folder{f.path, p} }

// BrokerPapers are the papers of the folder's broker, by name, to be kept elsewhere.
func (f Folder) BrokerPapers() (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, name := range []string{f.brokerKeys().name, currencyFile} {
		content, err := f.papers.Read(name)
		if err != nil {
			return nil, fmt.Errorf("read a broker's %s: %w", name, err)
		}
		all[name] = content
	}
	kind, err := f.Bank()
	if err != nil {
		return nil, fmt.Errorf("read what money a broker's books hold: %w", err)
	}
	all[bankFile] = []byte(kind)
	return all, nil
}

// files are papers in a folder. One process at a time runs on that (Lock); a command may
// replace a paper beside it.
type files struct{ folder string }

func (f files) Read(name string) ([]byte, error) { return os.ReadFile(filepath.Join(f.folder, name)) }

func (f files) Replace(name string, before, now []byte) (err error) {
	if before == nil {
		return write(filepath.Join(f.folder, name), now)
	}
	l, err := lock(filepath.Join(f.folder, "papers.lock"))
	if errors.Is(err, ErrInUse) {
		return ErrReplaced
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	kept, err := f.Read(name)
	if err == nil && !bytes.Equal(kept, before) {
		err = ErrReplaced
	}
	if err != nil {
		return err
	}
	return write(filepath.Join(f.folder, name), now)
}

// inTurn does something with papers, and again where another process was first: it then
// finds what that one wrote.
func inTurn(do func() error) error {
	err := do()
	for range 3 {
		if !errors.Is(err, ErrReplaced) {
			break
		}
		err = do()
	}
	return err
}

// keyFile is where an identity is kept.
type keyFile struct {
	papers Papers
	name   string
}

func keysAt(path string) keyFile { return keyFile{files{filepath.Dir(path)}, filepath.Base(path)} }
