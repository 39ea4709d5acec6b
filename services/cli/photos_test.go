package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A photo is made of what the file says, and what is wrong with that is told.
func TestPhotoOfAFile(t *testing.T) {
	wrong := errors.New("This file is empty.")
	w := &Wallet{config: Config{ForThread: func(r io.Reader) ([]byte, error) {
		b, err := io.ReadAll(r)
		if len(b) == 0 {
			err = wrong
		}
		return bytes.ToUpper(b), err
	}}}
	folder := t.TempDir()
	for name, text := range map[string]string{"crack.webp": "crack", "empty.jpg": ""} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := w.photo(filepath.Join(folder, "crack.webp")); err != nil || string(got) != "CRACK" {
		t.Errorf("got %q, %v, want CRACK", got, err)
	}
	if _, err := w.photo(filepath.Join(folder, "empty.jpg")); !errors.Is(err, wrong) {
		t.Errorf("an empty file: got %v, want %v", err, wrong)
	}
	if _, err := w.photo(filepath.Join(folder, "nothing.jpg")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v, want %v", err, os.ErrNotExist)
	}
}
