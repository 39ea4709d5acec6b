package folder

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// OperatorKey is the key that seals hosted stalls' keys, made when missing.
func (f Folder) OperatorKey(random io.Reader) ([32]byte, error) {
	kept, err := f.KeptOperatorKey()
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	path := f.operatorKey()
	text, err := newSecret(random)
	if err != nil {
		return [32]byte{}, err
	}
	if err := write(path, []byte(text)); err != nil {
		return [32]byte{}, err
	}
	return ParseOperatorKey(text)
}

// KeptOperatorKey is the operator's key that stands in the folder: fs.ErrNotExist where none
// does.
func (f Folder) KeptOperatorKey() ([32]byte, error) {
	b, err := os.ReadFile(f.operatorKey())
	if err != nil {
		return [32]byte{}, fmt.Errorf("read the operator's key: %w", err)
	}
	return ParseOperatorKey(string(b))
}

func (f Folder) operatorKey() string { return f.file("market", "operator.key") }

// ParseOperatorKey reads the operator's key as it is written down.
func ParseOperatorKey(text string) ([32]byte, error) { return parseKey("operator's", text) }

func parseKey(whose, text string) ([32]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return [32]byte{}, fmt.Errorf("the %s key is not 43 characters of base64url", whose)
	}
	return [32]byte(raw), nil
}

func newSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// write writes a file of mode 0600 so that after a crash it is there whole or
// not at all.
func write(path string, b []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
