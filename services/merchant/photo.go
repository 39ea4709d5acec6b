package merchant

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"time"

	"golang.org/x/sync/semaphore"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Bounds on an uploaded photo.
const (
	MaxUpload   = 10 << 20   // bytes
	MaxPixels   = 40_000_000 // width times height
	LeastSide   = 64         // pixels
	FullSide    = 1600       // pixels: the longer side of what is kept
	ThumbSide   = 480        // pixels: the longer side of the small copy
	jpegQuality = 82
)

// PhotoError is what is wrong with a photo: a sentence for who chose it.
type PhotoError string

// Error returns the sentence.
func (e PhotoError) Error() string { return string(e) }

// What can be wrong with a photo.
const (
	ErrPhotoTooLarge   PhotoError = "This photo is too large. Choose one of at most 10 MB and 40 megapixels."
	ErrPhotoTooSmall   PhotoError = "This photo is too small. It needs at least 64 pixels on each side."
	ErrPhotoUnreadable PhotoError = "This file is not a photo we can read. Choose a JPEG, PNG, GIF or WebP picture."
	ErrPhotoBusy       PhotoError = "Many photos are being prepared right now. Choose this one again in a moment."
)

// developing bounds the memory that photos take: two at a time, together no
// more than MaxPixels, or one alone. The worst of them, a progressive JPEG
// without subsampling, takes 15 bytes for each pixel while it is decoded.
var developing = semaphore.NewWeighted(MaxPixels)

// patience is how long a photo waits for its turn before it is ErrPhotoBusy.
var patience = 10 * time.Second

// Develop makes a photo fit to be shown from what a person uploaded: a JPEG,
// PNG, GIF (its first frame) or WebP, told by content and not by name. The
// result is upright, at most FullSide long, on white where it was transparent,
// and made of its pixels alone: no metadata (place, time, camera) survives.
//
// A PhotoError says what is wrong with it, or that there are too many others;
// any other error is r's.
func Develop(r io.Reader) (scrip.Photo, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxUpload+1))
	if err != nil {
		return scrip.Photo{}, fmt.Errorf("read a photo: %w", err)
	}
	if len(b) > MaxUpload {
		return scrip.Photo{}, ErrPhotoTooLarge
	}
	small, turn, err := shrunk(b, FullSide, formatOf(b))
	if err != nil {
		return scrip.Photo{}, err
	}
	full := orient(small, turn)
	photo := scrip.Photo{}
	if photo.Full, err = encodeJPEG(full); err != nil {
		return scrip.Photo{}, fmt.Errorf("encode a photo: %w", err)
	}
	if photo.Thumb, err = encodeJPEG(fit(full, ThumbSide)); err != nil {
		return scrip.Photo{}, fmt.Errorf("encode a small photo: %w", err)
	}
	photo.Digest = jose.Digest(photo.Full)
	return photo, nil
}

// Thumbnail makes the small copy of a JPEG as Develop does. Errors as there.
func Thumbnail(full []byte) ([]byte, error) {
	if f := formatOf(full); f == nil || f.name != "jpeg" {
		return nil, ErrPhotoUnreadable
	}
	small, turn, err := shrunk(full, ThumbSide, formatOf(full))
	if err != nil {
		return nil, err
	}
	return encodeJPEG(orient(small, turn))
}

// shrunk decodes a photo and shrinks it to fit a square, and tells how it has
// to be turned. The size is checked before anything is decoded, and what was
// decoded is garbage when it returns.
func shrunk(b []byte, side int, f *format) (*image.RGBA, orientation, error) {
	if f == nil {
		return nil, 0, ErrPhotoUnreadable
	}
	shape, err := f.config(bytes.NewReader(b))
	if err != nil {
		return nil, 0, ErrPhotoUnreadable
	}
	pixels := int64(shape.Width) * int64(shape.Height)
	switch {
	case shape.Width <= 0 || shape.Height <= 0:
		return nil, 0, ErrPhotoUnreadable
	case pixels > MaxPixels:
		return nil, 0, ErrPhotoTooLarge
	case shape.Width < LeastSide || shape.Height < LeastSide:
		return nil, 0, ErrPhotoTooSmall
	}
	weight := max(pixels, MaxPixels/2)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if developing.Acquire(ctx, weight) != nil {
		return nil, 0, ErrPhotoBusy
	}
	defer developing.Release(weight)
	img, err := f.safely(b)
	if err != nil {
		return nil, 0, ErrPhotoUnreadable
	}
	return fit(img, side), exifOrientation(b), nil
}
