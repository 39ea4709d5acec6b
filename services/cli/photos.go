package cli

import (
	"context"
	"os"
	"path/filepath"
)

// ShowIn shows the seller a photo: made small enough for a message, of its pixels alone.
func (w *Wallet) ShowIn(ctx context.Context, name, file, words string) error {
	tx, err := w.threadOf(ctx, name)
	if err != nil {
		return err
	}
	photo, err := w.photo(file)
	if err != nil {
		return err
	}
	if err := w.Show(ctx, tx, photo, words); err != nil {
		return err
	}
	c, err := w.Conversation(ctx, tx)
	w.printThread(ctx, c)
	return err
}

// photo reads a file as a photo of a thread.
func (w *Wallet) photo(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return w.config.ForThread(f)
}

// SavePhotos saves the photos of an order, or of a conversation, as they were sent.
func (w *Wallet) SavePhotos(ctx context.Context, name, folder string) error {
	tx, err := w.threadOf(ctx, name)
	if err != nil {
		return err
	}
	c, err := w.Listen(ctx, tx)
	if err != nil {
		return err
	}
	for _, s := range c.Said {
		if s.Photo == "" {
			continue
		}
		photo, err := w.Photo(ctx, tx, s.Photo)
		if err != nil {
			return err
		}
		file := filepath.Join(folder, s.Photo+".jpg")
		if err := os.WriteFile(file, photo, 0o600); err != nil {
			return err
		}
		w.printf("%s\n", file)
	}
	return nil
}
