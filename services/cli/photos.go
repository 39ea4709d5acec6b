package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // what a photo may be
	"image/jpeg"
	_ "image/png" // likewise
	"os"
	"path/filepath"

	"peerscrip/services/scrip"
)

// mostPixels is the largest photo that is read.
const mostPixels = 50_000_000

var errPhoto = errors.New("this file is not a photo that can be read: choose a JPEG, PNG or GIF of at most 50 megapixels")

// ShowIn shows the seller a photo: made small enough for a message, of its pixels alone.
func (w *Wallet) ShowIn(ctx context.Context, name, file, words string) error {
	tx, err := w.threadOf(ctx, name)
	if err != nil {
		return err
	}
	photo, err := smallPhoto(file)
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

// smallPhoto reads a file as a photo of a thread.
func smallPhoto(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	shape, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || shape.Width*shape.Height > mostPixels {
		return nil, errPhoto
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, errPhoto
	}
	for side := 1280; ; side = side * 3 / 4 {
		small := shrink(img, side)
		for _, quality := range []int{82, 70, 55} {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: quality}); err != nil {
				return nil, fmt.Errorf("encode a photo: %w", err)
			}
			if out.Len() <= scrip.MaxTalkPhoto {
				return out.Bytes(), nil
			}
		}
	}
}

// shrink is img on white, its longer side at most side: each pixel is that in the
// middle of the block it stands for.
func shrink(img image.Image, side int) image.Image {
	in := img.Bounds()
	long := max(in.Dx(), in.Dy(), 1)
	w, h := in.Dx(), in.Dy()
	if long > side {
		w, h = max(w*side/long, 1), max(h*side/long, 1)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	for y := range h {
		for x := range w {
			at := image.Pt(in.Min.X+(2*x+1)*in.Dx()/(2*w), in.Min.Y+(2*y+1)*in.Dy()/(2*h))
			draw.Draw(out, image.Rect(x, y, x+1, y+1), img, at, draw.Over)
		}
	}
	return out
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
