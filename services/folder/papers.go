package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Papers keep what a broker has beside its books: its keys and its currency; and what a
// stand-alone stall has beside its shelf: its keys, its account, its certificate and the link
// to its desk. They are files of the folder's broker/ or stall/, or, for all processes of a
// party whose books are in a database that they share, kept there. Each is small, and
// replaced as a whole.
type Papers interface {
	// Read returns a paper: fs.ErrNotExist when there is none of that name.
	Read(name string) ([]byte, error)
	// Replace has a paper stand, durably, in the place of what was there before, nil for
	// none, and now nil for none any more. ErrReplaced: another process was first.
	Replace(name string, before, now []byte) error
}

// ErrReplaced is returned by Replace for a paper that is not what it was before.
var ErrReplaced = errors.New("another process replaced it")

// With is the folder of a broker whose papers are kept elsewhere.
func (f Folder) With(p Papers) Folder {
	f.papers = p
	return f
}

// WithStall is With for the stand-alone stall.
func (f Folder) WithStall(p Papers) Folder {
	f.stall = p
	return f
}

// StallPapers are the papers of the folder's stand-alone stall, by name, to be kept elsewhere:
// all that there are. ErrHalf where there are none.
func (f Folder) StallPapers() (map[string][]byte, error) {
	if err := f.WholeStall(); err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, name := range []string{f.stallKeys().name, f.account().name, certificateFile, deskFile} {
		content, err := f.stall.Read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it is still being opened, or its account is kept offline
		}
		if err != nil {
			return nil, fmt.Errorf("read a stall's %s: %w", name, err)
		}
		all[name] = content
	}
	return all, nil
}

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
	if now == nil {
		return errors.Join(os.Remove(filepath.Join(f.folder, name)), syncDir(f.folder))
	}
	return write(filepath.Join(f.folder, name), now)
}

// replace makes another paper of one, in turn with other processes: make is given what is
// there, nil for none, and returns what is to be, nil for what is to stay.
func replace(papers Papers, name string, make func(before []byte) ([]byte, error)) error {
	var no error // make's, after which nothing is tried again
	err := inTurn(func() error {
		before, err := papers.Read(name)
		if errors.Is(err, fs.ErrNotExist) {
			before, err = nil, nil
		}
		if err != nil {
			return err
		}
		var now []byte
		if now, no = make(before); no != nil || now == nil {
			return nil
		}
		return papers.Replace(name, before, now)
	})
	if no != nil {
		return no
	}
	return err
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
