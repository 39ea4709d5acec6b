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
	MaxUpload   = 20 << 20   // bytes
	MaxPixels   = 50_000_000 // width times height: what phones call 48 or 50 megapixels
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
	ErrPhotoEmpty      PhotoError = "This file is empty. Choose it again, or another copy of it."
	ErrPhotoTooLarge   PhotoError = "This photo is too large. Choose one of at most 20 MB and 50 megapixels."
	ErrPhotoTooSmall   PhotoError = "This photo is too small. It needs at least 64 pixels on each side."
	ErrPhotoUnreadable PhotoError = "This file is not a photo we can read. Choose a JPEG, PNG, GIF or WebP picture."
	ErrPhotoBusy       PhotoError = "Many photos are being prepared right now. Choose this one again in a moment."
)

// developing bounds the memory that photos take: two at a time, together no
// more than MaxPixels, or one alone. A phone's photo takes 1.5 bytes for each
// pixel while it is decoded; the worst, a progressive JPEG without subsampling,
// 15, and no more than 750 MB.
var developing = semaphore.NewWeighted(MaxPixels)

// patience is how long a photo waits for its turn before it is ErrPhotoBusy.
var patience = 10 * time.Second

// Develop makes a photo fit to be shown from what a person uploaded: a JPEG,
// PNG, GIF or WebP, of an animation its first frame, told by content and not by
// name. The result is upright, in sRGB, at most FullSide long, on white where
// it was transparent, and made of its pixels alone: no metadata (place, time,
// camera) survives.
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
	if len(b) == 0 {
		return scrip.Photo{}, ErrPhotoEmpty
	}
	full, err := shrunk(b, FullSide, LeastSide)
	if err != nil {
		return scrip.Photo{}, err
	}
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

// Thumbnail makes the small copy of what Develop made, however thin, as it does.
// Errors as there.
func Thumbnail(full []byte) ([]byte, error) {
	if f := formatOf(full); f == nil || f.name != "jpeg" {
		return nil, ErrPhotoUnreadable
	}
	small, err := shrunk(full, ThumbSide, 1)
	if err != nil {
		return nil, err
	}
	return encodeJPEG(small)
}

// shrunk decodes a photo, shrinks it to fit a square, and makes it upright and
// sRGB. Its size is checked, against least for each side too, before anything
// is decoded; what was decoded is garbage when it returns.
func shrunk(b []byte, side, least int) (*image.RGBA, error) {
	f := formatOf(b)
	if f == nil {
		return nil, ErrPhotoUnreadable
	}
	shape, err := f.config(bytes.NewReader(b))
	if err != nil || shape.Width <= 0 || shape.Height <= 0 {
		return nil, ErrPhotoUnreadable
	}
	pixels := int64(shape.Width) * int64(shape.Height)
	switch {
	case pixels > MaxPixels:
		return nil, ErrPhotoTooLarge
	case min(shape.Width, shape.Height) < least:
		return nil, ErrPhotoTooSmall
	}
	small, ink, err := decodeInTurn(f, b, shape, side)
	if err != nil {
		return nil, err
	}
	n := readNotes(b)
	return orient(toSRGB(small, ink, n.profile), exifOrientation(n.exif)), nil
}

// decodeInTurn decodes and shrinks a photo when there is room for its pixels.
// They are ink if they are CMYK.
func decodeInTurn(f *format, b []byte, shape image.Config, side int) (small *image.RGBA, ink bool, err error) {
	weight := max(int64(shape.Width)*int64(shape.Height), MaxPixels/2)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if developing.Acquire(ctx, weight) != nil {
		return nil, false, ErrPhotoBusy
	}
	defer developing.Release(weight)
	img, err := f.safely(b, image.Pt(shape.Width, shape.Height))
	if err != nil {
		return nil, false, ErrPhotoUnreadable
	}
	_, ink = img.(*image.CMYK)
	return fit(img, side), ink, nil
}
