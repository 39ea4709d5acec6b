package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// hang stores photos, each once.
func hang(c change) error {
	if len(c.Stall.Photos) == 0 {
		return nil
	}
	err := each(c.Stall.Photos, "store a photo", func(p scrip.Photo) error {
		err := c.do(`INSERT INTO photo (vendor, digest, large, thumb, added_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (vendor, digest) DO UPDATE SET added_at = excluded.added_at`, c.of, p.Digest, p.Full, p.Thumb, c.At)
		return err
	})
	if err != nil {
		return err
	}
	return c.atMost(maxPhotoBytes, `SELECT coalesce(sum(length(large) + length(thumb)), 0) FROM photo WHERE vendor = ?`, c.of)
}

// show notes which photos a listing shows, so that they stay. One that is not
// there is NotFound.
func (c change) show(o scrip.Offer) error {
	if err := c.do(`DELETE FROM listing_photo WHERE vendor = ? AND offer = ?`, c.of, o.Offer); err != nil {
		return fmt.Errorf("forget a listing's photos: %w", err)
	}
	return each(o.Photos, "note a listing's photo", func(p scrip.OfferPhoto) error {
		err := c.do(`INSERT INTO listing_photo (vendor, offer, digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, c.of, o.Offer, p.Digest)
		if orphaned(err) {
			return scrip.NotFound
		}
		return err
	})
}

// sweep erases listings first, so that their photos go with them.
func sweep(c change) error {
	if c.Stall.Sweep == nil {
		return nil
	}
	err := c.do(`DELETE FROM listing WHERE vendor = ? AND (ended = 1 OR source IS NOT NULL OR request = 1) AND valid_until < ?
		AND NOT EXISTS (SELECT 1 FROM sale_line WHERE sale_line.vendor = listing.vendor AND sale_line.offer = listing.offer)`, c.of, c.Stall.Sweep.Listings)
	if err != nil {
		return fmt.Errorf("erase ended listings: %w", err)
	}
	err = c.do(`DELETE FROM photo WHERE vendor = ? AND added_at < ?
		AND NOT EXISTS (SELECT 1 FROM listing_photo WHERE listing_photo.vendor = photo.vendor AND listing_photo.digest = photo.digest)
		AND NOT EXISTS (SELECT 1 FROM page WHERE page.vendor = photo.vendor AND page.picture = photo.digest)`, c.of, c.Stall.Sweep.Photos)
	if err != nil {
		return fmt.Errorf("erase photos: %w", err)
	}
	if err := c.do(`DELETE FROM thread WHERE vendor = ? AND talk = 1 AND touched < ?`, c.of, c.Stall.Sweep.Talks); err != nil {
		return fmt.Errorf("erase conversations: %w", err)
	}
	return c.sweepSeller()
}

type photoRow struct {
	Digest string `db:"digest"`
	Full   []byte `db:"large"`
	Thumb  []byte `db:"thumb"`
}

func (r photoRow) photo() (scrip.Photo, error) { return scrip.Photo(r), nil }

// HasPhoto reports whether there is a photo of a digest, and reads none of it.
func (s *Shelf) HasPhoto(ctx context.Context, digest string) (bool, error) {
	var n int
	if err := s.db.get(ctx, &n, `SELECT count(*) FROM photo WHERE vendor = ? AND digest = ?`, s.of, digest); err != nil {
		return false, fmt.Errorf("look for a photo: %w", err)
	}
	return n > 0, nil
}

// Photo returns a photo by its digest, or scrip.ErrAbsent.
func (s *Shelf) Photo(ctx context.Context, digest string) (scrip.Photo, error) {
	return one(ctx, s.db, "read a photo", photoRow.photo, `SELECT digest, large, thumb FROM photo WHERE vendor = ? AND digest = ?`, s.of, digest)
}
