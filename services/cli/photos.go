package cli

import (
	"context"
	"os"
	"path/filepath"
)

// ShowIn shows the seller a photo: made small enough for a message, of its pixels alone.
func (w *Wallet) ShowIn(ctx context.Context, name, file, words string) (Thread, error) {
	tx, err := w.txOf(ctx, name)
	if err != nil {
		return Thread{}, err
	}
	photo, err := w.photo(file)
	if err != nil {
		return Thread{}, err
	}
	return w.after(ctx, tx, w.Show(ctx, tx, photo, words))
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

// SavedPhotos are the files that photos were saved in.
type SavedPhotos struct {
	Files []string `json:"files"`
}

func (f SavedPhotos) print(p *page) {
	for _, file := range f.Files {
		p.printf("%s\n", file)
	}
}

// SavePhotos saves the photos of an order, or of a conversation, as they were sent.
func (w *Wallet) SavePhotos(ctx context.Context, name, folder string) (SavedPhotos, error) {
	tx, err := w.txOf(ctx, name)
	if err != nil {
		return SavedPhotos{}, err
	}
	c, err := w.Listen(ctx, tx)
	if err != nil {
		return SavedPhotos{}, err
	}
	saved := SavedPhotos{[]string{}}
	for _, s := range c.Said {
		if s.Photo == "" {
			continue
		}
		photo, err := w.Photo(ctx, tx, s.Photo)
		if err != nil {
			return saved, err
		}
		file := filepath.Join(folder, s.Photo+".jpg")
		if err := os.WriteFile(file, photo, 0o600); err != nil {
			return saved, err
		}
		saved.Files = append(saved.Files, file)
	}
	return saved, nil
}
