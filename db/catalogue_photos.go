package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// named holds for a photo p that a stall in the directory shows, and not in listings
// alone that are hidden: when the last of them is revoked or hidden, the photo is gone with it.
const named = ` EXISTS (SELECT 1 FROM catalogue_shown n JOIN catalogue_stall s ON s.vendor = n.vendor
	WHERE n.digest = p.digest AND s.revoked = 0
	AND NOT EXISTS (SELECT 1 FROM catalogue_hidden h WHERE h.vendor = n.vendor AND h.offer IN ('', n.offer)))`

// Photo returns a photo or its small copy, or scrip.ErrAbsent.
func (c *Catalogue) Photo(ctx context.Context, digest string, thumb bool) ([]byte, error) {
	column := "large"
	if thumb {
		column = "thumb"
	}
	var b []byte
	err := c.db.get(ctx, &b, `SELECT p.`+column+` FROM catalogue_photo p WHERE p.digest = ? AND`+named, digest)
	if err != nil {
		return nil, fmt.Errorf("read a photo: %w", err)
	}
	return b, nil
}

// Showing lists stalls that have a listing which names the photo, or whose picture it is.
func (c *Catalogue) Showing(ctx context.Context, digest string) ([]market.Stall, error) {
	return many(ctx, c.db, "find who shows a photo", marketStallRow.stall, `SELECT `+stallColumns+` FROM catalogue_stall s WHERE s.revoked = 0
		AND s.vendor IN (SELECT n.vendor FROM catalogue_shown n WHERE n.digest = ?
		AND NOT EXISTS (SELECT 1 FROM catalogue_hidden h WHERE h.vendor = n.vendor AND h.offer IN ('', n.offer)) UNION SELECT vendor FROM catalogue_stall WHERE picture = ? AND picture <> '')
		ORDER BY s.failing, s.vendor`, digest, digest)
}

// Keep adds a photo and drops the oldest beyond limit bytes.
func (c *Catalogue) Keep(ctx context.Context, photo scrip.Photo, at, limit int64) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO catalogue_photo (digest, size, kept_at, thumb, large) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (digest) DO NOTHING`,
			photo.Digest, len(photo.Full)+len(photo.Thumb), at, photo.Thumb, photo.Full)
		if err != nil {
			return fmt.Errorf("keep a photo: %w", err)
		}
		_, err = tx.Exec(`DELETE FROM catalogue_photo WHERE digest IN (SELECT digest FROM (
			SELECT digest, SUM(size) OVER (ORDER BY kept_at DESC, digest) AS total FROM catalogue_photo) t WHERE total > ?)`, limit)
		if err != nil {
			return fmt.Errorf("drop the oldest photos: %w", err)
		}
		return nil
	})
}
