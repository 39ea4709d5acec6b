package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Image returns the purse as it is at one instant, as the bytes of a database
// file: for a backup, encrypted by the caller, as the names of stalls and the
// amounts in it are in the clear.
func (p *Purse) Image(ctx context.Context) ([]byte, error) {
	conn, err := p.db.readers.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("copy a purse: %w", err)
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	var image []byte
	err = conn.Raw(func(c any) error {
		sqlite, ok := c.(*sqliteConn)
		if !ok {
			return errors.New("not a connection to SQLite")
		}
		image, err = sqlite.Serialize("")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("copy a purse: %w", err)
	}
	return image, nil
}

// Compact gives back the room of what was erased, so that an Image has it no more.
// A crash in here leaves the purse as it was.
func (p *Purse) Compact(ctx context.Context) error {
	if _, err := p.db.queue.writer.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("compact a purse: %w", err)
	}
	return nil
}

// PutImage makes a new database file of what Image returned. There must be none.
func PutImage(path string, image []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("restore a purse: %w", err)
	}
	_, err = f.Write(image)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore a purse: %w", err)
	}
	return nil
}
